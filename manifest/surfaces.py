"""The entry points of each command on each channel, and the one that always works.

The README shows this table. Tests check it against the commands, the menus and the shortcuts.
"""

from collections.abc import Mapping

SURFACE_CHANNELS = ("slack", "teams", "telegram", "web")

CHANNEL_FALLBACKS = {
    "slack": "`/laurel` or `@Laurel` and the command, or a direct message; a form comes behind a button there",
    "teams": "the command in the chat with Laurel; a form comes behind a button",
    "telegram": "`@` and the bot's name with the command, or a private message",
    "web": "the command, typed without a slash",
}

CHANNEL_FORMS = {"slack": "modal", "teams": "dialog", "telegram": "questions with buttons", "web": "form"}
SHORTCUT_LABEL, EXTENSION_LABEL, HOME_LABEL = "*Give kudos* on a message", "message extension", "App Home"
LINK_PREVIEW_LABEL = "a link that unfolds"
UNDO_LABEL, CONFIRM_LABEL = "*Undo* button", "button that asks first"

SurfaceRow = dict[str, str]


def _row(verb: str, more: SurfaceRow) -> SurfaceRow:
    """Return the written command for each channel, with the channel's further entry points."""
    said = {"slack": f"`/laurel {verb}`", "teams": f"`@Laurel {verb}`", "telegram": f"`/{verb}`", "web": f"`/{verb}`"}
    return {one: ", ".join(filter(None, (said[one], more.get(one)))) for one in SURFACE_CHANNELS}


def _giving(verb: str, slack: str) -> SurfaceRow:
    extension = f"{EXTENSION_LABEL} beside the compose box and on a message"
    return _row(verb, CHANNEL_FORMS) | {
        "slack": f"`/{verb}`, {CHANNEL_FORMS['slack']}, {slack}, {LINK_PREVIEW_LABEL}",
        "teams": f"`@Laurel {verb}`, {extension}, {CHANNEL_FORMS['teams']}, {LINK_PREVIEW_LABEL}",
    }


SURFACES: Mapping[str, SurfaceRow] = {
    "kudos": _giving("kudos", f"{SHORTCUT_LABEL}, {HOME_LABEL}, an emoji"),
    "badge": _giving("badge", HOME_LABEL),
    "badges": _row("badges", {"slack": HOME_LABEL}),
    "points": _row("points", {"slack": HOME_LABEL}),
    "why": _row("why", {}),
    "undo": _row(
        "undo", dict.fromkeys(SURFACE_CHANNELS, UNDO_LABEL) | {"slack": f"{UNDO_LABEL}, deleting the message"}
    ),
    "link": _row("link", CHANNEL_FORMS),
    "unlink": _row("unlink", dict.fromkeys(SURFACE_CHANNELS, CONFIRM_LABEL)),
    "prefer": _row("prefer", {}),
    "how": _row("how", {}),
    "reward": _row("reward", {}) | {"slack": "`/reward`"},
    "announce": _row("announce", {}),
    "revoke": _row("revoke", CHANNEL_FORMS),
    "merge": _row("merge", CHANNEL_FORMS),
    "unmerge": _row("unmerge", {}),
    "help": _row("help", {"slack": HOME_LABEL, "telegram": "the command menu"}),
}


def render_surface_rows() -> list[str]:
    """Return the lines of the README's table: one for each command, and a last one for what always works."""
    lines = {f"`{verb}`": row for verb, row in SURFACES.items()} | {"always": CHANNEL_FALLBACKS}
    return [f"| {name} | {' | '.join(row[channel] for channel in SURFACE_CHANNELS)} |" for name, row in lines.items()]
