"""Whoever sends an example of the help, word for word, gets what it promises: on the demo, in both languages."""

import pytest
from sqlalchemy import select, update

from bot.dialogs.commands import ALL_COMMANDS
from bot.dispatch.conversation_store import TableConversationStore
from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import LANGUAGES
from bot.i18n.copy import Copy
from bot.protocol.turns import Command, Say, Source
from channels.cli.command import Runtime
from channels.cli.demo import DEMO_ADMIN_EMAIL, load_demo
from engine.db.connection import SessionFactory
from engine.people.models import Identity, Person
from tests.conftest import NOW, Clock


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """The examples do not depend on the database."""
    return str(request.param)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_example_works(
    writing: SessionFactory, reading: SessionFactory, clock: Clock, language: str
) -> None:
    await _demo_where_hana_speaks(Runtime(writing, reading, clock), language)
    bot = Bot(
        writing, reading, TableConversationStore(writing, reading, clock), ALL_COMMANDS, clock, b"a key for the tests"
    )
    copy = Copy(language)
    examples = {verb.name: copy.line(f"commands.{verb.name}.usage") for verb in ALL_COMMANDS}
    badge_again, revoke = examples["badge"], examples["revoke"].replace("123", "2")  # that number is nobody's promise
    lines = [*examples.items(), ("badge", badge_again), ("revoke", revoke)]
    for number, (verb, words) in enumerate(line for line in lines if line != ("revoke", examples["revoke"])):
        clock.advance(minutes=1)  # or the badge would be given twice too soon
        source = Source("web", "", "lobby", f"m{number}", "hana")
        reply = await bot.handle(Command(source, "", (f"/{verb} {words}",)))
        assert isinstance(reply, Say), (verb, reply)
        assert reply.card.tone != "refusal", (verb, reply)


async def _demo_where_hana_speaks(runtime: Runtime, language: str) -> None:
    await load_demo(runtime)
    async with runtime.writing.begin() as session:
        await session.execute(update(Person).values(locale=language))
        admin = (await session.scalars(select(Person).where(Person.email == DEMO_ADMIN_EMAIL))).one()
        account = Identity(channel="web", external_id="hana", person_id=admin.id, linked_at=NOW, seen_at=NOW)
        session.add(account)
