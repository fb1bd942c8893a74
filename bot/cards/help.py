"""The help card."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Card, Divider, Muted, Part, Text

Way = Literal["direct", "slash", "slack", "mention", "press"]
"""How people speak to the bot where they are."""

WAYS: Mapping[str, Way] = {"slack": "slack", "teams": "mention", "telegram": "press"}

ALONE: Mapping[str, Way] = {"telegram": "press"}  # where a command that is read can be pressed


class Named(Protocol):
    """What help has to know of a command."""

    @property
    def name(self) -> str: ...

    @property
    def registered(self) -> bool: ...


def way_of(channel: str, private: bool) -> Way:
    """How to speak to the bot on `channel`: in a conversation with it alone, or among others."""
    return ALONE.get(channel, "direct") if private else WAYS.get(channel, "slash")


def card(everybody: Sequence[Named], admins: Sequence[Named], way: Way, copy: Copy) -> Card:
    """Each command with what it does and an example; the administrators' apart."""
    body: list[Part] = [copy.text("help.welcome"), copy.text(f"help.how.{way}")]
    body += [_command(verb, way, copy) for verb in everybody]
    if admins:
        body += [Divider(), Text((Bold(copy.line("help.admins")),))]
        body += [_command(verb, way, copy) for verb in admins]
    names = copy.names(verb.name for verb in (*everybody, *admins))
    return Card(copy.line("help.title"), copy.line("help.summary", commands=names), tuple(body))


def for_stranger(way: Way, copy: Copy) -> Card:
    """Who is not known yet reads how to become known; the rest is of no use to them."""
    body = (copy.text("help.welcome"), copy.text("notices.stranger", how=to_link(way, copy)))
    return Card(copy.line("help.title"), copy.line("help.welcome"), body)


def to_link(way: Way, copy: Copy) -> str:
    """What somebody unknown would write to become known."""
    return copy.line(f"help.example.{way}", verb="link", words=copy.line("commands.link.usage"))


def _command(verb: Named, way: Way, copy: Copy) -> Text:
    """A command with its example, but where that would be the command itself once more."""
    command, does = Bold(f"/{verb.name}" if way == "press" else verb.name), copy.line(f"commands.{verb.name}.does")
    words = copy.line(f"commands.{verb.name}.usage")
    form: Way = "slash" if way == "slack" and verb.registered else way
    if not words and way in ("direct", "press"):
        return copy.text("help.bare", command=command, does=does)
    example = copy.line(f"help.example.{form}", verb=verb.name, words=words).rstrip()
    return copy.text("help.command", command=command, does=does, example=Muted(example))
