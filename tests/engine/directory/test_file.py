"""The people file: its cells, its two formats, and files that are none of ours."""

import json
from pathlib import Path

import pytest

from engine.db.connection import SessionFactory
from engine.directory.importing import import_people
from engine.errors import BadInput
from tests.conftest import NOW
from tests.importing import Importer, counts, everybody, importing, reasons


@pytest.fixture
def bring(writing: SessionFactory, tmp_path: Path) -> Importer:
    return Importer(writing, tmp_path)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("birthday", "1989-02-29", "birthday: there is no day '1989-02-29'"),
        ("birthday", "13-01", "birthday: there is no day '13-01'"),
        ("birthday", "02-30", "birthday: there is no day '02-30'"),
        ("birthday", "1/2/1990", "birthday: '1/2/1990' is not YYYY-MM-DD or MM-DD"),
        ("birthday", "0004-02-29", "birthday: '0004-02-29' is not between the years 1900 and 2100"),
        ("start_date", "20200101", "start_date: '20200101' is not YYYY-MM-DD"),
        ("timezone", "Mars/Olympus", "timezone: there is no time zone 'Mars/Olympus'; one looks like Europe/Madrid"),
        ("locale", "Español!", "locale: 'Español!' is no locale; one looks like es or es-MX"),
        ("active", "maybe", "active: 'maybe' is neither yes nor no"),
        ("groups", "[1", "groups: is no JSON list"),
        ("groups", "[" * 100_000, "groups: is nested too deeply"),
        ("groups", '"[[""a""]]"', "groups: is not text"),
        ("title", "x" * 256, "title: is longer than 255 characters"),
        ("title", "a\x1bb", "title: has a character that cannot be stored"),
        ("floor", "a\x1bb", "floor: has a character that cannot be stored"),
        ("floor", "x" * 30_000, "floor: is longer than 20,000 characters"),
        ("employee_id", "9" * 65, "employee_id: is longer than 64 characters"),
    ],
)
async def test_a_bad_row_is_left_out_with_its_reason_and_the_good_ones_go_in(
    bring: Importer, writing: SessionFactory, column: str, cell: str, reason: str
) -> None:
    report = await bring(f"email,{column}\nana@corp.test,\nbob@corp.test,{cell}\ncy@corp.test,\n")
    assert reasons(report) == [(3, reason)]
    assert sorted(await everybody(writing)) == ["ana@corp.test", "cy@corp.test"]


async def test_all_that_is_wrong_with_a_row_is_said(bring: Importer) -> None:
    report = await bring("email,employee_id,active,birthday\nana at corp,,perhaps,soon\n,,yes,\n\n,,,\n")
    assert reasons(report) == [
        (
            2,
            "email: 'ana at corp' is no e-mail address; active: 'perhaps' is neither yes nor no; "
            "birthday: 'soon' is not YYYY-MM-DD or MM-DD",
        ),
        (3, "has neither an email nor an employee_id"),
    ]


@pytest.mark.parametrize("cell", ["yes", "no", "TRUE", "False", "1", "0"])
async def test_active_is_yes_or_no(bring: Importer, writing: SessionFactory, cell: str) -> None:
    await bring(f"email,active\nana@corp.test,{cell}\n")
    assert (await everybody(writing))["ana@corp.test"].active == (cell.lower() in ("yes", "true", "1"))


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfemail;title\r\nana@corp.test;a, b\r\n", 'email,title\nana@corp.test,"a, b"']
)
async def test_excels_ways_of_writing_are_understood(
    bring: Importer, writing: SessionFactory, content: str | bytes
) -> None:
    assert reasons(await bring(content)) == []
    assert (await everybody(writing))["ana@corp.test"].title == "a, b"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1 must name the columns"),
        ("name,phone\nAna,1\n", "line 1 must name the columns"),
        ("email,email\na@corp.test,b@corp.test\n", 'line 1: the column "email" is there twice'),
        ("E-Mail,E_MAIL\na@corp.test,b@corp.test\n", 'line 1: "E-Mail" and "E_MAIL" both mean email: please rename'),
        ("email,Name,Full name\na@corp.test,a,b\n", 'line 1: "Name" and "Full name" both mean display_name'),
        ("email,,x\na@corp.test,,\n", "line 1: column 2 has no name"),
        ("email\nana@corp.test\nbob\0@corp.test\n", "line 3 has a NUL character"),
        (b"email\nana@corp.test\n\xff\xfe\n", "line 3 is not UTF-8"),
        ("email,title\nana@corp.test," + "x" * 10_000_000, "line 2 is longer than 1,000,000 bytes"),
        ("email,title\nana@corp.test," + "x" * 200_000, "line 2: field larger than field limit"),
        ("email,title\n" + 'ana@corp.test,"' + "x\n" * 200_000, "field larger than field limit"),
        ('email,title\nana@corp.test,"open', "line 2: unexpected end of data"),
        ("email\nana@corp.test\rbob@corp.test\n", "line 2: new-line character seen in unquoted field"),
        (b"PK\x03\x04\0\0", "line 1 has a NUL character"),
    ],
)
async def test_a_file_that_is_none_of_ours_changes_nothing(
    bring: Importer, writing: SessionFactory, content: str | bytes, said: str
) -> None:
    await bring("email\nold@corp.test\n")
    with pytest.raises(BadInput, match=said):
        await bring(content, deactivate_missing=True)
    assert {email: person.active for email, person in (await everybody(writing)).items()} == {"old@corp.test": True}
    await bring("email\nold@corp.test\n")  # nothing of the failed import is in the way


async def test_a_file_that_is_not_there_is_said(writing: SessionFactory, tmp_path: Path) -> None:
    for name, said in (("none.csv", "No such file"), ("none.xlsx", "ends in .csv or .json"), (".", "ends in")):
        with pytest.raises(BadInput, match=said):
            await importing(writing, tmp_path / name)
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(BadInput, match="Is a directory"):
        await importing(writing, tmp_path / "folder.csv")


async def test_json_brings_the_same_people(bring: Importer, writing: SessionFactory) -> None:
    ana = {
        "email": "ana@corp.test",
        "Employee ID": 7,
        "groups": ["a;b", "c"],
        "programs": "x|y",
        "active": True,
        "birthday": "02-29",
        "attributes": {"shoe": 38.5, "tags": ["x"]},
        "likes tea": True,
        "title": None,
    }
    report = await bring([ana, {"email": "bob@corp.test", "manager": "7", "active": 0}])
    assert (counts(report), reasons(report)) == ((2, 0, 0, 0), [])
    found = await everybody(writing)
    stored = found["ana@corp.test"]
    assert (stored.employee_id, stored.groups, stored.programs) == ("7", ["a;b", "c"], ["x", "y"])
    assert stored.attributes == {"shoe": 38.5, "tags": ["x"], "likes tea": True}
    assert (found["bob@corp.test"].manager_id, found["bob@corp.test"].active) == (stored.id, False)
    assert counts(await bring([ana, {"email": "bob@corp.test", "manager": "7", "active": 0}])) == (0, 0, 2, 0)


async def test_json_rows_that_will_not_do_are_left_out(bring: Importer, writing: SessionFactory) -> None:
    deep: list[object] = []
    for _ in range(150):
        deep = [deep]
    rows = [
        "ana", 12, None, {}, {"email": ["a@corp.test"]}, {"email": True}, {"email": "a\ud800@corp.test"},
        {"email": "a@corp.test", "x": "\u0000"}, {"email": "a@corp.test", "\u0000": 1},
        {"email": "a@corp.test", "x": deep}, {"email": "a@corp.test", "groups": {"a": 1}},
        {"email": "ok@corp.test", "path": "C:\\u00ff"},
    ]  # fmt: skip
    report = await bring(rows)
    assert [reason for _, reason in reasons(report)] == [
        *["is not an object { … }"] * 3,
        "has neither an email nor an employee_id",
        "email: is not text",
        "email: is not text",
        "email: has a character that cannot be stored",
        "x: has a character that cannot be stored",
        "'\\x00': has a character that cannot be stored",
        "x: has more than 100 lists and objects",
        "groups: is no list",
    ]
    assert (await everybody(writing))["ok@corp.test"].attributes == {"path": "C:\\u00ff"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1: this is no JSON list"),
        ("{}", "line 1: this is no JSON list"),
        ('[{"email": "a@corp.test"}', "line 1: this is no JSON list"),
        ('[{"email": "a@corp.test"},\n\n]', "line 3: this is no JSON list"),
        ('[\n{"email": "a@corp.test"}\n] x', "line 3: this is no JSON list"),
        ('[{"email": "a@corp.test", "x": NaN}]', "line 1: this is no JSON list"),
        ('[{"email": "a@corp.test"}\n{"email": "b@corp.test"}]', "line 2: this is no JSON list"),
        ("[" * 100_000, "line 1: this is no JSON list"),
        ('[{"email": "' + "x" * 3_000_000 + '"}]', "line 1: this is no JSON list"),
        (b"[\n\xff", "the file is not UTF-8"),
    ],
)
async def test_json_that_is_none_of_ours_changes_nothing(
    writing: SessionFactory, tmp_path: Path, content: str | bytes, said: str
) -> None:
    file = tmp_path / "people.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=said):
        await importing(writing, file)
    assert await everybody(writing) == {}


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_json_is_read_in_parts_whatever_stands_at_their_borders(writing: SessionFactory, tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    rows = [{"email": f"p{i}@corp.test", "title": "ñ" * (i % 90)} for i in range(3000)]
    file.write_text(
        "\ufeff[" + ",\n".join(json.dumps(row, ensure_ascii=i % 2 == 0) for i, row in enumerate(rows)) + "]"
    )
    read: list[int] = []
    async with writing.begin() as session:
        report = await import_people(
            session, file, deactivate_missing=False, actor=None, origin="cli", now=NOW, progress=read.append
        )
    assert (counts(report), reasons(report)) == ((3000, 0, 0, 0), [])
    assert len(read) == 2
    assert read[-1] == file.stat().st_size


async def test_json_names_the_person_since_all_may_stand_on_one_line(bring: Importer) -> None:
    report = await bring([{"email": "ana@corp.test"}, 12, {"email": "ANA@corp.test"}])
    assert (report.unit, reasons(report)) == (
        "person",
        [(2, "is not an object { … }"), (3, "is the same person as person 1, which counts")],
    )


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('{"email": "a@corp.test", "Email": "b@corp.test"}', '"email" and "Email" both mean email: please rename one'),
        ('{"Mail": "a@corp.test", "E-mail address": "b@corp.test"}', '"Mail" and "E-mail address" both mean email'),
        ('{"email": "a@corp.test", "email": "b@corp.test"}', '"email" is there twice'),
        ('{"email": "a@corp.test", "attributes": {"x": 1, "x": 2}}', '"x" is there twice'),
    ],
)
async def test_a_json_object_that_says_one_thing_twice_is_left_out(
    writing: SessionFactory, tmp_path: Path, written: str, reason: str
) -> None:
    file = tmp_path / "people.json"
    file.write_text(f'[{written}, {{"email": "ok@corp.test"}}]')
    [(number, said)] = reasons(await importing(writing, file))
    assert number == 1
    assert said.startswith(reason)
    assert list(await everybody(writing)) == ["ok@corp.test"]


async def test_headings_are_understood_in_their_usual_spellings(bring: Importer, writing: SessionFactory) -> None:
    report = await bring(
        "E-mail,Full name,JOB-TITLE,Hire_Date,Manager ID,Employee no,Time zone,Shoe size\n"
        "ana@corp.test,Ana Torres,Engineer,2020-01-02,8,7,Europe/Madrid,38\n"
        "bob@corp.test,Bob,,,,8,,\n"
    )
    assert reasons(report) == []
    assert report.taken == {
        "E-mail": "email", "Full name": "display_name", "JOB-TITLE": "title", "Hire_Date": "start_date",
        "Manager ID": "manager", "Employee no": "employee_id", "Time zone": "timezone",
    }  # fmt: skip
    assert report.attributes == {"Shoe size"}
    found = await everybody(writing)
    ana = found["ana@corp.test"]
    assert (ana.display_name, ana.title, ana.employee_id) == ("Ana Torres", "Engineer", "7")
    assert (ana.manager_id, ana.timezone) == (found["bob@corp.test"].id, "Europe/Madrid")
    assert ana.attributes == {"Shoe size": "38"}


async def test_a_synonym_beside_the_column_itself_is_an_attribute(bring: Importer, writing: SessionFactory) -> None:
    report = await bring("email,Mail,title,Position\nana@corp.test,ana@home.test,Engineer,12b\n")
    assert (report.taken, report.attributes) == ({}, {"Mail", "Position"})
    assert (await everybody(writing))["ana@corp.test"].attributes == {"Mail": "ana@home.test", "Position": "12b"}
