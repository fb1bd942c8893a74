"""The help card."""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Card, Divider, Muted, Part, Text

AddressingStyle = Literal["direct", "slash", "slack", "mention", "press"]
"""How people speak to the bot where they are."""

STYLE_BY_CHANNEL: Mapping[str, AddressingStyle] = {"slack": "slack", "teams": "mention", "telegram": "press"}

PRIVATE_STYLE_BY_CHANNEL: Mapping[str, AddressingStyle] = {
    "telegram": "press"
}  # where a command that is read can be pressed


class HelpCommand(Protocol):
    """What help has to know of a command."""

    @property
    def name(self) -> str: ...

    @property
    def registered(self) -> bool: ...


def get_addressing_style(channel: str, private: bool) -> AddressingStyle:
    """Return how people address the bot on `channel`: in a private conversation with it, or among others."""
    return PRIVATE_STYLE_BY_CHANNEL.get(channel, "direct") if private else STYLE_BY_CHANNEL.get(channel, "slash")


def build_help_card(
    everybody: Sequence[HelpCommand], admins: Sequence[HelpCommand], way: AddressingStyle, copy: Copy
) -> Card:
    """Build the help: each command with what it does and an example.

    The administrators' commands come last, under a heading of their own.
    """
    body: list[Part] = [copy.text("help.welcome"), copy.text(f"help.how.{way}")]
    body += [_command(verb, way, copy) for verb in everybody]
    if admins:
        body += [Divider(), Text((Bold(copy.line("help.admins")),))]
        body += [_command(verb, way, copy) for verb in admins]
    names = copy.names(verb.name for verb in (*everybody, *admins))
    return Card(copy.line("help.title"), copy.line("help.summary", commands=names), tuple(body))


def build_unknown_sender_help_card(way: AddressingStyle, copy: Copy) -> Card:
    """Build the help for an unknown sender: how to link their account.

    The other commands are left out, because they need a linked account.
    """
    body = (copy.text("help.welcome"), copy.text("notices.stranger", how=get_link_example(way, copy)))
    return Card(copy.line("help.title"), copy.line("help.welcome"), body)


def get_link_example(way: AddressingStyle, copy: Copy) -> str:
    """Return the example of the `link` command that an unknown sender would write."""
    return copy.line(f"help.example.{way}", verb="link", words=copy.line("commands.link.usage"))


def _command(verb: HelpCommand, way: AddressingStyle, copy: Copy) -> Text:
    """A command with its example, but where that would be the command itself once more."""
    command, does = Bold(f"/{verb.name}" if way == "press" else verb.name), copy.line(f"commands.{verb.name}.does")
    words = copy.line(f"commands.{verb.name}.usage")
    form: AddressingStyle = "slash" if way == "slack" and verb.registered else way
    if not words and way in ("direct", "press"):
        return copy.text("help.bare", command=command, does=does)
    example = copy.line(f"help.example.{form}", verb=verb.name, words=words).rstrip()
    return copy.text("help.command", command=command, does=does, example=Muted(example))
