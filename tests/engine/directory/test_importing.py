"""Importing the directory: what goes in and what stays as it was, and that twice is once."""

import asyncio
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

import engine
from engine.admin.audit import AuditRow
from engine.db.connection import DatabaseSession, SessionFactory
from engine.directory import importing as directory_importing
from engine.directory.importing import import_people
from engine.errors import BadInput, NotAllowed
from engine.people.eligibility import is_eligible
from engine.people.models import Person
from engine.people_file.choices import Choices
from tests.conftest import NOW
from tests.importing import Importer, counts, everybody, importing, reasons

DEMO = Path(engine.__file__).parent / "starter" / "demo_people.csv"


@pytest.fixture
def bring(writing: SessionFactory, tmp_path: Path) -> Importer:
    return Importer(writing, tmp_path)


async def test_all_columns_arrive(bring: Importer, writing: SessionFactory) -> None:
    report = await bring(
        "email,employee_id,first_name,last_name,display_name,job_code,title,department,groups,programs,manager,"
        "start_date,birthday,timezone,locale,worker_type,active,Floor,team colour\n"
        ' Ana@Corp.Test ,7,Ana,de  la Cruz,,ENG-3,Engineer,Engineering,b;a; b|c,"[""x;y"", ""z""]",,'
        "2019-03-04,1988-02-29,Europe/Madrid,es,employee,YES,3,\n",
        keep=("floor", "Team Colour"),
    )
    assert counts(report) == (1, 0, 0, 0)
    assert reasons(report) == []
    assert report.attributes == {"Floor", "team colour"}
    ana = (await everybody(writing))["ana@corp.test"]
    assert (ana.employee_id, ana.first_name, ana.last_name) == ("7", "Ana", "de la Cruz")
    assert (ana.display_name, ana.folded_name) == ("Ana de la Cruz", "ana de la cruz")
    assert (ana.job_code, ana.title, ana.department) == ("ENG-3", "Engineer", "Engineering")
    assert (ana.groups, ana.programs) == (["b", "a", "c"], ["x;y", "z"])
    assert (ana.start_date, ana.birth_year, ana.birth_month, ana.birth_day) == (date(2019, 3, 4), 1988, 2, 29)
    assert (ana.timezone, ana.locale, ana.worker_type, ana.active) == ("Europe/Madrid", "es", "employee", True)
    assert (ana.attributes, ana.kind, ana.role, ana.manager_id) == ({"Floor": "3"}, "employee", "member", None)


async def test_the_demo_directory_is_whole_and_the_second_import_touches_nothing(writing: SessionFactory) -> None:
    report = await importing(writing, DEMO, deactivate_missing=True)
    assert (counts(report), reasons(report)) == ((24, 0, 0, 0), [])
    before = await everybody(writing)
    again = await importing(writing, DEMO, deactivate_missing=True, days=1)
    assert (counts(again), reasons(again)) == ((0, 0, 24, 0), [])
    after = await everybody(writing)
    assert {person.updated_at for person in after.values()} == {NOW}
    assert after["ana.torres@example.com"].manager_id == before["lucia.benitez@example.com"].id
    assert after["hana.sato@example.com"].manager_id == before["elena.marquez@example.com"].id
    assert [email for email, person in after.items() if person.manager_id is None] == ["elena.marquez@example.com"]


async def test_an_import_changes_what_the_file_speaks_of_and_nothing_else(
    bring: Importer, writing: SessionFactory
) -> None:
    await bring(
        "email,employee_id,title,department,birthday,floor\nana@corp.test,7,Boss,Sales,02-29,3\n", keep=["floor"]
    )
    report = await bring("email,title,floor,desk\nana@corp.test,,,12\n", days=1, keep=["floor", "desk"])
    assert counts(report) == (0, 1, 0, 0)
    ana = (await everybody(writing))["ana@corp.test"]
    assert (ana.title, ana.department, ana.employee_id, ana.birth_day) == (None, "Sales", "7", 29)
    assert ana.attributes == {"desk": "12"}
    assert (ana.created_at, ana.updated_at) == (NOW, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("ana@corp.test,Ana,López,Anita", "Anita"),
        ("ana@corp.test,Ana,López,", "Ana López"),
        ("ana@corp.test,,López,", "López"),
        ("ana@corp.test,,,", "ana"),
    ],
)
async def test_a_missing_display_name_is_made(bring: Importer, writing: SessionFactory, row: str, name: str) -> None:
    await bring(f"email,first_name,last_name,display_name\n{row}\n")
    assert (await everybody(writing))["ana@corp.test"].display_name == name


async def test_an_empty_wish_leaves_it_as_it_is(bring: Importer, writing: SessionFactory) -> None:
    wishes = "no_birthday_post,no_public_kudos,not_on_boards,direct_news"
    await bring(f"email,{wishes}\nana@corp.test,yes,yes,yes,no\nbob@corp.test,,,,\n")
    report = await bring(f"email,{wishes}\nana@corp.test,,,,\nbob@corp.test,,,,\n")
    assert (counts(report), reasons(report)) == ((0, 0, 2, 0), [])
    found = await everybody(writing)
    assert [getattr(found["ana@corp.test"], wish) for wish in wishes.split(",")] == [True, True, True, False]
    assert [getattr(found["bob@corp.test"], wish) for wish in wishes.split(",")] == [False, False, False, True]


async def test_a_person_is_known_by_email_else_by_employee_id(bring: Importer, writing: SessionFactory) -> None:
    await bring("email,employee_id,name\nana@corp.test,7,Ana\n,8,Bob\n")
    report = await bring("email,employee_id,title\nana.torres@corp.test,7,Married\nbob@corp.test,8,Has an e-mail now\n")
    assert counts(report) == (0, 2, 0, 0)
    assert {email: person.title for email, person in (await everybody(writing)).items()} == {
        "ana.torres@corp.test": "Married",
        "bob@corp.test": "Has an e-mail now",
    }
    report = await bring("email,employee_id,title\n,7,Only the number\n")
    assert (await everybody(writing))["ana.torres@corp.test"].title == "Only the number"


async def test_two_keys_of_two_people_are_refused(bring: Importer, writing: SessionFactory) -> None:
    await bring("email,employee_id\nana@corp.test,7\nbob@corp.test,8\n")
    report = await bring("email,employee_id\nana@corp.test,8\n", deactivate_missing=True)
    assert reasons(report) == [
        (2, "the employee_id '8' belongs to another person than the email 'ana@corp.test'"),
    ]
    assert counts(report) == (0, 0, 0, 0)  # both were spoken of: nobody is missing


@pytest.mark.parametrize("between", [0, directory_importing.MAX_BATCH_ROWS])
async def test_of_two_rows_for_one_person_the_first_counts(
    bring: Importer, writing: SessionFactory, between: int
) -> None:
    rows = (
        "ana@corp.test,7,first",
        "ANA@corp.test,,second",
        "zoe@corp.test,7,third",
        "bob@corp.test,8,bad,row",
        "bob@corp.test,8,good",
        ",8,late",
    )
    lines = ["email,employee_id,title"]
    for part, row in enumerate(rows):
        lines += [row, *(f"other{part}.{i}@corp.test,," for i in range(between))]
    report = await bring("\n".join(lines))
    line = [2 + at * (between + 1) for at in range(len(rows))]
    assert reasons(report) == [
        (line[1], f"is the same person as line {line[0]}, which counts"),
        (line[2], f"is the same person as line {line[0]}, which counts"),
        (line[3], "has 4 cells, the header has 3"),
        (line[5], f"is the same person as line {line[4]}, which counts"),
    ]
    titles = {email: person.title for email, person in (await everybody(writing)).items() if person.title}
    assert titles == {"ana@corp.test": "first", "bob@corp.test": "good"}


async def test_whoever_is_not_in_the_file_becomes_inactive_bots_aside(
    bring: Importer, writing: SessionFactory, session: DatabaseSession
) -> None:
    await bring("email\nana@corp.test\nbob@corp.test\nbad@corp.test\n")
    async with writing.begin() as opened:
        for email, kind in (("bot@corp.test", "bot"), ("guest@corp.test", "guest")):
            opened.add(Person(email=email, display_name=email, kind=kind, created_at=NOW, updated_at=NOW))
    report = await bring(
        "email,birthday\nana@corp.test,\nbad@corp.test,never\nbad@corp.test\n",
        deactivate_missing=True,
        confirmed=True,
        days=1,
    )
    assert report.deactivated == 2
    found = await everybody(writing)
    assert {email for email, person in found.items() if not person.active} == {"bob@corp.test", "guest@corp.test"}
    assert found["bob@corp.test"].updated_at == NOW + timedelta(days=1)
    audits = list(await session.scalars(select(AuditRow).order_by(AuditRow.id)))
    assert (audits[-1].action, audits[-1].origin, audits[-1].actor_id) == ("people.import", "cli", None)
    assert audits[-1].after == {"created": 0, "updated": 0, "unchanged": 2, "deactivated": 2, "problems": 2}


async def test_who_comes_back_in_a_whole_file_is_active_again(bring: Importer, writing: SessionFactory) -> None:
    await bring("email\nana@corp.test\nbob@corp.test\n")
    await bring("email\nana@corp.test\n", deactivate_missing=True, confirmed=True)
    await bring("email,title\nbob@corp.test,Back?\n")  # a part of the directory says nothing about who is active
    assert not (await everybody(writing))["bob@corp.test"].active
    report = await bring("email\nana@corp.test\nbob@corp.test\n", deactivate_missing=True)
    assert counts(report) == (0, 1, 1, 0)
    assert (await everybody(writing))["bob@corp.test"].active


async def test_a_file_that_names_nobody_deactivates_nobody(bring: Importer, writing: SessionFactory) -> None:
    await bring("email\nana@corp.test\n")
    with pytest.raises(BadInput, match="names nobody"):
        await bring("email\n", deactivate_missing=True)
    assert (await everybody(writing))["ana@corp.test"].active


@pytest.mark.parametrize(
    ("worker_type", "kind"),
    [
        ("employee", "employee"), ("Contractor", "employee"), ("intern", "employee"), ("", "employee"),
        ("Guest", "guest"), ("visitor", "guest"), ("bot", "bot"), ("Service-Account", "bot"),
    ],
)  # fmt: skip
async def test_guests_and_bots_are_known_by_their_worker_type(
    bring: Importer, writing: SessionFactory, worker_type: str, kind: str
) -> None:
    file = f"email,worker_type\nx@corp.test,{worker_type}\n"
    await bring(file)
    person = (await everybody(writing))["x@corp.test"]
    assert (person.kind, person.worker_type) == (kind, worker_type or None)
    assert is_eligible(person, "receive") is (kind == "employee")
    report = await bring(file)
    assert (counts(report), reasons(report)) == ((0, 0, 1, 0), [])


async def test_an_explicit_kind_counts_before_the_worker_type(bring: Importer, writing: SessionFactory) -> None:
    report = await bring(
        "email,kind,worker_type\na@corp.test,Guest,employee\nb@corp.test,,bot\nc@corp.test,alien,\nd@corp.test,employee,guest\n"
    )
    assert reasons(report) == [(4, "kind: 'alien' is none of employee, guest, bot")]
    kinds = {email: person.kind for email, person in (await everybody(writing)).items()}
    assert kinds == {"a@corp.test": "guest", "b@corp.test": "bot", "d@corp.test": "employee"}


async def test_a_file_that_does_not_speak_of_the_kind_leaves_it(bring: Importer, writing: SessionFactory) -> None:
    await bring("email,kind,not_on_boards,direct_news\nbot@corp.test,bot,,\nguest@corp.test,guest,yes,no\n")
    report = await bring("email,role,title\nbot@corp.test,admin,x\nguest@corp.test,admin,x\n", keep=["role"])
    assert (counts(report), reasons(report)) == ((0, 2, 0, 0), [])
    found = await everybody(writing)
    assert {email: (person.kind, person.role, person.title) for email, person in found.items()} == {
        "bot@corp.test": ("bot", "member", "x"),
        "guest@corp.test": ("guest", "member", "x"),
    }
    guest = found["guest@corp.test"]
    assert (guest.attributes, guest.not_on_boards, guest.direct_news) == ({"role": "admin"}, True, False)


async def test_an_import_is_for_administrators(bring: Importer, writing: SessionFactory, tmp_path: Path) -> None:
    await bring("email\nana@corp.test\n")
    ana = (await everybody(writing))["ana@corp.test"]
    with pytest.raises(NotAllowed):
        async with writing.begin() as session:
            await import_people(session, tmp_path / "people.csv", choices=Choices(), actor=ana, origin="web", now=NOW)


async def test_two_imports_at_once_end_as_one(writing: SessionFactory) -> None:
    reports = await asyncio.gather(*(importing(writing, DEMO, deactivate_missing=True) for _ in range(4)))
    assert sorted(counts(report) for report in reports) == [(0, 0, 24, 0)] * 3 + [(24, 0, 0, 0)]
    async with writing() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == 24
        if session.get_bind().dialect.name == "sqlite":
            assert await session.scalar(text("SELECT count(*) FROM sqlite_temp_master")) == 0
