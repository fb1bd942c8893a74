"""The web chat over its own HTTP, without script: what people do."""

import asyncio
import html
import re

import pytest
from sqlalchemy import func, select

from bot.protocol.elements import Mention
from channels.web.store import WebMessage
from engine.db.connection import SessionFactory
from engine.outbox.places import Place
from engine.people.models import Identity, Person
from engine.turns.inbox import AnsweredTurn
from tests import people
from tests.conftest import NOW
from tests.databases import both_databases
from tests.journeys.web.world import Browser, World


async def test_a_newcomer_chooses_who_to_be(chat: World, staff: dict[str, Person]) -> None:
    async with chat.browser() as browser:
        first = await browser.get("/")
        assert first.url.path == "/who"
        assert "Ana López" in browser.text
        assert "Eva <b>Ng</b>" in browser.text
        assert "Lea Left" not in browser.text
        await browser.get("/who?q=zoe")
        assert "Zoe New" in browser.text
        assert "Ana López" not in browser.text
        chosen = await browser.post("/who", {"person": str(staff["Zoe New"].id)})
        assert chosen.url.path == "/c/general"
        assert "Zoe New" in browser.text


async def test_whoever_is_chosen_has_an_account_of_their_own(chat: World, staff: dict[str, Person]) -> None:
    zoe = staff["Zoe New"]
    async with chat.browser() as browser:
        await browser.be(zoe.id)
        await browser.say("/hello")
    async with chat.bot.reading() as session:
        identity = (await session.scalars(select(Identity).where(Identity.person_id == zoe.id))).one()
    assert (identity.channel, identity.external_id, identity.seen_at) == ("web", str(zoe.id), NOW)
    assert chat.game.turns == [("hello", ())]


async def test_the_places_are_there_and_one_of_them_follows_the_celebrations(chat: World) -> None:
    await chat.web.start()
    async with chat.bot.reading() as session:
        places = (await session.scalars(select(Place).order_by(Place.id))).all()
    assert [(p.channel, p.external_id, p.announces) for p in places] == [
        ("web", "general", False),
        ("web", "announcements", True),
        ("web", "wins", False),
    ]


async def test_plain_words_are_for_everybody(ana: Browser, bob: Browser, chat: World) -> None:
    await ana.say("Good morning @Bob Stone!")
    await bob.get("/c/general")
    assert "Good morning Bob Stone!" in bob.text
    assert '<bdi class="mention self">Bob Stone</bdi>' in bob.page
    assert chat.game.turns == []


async def test_the_answer_to_a_command_is_seen_by_its_sender_only(ana: Browser, bob: Browser) -> None:
    await ana.say("/hello you")
    assert "Only you can see this" in ana.text
    assert "/hello you" in ana.text
    await bob.get("/c/general")
    assert "Hello" not in bob.text


async def test_a_public_answer_is_seen_by_all(ana: Browser, bob: Browser) -> None:
    await ana.say("@Laurel shout hip hip")
    await bob.get("/c/general")
    assert "Hear, hear" in bob.text
    assert "@Laurel shout hip hip" in bob.text


async def test_in_private_everything_is_for_the_bot(ana: Browser, bob: Browser, chat: World) -> None:
    await ana.say("hello there", "laurel")
    assert chat.game.turns == [("hello", ("there",))]
    assert "Hello" in ana.text
    await bob.get("/c/laurel")
    assert "there" not in bob.text


@pytest.mark.parametrize(
    ("typed", "picked", "expected"),
    [
        ("/hello @bob", (), ("@Bob Stone",)),
        ("/hello @bob stone, thanks", (), ("@Bob Stone", ", thanks")),
        ("/hello to @ana lopez and @BOB", (), ("to ", "@Ana López", " and ", "@Bob Stone")),
        ("/hello @nobody at x@bob.test", (), ("@nobody at x@bob.test",)),
        ("/hello @Eva <b>Ng</b> yes", ("Eva <b>Ng</b>",), ("@Eva <b>Ng</b>", " yes")),
        ("/hello @Zoe New", (), ("@Zoe New",)),
        ("/hello line\r\n\r\n  two", (), ("line\n\n  two",)),
    ],
)
async def test_names_after_an_at_become_mentions(
    ana: Browser, chat: World, staff: dict[str, Person], typed: str, picked: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    fields = [("text", typed), *(("mention", str(staff[name].id)) for name in picked)]
    await ana.post("/c/general/say", fields)
    [(_, words)] = chat.game.turns
    assert tuple(f"@{part.name}" if isinstance(part, Mention) else part for part in words) == expected
    assert all(part.account for part in words if isinstance(part, Mention))


async def test_a_name_that_fits_two_people_is_left_to_the_bot(
    ana: Browser, chat: World, writing: SessionFactory
) -> None:
    async with writing.begin() as session:
        await people.add(session, "Bobby Two", email="two@corp.test", display_name="Bob Stone", folded_name="bob stone")
    await ana.say("/hello @Bob Stone")
    assert chat.game.turns == [("hello", ("@Bob Stone",))]


@both_databases
async def test_a_double_submit_is_one_turn(ana: Browser, chat: World) -> None:
    for text in ("/hello", "hi all", "@Laurel shout hey"):
        await asyncio.gather(*(ana.say(text, nonce="the-same-" + str(len(text))) for _ in range(2)))
    async with chat.bot.reading() as session:
        assert await session.scalar(select(func.count()).select_from(AnsweredTurn)) == 2
        assert await session.scalar(select(func.count()).select_from(WebMessage)) == 4
    turns = len(chat.game.turns)
    await ana.say("/hello", nonce="the-same-6")
    assert len(chat.game.turns) == turns


async def test_the_same_nonce_of_two_people_is_two_turns(ana: Browser, bob: Browser, chat: World) -> None:
    await ana.say("/hello", nonce="the-same-nonce")
    await bob.say("/hello", nonce="the-same-nonce")
    assert len(chat.game.turns) == 2


async def test_a_form_keeps_the_words_and_shows_what_is_wrong(
    ana: Browser, chat: World, staff: dict[str, Person]
) -> None:
    await ana.say("/ask @bob")
    assert 'role="listbox"' in ana.page
    assert f'name="person.who" value="{staff["Bob Stone"].id}" checked' in ana.page
    sent = [
        ("dialog", ana.hidden("dialog")),
        ("token", ana.hidden("token")),
        ("message", ""),
        ("person.who", str(staff["Bob Stone"].id)),
        ("field.who", ""),
        ("field.words", "\nwords that are <i>longer</i> than forty characters"),
        ("field.mood", "loud"),
        ("field.tags", "t1"),
        ("field.tags", "t5"),
        ("field.points", "12"),
        ("field.private", "on"),
    ]
    await ana.post("/c/general/form", sent)
    assert "At most 40 characters" in ana.text
    assert "from 1 to 9" in ana.text
    assert "\nwords that are <i>longer</i> than forty characters" in ana.text
    assert 'id="field-words" aria-describedby="field-words-error field-words-hint" aria-invalid="true"' in ana.page
    assert 'value="loud" checked' in ana.page
    assert 'value="12"' in ana.page
    assert chat.game.submitted == []
    sent = [(k, "short & sweet" if k == "field.words" else "3" if k == "field.points" else v) for k, v in sent]
    await ana.post("/c/general/form", sent)
    assert "<dialog" not in ana.page
    assert "short & sweet" in ana.text
    [turn] = chat.game.submitted
    assert turn.answers["who"] == (Mention("Bob Stone", staff["Bob Stone"].id, "bob"),)
    assert turn.answers["tags"] == ("t1", "t5")
    assert turn.answers["private"] == ("on",)
    assert turn.answers["day"] == ()


async def test_a_refusal_is_shown_at_its_field(ana: Browser, staff: dict[str, Person]) -> None:
    await ana.say("/ask")
    fields = {"dialog": "thanks", "token": ana.hidden("token"), "message": "", "field.who": "Bob", "field.words": "no"}
    await ana.post("/c/general/form", fields)
    assert "You cannot thank yourself" in ana.text
    assert ">\nno</textarea>" in ana.page
    assert 'name="field.who" value="Bob"' in ana.page


async def test_a_form_is_taken_once_whatever_each_sending_is_called(ana: Browser, chat: World) -> None:
    await ana.say("/ask")
    form = {"dialog": "thanks", "token": ana.hidden("token"), "message": "", "field.who": "Bob"}
    for words in ("no", "", "thanks", "thanks again", "thanks"):
        await ana.post("/c/general/form", form | {"field.words": words})
    assert [turn.answers["words"] for turn in chat.game.submitted] == [("no",), ("thanks",)]
    assert "Thanked" in ana.text
    assert "thanks again" not in ana.text


async def test_a_refused_command_hands_the_words_back(ana: Browser) -> None:
    await ana.say("/refuse me & mine")
    assert "/refuse me & mine" in ana.text
    await ana.get("/c/general?draft=%2Frefuse%20me%20%26%20mine")
    assert ">\n/refuse me &amp; mine</textarea>" in ana.page


@pytest.mark.parametrize("own", ["/refuse me & mine", "/refuse " + "ñ😀 " * 1300])
async def test_refused_words_go_back_into_the_composer_however_long(ana: Browser, bob: Browser, own: str) -> None:
    await ana.say(own)
    [again] = re.findall(r'href="(/c/general\?again=\d+)"', ana.page)
    await ana.get(again)
    assert f">\n{html.escape(own, quote=False).strip()}</textarea>" in ana.page
    assert (await bob.get(again)).status == 404
    assert (await ana.get(again.replace("general", "wins"))).status == 404
    assert (await ana.get("/c/general?again=9999")).status == 404


async def test_a_button_changes_its_own_card(ana: Browser, chat: World) -> None:
    await ana.say("/hello")
    press = {name: ana.hidden(name) for name in ("message", "token")}
    await ana.post("/c/general/press", press)
    assert "You waved" in ana.text
    assert "Hello, Ana" not in ana.page
    await ana.post("/c/general/press", press)  # the button is gone by now, the bot answers all the same
    assert chat.game.turns[1:] == [("wave", ("hello-1",))] * 2


async def test_suggestions_are_people_as_data(ana: Browser) -> None:
    found = await (await ana.get("/people?q=eva")).json()
    assert [person["name"] for person in found] == ["Eva <b>Ng</b>"]
    assert await (await ana.get("/people?q=%25")).json() == []


async def test_the_page_speaks_the_chosen_language(ana: Browser, chat: World) -> None:
    await ana.post("/language", {"language": "es"})
    assert "Lo lee todo el mundo" in ana.text
    assert 'lang="es"' in ana.page
    assert (await ana.post("/language", {"language": "xx"})).status == 400
    await ana.get("/c/general")
    await ana.say("/refuse")
    assert "No puedes darte las gracias" in ana.text


async def test_the_directory_says_what_a_person_reads(chat: World, writing: SessionFactory) -> None:
    async with writing.begin() as session:
        person = await people.add(session, "Inés Sol", locale="es-MX")
    async with chat.browser() as browser:
        await browser.get("/who")
        await browser.post("/language", {"language": "en"})
        await browser.be(person.id)
        assert "Lo lee todo el mundo" in browser.text
        assert 'action="/language"' not in browser.page


async def test_every_sentence_of_the_page_is_in_the_copy(ana: Browser) -> None:
    await ana.post("/language", {"language": "qps"})
    for path in ("/c/general", "/c/laurel", "/c/announcements", "/who"):
        await ana.get(path)
        body = re.sub(r"⟦[^⟦⟧]*⟧", "", ana.text)
        for data in ("Ana López", "Bob Stone", "Eva <b>Ng</b>", "Zoe New", "AL", "BS", "ZN", "E", "Laurel", "0"):
            body = body.replace(data, "")
        for data in ("general", "announcements", "wins", "/hello", "/shout", "/refuse", "/ask", "·", "#"):
            body = body.replace(data, "")
        assert body.strip() == "", (path, body.split())


async def test_a_form_that_has_expired_hands_the_words_back(ana: Browser) -> None:
    fields = {"dialog": "thanks", "token": "no-such-token", "field.words": "my own words"}
    await ana.post("/c/general/form", fields)
    assert "waited too long" in ana.text
    assert "your words are below" in ana.text
    assert "my own words" in ana.text


async def test_a_form_that_has_expired_without_words_promises_none(ana: Browser) -> None:
    await ana.post("/c/general/form", {"dialog": "thanks", "token": "no-such-token"})
    assert "waited too long" in ana.text
    assert "below" not in ana.text


async def test_a_line_that_is_too_long_is_handed_back_uncut(ana: Browser, chat: World) -> None:
    own = "/hello " + "long words " * 400
    answer = await ana.say(own)
    assert answer.status == 400
    assert "4,406 characters, and 4,000 fit" in ana.text
    assert f">\n{own.strip()}</textarea>" in ana.page
    told = await ana.post("/c/general/say", {"text": own}, **{"X-Laurel": "1"})
    assert (told.status, "4,406 characters" in await told.text()) == (400, True)
    assert chat.game.turns == []


async def test_other_words_under_the_same_nonce_are_another_turn(ana: Browser, chat: World) -> None:
    for text in ("first words", "/hello first", "first words", "/hello first", "other words", "/hello other"):
        await ana.say(text, nonce="the-same-nonce")
    assert chat.game.turns == [("hello", ("first",)), ("hello", ("other",))]
    assert (ana.text.count("first words"), ana.text.count("other words")) == (1, 1)


async def test_an_open_form_has_an_address(ana: Browser, bob: Browser) -> None:
    asked = await ana.say("/ask @bob")
    path = asked.url.path
    assert path.startswith("/c/general/form/")
    wrong = {"dialog": "thanks", "token": ana.hidden("token"), "field.who": "Bob", "field.words": "no"}
    refused = await ana.post("/c/general/form", wrong)
    assert refused.url.path.startswith("/c/general/form/")
    for address, words in ((path, "Say thanks"), (refused.url.path, "You cannot thank yourself")):
        assert (await ana.get(address)).status == 200
        assert "<dialog" in ana.page
        assert words in ana.text
    assert (await bob.get(path)).status == 404
    assert (await ana.get(path.replace("general", "wins"))).status == 404
    assert (await ana.get("/c/general/form/nothing")).status == 404
    sent = wrong | {"token": path.rpartition("/")[2]}
    await bob.get("/c/general")
    for somebody in (ana, bob):
        await somebody.get("/c/general")
        await somebody.post("/c/general/form", sent)
        assert "waited too long" in somebody.text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/c/general/say", "/c/general"),
        ("/c/wins/press", "/c/wins"),
        ("/c/laurel/form", "/c/laurel"),
        ("/c/general/", "/c/general"),
        ("/language", "/c/general"),
        ("/who/", "/who/"),
    ],
)
async def test_an_address_that_only_takes_leads_back(ana: Browser, path: str, leads_to: str) -> None:
    answer = await ana.get(path)
    assert (answer.status, answer.url.path) == (200, leads_to)


async def test_the_script_gets_what_it_needs(ana: Browser) -> None:
    said = await ana.post("/c/general/say", {"text": "hi"}, **{"X-Laurel": "1"})
    assert (said.status, await said.text()) == (204, "")
    asked = await ana.post("/c/general/say", {"text": "/ask", "csrf": ana.token}, **{"X-Laurel": "1"})
    assert (await asked.text()).lstrip().startswith("<dialog")
    wrong = await ana.client.post(
        "/c/general/say", data={"csrf": "x"}, headers={"Origin": ana.world.origin, "X-Laurel": "1"}
    )
    assert (wrong.status, await wrong.text()) == (403, "This page is out of date. Please load it again.")
