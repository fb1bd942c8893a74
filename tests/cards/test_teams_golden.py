"""The celebration and the form as Teams gets them: reviewed as files, held against the official schema."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cards.badge import build_badge_celebration_card
from bot.cards.kudos import build_kudos_celebration_card, build_kudos_withdrawn_card
from bot.dialogs.dialog import DialogContext
from bot.dialogs.giving.kudos import build_kudos_form
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
from bot.protocol.turns import Ask, Source
from channels.teams.render.cards import render_teams_card
from channels.teams.render.forms import render_teams_form
from engine.admin.settings import Settings
from engine.awards.queries import AwardFacts
from engine.db.connection import DatabaseSession
from tests import people
from tests.cards.test_kudos_cards import FACTS
from tests.cards.test_teams_render import assert_valid
from tests.conftest import NOW
from tests.tables import each_row

GOLDEN = Path(__file__).parent / "golden" / "teams"
AWARD = AwardFacts(
    id=3,
    reward_id=101,
    reward="Team Player",
    emoji="🤝",
    icon="https://example.com/icons/team-player.png",
    points=20,
    message="jumping in *again*",
    giver_id=1,
    giver_name="Ana López",
    receiver_id=2,
    receiver_name="Bob Roe",
    awarded_at=NOW,
    undone=False,
    revoked=False,
)


def addressed(card: Card) -> Card:
    """As the relay sends it: each mention with its account on Teams."""

    def told(value: Any) -> Any:
        if isinstance(value, Mention):
            return replace(value, account=f"29:{value.person_id}")
        if isinstance(value, tuple):
            return tuple(told(item) for item in value)
        return replace(value, spans=told(value.spans)) if hasattr(value, "spans") else value

    return replace(card, body=told(card.body))


def compare(name: str, rendered: dict[str, Any]) -> None:
    """With UPDATE_GOLDEN=1 the file is written anew, to be read before it is committed."""
    file = GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(rendered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert rendered == json.loads(file.read_text(encoding="utf-8"))


@each_row("language", ["en", "es"])
def test_celebrations(language: str) -> None:
    copy = Copy(language)
    for name, card in {
        "kudos_celebration": build_kudos_celebration_card(FACTS, copy),
        "kudos_taken_back": build_kudos_withdrawn_card(replace(FACTS, undone=True), copy),
        "badge_celebration": build_badge_celebration_card([AWARD], copy),
    }.items():
        rendered = render_teams_card(addressed(card), copy)
        assert_valid(rendered)
        compare(f"{name}.{language}", rendered)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_form_with_an_error(session: DatabaseSession, language: str) -> None:
    ana = await people.add(session, "Ana López")
    copy = Copy(language)
    source = Source("teams", "t", "c1", "m1", "29:1")
    talk = DialogContext(session, NOW, ana, {}, source, None, Settings(), copy, b"key")
    known = {"receivers": (Mention("Bob Roe", 2, "29:2"),), "words": ("thanks",), "tags": ("helpful",)}
    ask = Ask(await build_kudos_form(talk), known, {"words": copy.line("form.required")}, {}, "token")
    rendered = render_teams_form(ask, copy.line("form.required"))
    picker = next(element for element in rendered["body"] if element.get("id") == "receivers")
    assert picker.pop("choices.data") == {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    assert_valid(rendered)
    compare(f"kudos_form.{language}", rendered)
