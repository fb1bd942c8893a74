"""The page behind a link to a celebration, as the process serves it in production: anybody may open it."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import update

from app import build_app
from bot.i18n.catalog import PSEUDO_LANGUAGE
from bot.i18n.copy import Copy
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.links import build_link_url
from channels.server.environment import Environment
from engine.admin.settings import change_setting, load_secret_key
from engine.awards.models import Award
from engine.db.connection import SessionFactory
from engine.kudos.models import Kudos
from engine.people.models import Person
from tests import people, rewards, thanking
from tests.conftest import NOW, Clock
from tests.marks import outside
from tests.office import Office
from tests.platforms.html_page import parsed, visible

SITE = "https://laurel.corp.test"
WORDS = "thanks for the launch #mentor"
SECRET = ("Ana", "López", "Bob", "Stone", "Eve", "launch", "mentor", "🎓", "jumping")
sqlite = pytest.mark.parametrize("backend", ["sqlite"])


@dataclass
class Outside:
    """Somebody with a browser and a link, and no account."""

    http: TestClient[web.Request, web.Application]
    writing: SessionFactory
    office: Office
    key: bytes

    async def opens(self, link: str, language: str = "en") -> ClientResponse:
        asked = {"Accept-Language": language} if language else {}
        return await self.http.get(link.removeprefix(SITE), headers=asked)

    async def reads(self, link: str, language: str = "en") -> str:
        """What the page shows, and what it tells of itself to a chat."""
        answer = await self.opens(link, language)
        assert answer.status == 200
        page = parsed(await answer.text())
        told = [meta.get("content") for meta in page.each("meta") if meta.get("property") or meta.get("name")]
        return "\n".join([*visible(page), *told])

    def link(self, subject: str) -> str:
        return build_link_url(SITE, subject, self.key)

    async def thanks(self, **details: object) -> str:
        """Ana thanks Bob; the link."""
        async with self.writing.begin() as session:
            tags = {"words": WORDS, "tags": ("mentor",)}
            gift = await thanking.give(session, self.office.ana, [self.office.bob], **(tags | details))
            return self.link(f"kudos-{gift.id}")

    async def badge(self, **values: object) -> str:
        """Ana gives Bob and Eve a badge; the link."""
        async with self.writing.begin() as session:
            self.office.session = session
            reward = await rewards.add(session, "Team <b>Player</b>", emoji="🤝", **values)
            to = [self.office.bob, self.office.eve]
            given = await self.office.give(self.office.ana, to, reward, words="for jumping in")
            return self.link(f"award-{given[0].id}")

    async def quiet(self, *whom: Person) -> None:
        async with self.writing.begin() as session:
            wishing = update(Person).where(Person.id.in_([one.id for one in whom]))
            await session.execute(wishing.values(no_public_kudos=True))


@pytest.fixture
async def somebody(database_url: str, writing: SessionFactory, clock: Clock) -> AsyncIterator[Outside]:
    known = {"database_url": database_url, "environment": "production", "public_url": SITE, "redis_url": ""}
    application = build_app(Environment(_env_file=None, **known), clock=clock)
    async with TestClient(TestServer(application)) as http:
        async with writing.begin() as session:
            colleagues = [await people.add(session, name) for name in ("Ana López", "Bob Stone", "Eve Adams")]
            key = await load_secret_key(session, "unused")
        yield Outside(http, writing, Office(session, *colleagues), key)


async def test_thanks_are_shown_without_a_name_or_a_word_of_theirs(somebody: Outside) -> None:
    page = await somebody.reads(await somebody.thanks())
    assert "👏 A big thank-you" in page
    assert "A colleague is celebrated" in page
    assert not [secret for secret in SECRET if secret in page]


async def test_a_badge_is_shown_with_its_name_and_its_picture(somebody: Outside) -> None:
    link = await somebody.badge(icon="/icons/team-player.png")
    answer = await somebody.opens(link)
    html = await answer.text()
    assert "🤝 Team &lt;b&gt;Player&lt;/b&gt;" in html
    assert f'<meta property="og:image" content="{SITE}/icons/team-player.png">' in html
    assert 'src="../icons/team-player.png"' in html
    assert not [secret for secret in SECRET if secret in html]
    assert (await somebody.http.get("/icons/team-player.png")).status == 200


@sqlite
async def test_a_picture_of_another_server_is_not_fetched_by_strangers(somebody: Outside) -> None:
    link = await somebody.badge(icon="https://icons.example.com/badge.png")
    assert "icons.example.com" not in await (await somebody.opens(link)).text()


@pytest.mark.parametrize(
    ("wished", "language"),
    [
        ("en", "en"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("de, es", "es"),
        ("de", "es"),
        ("", "es"),
        (PSEUDO_LANGUAGE, PSEUDO_LANGUAGE),
    ],
)
@sqlite
async def test_it_speaks_the_readers_language_else_the_organisations(
    somebody: Outside, wished: str, language: str
) -> None:
    link = await somebody.thanks()
    async with somebody.writing.begin() as session:
        await change_setting(session, "language", "es", NOW, actor=None, origin="cli")
    page = await somebody.reads(link, wished)
    assert Copy(language).line("links.celebration") in page
    answer = await somebody.opens(link, wished)
    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in await answer.text()
    if language == PSEUDO_LANGUAGE:
        assert not [text for text in page.splitlines() if text[:1] == "⟦" and outside(text, set()).strip("· ")]


async def test_what_was_taken_back_is_a_neutral_line(somebody: Outside) -> None:
    thanks, badge = await somebody.thanks(), await somebody.badge()
    async with somebody.writing.begin() as session:
        await session.execute(update(Kudos).values(undone_at=NOW))
        await session.execute(update(Award).where(Award.receiver_id == somebody.office.bob.id).values(undone_at=NOW))
    assert "This thank-you was taken back." in await somebody.reads(thanks)
    assert "A colleague" not in await somebody.reads(thanks)
    assert "Team <b>Player</b>" in await somebody.reads(badge), "Eve still has it"
    async with somebody.writing.begin() as session:
        await session.execute(update(Award).values(revoked_at=NOW))
    page = await somebody.reads(badge)
    assert "This celebration was taken back." in page
    assert "Team" not in page


async def test_private_thanks_have_no_page(somebody: Outside) -> None:
    private, quiet = await somebody.thanks(public=False), await somebody.thanks()
    badge = await somebody.badge()
    await somebody.quiet(somebody.office.bob)
    assert [(await somebody.opens(link)).status for link in (private, quiet, badge)] == [404, 404, 200]
    await somebody.quiet(somebody.office.eve)
    assert (await somebody.opens(badge)).status == 404


@sqlite
async def test_every_other_address_is_the_same_404(somebody: Outside) -> None:
    link = await somebody.thanks()
    mac, _, subject = link.rpartition("/")[2].partition(".")
    press = sign_button_token("undo", subject, somebody.key).rpartition(".")[2]
    tokens = [
        f"{press}.{subject}",
        f"{mac}.kudos-2",
        f"{mac}.award-1",
        f"{mac}.kudos-01",
        f"{mac}.{subject}0",
        f"{mac[:-1]}.{subject}",
        f"{mac.swapcase()}.{subject}",
        f"{mac}.{subject}%0A",
        f"{mac}.{subject}%00",
        f"%ff%fe.{subject}",
        f"{mac}.kudos-%D9%A1",
        f"%F0%9F%8E%89.{subject}",
        f"{mac}.kudos-{'9' * 30}",
        "x" * 4000,
        "<script>alert(1)</script>",
        "a%2fb",
    ]
    answers = [await somebody.opens(f"{SITE}/see/{token}") for token in tokens]
    answers += [await somebody.opens(somebody.link("kudos-99"))]
    answers += [await somebody.opens(await somebody.thanks(public=False))]
    assert {answer.status for answer in answers} == {404}
    pages = {await answer.text() for answer in answers}
    assert len(pages) == 1, "who guesses learns nothing"
    assert "There is nothing here" in pages.pop()


@sqlite
async def test_its_headers_let_nothing_in_or_out(somebody: Outside) -> None:
    for link in (await somebody.thanks(), f"{SITE}/see/nothing"):
        answer = await somebody.opens(link)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        wanted = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
        wanted |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "Vary": "Accept-Language"}
        assert wanted.items() <= dict(answer.headers).items()
        assert "Set-Cookie" not in answer.headers
        assert "<script" not in await answer.text()
        assert (await somebody.http.post(link.removeprefix(SITE))).status == 405


@sqlite
async def test_without_the_database_it_says_so(somebody: Outside, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    link = await somebody.thanks()
    async with somebody.writing.begin() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("ALTER TABLE kudos RENAME TO away")
    answer = await somebody.opens(link)
    assert answer.status == 503
    assert "try again in a moment" in await answer.text()
    told = "".join(str(vars(record)) for record in caplog.records if not record.name.startswith("aiohttp"))
    assert "link_page_failed" in told
    assert link.rpartition("/")[2] not in told
