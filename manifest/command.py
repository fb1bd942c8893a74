"""`manifest`: write the files that the platforms install, and set up Telegram's menus."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import DEFAULT_LANGUAGE, LANGUAGES
from channels.cli.command import OfflineCommand
from channels.server.environment import Environment
from channels.telegram.config import TelegramConfig
from engine.errors import BadInput
from manifest import package, teams
from manifest.deployment import PLACEHOLDER_URL, Deployment
from manifest.package import pack_platform
from manifest.telegram import render_telegram_manifest


def add_manifest_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("platform", nargs="?", choices=package.PLATFORMS, help="one only")
    parser.add_argument("--out", type=Path, default=Path("dist"), metavar="FOLDER", help="where to; default: dist")
    parser.add_argument(
        "--language", choices=LANGUAGES, default=DEFAULT_LANGUAGE, help="of Slack's manifest, which has one"
    )
    parser.add_argument("--socket-mode", action="store_true", help="for Slack; so too with SLACK_APP_TOKEN")
    parser.add_argument(
        "--teams-schema",
        choices=teams.TEAMS_SCHEMA_VERSIONS,
        default=teams.BASELINE_SCHEMA,
        help="1.29 adds / commands",
    )
    parser.add_argument("--apply", action="store_true", help="telegram: set it at Telegram, as far as it differs")


async def run_manifest(given: Namespace, environment: Environment) -> int:
    """Write each platform's file and print a line for it. A file with faults is skipped.

    Return 0 if all files are written, 1 if some are, 2 if none is. Raises BadInput.
    """
    if given.apply and given.platform != "telegram":
        raise BadInput("--apply goes with telegram: write manifest telegram --apply")
    deployment = Deployment.of(environment)
    if given.socket_mode:
        deployment = replace(deployment, slack_socket=True)
    platforms = (given.platform,) if given.platform else package.PLATFORMS
    made = [_made(platform, deployment, given) for platform in platforms]
    if given.apply and all(made):
        await _apply(deployment, environment)
    if not any(made):
        return 2
    return 0 if all(made) else 1


def _made(platform: str, deployment: Deployment, given: Namespace) -> bool:
    packed = pack_platform(platform, deployment, ALL_COMMANDS, given.language, given.teams_schema)
    if packed.faults:
        print(f"{packed.name} was not written:")
        print("\n".join(f"  {fault}" for fault in packed.faults))
        return False
    print(packed.write(given.out))
    for sentence in deployment.missing(platform):
        print(f"  {sentence}")
    return True


async def _apply(deployment: Deployment, environment: Environment) -> None:
    from channels.telegram.menu import apply_telegram_menu  # imported here, since only this command needs its SDK

    account = TelegramConfig.of(environment)
    if account is None:
        raise BadInput("TELEGRAM_BOT_TOKEN is not set: BotFather shows it")
    wanted = render_telegram_manifest(deployment, ALL_COMMANDS)
    if wanted["webhook"] and deployment.url == PLACEHOLDER_URL:
        raise BadInput("PUBLIC_URL must be an https:// address that Telegram can reach, or TELEGRAM_MODE be polling")
    changed = await apply_telegram_menu(account, wanted)
    print("\n".join(changed) or "Telegram has all of it already")


MANIFEST_COMMAND = OfflineCommand(
    "manifest", "make what Slack, Teams and Telegram install", add_manifest_arguments, run_manifest
)
