"""The commands that work on the database."""

from channels.cli.command import CliCommand
from channels.cli.load import LOAD
from channels.cli.people import IMPORT_PEOPLE
from channels.cli.settings import SETTINGS

COMMANDS: tuple[CliCommand, ...] = (LOAD, IMPORT_PEOPLE, SETTINGS)
