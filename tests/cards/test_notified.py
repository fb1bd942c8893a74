"""A card notifies ten people at most, on Slack and on Teams; the others are there by name."""

import json

from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Facts, Mention, Person, Table, Text
from bot.protocol.mention_limit import limit_mentions
from channels.slack.render.cards import render_slack_card
from channels.teams.render.cards import render_teams_card

COPY = Copy("en")
PEOPLE = tuple(Mention(f"Person{n:02}", n, f"U{n:04}") for n in range(1, 16))
CARD = Card("Thanks", "Thanks", (Text((*PEOPLE[:8], " and again ", PEOPLE[0])), Text(PEOPLE[7:])))


def test_on_slack() -> None:
    said = json.dumps(render_slack_card(CARD, COPY)["blocks"])
    assert [mention.account for mention in PEOPLE if mention.account in said] == [one.account for one in PEOPLE[:10]]
    assert all(mention.name in said for mention in PEOPLE[10:])


def test_on_teams() -> None:
    rendered = render_teams_card(CARD, COPY)
    entities = [entity["mentioned"]["id"] for entity in rendered["msteams"]["entities"]]
    assert entities == [mention.account for mention in PEOPLE[:10]]
    assert all(mention.name in json.dumps(rendered["body"]) for mention in PEOPLE)


def test_wherever_they_are_named() -> None:
    ana, bob = PEOPLE[:2]
    body = (Facts((("To", (ana,)),)), Person(bob), Table(("Who",), (((bob,),), ((ana,),))))
    few = limit_mentions(1, Card("t", "s", body))
    assert few.body[0] == body[0]
    assert few.body[1] == Person(Mention(bob.name, bob.person_id))
    assert few.body[2] == Table(("Who",), (((Mention(bob.name, bob.person_id),),), ((ana,),)))
