"""The help card."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from bot.cards import Bold, Card, Divider, Muted, Part, Text
from bot.words import Copy

Way = Literal["direct", "slash", "slack", "mention"]
"""How people speak to the bot where they are."""
WAYS: Mapping[str, Way] = {"slack": "slack", "teams": "mention"}


class Named(Protocol):
    """What help has to know of a command."""

    @property
    def name(self) -> str: ...

    @property
    def registered(self) -> bool: ...


def way_of(channel: str, private: bool) -> Way:
    """How to speak to the bot on `channel`: in a conversation with it alone, or among others."""
    return "direct" if private else WAYS.get(channel, "slash")


def card(everybody: Sequence[Named], admins: Sequence[Named], way: Way, copy: Copy) -> Card:
    """Each command with what it does and an example; the administrators' apart."""
    body: list[Part] = [copy.text("help.welcome"), copy.text(f"help.how.{way}")]
    body += [_command(verb, way, copy) for verb in everybody]
    if admins:
        body += [Divider(), Text((Bold(copy.line("help.admins")),))]
        body += [_command(verb, way, copy) for verb in admins]
    names = copy.names(verb.name for verb in (*everybody, *admins))
    return Card(copy.line("help.title"), copy.line("help.summary", commands=names), tuple(body))


def _command(verb: Named, way: Way, copy: Copy) -> Text:
    does = copy.line(f"commands.{verb.name}.does")
    return copy.text("help.command", command=Bold(verb.name), does=does, example=Muted(_example(verb, way, copy)))


def _example(verb: Named, way: Way, copy: Copy) -> str:
    """What a person would write, in the way of the channel at hand."""
    form = "slash" if way == "slack" and verb.registered else way
    words = copy.line(f"commands.{verb.name}.usage")
    return copy.line(f"help.example.{form}", verb=verb.name, words=words).rstrip()
