"""`settings`: show or change the organisation's settings."""

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from channels.cli.command import CliCommand, Runtime
from engine.admin.settings import change_setting, load_settings
from engine.errors import BadInput
from engine.parsing.problems import quote_text


def add_settings_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="the setting to change")
    parser.add_argument("value", nargs="?", help="its new value")


async def run_settings(given: Namespace, runtime: Runtime) -> int:
    """Change the setting if a value is given, then print it, or all settings.

    Return 0. Raises BadInput for an unknown setting.
    """
    async with runtime.writing.begin() as session:
        if given.value is not None:
            await change_setting(session, given.name, given.value, runtime.clock(), actor=None, origin="cli")
        chosen = asdict(await load_settings(session))
    if given.name not in (None, *chosen):
        raise BadInput(f"there is no setting {quote_text(given.name)}; there are: {', '.join(chosen)}")
    for name, value in chosen.items():
        if given.name in (None, name):
            print(f"{name} = {value}")
    return 0


SETTINGS_COMMAND = CliCommand(
    "settings", "show or change the organisation's settings", add_settings_arguments, run_settings
)
