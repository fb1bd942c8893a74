"""Every card that the bot has, with somebody's names in it: for what has to be true of each."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_type_hints

from bot import cards
from bot.cards import accounts as cards_accounts
from bot.cards import badge, badge_list, delivery_notices, help, home, kudos, notices, points, reversals
from bot.cards import subscriptions as cards_subscriptions
from bot.dialogs.commands import VERBS
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
from engine.errors import Refused
from engine.kudos.queries import Thanks
from engine.points.ledger import EntryFacts
from tests.cards.test_kudos_cards import FACTS
from tests.cards.test_teams_golden import AWARD
from tests.conftest import NOW

OWN = "/kudos @Ana <b>thanks</b>"
SEE = "https://laurel.corp.test/see/abcdefghijkl"
UNDO = "undo.kudos-7.abcdefghijkl"
EARNED = replace(AWARD, id=4, giver_id=None, giver_name=None, emoji=None, reward="Ten Years")
ENTRIES = (
    EntryFacts("award", 20, "award:3", "received", NOW, "Team Player"),
    EntryFacts("kudos", -5, "kudos:7", "reversed", NOW, "Ana López"),
)
NOTICE = {"key": "relay.not_shown", "values": {"name": "general"}}


def every_card(copy: Copy) -> Mapping[str, Card]:
    """By "file.function", and what makes it another one."""
    return {**_gifts(copy), **_own(copy), **_accounts(copy), **_notices(copy), **_places(copy)}


def functions() -> Iterator[str]:
    """The "file.function" of all that make a card."""
    for module in iter_modules(cards.__path__):
        file = import_module(f"bot.cards.{module.name}")
        for name, made in vars(file).items():
            here = callable(made) and getattr(made, "__module__", "") == file.__name__ and not name.startswith("_")
            if here and not isinstance(made, type) and get_type_hints(made).get("return") is Card:
                yield f"{module.name}.{name}"


def _gifts(copy: Copy) -> dict[str, Card]:
    limits: dict[str, Any] = {"minutes": 10, "left": 3, "self_dropped": False, "link": f"{SEE}.kudos-7"}
    return {
        "kudos.celebration": kudos.celebration(FACTS, copy),
        "kudos.news": kudos.news(FACTS, copy),
        "kudos.news private": kudos.news(replace(FACTS, public=False), copy),
        "kudos.given": kudos.given(FACTS, copy, UNDO, **limits),
        "kudos.taken_back": kudos.taken_back(replace(FACTS, undone=True), copy),
        "badge.celebration": badge.celebration([AWARD], copy),
        "badge.celebration earned": badge.celebration([EARNED], copy),
        "badge.news": badge.news(AWARD, copy),
        "badge.given": badge.given([AWARD], copy, UNDO, quiet=["Bob Roe"], minutes=10, link=f"{SEE}.award-3"),
        "badge.taken_back": badge.taken_back(copy),
        "reversals.kudos": reversals.kudos(FACTS, copy),
        "reversals.award": reversals.award([AWARD], copy),
        "reversals.done": reversals.done(AWARD, copy, comes_by_itself=True),
    }


def _own(copy: Copy) -> dict[str, Card]:
    bob = Mention("Bob Roe", 2)
    thanks = Thanks((1, "Ana López"), ((2, "Bob Roe"),), "thanks", NOW)
    balance, cabinet = points.balance(15, ENTRIES, copy, name=None), badge_list.mine([AWARD, EARNED], copy, shown=1)
    return {
        "badge_list.mine": cabinet,
        "badge_list.mine nothing": badge_list.mine([], copy, shown=10),
        "badge_list.theirs": badge_list.theirs(bob, [AWARD, EARNED], copy, shown=10),
        "points.balance": balance,
        "points.balance theirs": points.balance(15, ENTRIES, copy, name="Bob Roe"),
        "points.why": points.why(15, ENTRIES, copy, name=None, older=48),
        "home.page": home.page(balance, cabinet, [thanks], [thanks], copy),
    }


def _accounts(copy: Copy) -> dict[str, Card]:
    return {
        "accounts.told": cards_accounts.told("unlink.done", copy, channel="Slack", count=1),
        "accounts.refused": cards_accounts.refused("refusals.unknown_channel", copy, OWN, who="x"),
        "accounts.accounts": cards_accounts.accounts(("slack", "telegram"), "slack", copy),
        "accounts.code": cards_accounts.code("ABCDEFGH", "telegram", copy),
        "accounts.used": cards_accounts.used("telegram", copy),
        "accounts.last_one": cards_accounts.last_one("telegram", "unlink.9.abcdefghijkl", copy),
    }


def _notices(copy: Copy) -> dict[str, Card]:
    return {
        "notices.refusal": notices.refusal(copy, Refused("self_kudos"), OWN),
        "notices.apology": notices.apology(copy, OWN),
        "notices.unmet": notices.unmet(copy, OWN),
        "notices.looking_up": notices.looking_up(copy, [Mention("Bob Roe", 2)]),
        "notices.given_up": notices.given_up(copy, OWN),
        "notices.unfinished": notices.unfinished(copy, OWN),
        "notices.stranger": notices.stranger(copy, "/link you@company.com", OWN),
        "notices.unknown_verb": notices.unknown_verb(copy, "kudo", "kudos", OWN),
        "notices.expired": notices.expired(copy, OWN),
        "help.card": help.card(VERBS[:3], [verb for verb in VERBS if verb.admin][:1], "press", copy),
        "help.for_stranger": help.for_stranger("press", copy),
    }


def _places(copy: Copy) -> dict[str, Card]:
    return {
        "subscriptions.told": cards_subscriptions.told("announce.now_on", copy),
        "subscriptions.told_apart": cards_subscriptions.told_apart("announce.now_on_there", "general", copy),
        "delivery_notices.notice": delivery_notices.notice(NOTICE, delivery_notices.own_thanks(FACTS, copy), copy),
        "delivery_notices.notice badge": delivery_notices.notice(NOTICE, delivery_notices.badge([AWARD], copy), copy),
        "delivery_notices.refused": delivery_notices.refused("Telegram", "Unauthorized", copy),
    }
