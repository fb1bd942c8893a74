"""Every card that the bot has, with somebody's names in it: for what has to be true of each."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, get_type_hints

from bot import cards
from bot.cards.accounts import (
    build_account_notice_card,
    build_account_refusal_card,
    build_accounts_card,
    build_code_used_card,
    build_last_account_card,
    build_link_code_card,
)
from bot.cards.badge import (
    build_badge_celebration_card,
    build_badge_given_card,
    build_badge_received_card,
    build_badge_withdrawn_card,
)
from bot.cards.badge_list import build_colleague_badges_card, build_own_badges_card
from bot.cards.delivery_notices import (
    build_badge_spans,
    build_channel_refused_card,
    build_delivery_notice_card,
    build_own_kudos_spans,
)
from bot.cards.help import build_help_card, build_unknown_sender_help_card
from bot.cards.home import build_home_card
from bot.cards.how import build_by_hand_card, build_how_card
from bot.cards.kudos import (
    build_kudos_celebration_card,
    build_kudos_given_card,
    build_kudos_received_card,
    build_kudos_withdrawn_card,
)
from bot.cards.notices import (
    build_apology_card,
    build_form_expired_card,
    build_looking_up_card,
    build_lookup_failed_card,
    build_refusal_card,
    build_unfinished_gift_card,
    build_unknown_command_card,
    build_unknown_sender_card,
    build_unresolved_people_card,
)
from bot.cards.points import build_balance_card, build_points_history_card
from bot.cards.reversals import build_award_revoked_card, build_award_undone_card, build_kudos_undone_card
from bot.cards.reward_runs import (
    build_history_card,
    build_jobs_card,
    build_preview_card,
    build_reward_help_card,
    build_run_done_card,
    build_run_ordered_card,
)
from bot.cards.runs import build_run_celebration_card
from bot.cards.subscriptions import build_named_subscription_card, build_subscription_card
from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
from engine.errors import Refused
from engine.kudos.queries import KudosLine
from engine.points.ledger import EntryFacts
from engine.rewards.models import Reward
from engine.runs.preview import RuleAnswer, RunPreview
from engine.runs.queries import RunFacts, RunSummary
from engine.runs.schedules import JobFacts
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
    """Return each card by the name of its builder, and what makes it another one."""
    return {**_gifts(copy), **_own(copy), **_accounts(copy), **_notices(copy), **_runs(copy), **_places(copy)}


def functions() -> Iterator[str]:
    """Name every function that builds a card."""
    for module in iter_modules(cards.__path__):
        file = import_module(f"bot.cards.{module.name}")
        for name, made in vars(file).items():
            here = callable(made) and getattr(made, "__module__", "") == file.__name__ and not name.startswith("_")
            if here and not isinstance(made, type) and get_type_hints(made).get("return") is Card:
                yield name


def _gifts(copy: Copy) -> dict[str, Card]:
    limits: dict[str, Any] = {"minutes": 10, "left": 3, "self_dropped": False, "link": f"{SEE}.kudos-7"}
    return {
        "build_kudos_celebration_card": build_kudos_celebration_card(FACTS, copy),
        "build_kudos_received_card": build_kudos_received_card(FACTS, copy),
        "build_kudos_received_card private": build_kudos_received_card(replace(FACTS, public=False), copy),
        "build_kudos_given_card": build_kudos_given_card(FACTS, copy, UNDO, **limits),
        "build_kudos_withdrawn_card": build_kudos_withdrawn_card(replace(FACTS, undone=True), copy),
        "build_badge_celebration_card": build_badge_celebration_card([AWARD], copy),
        "build_badge_celebration_card earned": build_badge_celebration_card([EARNED], copy),
        "build_badge_received_card": build_badge_received_card(AWARD, copy),
        "build_badge_given_card": build_badge_given_card(
            [AWARD], copy, UNDO, quiet=["Bob Roe"], minutes=10, link=f"{SEE}.award-3"
        ),
        "build_badge_withdrawn_card": build_badge_withdrawn_card(copy),
        "build_kudos_undone_card": build_kudos_undone_card(FACTS, copy),
        "build_award_undone_card": build_award_undone_card([AWARD], copy),
        "build_award_revoked_card": build_award_revoked_card(AWARD, copy, comes_by_itself=True),
    }


def _own(copy: Copy) -> dict[str, Card]:
    bob = Mention("Bob Roe", 2)
    thanks = KudosLine((1, "Ana López"), ((2, "Bob Roe"),), "thanks", NOW)
    balance, cabinet = (
        build_balance_card(15, ENTRIES, copy, name=None),
        build_own_badges_card([AWARD, EARNED], copy, shown=1),
    )
    return {
        "build_own_badges_card": cabinet,
        "build_own_badges_card nothing": build_own_badges_card([], copy, shown=10),
        "build_colleague_badges_card": build_colleague_badges_card(bob, [AWARD, EARNED], copy, shown=10),
        "build_balance_card": balance,
        "build_balance_card theirs": build_balance_card(15, ENTRIES, copy, name="Bob Roe"),
        "build_points_history_card": build_points_history_card(15, ENTRIES, copy, name=None, older=48),
        "build_home_card": build_home_card(balance, cabinet, [thanks], [thanks], copy),
    }


def _accounts(copy: Copy) -> dict[str, Card]:
    return {
        "build_account_notice_card": build_account_notice_card("unlink.done", copy, channel="Slack", count=1),
        "build_account_refusal_card": build_account_refusal_card("refusals.unknown_channel", copy, OWN, who="x"),
        "build_accounts_card": build_accounts_card(("slack", "telegram"), "slack", copy),
        "build_link_code_card": build_link_code_card("ABCDEFGH", "telegram", copy),
        "build_code_used_card": build_code_used_card("telegram", copy),
        "build_last_account_card": build_last_account_card("telegram", "unlink.9.abcdefghijkl", copy),
    }


def _notices(copy: Copy) -> dict[str, Card]:
    return {
        "build_refusal_card": build_refusal_card(copy, Refused("self_kudos"), OWN),
        "build_apology_card": build_apology_card(copy, OWN),
        "build_unresolved_people_card": build_unresolved_people_card(copy, OWN),
        "build_looking_up_card": build_looking_up_card(copy, [Mention("Bob Roe", 2)]),
        "build_lookup_failed_card": build_lookup_failed_card(copy, OWN),
        "build_unfinished_gift_card": build_unfinished_gift_card(copy, OWN),
        "build_unknown_sender_card": build_unknown_sender_card(copy, "/link you@company.com", OWN),
        "build_unknown_command_card": build_unknown_command_card(copy, "kudo", "kudos", OWN),
        "build_form_expired_card": build_form_expired_card(copy, OWN),
        "build_help_card": build_help_card(
            ALL_COMMANDS[:3], [verb for verb in ALL_COMMANDS if verb.admin][:1], "press", copy
        ),
        "build_unknown_sender_help_card": build_unknown_sender_help_card("press", copy),
    }


def _runs(copy: Copy) -> dict[str, Card]:
    reward = Reward(id=3, name="Happy Birthday", emoji="🎂", description="Once a year, on the day.", points=50)
    facts = RunFacts("Happy Birthday", "🎂", "Once a year, on the day.", 50, 6, ((1, "Ana López"), (2, "Bob Roe")))
    done = RunSummary(1, "hand:1", NOW, NOW, 6, 4, None)
    runs = [done, replace(done, finished_at=None), replace(done, failure="unknown_rule")]
    answers = [RuleAnswer("audience", True), RuleAnswer("Birthday", False)]
    preview = RunPreview("2026-03-02", 6, 1, facts.named, None)
    return {
        "build_run_celebration_card": build_run_celebration_card(facts, copy),
        "build_run_ordered_card": build_run_ordered_card(reward, copy),
        "build_run_done_card": build_run_done_card(facts, done, copy),
        "build_run_done_card failed": build_run_done_card(facts, runs[2], copy),
        "build_preview_card": build_preview_card(reward, preview, copy),
        "build_preview_card draw": build_preview_card(reward, replace(preview, draws=2), copy),
        "build_history_card": build_history_card(reward, runs, copy),
        "build_jobs_card": build_jobs_card([JobFacts("Happy Birthday", (NOW,)), JobFacts("Jackpot", ())], copy),
        "build_reward_help_card": build_reward_help_card(copy),
        "build_how_card": build_how_card(reward, answers, copy),
        "build_by_hand_card": build_by_hand_card(reward, copy),
    }


def _places(copy: Copy) -> dict[str, Card]:
    return {
        "build_subscription_card": build_subscription_card("announce.now_on", copy),
        "build_named_subscription_card": build_named_subscription_card("announce.now_on_there", "general", copy),
        "build_delivery_notice_card": build_delivery_notice_card(NOTICE, build_own_kudos_spans(FACTS, copy), copy),
        "build_delivery_notice_card badge": build_delivery_notice_card(NOTICE, build_badge_spans([AWARD], copy), copy),
        "build_channel_refused_card": build_channel_refused_card("Telegram", "Unauthorized", copy),
    }
