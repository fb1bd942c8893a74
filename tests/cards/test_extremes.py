"""The largest cards that an organisation can bring about, on each platform: within its limits, and readable."""

import json
from collections.abc import Callable
from typing import Any

from bot.i18n.copy import Copy
from bot.protocol.elements import Button, Card, Mention, Picture, Quote, Table, Text
from channels.slack.render.cards import render_slack_card
from channels.teams.render.cards import render_teams_card
from channels.telegram.render.cards import render_telegram_card
from tests.platforms.block_kit import message_faults as slack_faults
from tests.platforms.card_texts import of_card
from tests.platforms.teams import card_faults
from tests.platforms.telegram import message_faults as telegram_faults
from tests.tables import each_row

COPY = Copy("en")
NAMES = ("*Ana* <b>_López_</b> & Co", "مريم العربي", "👩‍👩‍👧 Familie", "Bob|Roe~`x`", "\u202egnp.exe")
WORDS = "Thank you <!channel> & [x](javascript:1) <at>All</at> {{DATE(2026-01-01)}} 👩‍👩‍👧 " * 70
PEOPLE = tuple(Mention(f"{NAMES[n % 5]} {n}", n, str(1000 + n)) for n in range(25))
BADGES = tuple(((f"{NAMES[n % 5]} badge {n}",), (str(n),)) for n in range(200))
UNDO = (Button("Undo", "undo.kudos-1.abcdefghijkl"),)

CARDS = {
    "a message of 5,000 characters": Card("Thanks", WORDS, (Text((WORDS,)), Quote(WORDS)), UNDO),
    "25 receivers": Card("Thanks", "Thanks", (Text(("To ", *PEOPLE)), Quote(WORDS)), UNDO),
    "200 badges": Card("Badges", "Badges", (Table(("Badge", "Points"), BADGES),)),
    "a picture": Card("Badge", "Badge", (Picture("https://corp.test/a.png", WORDS),)),
}


def slack(card: Card) -> tuple[list[str], str]:
    said = render_slack_card(card, COPY)
    return slack_faults(said), json.dumps(said, ensure_ascii=False)


def teams(card: Card) -> tuple[list[str], str]:
    rendered = render_teams_card(card, COPY)
    return card_faults(rendered), "\n".join(of_card(rendered))


def telegram(card: Card) -> tuple[list[str], str]:
    said = render_telegram_card(card, COPY)
    wire: dict[str, Any] = {"text": said.text, "entities": [entity.to_dict() for entity in said.entities]}
    wire |= {"reply_markup": said.keyboard.to_dict()} if said.keyboard else {}
    return telegram_faults(wire), said.text


@each_row("render", [slack, teams, telegram])
@each_row("name", CARDS)
def test_the_largest_cards_fit_and_say_that_they_were_cut(
    name: str, render: Callable[[Card], tuple[list[str], str]]
) -> None:
    faults, said = render(CARDS[name])
    assert faults == []
    assert CARDS[name].title in said
    if name in ("200 badges", "a message of 5,000 characters"):
        assert "…" in said
    if CARDS[name].actions:
        assert "Undo" in said or render is telegram
