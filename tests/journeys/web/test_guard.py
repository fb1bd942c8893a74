"""What others try with the web chat, and what makes no sense: refused, and nothing changes."""

import re

import pytest
from sqlalchemy import func, select

from channels.web.store import WebMessage
from engine.people.models import Person
from tests.journeys.web.world import Browser, World, tags_of
from tests.tables import each_row

ATTACK = '<script>alert(1)</script> \u202eevil "quoted" &amp; ' + "w" * 200


@pytest.mark.parametrize("person", ["999999", "0", "x", "", "99999999999999999999"])
async def test_nobody_can_be_somebody_who_is_not_there(chat: World, person: str, staff: dict[str, Person]) -> None:
    async with chat.browser() as browser:
        await browser.get("/who")
        answer = await browser.post("/who", {"person": person})
        assert answer.status == (404 if person == "999999" else 400)
        await browser.get("/who")
        assert (await browser.post("/who", {"person": str(staff["Lea Left"].id)})).status == 404


async def test_nobody_presses_a_button_that_they_cannot_see(ana: Browser, bob: Browser, chat: World) -> None:
    await ana.say("/hello")
    press = {name: ana.hidden(name) for name in ("message", "token")}
    assert (await bob.post("/c/general/press", press)).status == 404
    assert (await ana.post("/c/wins/press", press)).status == 404
    await ana.get("/c/general")
    assert (await ana.post("/c/general/press", press | {"message": "9999"})).status == 404
    await ana.get("/c/general")
    await ana.post("/c/general/press", press | {"token": "wave.hello-2.abcdefghijkl"})
    assert "no longer works" in ana.text
    assert [verb for verb, _ in chat.game.turns] == ["hello"]


async def test_hostile_words_are_shown_to_the_letter(ana: Browser, bob: Browser) -> None:
    before = set(tags_of(ana.page))
    await ana.say(ATTACK)
    await ana.say("/hello " + ATTACK)
    assert ana.text.count(ATTACK) == 3  # said, asked, answered
    assert "<script>alert" not in ana.page
    assert tags_of(ana.page).count("script") == 1
    assert set(tags_of(ana.page)) - before <= {"article", "h2", "svg", "rect", "button", "time", "span", "p", "li"}
    await bob.get("/c/general")
    assert bob.text.count(ATTACK) == 1


async def test_a_form_without_its_token_is_refused(ana: Browser, chat: World) -> None:
    for token in ("", "x", "ñ", "0" * 43):
        answer = await ana.say("/hello", csrf=token)
        assert answer.status == 403
        assert "out of date" in ana.text
        await ana.get("/c/general")
    assert chat.game.turns == []


async def test_a_page_of_another_person_is_refused(ana: Browser, staff: dict[str, Person], chat: World) -> None:
    old = ana.token
    await ana.be(staff["Bob Stone"].id)
    assert (await ana.say("/hello", csrf=old)).status == 403
    async with ana.client.get(f"/live?in=general&since=0&as={staff['Ana López'].id}") as stream:
        assert "event: stale" in await stream.text()  # the page was drawn for Ana
    assert chat.game.turns == []


@each_row("origin", ["https://evil.example", "null", "", "http://localhost:1", "http://127.0.0.1.evil:80"])
async def test_another_site_cannot_post(ana: Browser, chat: World, origin: str) -> None:
    answer = await ana.post("/c/general/say", {"text": "/hello"}, Origin=origin)
    assert answer.status == 403
    assert chat.game.turns == []


async def test_a_post_without_an_origin_is_refused(ana: Browser) -> None:
    answer = await ana.client.post("/c/general/say", data={"csrf": ana.token, "nonce": "n" * 8, "text": "x"})
    assert answer.status == 403


@each_row("path", ["/", "/who", "/people?q=a", "/live?in=general", "/static/chat.js"])
async def test_another_name_is_not_served(ana: Browser, path: str) -> None:
    answer = await ana.get(path, Host="evil.example")
    assert answer.status == 403
    assert "Ana" not in await answer.text()


async def test_a_forged_cookie_is_nobody(chat: World, staff: dict[str, Person]) -> None:
    async with chat.browser() as browser:
        for cookie in (f"abc.{staff['Ana López'].id}.AAAA", "....", "ñ", f"abc.{staff['Ana López'].id}."):
            answer = await browser.get("/c/general", Cookie=f"laurel_session={cookie}")
            assert answer.url.path == "/who"
        assert (await browser.get("/people?q=a")).status == 403
        assert "event: stale" in await (await browser.get("/live?in=general&since=0&as=1")).text()


@each_row(
    ("body", "kind", "status"),
    [
        (b"text=" + b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        (b"text=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"text=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"text=a%00b", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a%d=1" % i for i in range(900)), "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 403),
        (b'{"text": "/hello"}', "application/json", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
    ],
)
async def test_a_body_that_is_no_form_is_refused(ana: Browser, body: bytes, kind: str, status: int) -> None:
    headers = {"Origin": ana.world.origin, "Content-Type": kind}
    for path in ("/c/general/say", "/c/general/press", "/c/general/form", "/who", "/language"):
        assert (await ana.client.post(path, data=body, headers=headers)).status == status


async def test_too_much_at_once_says_how_the_words_come_back(ana: Browser) -> None:
    headers = {"Origin": ana.world.origin, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await ana.client.post("/c/general/say", data=b"text=" + b"x" * 70_000, headers=headers)
    assert answer.status == 413
    assert "Back button brings your words back" in await answer.text()


async def test_a_body_that_is_not_compressed_as_it_says_is_refused(ana: Browser) -> None:
    headers = {"Origin": ana.world.origin, "Content-Type": "application/x-www-form-urlencoded"}
    said = headers | {"Content-Encoding": "gzip"}
    answer = await ana.client.post(
        "/c/general/say", data=b"notgzip", headers=said, skip_auto_headers=["Content-Encoding"]
    )
    assert answer.status == 400


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/c/general/say", {"text": "x" * 4001}, 400),
        ("/c/general/say", {"text": "x", "nonce": ""}, 400),
        ("/c/general/say", {"text": "x", "nonce": "a b c d e f"}, 400),
        ("/c/general/say", {"text": "x", "mention": "1; drop"}, 400),
        ("/c/nowhere/say", {"text": "x"}, 404),
        ("/c/person:1/say", {"text": "x"}, 404),
        ("/c/general/press", {"message": "x", "token": "y"}, 400),
        ("/c/general/press", {"token": "y"}, 400),
        ("/c/general/form", {"dialog": "nothing"}, 400),
        ("/c/general/form", {"dialog": "thanks", "person.who": "99999999999"}, 400),
        ("/c/general/say", {}, 200),
        ("/c/general/say", {"text": "  \n "}, 200),
    ],
)
async def test_a_form_that_makes_no_sense_is_refused(
    ana: Browser, chat: World, path: str, fields: dict[str, str], status: int
) -> None:
    assert (await ana.post(path, fields)).status == status
    assert chat.game.turns == []
    async with chat.bot.reading() as session:
        assert await session.scalar(select(func.count()).select_from(WebMessage)) == 0


@each_row(
    ("path", "status"),
    [
        ("/c/nowhere", 404),
        ("/c/general?before=x", 400),
        ("/c/general?before=99999999999999999999", 400),
        ("/live?in=general&since=-1&as=ID", 400),
        ("/live?in=general&since=²&as=ID", 400),
        ("/live?in=general&since=9999999999999999999999&as=ID", 400),
        ("/live?in=nowhere&since=0&as=ID", 404),
        ("/static/..%2fadapter.py", 404),
        ("/static/none.svg", 404),
        ("/static/chat.js", 200),
    ],
)
async def test_an_address_that_makes_no_sense_is_refused(
    ana: Browser, staff: dict[str, Person], path: str, status: int
) -> None:
    answer = await ana.get(path.replace("ID", str(staff["Ana López"].id)))
    assert answer.status == status


async def test_every_answer_is_armoured(ana: Browser) -> None:
    for path in ("/c/general", "/who", "/static/chat.js", "/c/nowhere", "/people?q=a"):
        answer = await ana.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"\son\w+=|\sstyle=", ana.page)


async def test_the_cookie_is_kept_from_scripts_and_other_sites(chat: World) -> None:
    async with chat.browser() as browser:
        answer = await browser.get("/who")
        cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_a_file_is_sent_once(ana: Browser) -> None:
    first = await ana.get("/static/ground.css")
    again = await ana.get("/static/ground.css", **{"If-None-Match": first.headers["ETag"]})
    assert (first.status, again.status) == (200, 304)
