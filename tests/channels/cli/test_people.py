"""`people import`, from its arguments to what it prints."""

from argparse import ArgumentParser
from pathlib import Path

import pytest
from sqlalchemy import select

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
    file.write_text("email,floor\nana@corp.test,3\nbob@corp.test,4\n")
    assert await run(runtime, file) == 0
    shown = capsys.readouterr()
    assert shown.out == ("kept as attributes: floor\n2 created, 0 updated, 0 unchanged, 0 deactivated, 0 problems\n")
    assert "people: 100%" in shown.err


async def test_rows_that_were_left_out_are_named_and_the_exit_code_says_so(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("email,birthday\nana@corp.test,02-29\nbob@corp.test,02-30\n")
    assert await run(runtime, file, "--deactivate-missing") == 1
    assert capsys.readouterr().out.splitlines() == [
        "line 3: birthday: there is no day '02-30'",
        "1 created, 0 updated, 0 unchanged, 0 deactivated, 1 problems",
    ]


async def test_missing_people_are_deactivated_only_where_that_was_asked_for(
    runtime: Runtime, tmp_path: Path, reading: SessionFactory
) -> None:
    everybody, one = tmp_path / "everybody.csv", tmp_path / "one.csv"
    everybody.write_text("email\nana@corp.test\nbob@corp.test\n")
    one.write_text("email\nana@corp.test\n")
    for arguments, active in (((everybody,), 2), ((one,), 2), ((one, "--deactivate-missing"), 1)):
        await run(runtime, *arguments)
        async with reading() as session:
            assert len(list(await session.scalars(select(Person).where(Person.active)))) == active


async def test_a_file_that_is_not_there_is_bad_input(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.csv: No such file"):
        await run(runtime, tmp_path / "none.csv")


async def test_what_each_column_was_taken_for_is_printed(
    runtime: Runtime, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.json"
    file.write_text('[{"E-mail": "ana@corp.test", "Name": "Ana", "a\\u001b[1m": 1}, {"E-mail": "bob"}]')
    assert await run(runtime, file) == 1
    assert capsys.readouterr().out.splitlines() == [
        "person 1: 'a\\x1b[1m': has a character that cannot be stored",
        "person 2: email: 'bob' is no e-mail address",
        "taken: E-mail as email, Name as display_name",
        "0 created, 0 updated, 0 unchanged, 0 deactivated, 2 problems",
    ]
