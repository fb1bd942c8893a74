"""The people file: its cells, its two formats, and files that are none of ours."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.db.connection import SessionFactory
from engine.directory.importing import import_people
from engine.errors import BadInput
from engine.people_file.choices import Choices
from tests.conftest import NOW
from tests.importing import Importer, counts, everybody, importing, reasons


@pytest.fixture
def bring(writing: SessionFactory, tmp_path: Path) -> Importer:
    return Importer(writing, tmp_path)


LEFT_OUT = "; the row comes in without it"


async def test_what_cannot_be_read_is_said_and_the_rest_goes_in(bring: Importer, writing: SessionFactory) -> None:
    optional = (
        ("birthday", "1989-02-29", "there is no day '1989-02-29'"),
        ("birthday", "13-01", "there is no day '13-01'"),
        ("birthday", "0004-02-29", "'0004-02-29' is not between the years 1900 and 2100"),
        ("start_date", "soon", "'soon' is no day that can be read; write YYYY-MM-DD"),
        ("start_date", "17 June", "'17 June' has no year; write YYYY-MM-DD"),
        ("timezone", "Mars/Olympus", "there is no time zone 'Mars/Olympus'; one looks like Europe/Madrid"),
        ("locale", "Español!", "'Español!' is no locale; one looks like es or es-MX"),
        ("title", "x" * 256, "is longer than 255 characters"),
        ("title", "a\x1bb", "has a character that cannot be stored"),
        ("floor", "a\x1bb", "has a character that cannot be stored"),
        ("floor", "x" * 30_000, "is longer than 20,000 characters"),
        ("display_name", "0017", "'0017' has no letter, so it is no name"),
    )
    needed = (
        ("active", "maybe", f"'maybe' is not known; {SAY.format('maybe', 'active')}"),
        ("worker_type", "Tier 2", f"'Tier 2' is not known; {SAY.format('Tier 2', 'worker_type')}"),
        ("end_date", "one day", "'one day' is no day that can be read; write YYYY-MM-DD"),
        ("suspended", "perhaps", "'perhaps' is neither yes nor no"),
        ("userAccountControl", "on", "'on' is no number"),
        ("no_public_kudos", "often", "'often' is neither yes nor no"),
        ("groups", "[1", "is no JSON list"),
        ("groups", "[" * 100_000, "is nested too deeply"),
        ("groups", '"[[""a""]]"', "is not text"),
        ("employee_id", "9" * 65, "is longer than 64 characters"),
    )
    faults = []
    for at, (column, cell, reason) in enumerate((*optional, *needed)):
        report = await bring(
            f"email,{column}\na{at}@corp.test,\nb{at}@corp.test,{cell}\nc{at}@corp.test,\n", keep=("Floor",)
        )
        comes = at < len(optional)
        said = f"{column}: {reason}{LEFT_OUT if comes else ''}"
        if (reasons(report), report.created) != ([(3, said)], 2 + comes):
            faults.append((column, cell[:20], reasons(report), report.created))
    assert faults == []
    assert (await everybody(writing))["b11@corp.test"].display_name == "b11"


SAY = "say with --means '{0}=active' (or inactive, employee, guest, bot) what it means, or --ignore '{1}'"


async def test_all_that_is_wrong_with_a_row_is_said(bring: Importer) -> None:
    report = await bring("email,employee_id,suspended,birthday\nana at corp,,perhaps,soon\n,,no,\n\n,,,\n,0017,no,\n")
    assert reasons(report) == [
        (2, "birthday: 'soon' is no day that can be read; write YYYY-MM-DD; the row comes in without it"),
        (2, "email: 'ana at corp' is no e-mail address; suspended: 'perhaps' is neither yes nor no"),
        (3, "has neither an email nor an employee_id"),
        (6, "has no name, and no email to make one of"),
    ]


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_a_table_is_read_in_every_way_that_excel_and_systems_write_it(
    bring: Importer, writing: SessionFactory
) -> None:
    cells = (("email", "title", "locale"), ("{}@corp.test", "a, b: Ñandú", "es"))
    plain = "\r\n".join(";".join(row) for row in cells)
    tables = {
        "bom": b"\xef\xbb\xbf" + plain.encode(),
        "comma": 'email,title,locale\n{}@corp.test,"a, b: Ñandú",es',
        "sep": "sep=;\r\n" + plain,
        "powershell": "#TYPE Selected.Microsoft.ADUser\n" + plain,
        "tab": plain.replace(";", "\t"),
        "pipe": plain.replace(";", "|"),
        "utf16": plain.replace(";", "\t").encode("utf-16"),
        "utf16be": b"\xfe\xff" + plain.encode("utf-16-be"),
        "utf16nobom": plain.encode("utf-16-le"),
        "cp1252": plain.encode("cp1252"),
        "oldmac": plain.replace("\r\n", "\r"),
        "trailing": "\n".join(line + ";;" for line in plain.split("\r\n")) + "\n;;;;\n",
        "titled": "Report of all people;;\n;;\n" + plain,
    }
    faults = []
    for name, table in tables.items():
        written = table.replace("{}", name) if isinstance(table, str) else table
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            written = (
                written.replace("{}".encode(encoding), name.encode(encoding)) if isinstance(written, bytes) else written
            )
        report = await bring(written)
        person = (await everybody(writing)).get(f"{name}@corp.test")
        if reasons(report) or person is None or (person.title, person.locale) != ("a, b: Ñandú", "es"):
            faults.append((name, reasons(report), person and person.title))
    assert faults == []


async def test_a_file_that_is_none_of_ours_changes_nothing(bring: Importer, writing: SessionFactory) -> None:
    await bring("email\nold@corp.test\n")
    files: tuple[tuple[str | bytes, str], ...] = (
        ("", "line 1 must name the columns"),
        ("name,phone\nAna,1\n", "line 1 must name the columns"),
        ("email,email\na@corp.test,b@corp.test\n", 'line 1: the column "email" is there twice'),
        ("E-Mail,E_MAIL\na@corp.test,b@corp.test\n", 'line 1: "E-Mail" and "E_MAIL" both mean email: please rename'),
        ("email,Status,Status\na@corp.test,a,b\n", 'line 1: the column "Status" is there twice'),
        ("email,Job,Puesto\na@corp.test,a,b\n", 'line 1: "Job" and "Puesto" both mean title'),
        ("email," * 501, "line 1 has more than 500 columns"),
        ("email\nana@corp.test\nbob\0@corp.test\n", "line 3 has a NUL character"),
        (b"email\nana@corp.test\n\xff\xfe\x81\n", "neither UTF-8, UTF-16 nor Windows-1252"),
        ("email,title\nana@corp.test," + "x" * 10_000_000, "line 2 is longer than 1,000,000 characters"),
        ("email,title\nana@corp.test," + "x" * 200_000, "line 2: field larger than field limit"),
        ("email,title\n" + 'ana@corp.test,"' + "x\n" * 200_000, "field larger than field limit"),
        ('email,title\nana@corp.test,"open', "line 2: unexpected end of data"),
        (b"PK\x03\x04\0\0", "line 1 has a NUL character"),
        ("email,start date\na@corp.test,03/04/2019\n", "nothing in the file decides: please choose with --date-order"),
        ("email,birthday\na@corp.test,13/04/2019\nb@corp.test,04/13/2019\n", "month first: please choose with --date"),
    )
    faults = []
    for content, said in files:
        try:
            await bring(content, deactivate_missing=True, confirmed=True)
            faults.append((content[:40], "was taken"))
        except BadInput as refusal:
            if said not in str(refusal):
                faults.append((content[:40], str(refusal)))
    assert faults == []
    assert {email: person.active for email, person in (await everybody(writing)).items()} == {"old@corp.test": True}
    await bring("email\nold@corp.test\n")  # nothing of the failed import is in the way


async def test_a_cell_without_a_heading_is_refused_by_its_line(bring: Importer) -> None:
    report = await bring("email,,title,\na@corp.test,,x,\nb@corp.test,,x,,,\nc@corp.test,,x,,lost\nd@corp.test\n")
    assert reasons(report) == [(4, "has 5 cells, the header has 4"), (5, "has 1 cells, the header has 4")]


async def test_a_file_that_is_not_there_is_said(writing: SessionFactory, tmp_path: Path) -> None:
    for name, said in (("none.csv", "No such file"), ("none.pdf", "ends in .csv, .xlsx or .json"), (".", "ends in")):
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
        "attributes": {"shoe": 38.5, "tags": ["x", {"pin": 1}], "hat": 57, "ssn": "1"},
        "likes tea": True,
        "title": None,
    }
    keep = ("shoe", "TAGS", "likes_tea")
    report = await bring([ana, {"email": "bob@corp.test", "manager": "7", "active": 0}], keep=keep)
    assert (report.unused, report.secret) == ({"hat"}, {"ssn", "pin"})
    assert (counts(report), reasons(report)) == ((2, 0, 0, 0), [])
    found = await everybody(writing)
    stored = found["ana@corp.test"]
    assert (stored.employee_id, stored.groups, stored.programs) == ("7", ["a;b", "c"], ["x", "y"])
    assert stored.attributes == {"shoe": 38.5, "tags": ["x", {}], "likes tea": True}
    assert (found["bob@corp.test"].manager_id, found["bob@corp.test"].active) == (stored.id, False)
    again = await bring([ana, {"email": "bob@corp.test", "manager": "7", "active": 0}], keep=keep)
    assert counts(again) == (0, 0, 2, 0)


async def test_json_rows_that_will_not_do_are_left_out(bring: Importer, writing: SessionFactory) -> None:
    deep: list[object] = []
    for _ in range(150):
        deep = [deep]
    rows = [
        "ana", 12, None, {}, {"email": ["a@corp.test"]}, {"email": True}, {"email": "a\ud800@corp.test"},
        {"email": "b@corp.test", "x": "\u0000"}, {"email": "c@corp.test", "x": deep},
        {"email": "a@corp.test", "groups": {"a": 1}},
        {"email": "ok@corp.test", "path": "C:\\u00ff"},
    ]  # fmt: skip
    report = await bring(rows, keep=("x", "path"))
    assert [reason for _, reason in reasons(report)] == [
        *["is not an object { … }"] * 3,
        "has neither an email nor an employee_id",
        "email: is not text",
        "email: is not text",
        "email: has a character that cannot be stored",
        f"x: has a character that cannot be stored{LEFT_OUT}",
        f"x: has more than 100 lists and objects{LEFT_OUT}",
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
            session, file, choices=Choices(), actor=None, origin="cli", now=NOW, progress=read.append
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
        "bob@corp.test,Bob,,,,8,,\n",
        keep=("shoe SIZE",),
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


async def test_unknown_columns_are_kept_where_asked_and_secrets_never(bring: Importer, writing: SessionFactory) -> None:
    secrets = ("Password [Required]", "Password Hash Function", "SSN", "Social Security #", "annualSalary", "Base Pay",
               "IBAN", "Bank account", "apiKey", "Access Token", "DNI", "Número de cuenta bancaria", "Contraseña",
               "unicodePwd", "Sueldo", "PIN")  # fmt: skip
    report = await bring(
        f"email,Mail,title,Position,Floor,{','.join(secrets)}\nana@corp.test,ana@home.test,Engineer,12b,3"
        + ",hidden" * len(secrets),
        keep=("position", *secrets),
    )
    assert report.taken == {}
    assert (report.attributes, report.unused, report.secret) == ({"Position"}, {"Mail", "Floor"}, set(secrets))
    ana = (await everybody(writing))["ana@corp.test"]
    assert (ana.title, ana.attributes) == ("Engineer", {"Position": "12b"})
    async with writing() as session:
        stored = [str(row) for row in await session.execute(text("SELECT * FROM people"))]
    assert not any("hidden" in row for row in stored)
