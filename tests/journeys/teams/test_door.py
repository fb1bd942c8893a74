"""Who may come in from Teams: the platform with its token, its own server and a tenant of ours; nobody else."""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from channels.server.environment import Environment
from channels.teams.config import TeamsConfig
from engine.db.connection import SessionFactory
from tests.conftest import Clock
from tests.platforms import teams_requests as requests
from tests.platforms.teams import (
    APP,
    FOREIGN_KEY,
    OWN_KEY,
    SECRET,
    TENANT,
    Failure,
    FakeTeams,
    public_key,
)
from tests.platforms.teams_bot import TeamsBot, teams_bot
from tests.time_limits import near
from tests.waiting import until

PUBLIC = OWN_KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
JSON = {"Content-Type": "application/json"}


def hello(chat: TeamsBot, **more: Any) -> dict[str, Any]:
    return requests.message("help", chat.teams.service_url, who="ana", at="") | more


async def status(chat: TeamsBot, token: str | None, activity: dict[str, Any] | None = None) -> int:
    """The status of an activity that comes with that header."""
    headers = {} if token is None else {"Authorization": token}
    response = await chat.http.post("/api/messages", json=activity or hello(chat), headers=headers)
    return response.status


def with_secret_of_public_key(claims: dict[str, Any]) -> str:
    """HS256 with our own public key as the secret: PyJWT itself refuses to make it."""

    def packed(part: bytes) -> bytes:
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    head = packed(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "k1"}).encode())
    signed = head + b"." + packed(json.dumps(claims).encode())
    return "Bearer " + (signed + b"." + packed(hmac.new(PUBLIC, signed, hashlib.sha256).digest())).decode()


async def test_a_good_token_enters(in_teams: TeamsBot) -> None:
    assert await status(in_teams, requests.bearer(in_teams.teams.service_url)) == 200
    assert len(in_teams.alone("ana")) == 1
    assert in_teams.teams.called("token")[0]["scope"] == "https://api.botframework.com/.default"


async def test_bad_tokens_are_401(in_teams: TeamsBot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    url, now = in_teams.teams.service_url, int(time.time())
    claims = {"serviceurl": url, "iss": requests.ISSUER, "aud": APP, "exp": now + 600}
    bad = {
        "nothing": None,
        "empty": "",
        "basic": "Basic YTpi",
        "garbage": "Bearer garbage",
        "dots": "Bearer a.b.c",
        "not ascii": "Bearer ä.ö.ü",
        "huge": "Bearer " + "a" * 7000,
        "issuer": requests.bearer(url, iss="https://sts.windows.net/x"),
        "no issuer": requests.bearer(url, iss=None),
        "audience": requests.bearer(url, aud="somebody-else"),
        "no audience": requests.bearer(url, aud=None),
        "expired": requests.bearer(url, exp=now - 3600),
        "no end": requests.bearer(url, exp=None),
        "not yet": requests.bearer(url, nbf=now + 3600),
        "wrong key": requests.bearer(url, key=FOREIGN_KEY),
        "unknown kid": requests.bearer(url, kid="k9"),
        "kid is a number": "Bearer " + jwt.encode(claims, None, algorithm="none", headers={"kid": "1"}),
        "alg none": "Bearer " + jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"}),
        "hs256": with_secret_of_public_key(claims),
        "other server": requests.bearer("https://evil.example/"),
        "no server": requests.bearer(url, serviceurl=None),
    }
    answered = {name: await status(in_teams, token) for name, token in bad.items()}
    assert answered == dict.fromkeys(bad, 401)
    assert in_teams.teams.called("send") == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not any("eyJ" in record.getMessage() for record in caplog.records)


async def test_a_key_that_may_not_speak_for_teams(in_teams: TeamsBot) -> None:
    in_teams.teams.signing_keys = [public_key("k2", endorsements=["webchat"])]
    assert await status(in_teams, requests.bearer(in_teams.teams.service_url, kid="k2")) == 401


async def test_a_new_key_is_fetched_at_most_once_a_minute(in_teams: TeamsBot) -> None:
    url = in_teams.teams.service_url
    assert await status(in_teams, requests.bearer(url)) == 200
    in_teams.teams.signing_keys.append(public_key("k2", FOREIGN_KEY))
    assert await status(in_teams, requests.bearer(url, key=FOREIGN_KEY, kid="k2")) == 200
    fetched = len(in_teams.teams.called("keys"))
    for number in range(5):
        assert await status(in_teams, requests.bearer(url, kid=f"x{number}")) == 401
    assert len(in_teams.teams.called("keys")) == fetched


async def test_strangers_are_403(in_teams: TeamsBot) -> None:
    token = requests.bearer(in_teams.teams.service_url)
    assert await status(in_teams, token, hello(in_teams, channelData={"tenant": {"id": "another"}})) == 403
    nobody = hello(in_teams, channelData={})
    nobody["conversation"].pop("tenantId")
    assert await status(in_teams, token, nobody) == 403
    assert await status(in_teams, token, hello(in_teams, channelId="webchat")) == 403
    assert await status(in_teams, token, hello(in_teams, channelId="emulator")) == 403
    evil = "https://evil.example/"
    assert await status(in_teams, requests.bearer(evil), hello(in_teams, serviceUrl=evil)) == 403
    assert in_teams.teams.called("send") == []


async def test_bad_bodies(in_teams: TeamsBot) -> None:
    headers = {"Authorization": requests.bearer(in_teams.teams.service_url)} | JSON

    async def sent(body: bytes, **other: str) -> int:
        return (await in_teams.http.post("/api/messages", data=body, headers=headers | other)).status

    odd: list[Any] = [
        [1],
        "text",
        None,
        {},
        {"type": "message"},
        hello(in_teams, type=7),
        hello(in_teams, **{"from": "ana"}),
        hello(in_teams, **{"from": {"id": 5}}),
        hello(in_teams, conversation={"id": ""}),
        hello(in_teams, entities=["x"]),
        hello(in_teams, serviceUrl=None),
        hello(in_teams, text={"a": 1}),
    ]
    assert [await sent(json.dumps(body).encode()) for body in odd] == [400] * len(odd)
    assert await sent(b"{") == 400
    assert await sent(b"\xff\xfe") == 400
    assert await sent(b"[" * 100_000) == 400
    assert await sent(b" " * (256 * 1024 + 1)) == 413
    assert await sent(b"{}", **{"Content-Type": "text/plain"}) == 415
    assert (await in_teams.http.get("/api/messages")).status == 405


async def test_odd_insides_of_a_proved_activity_are_never_500(in_teams: TeamsBot) -> None:
    url = in_teams.teams.service_url
    for value in ({}, {"action": {}}, {"action": {"data": []}}, {"data": 7}, {"data": {"token": 7}}, [], "x", None):
        for name in ("adaptiveCard/action", "task/submit", "task/fetch", "composeExtension/query"):
            response = await in_teams.sends(requests.invoke(name, {}, url, who="ana") | {"value": value})
            assert response.status in (200, 400), (name, value)
    odd = [{"type": "mention", "text": 5, "mentioned": "x"}, {"type": "mention"}, {"type": 7}]
    response = await in_teams.sends(requests.message("help", url, who="ana", at="") | {"entities": odd})
    assert response.status in (200, 400)


async def test_what_is_not_known_is_counted_and_taken(in_teams: TeamsBot) -> None:
    url = in_teams.teams.service_url
    for kind in ("typing", "messageReaction", "event", "somethingNew"):
        assert (await in_teams.sends(requests.activity(kind, url, who="ana"))).status == 200
    assert (await in_teams.sends(requests.invoke("fileConsent/invoke", {}, url, who="ana"))).status == 501
    assert in_teams.channel.unknown["somethingNew"] == 1


async def test_a_slow_key_server_does_not_stall_the_loop(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    teams.fail("keys", *[Failure(hangs=True)] * 2)
    async with teams_bot(writing, reading, clock, teams) as chat:
        waiting = [asyncio.create_task(status(chat, requests.bearer(teams.service_url))) for _ in range(3)]
        await until(lambda: teams.called("keys"))  # its server lives on the same loop, and is reached
        assert chat.channel.trouble()
        assert not any(task.done() for task in waiting)
        teams.gate.let_go()
        await until(lambda: len(teams.called("keys")) == 2 or all(task.done() for task in waiting))
        teams.gate.let_go()
        assert set(await asyncio.gather(*waiting)) <= {200, 503}


async def test_a_key_server_that_hangs_is_not_waited_for(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    teams.fail("keys", Failure(hangs=True))
    async with teams_bot(writing, reading, clock, teams, near("teams_key_s")) as chat:
        assert await status(chat, requests.bearer(teams.service_url)) == 503


async def test_without_keys_nobody_enters_and_it_mends_itself(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    teams.fail("openid", Failure(status=500), Failure(status=500))
    async with teams_bot(writing, reading, clock, teams) as chat:
        assert await status(chat, requests.bearer(teams.service_url)) == 503
        await until(lambda: not chat.channel.trouble())
        assert await status(chat, requests.bearer(teams.service_url)) == 200


async def test_the_local_mode_needs_no_token_and_calls_this_machine_only(
    teams: FakeTeams, writing: SessionFactory, reading: SessionFactory, clock: Clock
) -> None:
    local = {"app_id": "", "secret": "", "tenants": frozenset[str](), "api_url": "", "anonymous": True}
    async with teams_bot(writing, reading, clock, teams, **local) as chat:
        assert await status(chat, None, hello(chat, channelId="emulator")) == 200
        assert await status(chat, None, hello(chat, serviceUrl="https://smba.trafficmanager.net/emea/")) == 403
        assert chat.channel.trouble() is None
    assert teams.called("token") == []


@pytest.mark.parametrize("given", [{"app_id": ""}, {"secret": ""}])
def test_an_empty_registration_is_refused(given: dict[str, str], backend: str) -> None:
    with pytest.raises(ValueError, match="TEAMS_APP_ID"):
        TeamsConfig(**({"app_id": APP, "secret": SECRET} | given))


def test_our_token_goes_to_the_platform_only(backend: str) -> None:
    account = TeamsConfig(APP, SECRET, tenants=frozenset({TENANT}))
    for url in ("https://smba.trafficmanager.net/emea/", "https://europe.botframework.com/x"):
        assert account.is_service_url_allowed(url)
    for url in (
        "http://smba.trafficmanager.net/emea/",
        "https://smba.trafficmanager.net.evil.example/",
        "https://smba.trafficmanager.net@evil.example/",
        "https://evil.example/?smba.trafficmanager.net",
        "https://botframework.com.evil.example/",
        "https://evilbotframework.com/",
        "https://u:p@smba.trafficmanager.net/",
        "https://smba.trafficmanager.net:8443/",
        "http://127.0.0.1/",
        "https://[::1",
        "",
    ):
        assert not account.is_service_url_allowed(url), url


def test_the_keys_of_the_registration_are_not_shown(backend: str) -> None:
    assert SECRET not in repr(TeamsConfig(APP, SECRET))


def test_ids_that_were_copied_in_capitals_are_ours_all_the_same(backend: str) -> None:
    given = {"teams_app_id": APP.upper(), "teams_app_secret": SECRET, "teams_tenant_id": f" {TENANT.upper()}"}
    account = TeamsConfig.of(Environment(_env_file=None, **given, teams_allowed_tenants=f"{APP.upper()} , "))
    assert account is not None
    assert account.app_id == APP
    assert account.is_tenant_allowed(TENANT)
    assert account.is_tenant_allowed(APP)
    assert not account.is_tenant_allowed("")
