"""People on the web chat: a browser for each, without script, that sends the page's own forms."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientResponse, ClientSession, CookieJar

from tests.journeys.wire.seen import GENERAL, PRIVATE, Answers, Asked, Shown
from tests.journeys.wire.world import PEOPLE, World
from tests.platforms.html_page import Element, parsed, sent, visible

Fields = list[tuple[str, str]]
WATCHER = "eve"  # reads along in the places


@dataclass
class WebHand:
    world: World
    channel: str = "web"
    answer: Shown | None = None
    form: Asked | None = None
    browsers: dict[str, ClientSession] = field(default_factory=dict)
    _last: tuple[str, str, Fields] = ("", "", [])  # who sent what, and where to
    _nonces: int = 0

    async def say(self, who: str, line: str, at: str = GENERAL) -> None:
        typed = self.world.acts(line)
        page = await self.page(who, at)
        composer = page.first("form", class_="composer")
        assert composer
        fields = [(name, value) for name, value in sent(composer) if name != "text"]
        await self._send(who, page, composer.get("action"), [*fields, ("text", typed)])

    async def submit(self, who: str, answers: Answers) -> None:
        self.world.acts()
        assert self.form, "no form is open"
        form: Element = self.form.wire
        assert answers.keys() <= self.form.fields.keys(), f"the form has {sorted(self.form.fields)}"
        given = {f"{kind}.{name}" for name in answers for kind in ("person", "field")}
        fields = [(name, value) for name, value in sent(form) if name not in given]
        for name, answer in answers.items():
            fields += await self._filled(form, name, answer)
        at = form.get("action").split("/")[2]
        await self._send(who, await self.page(who, at), form.get("action"), fields)

    async def press(self, who: str, label: str, card: Shown) -> None:
        """A button may be gone by now, or be another person's: then it is sent with a message that `who` sees."""
        self.world.acts()
        at, message, token = card.buttons[label]
        page = await self.page(who, at)
        seen = [shown.get("data-id") for shown in page.each("li", class_="message")]
        composer = page.first("form", class_="composer")
        assert composer
        fields = [(name, value) for name, value in sent(composer) if name in ("csrf", "nonce")]
        own = message if message in seen else seen[-1]
        await self._send(who, page, f"/c/{at}/press", [*fields, ("message", own), ("token", token)])

    async def again(self, times: int) -> None:
        who, path, fields = self._last
        at = path.split("/")[2]
        await self.world.settled()
        before = _read(await self.page(who, at))
        for _ in range(times):
            await self._post(who, path, fields)
        assert _read(await self.page(who, at)) == before

    async def public(self, at: str) -> list[Shown]:
        await self.world.settled()
        page = await self.page(WATCHER, at)
        return [_card(message, at) for message in _cards(page) if not message.is_a("li", class_="private")]

    async def direct(self, who: str) -> list[Shown]:
        await self.world.settled()
        return [_card(message, PRIVATE) for message in _cards(await self.page(who, PRIVATE))]

    async def page(self, who: str, at: str) -> Element:
        """The conversation as that person sees it now."""
        return await self.visit(who, f"/c/{at}")

    async def visit(self, who: str, path: str, status: int = 200) -> Element:
        """Any page, which must have that status."""
        browser = self.browsers.get(who) or await self._arrived(who)
        async with browser.get(path) as response:
            assert response.status == status, response.status
            return self._seen(await response.text())

    @asynccontextmanager
    async def live(self, who: str, at: str) -> AsyncIterator[AsyncIterator[dict[str, object]]]:
        """The events of a page that stays open."""
        body = next((await self.page(who, at)).each("body"))
        path = f"/live?in={at}&since={body.get('data-since')}&as={body.get('data-me')}"
        async with self.browsers[who].get(path) as stream:
            assert stream.content_type == "text/event-stream"
            yield _events(stream)

    async def _arrived(self, who: str) -> ClientSession:
        """A new browser, in which one chooses who to be."""
        headers = {"Accept-Language": self.world.language, "Origin": self.world.origin}
        browser = ClientSession(self.world.origin, cookie_jar=CookieJar(unsafe=True), headers=headers)
        self.browsers[who] = browser
        async with browser.get("/") as response:
            page = self._seen(await response.text())
        faces = page.first("form", class_="faces")
        assert faces
        (face,) = [button for button in faces.each("button") if PEOPLE[who] in button.words]
        async with browser.post(faces.get("action"), data=[*sent(faces), ("person", face.get("value"))]) as response:
            assert response.status == 200, response.status
        return browser

    async def _send(self, who: str, page: Element, path: str, fields: Fields) -> None:
        """Send it, and find what is new: a form, or a card for that person alone."""
        before = _told(page)
        self.answer = self.form = None
        self._last = (who, path, fields)
        after = await self._post(who, path, fields)
        if form := after.first("dialog", id="form"):
            self.form = _asked(form)
            return
        at = path.split("/")[2]
        pressed = dict(fields).get("message", "")
        for message in _cards(after):
            alone = message.is_a("li", class_="private") or at == PRIVATE or message.get("data-id") == pressed
            if alone and (message.get("data-id"), message.get("data-version")) not in before:
                self.answer = _card(message, at)

    async def _post(self, who: str, path: str, fields: Fields) -> Element:
        async with self.browsers[who].post(path, data=fields) as response:
            assert response.status == 200, (response.status, await response.text())
            return self._seen(await response.text())

    def _seen(self, html: str) -> Element:
        page = parsed(html)
        self.world.seen(visible(page, "time"))  # days and times are the locale's own
        return page

    async def _filled(self, form: Element, name: str, answer: object) -> Fields:
        """What a browser sends of one field that was filled in."""
        choices = list(form.each("input", name=f"field.{name}", type="checkbox"))
        choices += form.each("input", name=f"field.{name}", type="radio")
        options = [option for select in form.each("select", name=f"field.{name}") for option in select.each("option")]
        if form.first("div", **{"data-people": f"person.{name}"}):
            numbers = await self.world.ids()
            return [(f"person.{name}", str(numbers[who])) for who in answer]  # type: ignore[attr-defined]
        if not (choices or options):
            self.world.types(str(answer))
            return [(f"field.{name}", str(answer))]
        wanted = [answer] if isinstance(answer, str) else answer
        labels = {option.get("value"): option.words for option in options}
        labels |= {control.get("value"): _label(form, control).words for control in choices}
        return [
            (f"field.{name}", value)
            for value, words in labels.items()
            if wanted is True or (wanted and any(word in f"{words} {value}" for word in wanted))  # type: ignore[attr-defined]
        ]


async def _events(stream: ClientResponse) -> AsyncIterator[dict[str, object]]:
    """What the page's script would be told, as it comes."""
    async for line in stream.content:
        name, _, value = line.decode().partition(": ")
        if name == "data":
            yield json.loads(value)


def _label(form: Element, control: Element) -> Element:
    return next(label for label in form.each("label") if control in label.each())


def _told(page: Element) -> set[tuple[str, str]]:
    """Every message on the page, with its version."""
    return {(message.get("data-id"), message.get("data-version")) for message in page.each("li", class_="message")}


def _read(page: Element) -> set[str]:
    """What every card says, and every message without one."""
    messages = page.each("li", class_="message")
    return {(message.first("article") or message.first("p", class_="bubble") or message).words for message in messages}


def _cards(page: Element) -> list[Element]:
    return list(page.each("li", class_="has-card"))


def _card(message: Element, at: str) -> Shown:
    buttons = {}
    for form in message.each("form"):
        (button,) = form.each("button")
        fields = dict(sent(form))
        buttons[button.words] = (at, fields["message"], fields["token"])
    return Shown(tuple(visible(message)), buttons)


def _asked(form: Element) -> Asked:
    """The open form, read field by field."""
    names = [name.split(".", 1)[1] for name in _names(form)]
    fields = {name: tuple(_held(form, name)) for name in dict.fromkeys(names)}
    errors = {name: error.words for name in fields for error in form.each("p", id=f"field-{name}-error")}
    (inner,) = form.each("form")
    return Asked(tuple(visible(form)), {}, fields, errors, inner)


def _names(form: Element) -> list[str]:
    return [name for control in form.each() if (name := control.get("name")).startswith(("field.", "person."))]


def _held(form: Element, name: str) -> list[str]:
    """What the field holds, as it is read."""
    held = []
    for control in form.each():
        if control.get("name") not in (f"field.{name}", f"person.{name}"):
            continue
        if "checked" in control.attributes:
            held.append(_label(form, control).words)
        elif control.tag == "textarea" or control.get("type") == "text":
            held += [value for _, value in sent(Element("form", {}, [control])) if value]
        held += [option.words for option in control.each("option") if "selected" in option.attributes]
    return held


@asynccontextmanager
async def web_hand(world: World) -> AsyncIterator[WebHand]:
    """A hand whose browsers are closed in the end."""
    hand = WebHand(world)
    try:
        yield hand
    finally:
        for browser in hand.browsers.values():
            await browser.close()
