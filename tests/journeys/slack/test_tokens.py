"""Tokens that expire are renewed in time and once; what is stored opens with the deployment's keys only."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from channels.server.logs import JsonFormatter
from channels.slack.workspaces.encryption import CannotDecrypt, SecretBox
from channels.slack.workspaces.installations import (
    BotToken,
    SlackInstallation,
    claim_token_renewal,
    find_installation,
    revoke_installation,
    save_renewed_token,
)
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.databases import both_databases
from tests.journeys.slack.several import CORP, FOREIGN, LAB, NEW_KEY, OLD_KEY, Several, several
from tests.platforms import slack_requests as requests
from tests.platforms.slack import Failure
from tests.platforms.slack_oauth import CLIENT_SECRET
from tests.waiting import PATIENCE, until

SOON = {"hours": 10, "minutes": 30}  # of the twelve hours that a token lives
LATE = {"hours": 13}


@pytest.fixture
async def laurel(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[Several]:
    async with several(writing, reading, clock) as opened:
        opened.teams[CORP].enrol("UONE", "ana@corp.test")
        assert (await opened.install(CORP)).status == 200
        yield opened


async def looks_home(laurel: Several) -> None:
    """Somebody looks at App Home: one call with the workspace's token, and one for who they are."""
    await laurel.bot.says(requests.home_opened("UONE"))


def renewals(laurel: Several) -> int:
    calls = laurel.bot.slack.called("oauth.v2.access")
    return len([call for call in calls if call.get("grant_type") == "refresh_token"])


async def stored(reading: SessionFactory) -> SlackInstallation:
    async with reading() as session:
        return (await session.scalars(select(SlackInstallation))).one()


async def token(reading: SessionFactory, *keys: str) -> str:
    return SecretBox(keys or (OLD_KEY,)).open((await stored(reading)).bot_token)


async def becomes(reading: SessionFactory, wanted: str) -> None:
    """Wait until that token is the stored one."""
    async with asyncio.timeout(PATIENCE):
        while await token(reading) != wanted:  # noqa: ASYNC110 - what is awaited has no event of its own
            await asyncio.sleep(0.02)


async def test_a_token_with_time_left_is_used_as_it_is(laurel: Several, clock: Clock) -> None:
    clock.advance(hours=9)
    await looks_home(laurel)
    assert renewals(laurel) == 0


async def test_in_its_last_two_hours_it_is_renewed_while_the_old_one_is_used(
    laurel: Several, clock: Clock, reading: SessionFactory
) -> None:
    first, _ = laurel.oauth.handed_out
    clock.advance(**SOON)
    laurel.bot.slack.gate.hold("oauth.v2.access")
    await looks_home(laurel)
    assert len(laurel.teams[CORP].homes) == 1  # nobody waited
    assert await token(reading) == first
    laurel.bot.slack.gate.let_go()
    await until(lambda: len(laurel.oauth.handed_out) == 4)
    await becomes(reading, laurel.oauth.handed_out[2])
    laurel.teams[CORP].tokens.discard(first)
    laurel.teams[CORP].homes.clear()
    await looks_home(laurel)
    assert len(laurel.teams[CORP].homes) == 1
    assert renewals(laurel) == 1


async def test_one_that_has_ended_is_renewed_before_the_call(
    laurel: Several, clock: Clock, reading: SessionFactory
) -> None:
    clock.advance(**LATE)
    laurel.teams[CORP].tokens.clear()
    await looks_home(laurel)
    assert len(laurel.teams[CORP].homes) == 1
    assert await token(reading) == laurel.oauth.handed_out[2]
    assert laurel.oauth.handed_out[2] not in repr(await stored(reading))


@both_databases
@pytest.mark.parametrize("left", [SOON, LATE])
async def test_two_replicas_at_once_renew_it_once(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock, left: dict[str, int]
) -> None:
    async with several(writing, reading, clock, beside=laurel) as other:
        for one in (laurel, other):
            await looks_home(one)
        clock.advance(**left)
        laurel.bot.slack.gate.hold("oauth.v2.access")
        looks = asyncio.gather(*(looks_home(one) for one in (laurel, other) for _ in range(3)))
        await until(lambda: renewals(laurel))
        laurel.bot.slack.gate.let_go()
        await looks
        await until(lambda: len(laurel.oauth.handed_out) == 4)
        await becomes(reading, laurel.oauth.handed_out[2])
        clock.advance(seconds=6)
        for one in (laurel, other):
            await looks_home(one)
        assert renewals(laurel) == 1


@pytest.mark.parametrize(
    "failure", [Failure("internal_error", 500), Failure("invalid_refresh_token"), Failure(breaks=True)]
)
async def test_where_it_fails_the_old_one_is_used_as_long_as_it_lives(
    laurel: Several, clock: Clock, reading: SessionFactory, failure: Failure, caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = laurel.oauth.handed_out
    clock.advance(**SOON)
    laurel.bot.slack.fail("oauth.v2.access", failure)
    for _ in range(3):  # and Slack is not asked at each call
        await looks_home(laurel)
        await until(lambda: "a token was not renewed" in caplog.text)
    assert (renewals(laurel), await token(reading)) == (1, first)
    assert len(laurel.teams[CORP].homes) == 1
    clock.advance(minutes=1)
    await looks_home(laurel)
    await until(lambda: len(laurel.oauth.handed_out) == 4)


async def test_a_token_that_never_ends_is_never_renewed(laurel: Several, clock: Clock, reading: SessionFactory) -> None:
    laurel.oauth.rotates = False
    await laurel.install(CORP)
    clock.advance(days=400)
    await looks_home(laurel)
    assert renewals(laurel) == 0
    assert (await stored(reading)).refresh_token is None


async def test_a_new_key_takes_over_and_the_old_one_can_go(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with several(writing, reading, clock) as first:
        await first.install(CORP)
    async with several(writing, reading, clock, NEW_KEY, OLD_KEY) as second:
        assert second.bot.channel.trouble() is None
    with pytest.raises(CannotDecrypt):
        await token(reading, OLD_KEY)
    assert await token(reading, NEW_KEY) == first.oauth.handed_out[0]


async def test_without_its_key_nothing_is_served_and_it_is_said(
    writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with several(writing, reading, clock) as first:
        await first.install(CORP)
    before = (await stored(reading)).bot_token
    async with several(writing, reading, clock, NEW_KEY) as locked:
        assert "SLACK_STORE_KEY" in (locked.bot.channel.trouble() or "")
        assert await locked.bot.says(requests.command("/kudos", "<@UTWO> thanks", user="UONE")) == {}
        assert locked.bot.channel.unknown == {"not_installed": 1}
    assert (await stored(reading)).bot_token == before


async def test_nothing_secret_is_logged_whatever_goes_wrong(
    laurel: Several, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    corp, slack = laurel.teams[CORP], laurel.bot.slack
    await laurel.install(FOREIGN)
    for failure in (Failure("invalid_code"), Failure(status=500), Failure(breaks=True)):
        slack.fail("oauth.v2.access", failure)
        await laurel.install(CORP)
    await laurel.install(CORP)
    clock.advance(**LATE)
    corp.tokens.clear()
    slack.fail("oauth.v2.access", Failure("invalid_refresh_token"))
    await looks_home(laurel)
    clock.advance(minutes=1)
    corp.fail("users.info", Failure(status=500), Failure("token_expired"), Failure(breaks=True))
    await looks_home(laurel)
    await laurel.bot.says(requests.event({"type": "app_uninstalled"}, event_time=int(clock().timestamp())))
    ours = [record for record in caplog.records if not record.name.startswith("aiohttp.access")]
    said = "\n".join(map(JsonFormatter().format, ours))
    assert "a token was not renewed" in said
    assert "a workspace took us out" in said
    secret = (*laurel.oauth.handed_out, OLD_KEY, CLIENT_SECRET, "code-", "gAAAA", "Basic", "Bearer", "@corp.test")
    assert [one for one in secret if one in said] == []


async def test_a_workspace_that_is_no_longer_on_the_list_is_not_served(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with several(writing, reading, clock, beside=laurel, allowed=(LAB,)) as restarted:
        assert await restarted.bot.says(requests.command("/kudos", "<@UTWO> thanks", user="UONE")) == {}
        await restarted.bot.channel.members.look()
        assert restarted.bot.channel.unknown == {"not_installed": 1}
    assert laurel.teams[CORP].calls == []


async def test_who_saw_the_old_token_cannot_renew_it_after_it_was_renewed(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    vault, later = SecretBox([OLD_KEY]), clock() + timedelta(seconds=30)
    async with writing.begin() as session:
        seen = await find_installation(session, CORP, vault)
        assert seen
        claims = [await claim_token_renewal(session, seen, later, clock()) for _ in range(2)]
        assert claims == [True, False], "a claim is one process's"
        new = BotToken("xoxb-new", "xoxe-new", later + timedelta(hours=12))
        await save_renewed_token(session, seen.id, new, vault)
        assert not await claim_token_renewal(session, seen, later, clock())
    assert await token(reading) == "xoxb-new"


async def test_a_claim_that_came_to_nothing_ends(laurel: Several, writing: SessionFactory, clock: Clock) -> None:
    vault, later = SecretBox([OLD_KEY]), clock() + timedelta(seconds=30)
    async with writing.begin() as session:
        seen = await find_installation(session, CORP, vault)
        assert seen
        assert await claim_token_renewal(session, seen, later, clock())
        assert await claim_token_renewal(session, seen, later + timedelta(minutes=1), later)


async def test_a_token_that_comes_after_we_were_put_out_is_not_kept(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with writing.begin() as session:
        await revoke_installation(session, CORP, clock(), bots=None, now=clock())
        await save_renewed_token(session, 1, BotToken("xoxb-late"), SecretBox([OLD_KEY]))
    assert (await stored(reading)).bot_token == ""
