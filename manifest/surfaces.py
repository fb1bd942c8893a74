"""Where each command is at home on each channel, and what always works there.

The README shows this table; tests hold it against the commands, the menus and the shortcuts.
"""

from collections.abc import Mapping

CHANNELS = ("slack", "teams", "telegram", "web")

FALLBACKS = {
    "slack": "`/laurel` or `@Laurel` and the command, or a direct message; a form comes behind a button there",
    "teams": "the command in the chat with Laurel; a form comes behind a button",
    "telegram": "`@` and the bot's name with the command, or a private message",
    "web": "the command, typed without a slash",
}

FORMS = {"slack": "modal", "teams": "dialog", "telegram": "questions with buttons", "web": "form"}

SHORTCUT, EXTENSION, HOME = "*Give kudos* on a message", "message extension", "App Home"

UNFOLDS = "a link that unfolds"

UNDO, ASKED = "*Undo* button", "button that asks first"

Row = dict[str, str]


def _row(verb: str, more: Row) -> Row:
    """How the command is said on each channel, and what more the channel brings to it."""
    said = {"slack": f"`/laurel {verb}`", "teams": f"`@Laurel {verb}`", "telegram": f"`/{verb}`", "web": f"`/{verb}`"}
    return {one: ", ".join(filter(None, (said[one], more.get(one)))) for one in CHANNELS}


def _giving(verb: str, slack: str) -> Row:
    teams = f"`@Laurel {verb}`, {EXTENSION} beside the compose box and on a message, {FORMS['teams']}, {UNFOLDS}"
    return _row(verb, FORMS) | {"slack": f"`/{verb}`, {FORMS['slack']}, {slack}, {UNFOLDS}", "teams": teams}


SURFACES: Mapping[str, Row] = {
    "kudos": _giving("kudos", f"{SHORTCUT}, {HOME}, an emoji"),
    "badge": _giving("badge", HOME),
    "badges": _row("badges", {"slack": HOME}),
    "points": _row("points", {"slack": HOME}),
    "why": _row("why", {}),
    "undo": _row("undo", dict.fromkeys(CHANNELS, UNDO) | {"slack": f"{UNDO}, deleting the message"}),
    "link": _row("link", FORMS),
    "unlink": _row("unlink", dict.fromkeys(CHANNELS, ASKED)),
    "prefer": _row("prefer", {}),
    "announce": _row("announce", {}),
    "revoke": _row("revoke", FORMS),
    "merge": _row("merge", FORMS),
    "unmerge": _row("unmerge", {}),
    "help": _row("help", {"slack": HOME, "telegram": "the command menu"}),
}


def rows() -> list[str]:
    """The lines of the README's table: one a command, and the last for what always works."""
    lines = {f"`{verb}`": row for verb, row in SURFACES.items()} | {"always": FALLBACKS}
    return [f"| {name} | {' | '.join(row[channel] for channel in CHANNELS)} |" for name, row in lines.items()]
