"""Somebody installs Laurel into a workspace: the way there and back, and everybody who comes back by another way."""

from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import pytest
from sqlalchemy import select, text

from channels.slack.workspaces.encryption import SecretBox
from channels.slack.workspaces.installations import SlackInstallation, find_installation
from engine.db.connection import SessionFactory
from tests.conftest import NOW, Clock
from tests.databases import both_databases
from tests.journeys.slack.several import CORP, FOREIGN, OLD_KEY, Several, several
from tests.platforms.slack import Failure
from tests.platforms.slack_oauth import CLIENT

REDIRECT = "/slack/oauth_redirect"


@pytest.fixture
async def laurel(writing: SessionFactory, reading: SessionFactory, clock: Clock) -> AsyncIterator[Several]:
    async with several(writing, reading, clock) as opened:
        yield opened


@pytest.fixture(params=["sqlite"])
def backend(request: pytest.FixtureRequest) -> str:
    """What is stored is tested on both below."""
    return str(request.param)


async def stored(reading: SessionFactory) -> list[SlackInstallation]:
    async with reading() as session:
        return list(await session.scalars(select(SlackInstallation)))


async def everything_stored(reading: SessionFactory) -> str:
    """Every value of every row of the two tables, as the database has it."""
    async with reading() as session:
        tables = ("slack_installations", "slack_spent_states")
        rows = [row for table in tables for row in await session.execute(text(f"SELECT * FROM {table}"))]
    return "\n".join(str(value) for row in rows for value in row)


@both_databases
async def test_a_workspace_is_installed_and_no_token_can_be_read(laurel: Several, reading: SessionFactory) -> None:
    page = await laurel.install(CORP)
    assert page.status == 200
    assert "Laurel is installed in Corp T01CORP" in await page.text()
    assert "/laurel announce here" in await page.text()
    [row] = await stored(reading)
    assert (row.team, row.bot_user, row.installer, row.installed_at) == (CORP, "U0BOT01", "UINSTALL", NOW)
    token, refresh = laurel.oauth.handed_out
    found = await everything_stored(reading)
    assert CORP in found
    assert token not in found
    assert refresh not in found
    async with reading() as session:
        kept = await find_installation(session, CORP, SecretBox([OLD_KEY]))
    assert kept
    assert (kept.token.value, kept.token.refresh) == (token, refresh)
    assert token not in repr(kept)
    assert refresh not in repr(kept)
    assert asdict(kept)["renewing_until"] is None


async def test_the_page_is_in_the_readers_language_and_armoured(laurel: Several) -> None:
    page = await laurel.install(CORP, "es-MX,es;q=0.8,en;q=0.5")
    assert "Laurel está instalado" in await page.text()
    assert '<html lang="es">' in await page.text()
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_what_slack_is_asked_for_and_what_the_browser_keeps(laurel: Several) -> None:
    async with laurel.browser() as browser:
        begun = await browser.get("/slack/install")
    location, cookie = begun.headers["Location"], begun.headers["Set-Cookie"]
    assert location.startswith(laurel.bot.slack.api_url.replace("/api/", "/oauth/v2/authorize?"))
    assert f"client_id={CLIENT}" in location
    assert "redirect_uri=http%3A%2F%2Flaurel.corp.test%2Fslack%2Foauth_redirect" in location
    assert {"HttpOnly", "SameSite=Lax", "Path=/slack", "Max-Age=600"} <= set(cookie.split("; "))
    assert cookie.partition("=")[2].partition(";")[0] not in location


async def comes_back(laurel: Several, **query: str) -> tuple[int, str]:
    async with laurel.browser() as browser:
        answer = await laurel.allowed(browser, CORP) | query
        page = await browser.get(REDIRECT, **{name: value for name, value in answer.items() if value})
        return page.status, await page.text()


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"error": "access_denied", "code": ""}, 403, "not allowed in Slack"),
        ({"state": "forged"}, 400, "ten minutes"),
        ({"state": "gAAAAA<script>"}, 400, "ten minutes"),
        ({"state": ""}, 400, "ten minutes"),
        ({"code": ""}, 400, "ten minutes"),
        ({"code": "another"}, 400, "ten minutes"),
        ({"code": "x" * 5000}, 400, "ten minutes"),
    ],
)
async def test_who_comes_back_by_another_way_leaves_nothing(
    laurel: Several, reading: SessionFactory, query: dict[str, str], status: int, said: str
) -> None:
    found, page = await comes_back(laurel, **query)
    assert (found, await stored(reading)) == (status, [])
    assert said in page
    assert "Laurel was not installed" in page
    assert "<script>" not in page


async def test_a_state_is_good_in_its_own_browser_only(laurel: Several, reading: SessionFactory) -> None:
    async with laurel.browser() as theirs, laurel.browser() as mine:
        allowed = await laurel.allowed(theirs, CORP)
        await laurel.allowed(mine, CORP)  # who was lured here has a cookie of their own
        assert (await mine.get(REDIRECT, **allowed)).status == 400
        assert (await theirs.get(REDIRECT, **allowed)).status == 200
    assert len(await stored(reading)) == 1


@both_databases
async def test_a_state_is_good_once(laurel: Several, reading: SessionFactory) -> None:
    async with laurel.browser() as browser:
        allowed = await laurel.allowed(browser, CORP)
        [kept] = [cookie.value for cookie in browser.session.cookie_jar]
        assert (await browser.get(REDIRECT, **allowed)).status == 200
        browser.session.cookie_jar.update_cookies({"laurel_slack_install": kept})
        again = laurel.oauth.allow(laurel.teams[CORP], f"/?client_id={CLIENT}&scope=x&state=x&redirect_uri=x")
        assert (await browser.get(REDIRECT, code=again["code"], state=allowed["state"])).status == 400
    assert len(laurel.bot.slack.called("oauth.v2.access")) == 1


async def test_a_state_ends_after_ten_minutes(laurel: Several, reading: SessionFactory, clock: Clock) -> None:
    async with laurel.browser() as browser:
        allowed = await laurel.allowed(browser, CORP)
        clock.advance(seconds=601)
        assert (await browser.get(REDIRECT, **allowed)).status == 400
    assert await stored(reading) == []


async def test_another_replica_may_finish_what_one_began(
    laurel: Several, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    async with (
        several(writing, reading, clock, beside=laurel) as other,
        laurel.browser() as browser,
    ):
        allowed = await laurel.allowed(browser, CORP)
        browser.origin = str(other.bot.http.make_url("")).rstrip("/")
        assert (await browser.get(REDIRECT, **allowed)).status == 200
    assert len(await stored(reading)) == 1


@pytest.mark.parametrize("failure", [Failure("internal_error", 500), Failure("ratelimited", 429), Failure(breaks=True)])
async def test_where_slack_does_not_answer_nothing_is_stored_and_one_may_begin_again(
    laurel: Several, reading: SessionFactory, failure: Failure
) -> None:
    laurel.bot.slack.fail("oauth.v2.access", failure)
    page = await laurel.install(CORP)
    assert page.status == 502
    assert 'href="/slack/install"' in await page.text()
    assert await stored(reading) == []
    assert (await laurel.install(CORP)).status == 200


async def test_a_workspace_that_is_not_ours_gets_its_token_back(laurel: Several, reading: SessionFactory) -> None:
    page = await laurel.install(FOREIGN)
    assert page.status == 403
    assert "T09ELSE is not among those" in await page.text()
    assert await stored(reading) == []
    assert laurel.teams[FOREIGN].tokens == set()


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"is_enterprise_install": True, "team": None, "enterprise": {"id": "E1"}}, 403),
        ({"token_type": "user"}, 502),
        ({"access_token": ""}, 502),
        ({"team": "T01CORP"}, 502),
        ({"bot_user_id": None}, 502),
        ({"refresh_token": "r", "expires_in": "soon"}, 502),
    ],
)
async def test_a_grant_of_another_shape_is_none(
    laurel: Several, reading: SessionFactory, more: dict[str, Any], status: int
) -> None:
    laurel.oauth.more = more
    assert (await laurel.install(CORP)).status == status
    assert await stored(reading) == []


@both_databases
async def test_installing_again_is_one_installation_with_the_newest_token(
    laurel: Several, reading: SessionFactory
) -> None:
    await laurel.install(CORP)
    await laurel.install(CORP)
    [row] = await stored(reading)
    assert SecretBox([OLD_KEY]).open(row.bot_token) == laurel.oauth.handed_out[2]


async def test_a_workspace_may_be_called_anything(laurel: Several) -> None:
    laurel.oauth.more = {"team": {"id": CORP, "name": "<script>alert(1)</script>" * 20}}
    page = await laurel.install(CORP)
    assert page.status == 200
    assert "<script>" not in await page.text()
    assert "&lt;script&gt;" in await page.text()


async def test_no_other_method_is_served(laurel: Several) -> None:
    for path in ("/slack/install", REDIRECT):
        assert (await laurel.bot.http.post(path)).status == 405
        assert (await laurel.bot.http.head(path)).status == 405
