"""Finding by e-mail, employee id and name; nobody is guessed, and what is typed is data."""

import csv
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from engine.db.connection import DatabaseSession
from engine.people.fitting import MOST_COUNTED, MOST_SAMPLED, MatchQuality
from engine.people.models import Person
from engine.people.name_grams import grams_query
from engine.people.names import fold_name
from engine.people.search import (
    MAX_PERSON_QUERY_LENGTH,
    MAX_QUERY_WORDS,
    SearchResult,
    find_full_names,
    search_people,
)
from tests.conftest import NOW
from tests.databases import both_databases
from tests.tables import each_row

DEMO = Path(__file__).parents[3] / "engine" / "starter" / "demo_people.csv"
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
async def colleagues(session: DatabaseSession) -> DatabaseSession:
    for number, (email, (name, department)) in enumerate(NAMES.items()):
        await _add(session, email, name, department=department, employee_id=f"E{number}")
    await _add(session, "jose@corp.test", "Pepe Ruiz", first_name="Joseph", last_name="Ruiz")
    for email, name, values in (
        ("gone@corp.test", "Zoe Gone", {"active": False}),
        ("guest@corp.test", "Zoe Guest", {"kind": "guest"}),
        ("bot@corp.test", "Zoe Bot", {"kind": "bot"}),
    ):
        await _add(session, email, name, **values)
    return session


def _mails(found: SearchResult) -> list[str]:
    return [(person.email or "").removesuffix("@corp.test") for person in found.people]


async def _add(session: DatabaseSession, email: str, name: str, **values: object) -> None:
    session.add(
        Person(email=email, display_name=name, folded_name=fold_name(name), created_at=NOW, updated_at=NOW, **values)
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
        ("an", ["ana", "ana.silva", "ana.torres"]),  # who is called so at the beginning hides Daniel
        ("niel", ["daniel.ops", "daniel"]),
        ("tor an", ["ana.torres"]),
        ("silv ana ana", ["ana.silva"]),
        ("pepe", ["jose"]),
        ("joseph", ["jose"]),  # a first name that is not shown
        ("joseph ruiz", ["jose"]),
        (" ".join(["ana"] * (MAX_QUERY_WORDS + 1)), []),
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
async def test_all_who_fit_are_found_and_nobody_else(colleagues: DatabaseSession, typed: str, found: list[str]) -> None:
    assert _mails((await search_people(colleagues, [typed]))[typed]) == found


async def test_what_tells_two_of_one_name_apart_is_shown(colleagues: DatabaseSession) -> None:
    found = (await search_people(colleagues, ["reyes"]))["reyes"]
    assert [(person.display_name, person.department) for person in found.people] == [
        ("Daniel Reyes", "Operations"),
        ("Daniel Reyes", "Sales"),
    ]


async def test_no_more_are_returned_than_asked_for(colleagues: DatabaseSession) -> None:
    found = (await search_people(colleagues, ["an"], limit=2))["an"]
    assert (_mails(found), found.more, found.only) == (["ana", "ana.silva"], 1, None)


@both_databases
async def test_many_names_are_found_at_once(colleagues: DatabaseSession, database: AsyncEngine) -> None:
    seen: list[str] = []
    event.listen(database.sync_engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    asked = [
        "E4",
        "torres",
        "nobody",
        "niel",
        "ana",
        "SOREN@corp.test",
        "joseph ruiz",
        "silv an",
        "0% o",
        "r_s",
        "k\\s",
    ]
    found = await search_people(colleagues, asked)
    assert {name: (_mails(who), who.fit) for name, who in found.items()} == {
        "E4": (["soren"], MatchQuality.EXACT),
        "torres": (["ana.torres"], MatchQuality.WORDS),
        "nobody": ([], MatchQuality.PARTS),
        "niel": (["daniel.ops", "daniel"], MatchQuality.PARTS),
        "ana": (["ana"], MatchQuality.EXACT),
        "SOREN@corp.test": (["soren"], MatchQuality.EXACT),
        "joseph ruiz": (["jose"], MatchQuality.WORDS),
        "silv an": (["ana.silva"], MatchQuality.BEGINNINGS),
        "0% o": (["percent"], MatchQuality.PARTS),
        "r_s": (["under"], MatchQuality.PARTS),
        "k\\s": (["under"], MatchQuality.PARTS),
    }
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("typed", "only"),
    [("maria", True), ("E4", True), ("under@corp.test", True), ("mar", False), ("aria", False), ("reyes", False)],
)
async def test_only_whole_words_name_one(colleagues: DatabaseSession, typed: str, only: bool) -> None:
    found = (await search_people(colleagues, [typed]))[typed]
    assert (found.only is not None) is only
    assert found.people


async def test_in_the_demo_there_is_one_ana(session: DatabaseSession) -> None:
    """The README's example: Hana, Siobhán or Fernanda have the letters, but are not called so."""
    with DEMO.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            await _add(session, row["email"], row["display_name"], first_name=row["first_name"])
    for typed in ("ana", "bob", "javier"):
        only = (await search_people(session, [typed]))[typed].only
        assert only is not None, typed
        assert fold_name(only.first_name) == typed


async def test_full_names(colleagues: DatabaseSession) -> None:
    asked = ["ana silva", "daniel reyes", "ana", "ana silva thanks", "zoe gone", "torres ana", "x" * 1000]
    assert await find_full_names(colleagues, asked) == {"ana silva", "daniel reyes", "ana"}
    assert await find_full_names(colleagues, []) == set()


@given(st.text())
def test_folding_twice_is_folding_once(name: str) -> None:
    folded = fold_name(name)
    assert fold_name(folded) == folded
    assert folded == folded.strip()
    assert "  " not in folded


@given(st.text(alphabet=st.characters(categories=["Lu", "Ll", "Mn", "Zs"]), max_size=MAX_PERSON_QUERY_LENGTH))
def test_case_and_the_form_of_unicode_make_no_difference(name: str) -> None:
    assert fold_name(unicodedata.normalize("NFD", name)) == fold_name(name)
    assert fold_name(unicodedata.normalize("NFC", name)) == fold_name(name)


@each_row(
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
    assert fold_name(name) == folded


def test_the_grams_of_a_part_are_quoted() -> None:
    shown = {part: grams_query([part]) for part in ("a", "zq", " ana ", "o'n", "a\\b")}
    assert shown == {
        "a": "'a':*",
        "zq": "'zq':*",
        " ana ": "' an' & 'ana' & 'na '",
        "o'n": "'o''n'",
        "a\\b": "'a\\\\b'",
    }
    assert grams_query(["ana", "anab"]) == "'ana' & 'nab'"


@both_databases
async def test_of_very_many_who_fit_only_so_many_are_looked_at(session: DatabaseSession) -> None:
    rows = [{"display_name": f"Zia {n}", "folded_name": f"zia {n}"} for n in range(MOST_COUNTED + 50)]
    await session.execute(insert(Person), [row | {"created_at": NOW, "updated_at": NOW} for row in rows])
    found = await search_people(session, ["zia", "zi", "ia"], limit=3)
    assert {(len(one.people), one.more, one.fit) for one in found.values()} == {
        (3, MOST_COUNTED - 3, fit) for fit in (MatchQuality.WORDS, MatchQuality.BEGINNINGS, MatchQuality.PARTS)
    }


async def test_a_part_of_a_name_is_found_behind_many_who_lack_it(session: DatabaseSession) -> None:
    rows = [{"display_name": f"Ana {n}", "folded_name": f"ana {n}"} for n in range(MOST_SAMPLED)]
    await session.execute(insert(Person), [row | {"created_at": NOW, "updated_at": NOW} for row in rows])
    await _add(session, "last@corp.test", "Zurine")
    assert _mails((await search_people(session, ["rin"]))["rin"]) == ["last"]
