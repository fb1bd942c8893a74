"""Finding by e-mail, employee id and name; nobody is guessed, and what is typed is data."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.db import Session
from engine.finding import LONGEST, find, fold
from engine.people import Person
from tests.conftest import NOW

NAMES = {
    "ana.torres@corp.test": ("Ana Torres", "Engineering"),
    "ana.silva@corp.test": ("Ana Silva", "Sales"),
    "ana@corp.test": ("Ana", "People"),
    "maria@corp.test": ("María de la Cruz", "Support"),
    "soren@corp.test": ("Søren Kjær", "Engineering"),
    "daniel@corp.test": ("Daniel Reyes", "Sales"),
    "daniel.ops@corp.test": ("Daniel Reyes", "Operations"),
    "percent@corp.test": ("Percy 100% O'Neill", "Sales"),
    "under@corp.test": ("Under_score Back\\slash", "Sales"),
}


@pytest.fixture
async def colleagues(session: Session) -> Session:
    for number, (email, (name, department)) in enumerate(NAMES.items()):
        await _add(session, email, name, department=department, employee_id=f"E{number}")
    for email, name, values in (
        ("gone@corp.test", "Zoe Gone", {"active": False}),
        ("guest@corp.test", "Zoe Guest", {"kind": "guest"}),
        ("bot@corp.test", "Zoe Bot", {"kind": "bot"}),
    ):
        await _add(session, email, name, **values)
    return session


async def _add(session: Session, email: str, name: str, **values: object) -> None:
    session.add(
        Person(email=email, display_name=name, folded_name=fold(name), created_at=NOW, updated_at=NOW, **values)
    )
    await session.flush()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ana.silva@corp.test", ["ana.silva"]),
        ("  ANA.Silva@Corp.TEST ", ["ana.silva"]),
        ("E4", ["soren"]),
        ("ana", ["ana"]),  # an exact name hides those who are only called so among others
        ("ana torres", ["ana.torres"]),
        ("torres ANA", ["ana.torres"]),
        ("an", ["ana", "ana.silva", "ana.torres", "daniel.ops", "daniel"]),
        ("Daniel Reyes", ["daniel.ops", "daniel"]),  # two of that name: both, with their departments
        ("de la Cruz", ["maria"]),
        ("MARIA DE LA CRUZ", ["maria"]),
        ("Mari\u0301a", ["maria"]),
        ("soren kjaer", ["soren"]),
        ("100%", ["percent"]),
        ("o’neill", ["percent"]),
        ("%", ["percent"]),
        ("_", ["under"]),
        ("d_niel", []),
        ("back\\slash", ["under"]),
        ("/", []),
        ("an\u200ba si\u0000lva", ["ana.silva"]),
        ("zoe", []),  # a leaver, a guest, a bot
        ("gone@corp.test", []),
        ("nobody", []),
        ("", []),
        (" \t", []),
        ("\ud800", []),
        ("' OR 1=1 --", []),
        ("x" * 100_000, []),
    ],
)
async def test_all_who_fit_are_found_and_nobody_else(colleagues: Session, typed: str, found: list[str]) -> None:
    people = await find(colleagues, typed)
    assert [(person.email or "").removesuffix("@corp.test") for person in people] == found


async def test_what_tells_two_of_one_name_apart_is_shown(colleagues: Session) -> None:
    assert [(person.display_name, person.department) for person in await find(colleagues, "reyes")] == [
        ("Daniel Reyes", "Operations"),
        ("Daniel Reyes", "Sales"),
    ]


async def test_no_more_are_returned_than_asked_for(colleagues: Session) -> None:
    assert len(await find(colleagues, "an", limit=2)) == 2


@given(st.text())
def test_folding_twice_is_folding_once(name: str) -> None:
    folded = fold(name)
    assert fold(folded) == folded
    assert folded == folded.strip()
    assert "  " not in folded


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Mn", "Zs"]), max_size=LONGEST))
def test_case_and_the_form_of_unicode_make_no_difference(name: str) -> None:
    assert fold(unicodedata.normalize("NFD", name)) == fold(name)
    assert fold(unicodedata.normalize("NFC", name)) == fold(name)


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("  José  ŁUKASZ ", "jose lukasz"),
        ("Straße", "strasse"),
        ("İstanbul Işık", "istanbul isik"),
        ("Đặng Thị Ánh", "dang thi anh"),
        ("Ærøskøbing", "aeroskobing"),
        ("\u202eAna\u202c", "ana"),
        ("李小龙", "李小龙"),
        ("Αθηνά", "αθηνα"),
    ],
)
def test_folded_names(name: str, folded: str) -> None:
    assert fold(name) == folded
