"""Kudos on cards: the celebration, the news, the giver's answer."""

from collections.abc import Collection, Iterable, Sequence

from bot.cards.sharing import build_link_parts
from bot.i18n.copy import Copy
from bot.parsing.gift_text import find_hashtags
from bot.protocol.elements import Button, Card, Mention, Muted, Part, Quote, Span, Text, Url, render_spans_as_text
from engine.kudos.queries import KudosFacts
from engine.kudos.tags import PREDEFINED_TAGS

DEFAULT_KUDOS_EMOJI = "👏"  # where no tag of ours brings an emoji


def build_kudos_celebration_card(facts: KudosFacts, copy: Copy) -> Card:
    """Build the public celebration of a kudos: giver, receivers, message, points, and tags outside the message.

    Receivers who want no public thanks are left out. `facts.celebrated` must hold at least one receiver.
    """
    who = {"giver": _giver(facts), "receivers": _list(facts.celebrated, copy)}
    title = copy.line("kudos.title", emoji=get_kudos_emoji(facts))
    summary = copy.line("kudos.summary", words=facts.words, **who)
    body = (copy.text("kudos.thanked", **who), *_praise(facts, copy, alone=len(facts.celebrated) == 1))
    return Card(title, summary, body, tone="celebration")


def build_kudos_received_card(facts: KudosFacts, copy: Copy) -> Card:
    """Build the card that a receiver of a kudos gets directly.

    The other receivers are left out, as some of them may want to stay private.
    """
    giver = _giver(facts)
    summary = copy.line("kudos.news_summary", giver=giver, words=facts.words)
    private = () if facts.public else (Text((Muted(copy.line("kudos.only_you")),)),)
    body = (copy.text("kudos.news", giver=giver), *_praise(facts, copy, alone=True), *private)
    return Card(copy.line("kudos.news_title", emoji=get_kudos_emoji(facts)), summary, body, tone="celebration")


def build_kudos_withdrawn_card(facts: KudosFacts, copy: Copy) -> Card:
    """Build the line that replaces an undone celebration, without the message or any names."""
    sentence = copy.line("kudos.taken_back")
    return Card(copy.line("kudos.taken_back_title"), sentence, (Text((sentence,)),), tone="neutral")


def build_kudos_given_card(
    facts: KudosFacts,
    copy: Copy,
    undo_token: str,
    *,
    minutes: int,
    left: int | None,
    self_dropped: bool,
    out_of_reach: Collection[int] = (),
    link: str = "",
) -> Card:
    """Build the giver's own answer: receivers, who is informed in private only, what was dropped, how to undo.

    `minutes` is how long the kudos can be undone, 0 for ever. `left` is how many people the giver may still thank
    today, None if unlimited. `out_of_reach` are the receivers who depend on a direct message and cannot get one. `link`
    leads to the celebration, and may be empty.
    """
    sentence = copy.spans("kudos.given", receivers=_list(facts.receivers, copy))
    body: list[Part] = [Text(sentence)]
    if facts.points:
        body.append(copy.text(_points_key(len(facts.receivers) == 1), count=facts.points))
    body += _where_told(facts, out_of_reach, copy)
    if self_dropped:
        body.append(copy.text("kudos.self_dropped"))
    if left is not None:
        body.append(copy.text("kudos.left" if left else "kudos.none_left", count=left))
    body.append(copy.text("kudos.undo_within", count=minutes) if minutes else copy.text("kudos.any_time"))
    body += build_link_parts(link, copy)
    undo = Button(copy.line("kudos.undo"), undo_token)
    return Card(copy.line("kudos.given_title"), render_spans_as_text(sentence), tuple(body), (undo,))


def get_kudos_emoji(facts: KudosFacts) -> str:
    """Return the emoji of the first predefined tag, or the default emoji (applause)."""
    return next((PREDEFINED_TAGS[tag].emoji for tag in facts.tags if tag in PREDEFINED_TAGS), DEFAULT_KUDOS_EMOJI)


def _praise(facts: KudosFacts, copy: Copy, *, alone: bool) -> tuple[Part, ...]:
    parts: list[Part] = [Quote(facts.words)]
    if facts.link:
        parts.append(Text((Url(copy.line("kudos.see_message"), facts.link),)))
    written = find_hashtags(facts.words)
    if further := [f"#{tag}" for tag in facts.tags if tag not in written]:
        parts.append(Text((Muted(" ".join(further)),)))
    if facts.points:
        parts.append(copy.text(_points_key(alone), count=facts.points))
    return tuple(parts)


def _points_key(alone: bool) -> str:
    return "kudos.points" if alone else "kudos.points_each"


def _where_told(facts: KudosFacts, out_of_reach: Collection[int], copy: Copy) -> list[Part]:
    """Build the lines about receivers who are informed in private, or cannot be reached.

    Return an empty list if all receivers are thanked in public.
    """
    lost = [who for who in facts.receivers if who[0] in out_of_reach]
    if not facts.public:
        told = copy.text("kudos.kept_private", count=1 if lost else len(facts.receivers))
        return [told, *_not_told("kudos.no_account", lost, copy)]
    quiet = [who for who in facts.receivers if who[0] in facts.quiet and who not in lost]
    key = "kudos.quiet_some" if facts.celebrated else "kudos.quiet_all"
    directly: list[Part] = [copy.text(key, receivers=_list(quiet, copy), count=len(quiet))] if quiet else []
    return [*directly, *_not_told("kudos.quiet_no_account", lost, copy)]


def _not_told(key: str, lost: Sequence[tuple[int, str]], copy: Copy) -> list[Part]:
    return [copy.text(key, receivers=_list(lost, copy), count=len(lost))] if lost else []


def _giver(facts: KudosFacts) -> Mention:
    return Mention(facts.giver_name, facts.giver_id)


def _list(people: Iterable[tuple[int, str]], copy: Copy) -> tuple[Span, ...]:
    return copy.names(Mention(name, person_id) for person_id, name in people)
