"""The cards and the form as Telegram gets them: reviewed as files."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.dialogs.dialog import DialogContext
from bot.dialogs.giving.kudos import build_kudos_form
from bot.i18n.copy import Copy
from bot.protocol.elements import Card, Mention
from bot.protocol.turns import Ask, Source
from channels.telegram.forms.progress import answer_question, begin_form
from channels.telegram.forms.question import render_telegram_form
from channels.telegram.render.cards import TelegramMessage, render_telegram_card
from engine.admin.settings import Settings
from engine.db.connection import DatabaseSession
from tests import people
from tests.cards.every_card import every_card, functions
from tests.cards.test_telegram_render import check
from tests.conftest import NOW
from tests.platforms import accessible
from tests.tables import each_row

GOLDEN = Path(__file__).parent / "golden" / "telegram"


def addressed(card: Card) -> Card:
    """As the relay sends it: each mention with its account on Telegram."""

    def told(value: Any) -> Any:
        if isinstance(value, Mention):
            return replace(value, account=str(1000 + (value.person_id or 0)))
        if isinstance(value, tuple):
            return tuple(told(item) for item in value)
        return replace(value, spans=told(value.spans)) if hasattr(value, "spans") else value

    return replace(card, body=told(card.body))


def compare(name: str, said: TelegramMessage) -> None:
    """With UPDATE_GOLDEN=1 the file is written anew, to be read before it is committed."""
    wire, file = check(said), GOLDEN / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(wire, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert wire == json.loads(file.read_text(encoding="utf-8"))


@each_row("language", ["en", "es"])
def test_cards(language: str) -> None:
    copy = Copy(language)
    for name, card in every_card(copy).items():
        said = render_telegram_card(addressed(card), copy)
        assert accessible.of_telegram(check(said)) == []
        compare(f"{name.replace('.', '_').replace(' ', '_')}.{language}", said)


def test_no_card_is_forgotten() -> None:
    assert {name.partition(" ")[0] for name in every_card(Copy("en"))} == set(functions())


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("language", ["en", "es"])
async def test_the_form_question_by_question(session: DatabaseSession, language: str) -> None:
    ana = await people.add(session, "Ana López")
    copy = Copy(language)
    source = Source("telegram", "7000", "1001", "m1", "1001")
    talk = DialogContext(session, NOW, ana, {}, source, None, Settings(), copy, b"key")
    known = {"receivers": (Mention("Bob Roe", 2, "1002"),), "words": ("thanks",), "tags": ("helpful",)}
    at = begin_form(
        Ask(await build_kudos_form(talk), known, {"words": copy.line("form.required")}, {}, "token"), language
    )
    for step in ("with_an_error", "more_tags", "private", "summary"):
        compare(f"kudos_form_{step}.{language}", render_telegram_form(at, copy))
        at = answer_question(at, ("thanks",) if step == "with_an_error" else (), copy)
