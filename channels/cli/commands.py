"""The commands that work on the database."""

from channels.cli.command import CliCommand
from channels.cli.load import LOAD_COMMAND
from channels.cli.people import IMPORT_PEOPLE_COMMAND
from channels.cli.rewards import REWARD_COMMANDS
from channels.cli.settings import SETTINGS_COMMAND

DATABASE_COMMANDS: tuple[CliCommand, ...] = (
    LOAD_COMMAND,
    IMPORT_PEOPLE_COMMAND,
    SETTINGS_COMMAND,
    *REWARD_COMMANDS,
)
