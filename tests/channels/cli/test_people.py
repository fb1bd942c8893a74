"""`people import`, from its arguments to what it prints."""

import asyncio
from argparse import ArgumentParser
from pathlib import Path

import pytest
from sqlalchemy import select, update

from channels.cli.command import Runtime
from channels.cli.people import IMPORT_PEOPLE_COMMAND
from engine.db.connection import SessionFactory
from engine.errors import BadInput
from engine.people.models import Person
from tests.conftest import Clock


@pytest.fixture
def runtime(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> Runtime:
    return Runtime(writing, reading, clock)


async def run(runtime: Runtime, *arguments: object) -> int:
    parser = ArgumentParser()
    IMPORT_PEOPLE_COMMAND.arguments(parser)
    return await IMPORT_PEOPLE_COMMAND.run(parser.parse_args(list(map(str, arguments))), runtime)


async def test_what_was_done_is_printed_and_the_bar_is_not_in_its_way(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "E-mail,floor,Desk,Password,Hired,Hire date\nana@corp.test,3,a,x,,02/03/2020\nbob@corp.test,4,b,y,,\n"
    )
    with pytest.raises(BadInput, match="please choose with --date-order"):
        await run(runtime, file)
    assert await run(runtime, file, "--keep", "FLOOR", "--date-order", "dmy", "--ignore", "hired") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "taken: E-mail as email, Hire date as start_date",
        "kept as attributes: floor",
        "not used: Desk (--keep NAME keeps one as an attribute)",
        "never stored: Password",
        "2 created, 0 updated, 0 unchanged, 0 deactivated, 0 problems",
    ]
    assert "people: 100%" in shown.err


async def test_what_was_left_out_is_named_and_the_exit_code_says_so(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,birthday,Status\nana@corp.test,02-30,Active\nbob@corp.test,02-28,Tier 2\n")
    assert await run(runtime, file, "--deactivate-missing") == 1
    assert capsys.readouterr().out.splitlines() == [
        "line 2: birthday: there is no day '02-30'; the row comes in without it",
        "line 3: Status: 'Tier 2' is not known; say with --means 'Tier 2=active' (or inactive, employee, guest, bot) "
        "what it means, or --ignore 'Status'",
        "taken: Status as status",
        "1 created, 0 updated, 0 unchanged, 0 deactivated, 2 problems",
    ]
    assert await run(runtime, file, "--means", "tier-2 = inactive") == 1
    assert "1 created, 0 updated, 1 unchanged, 0 deactivated, 1 problems" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        await run(runtime, file, "--means", "tier 2=perhaps")


async def test_many_are_retired_only_where_that_was_asked_for_and_confirmed(
    runtime: Runtime, tmp_path: Path, reading: SessionFactory
) -> None:
    everybody, one = tmp_path / "everybody.csv", tmp_path / "one.csv"
    everybody.write_text("email\nana@corp.test\nbob@corp.test\n")
    one.write_text("email\nana@corp.test\n")

    async def count_active() -> int:
        async with reading() as session:
            return len(list(await session.scalars(select(Person).where(Person.active))))

    for arguments in ((everybody,), (one,)):
        await run(runtime, *arguments)
        assert await count_active() == 2
    with pytest.raises(BadInput, match="nothing was changed: 1 of 2 active people would be retired.*--yes"):
        await run(runtime, one, "--deactivate-missing")
    assert await count_active() == 2
    await run(runtime, one, "--deactivate-missing", "--yes")
    assert await count_active() == 1


@pytest.mark.parametrize("backend", ["sqlite"])
async def test_others_may_write_while_a_file_is_read(runtime: Runtime, tmp_path: Path, writing: SessionFactory) -> None:
    """A file of which the first half is staged: somebody else's turn does not wait for the rest."""
    file = tmp_path / "people.csv"
    file.write_text("email,title\n" + "".join(f"p{i}@corp.test,Engineer\n" for i in range(9000)))
    await run(runtime, file)
    file.write_text("email,title\n" + "".join(f"p{i}@corp.test,Boss\n" for i in range(9000)))
    importing = asyncio.create_task(run(runtime, file))
    written = 0
    while not importing.done():
        async with writing.begin() as session:
            await session.execute(update(Person).where(Person.email == "p1@corp.test").values(locale="es"))
        written += 1
        await asyncio.sleep(0)
    assert await importing == 0
    assert written > 3
    async with writing() as session:
        person = await session.scalar(select(Person).where(Person.email == "p1@corp.test"))
    assert person
    assert (person.title, person.locale) == ("Boss", "es")


async def test_a_file_that_is_not_there_is_bad_input(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.csv: No such file"):
        await run(runtime, tmp_path / "none.csv")


async def test_a_heading_does_not_write_on_the_terminal(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.json"
    file.write_text('[{"E-mail": "ana@corp.test", "Name": "Ana", "a\\u001b[1m": 1}, {"E-mail": "bob"}]')
    assert await run(runtime, file) == 1
    assert capsys.readouterr().out.splitlines() == [
        "person 2: email: 'bob' is no e-mail address",
        "taken: E-mail as email, Name as display_name",
        "not used: a [1m (--keep NAME keeps one as an attribute)",
        "1 created, 0 updated, 0 unchanged, 0 deactivated, 1 problems",
    ]
