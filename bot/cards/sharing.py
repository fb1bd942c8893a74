"""The link to a celebration, in the answer to the giver."""

from bot.i18n.copy import Copy
from bot.protocol.elements import Part, Text, Url


def build_link_parts(link: str, copy: Copy) -> list[Part]:
    """Build a line with the link to the celebration; an empty list if `link` is ""."""
    return [Text((Url(copy.line("links.given"), link),))] if link else []
