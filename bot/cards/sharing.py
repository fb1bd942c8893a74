"""The link to a celebration, in the answer to whoever gave."""

from bot.i18n.copy import Copy
from bot.protocol.elements import Part, Text, Url


def build_link_parts(link: str, copy: Copy) -> list[Part]:
    """A line that leads there; nothing where `link` is ""."""
    return [Text((Url(copy.line("links.given"), link),))] if link else []
