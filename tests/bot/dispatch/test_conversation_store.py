"""Where dialogs wait: the same promises from the table on both databases and from Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, func, select

from bot.dispatch.conversation_store import (
    CONVERSATION_TTL_S,
    ConversationStore,
    TableConversationStore,
    create_conversation_token,
)
from channels.redis.conversation_store import RedisConversations
from engine.db.connection import SessionFactory, build_engine, build_read_sessions, build_sessions
from engine.turns.dialog_states import MAX_PRUNED_STATES, DialogState
from tests import services
from tests.conftest import Clock

HOSTILE = (
    "",
    "x",
    "a" * 21,
    "a" * 23,
    "a" * 21 + "\n",
    "a" * 100_000,
    "' OR 1=1; --",
    "\0" * 22,
    "é" * 22,
    "\ud800" * 22,
)

KEPT = "a-name_of_22_letters00"


@dataclass
class Case:
    conversations: ConversationStore
    let_expire: Callable[[], Awaitable[None]]


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(backend: str, request: pytest.FixtureRequest) -> str:
    """The URL of the database, or of Redis."""
    if backend != "redis":
        return str(request.getfixturevalue("database_url"))
    services.need("redis")
    return services.REDIS


@pytest.fixture
async def case(store: str, clock: Clock) -> AsyncIterator[Case]:
    if store == services.REDIS:
        async with Redis.from_url(services.REDIS) as redis:
            opened = [KEPT]

            def token() -> str:
                opened.append(create_conversation_token())
                return opened[-1]

            yield Case(RedisConversations(redis, token), lambda: end_of(redis, opened))
        return

    async def advance() -> None:
        clock.advance(seconds=CONVERSATION_TTL_S)

    engine = build_engine(store)
    yield Case(TableConversationStore(build_sessions(engine), build_read_sessions(engine), clock), advance)
    await engine.dispose()


async def end_of(redis: Redis, tokens: list[str]) -> None:
    """What has an end comes to it: nobody sets the server's clock."""
    for name in (f"laurel:dialog:{token}" for token in tokens):
        if 0 < await redis.pttl(name) <= CONVERSATION_TTL_S * 1000:
            await redis.delete(name)


async def test_what_was_kept_is_read_until_it_is_closed(case: Case) -> None:
    token = await case.conversations.open({"step": 2, "receivers": [1, 2], "place": {"private": False}})
    for _ in range(2):
        assert await case.conversations.read(token) == {"step": 2, "receivers": [1, 2], "place": {"private": False}}
    await case.conversations.close(token)
    assert await case.conversations.read(token) is None
    await case.conversations.close(token)


async def test_its_time_runs_out(case: Case) -> None:
    token = await case.conversations.open({"step": 1})
    assert await case.conversations.read(token) == {"step": 1}
    await case.let_expire()
    assert await case.conversations.read(token) is None


async def test_an_unknown_token_is_nothing(case: Case) -> None:
    assert await case.conversations.read("A" * 22) is None


@pytest.mark.parametrize("token", HOSTILE)
async def test_a_hostile_token_is_nothing_and_harms_nothing(case: Case, token: str) -> None:
    mine = await case.conversations.open({"step": 1})
    assert await case.conversations.read(token) is None
    await case.conversations.close(token)
    assert await case.conversations.read(mine) == {"step": 1}


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"words": "¡Olé! 👩‍👩‍👧 مرحبا \u202e \u2028 \"' \\ </script>"},
        {"words": "a NUL \0 and half a pair \ud83d"},
        {"words": "x" * 1_000_000},
        {f"key {i}": [None, True, -1, {"deep": [[[]]]}] for i in range(1000)},
    ],
    ids=["empty", "unicode", "not quite unicode", "a million letters", "a thousand keys"],
)
async def test_any_state_comes_back_as_it_was(case: Case, state: dict[str, object]) -> None:
    assert await case.conversations.read(await case.conversations.open(state)) == state


async def test_what_is_kept_replaces_what_was_there_and_stays_anew(case: Case) -> None:
    name = KEPT
    await case.conversations.keep(name, {"step": 1, "old": True})
    await case.conversations.keep(name, {"step": 2})
    assert await case.conversations.read(name) == {"step": 2}
    await case.let_expire()
    assert await case.conversations.read(name) is None
    await case.conversations.keep(name, {"step": 3})
    assert await case.conversations.read(name) == {"step": 3}
    await case.conversations.close(name)
    assert await case.conversations.read(name) is None


async def test_kept_at_once_one_of_them_stays(case: Case) -> None:
    await asyncio.gather(*(case.conversations.keep("B" * 22, {"n": n}) for n in range(20)))
    kept = await case.conversations.read("B" * 22)
    assert kept is not None
    assert kept["n"] in range(20)


@pytest.mark.parametrize("token", HOSTILE)
async def test_nothing_is_kept_under_what_is_no_token(case: Case, token: str) -> None:
    with pytest.raises(ValueError, match="22"):
        await case.conversations.keep(token, {"step": 1})


async def test_opened_at_once_each_has_a_token_of_its_own(case: Case) -> None:
    tokens = await asyncio.gather(*(case.conversations.open({"n": n}) for n in range(50)))
    assert len(set(tokens)) == 50
    assert all(len(token) == 22 for token in tokens)
    assert [await case.conversations.read(token) for token in tokens] == [{"n": n} for n in range(50)]


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
async def test_the_table_forgets_what_has_expired_a_few_rows_at_a_time(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    conversations = TableConversationStore(writing, reading, clock)
    async with writing.begin() as session:
        await session.execute(delete(DialogState))
    for n in range(MAX_PRUNED_STATES + 5):
        await conversations.open({"n": n})
    clock.advance(seconds=CONVERSATION_TTL_S)
    left = []
    for _ in range(2):
        await conversations.open({"new": 1})
        async with reading.begin() as session:
            left.append(await session.scalar(select(func.count()).select_from(DialogState)))
    assert left == [6, 2]
