"""The page of one's own, made of what other cards say."""

from collections.abc import Sequence

from bot.i18n.copy import Copy
from bot.protocol.elements import Bold, Card, Divider, Mention, Part, Quote, Text
from engine.kudos.queries import KudosLine

MAX_HOME_MESSAGE_LENGTH = 200  # characters of one thank-you


def build_home_card(
    balance: Card, cabinet: Card, got: Sequence[KudosLine], gave: Sequence[KudosLine], copy: Copy
) -> Card:
    """Build the home page: points, badges, and the newest kudos received and given, each under a heading."""
    body: list[Part] = [*balance.body, Divider(), Text((Bold(cabinet.title),)), *cabinet.body]
    body += [Divider(), Text((Bold(copy.line("home.got")),)), *_got(got, copy)]
    body += [Divider(), Text((Bold(copy.line("home.gave")),)), *_gave(gave, copy)]
    return Card(copy.line("home.title"), balance.summary, tuple(body))


def _got(thanks: Sequence[KudosLine], copy: Copy) -> list[Part]:
    out: list[Part] = []
    for one in thanks:
        out += [
            copy.text("home.from", giver=_named(one.giver), day=copy.day_of(one.given_at)),
            Quote(_short(one.words)),
        ]
    return out or [copy.text("home.got_nothing")]


def _gave(thanks: Sequence[KudosLine], copy: Copy) -> list[Part]:
    out: list[Part] = []
    for one in thanks:
        names = copy.names(_named(who) for who in one.receivers)
        out += [copy.text("home.to", receivers=names, day=copy.day_of(one.given_at)), Quote(_short(one.words))]
    return out or [copy.text("home.gave_nothing")]


def _named(who: tuple[int, str]) -> Mention:
    return Mention(who[1], who[0])


def _short(words: str) -> str:
    return words if len(words) <= MAX_HOME_MESSAGE_LENGTH else f"{words[:MAX_HOME_MESSAGE_LENGTH].rstrip()}…"
