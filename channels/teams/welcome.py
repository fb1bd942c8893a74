"""What the bot says once, where it was just let in."""

from bot.cards import Card
from bot.words import Copy


def card(copy: Copy, *, personal: bool) -> Card:
    """Who we are, how to speak to us, and where to go on."""
    how = copy.text("help.how.direct") if personal else copy.text("help.how.mention")
    more = copy.text("teams.welcome_more") if personal else copy.text("teams.welcome_more_place")
    body = (copy.text("help.welcome"), how, more)
    return Card(copy.line("help.title"), copy.line("help.welcome"), body)
