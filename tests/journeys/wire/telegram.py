"""People on Telegram: updates with the secret, and what they see in the groups and in their chats with the bot."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.db.connection import build_sessions
from engine.people.models import Identity, Person
from tests.journeys.wire.seen import GENERAL, PRIVATE, WINS, Answers, Asked, Shown
from tests.journeys.wire.world import PEOPLE, World
from tests.platforms import telegram_updates as updates
from tests.platforms.telegram import BOT, USERNAME, Json, buttons, texts

GROUPS = {GENERAL: -1001, WINS: -1002}
LABELS = {  # of fields, as a form shows them with what they hold
    "receivers": ("kudos.form.receivers", "badge.receivers"),
    "words": ("kudos.form.words", "badge.words"),
    "reward": ("badge.reward",),
    "tags": ("kudos.form.tags",),
    "more_tags": ("kudos.form.more_tags",),
    "award": ("revoke.award",),
    "reason": ("revoke.reason",),
    "email": ("link.email",),
    "code": ("link.code",),
    "merged": ("merge.merged",),
    "kept": ("merge.kept",),
}
WARNING = "⚠️ "  # stands before what is wrong


def account(who: str) -> int:
    return 1001 + list(PEOPLE).index(who)


@dataclass
class TelegramHand:
    world: World
    channel: str = "telegram"
    answer: Shown | None = None
    form: Asked | None = None
    _last: Json | None = None  # the last update
    _before: int = 0  # the newest message before it

    async def say(self, who: str, line: str, at: str = GENERAL) -> None:
        self.world.acts(line)
        await self.world.settled()  # what is posted from now on is the answer
        named = {handle: f"[{name}]({account(handle)})" for handle, name in PEOPLE.items()}
        typed = line.format(**named).replace("@Laurel", f"@{USERNAME}")
        await self._send(updates.message(typed, self._sender(who), GROUPS.get(at), chat_more=self._title(at)))
        self._hear(who)

    async def submit(self, who: str, answers: Answers) -> None:
        self.world.acts()
        assert self.form, "no form is open"
        left = dict(answers)
        while True:
            message = self._question(who)
            field = field_of(message)
            if not field:
                break
            await self._step(who, message, field, left.pop(field, None))
            shown = self._question(who)
            if field_of(shown) == field:
                self._show_form(shown)
                return
        await self._press_deed(who, self._question(who), "send")
        self._show(self.world.telegram.messages[(account(who), message["message_id"])])

    async def press(self, who: str, label: str, card: Shown) -> None:
        self.world.acts()
        data, chat, number = card.buttons[label]
        shown = self.world.telegram.message(chat, number)
        await self._send(updates.press(data, self._sender(who), shown))
        alert = self._alert()
        if alert:
            self.answer = Shown(self.world.seen([alert]))
        else:
            self._show(self.world.telegram.messages[(chat, number)])

    async def again(self, times: int) -> None:
        assert self._last
        for _ in range(times):
            await self._request(self._last)

    async def public(self, at: str) -> list[Shown]:
        await self.world.settled()
        return [self._shown(message) for message in self.world.telegram.posted(GROUPS[at])]

    async def direct(self, who: str) -> list[Shown]:
        await self.world.settled()
        return [self._shown(message) for message in self.world.telegram.posted(account(who))]

    async def _send(self, update: Json) -> None:
        self._before, self._last = self.world.telegram.last_id, update
        self.answer = self.form = None
        await self._request(update)

    async def _request(self, update: Json) -> None:
        url = f"{self.world.origin}/telegram/webhook"
        async with self.world.http.post(url, json=update, headers=updates.HEADERS) as response:
            assert response.status == 200, await response.text()

    def _hear(self, who: str) -> None:
        """The first thing that was said to the person since then."""
        own = self.world.telegram.posted(account(who))
        message = next(one for one in own if one["message_id"] > self._before)
        if field_of(message) is None:
            self._show(message)
        else:
            self._show_form(message)

    def _alert(self) -> str:
        assert self._last
        return str(self.world.telegram.answered[self._last["callback_query"]["id"]].get("text", ""))

    def _question(self, who: str) -> Json:
        return next(m for m in reversed(self.world.telegram.posted(account(who))) if field_of(m) is not None)

    async def _step(self, who: str, message: Json, field: str, given: Any) -> None:
        """Answer the question, or leave it as it is; what cannot be left gets a sticker."""
        deeds = {deed_of(one) for one in buttons(message)}
        if isinstance(given, bool):
            await self._press_deed(who, message, "yes" if given else "no")
        elif given is None or (not isinstance(given, str) and not given):
            left = next((deed for deed in ("keep", "skip", "no") if deed in deeds), None)
            if left:
                await self._press_deed(who, message, left)
            else:
                sticker = {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1}
                sticker |= {"is_animated": False, "is_video": False}
                await self._send(updates.message("", self._sender(who), sticker=sticker))
        elif not isinstance(given, str) and all(one in PEOPLE for one in given):
            names = ", ".join(f"[{PEOPLE[one]}]({account(one)})" for one in given)
            await self._send(updates.message(names, self._sender(who)))
        elif "on" in deeds:
            await self._choose(who, message, [given] if isinstance(given, str) else given)
        else:
            self.world.types(given)
            await self._send(updates.message(given, self._sender(who)))
        assert field_of(message) == field

    async def _choose(self, who: str, message: Json, wanted: Any) -> None:
        for words in wanted:
            message = await self._page_with(who, message, words)
            found = next(one for one in buttons(message) if deed_of(one) == "on" and words in self._choice(one))
            await self._press_button(who, message, found)
            if field_of(self._question(who)) != field_of(message):
                return
            message = self._question(who)
        await self._press_deed(who, message, "keep")

    async def _page_with(self, who: str, message: Json, words: str) -> Json:
        while not any(deed_of(one) == "on" and words in self._choice(one) for one in buttons(message)):
            later = [one for one in buttons(message) if deed_of(one) == "page"][-1]
            await self._press_button(who, message, later)
            message = self._question(who)
        return message

    def _choice(self, button: Json) -> str:
        tag = next((key for key in ("team_player",) if self.world.copy.line(f"tags.{key}") in button["text"]), "")
        return f"{button['text']} {tag}"

    async def _press_deed(self, who: str, message: Json, deed: str) -> None:
        await self._press_button(who, message, next(one for one in buttons(message) if deed_of(one) == deed))

    async def _press_button(self, who: str, message: Json, button: Json) -> None:
        shown = self.world.telegram.message(account(who), message["message_id"])
        await self._send(updates.press(button["callback_data"], self._sender(who), shown))
        assert not self._alert(), self._alert()

    def _show(self, message: Json) -> None:
        if field_of(message) is None:
            self.answer = self._shown(message)
        else:
            self._show_form(message)

    def _shown(self, message: Json) -> Shown:
        seen = self.world.seen(texts(message))
        place = (message["chat_id"], message["message_id"])
        return Shown(seen, {one["text"]: (one.get("callback_data"), *place) for one in buttons(message)})

    def _show_form(self, message: Json) -> None:
        shown = self._shown(message)
        lines = message["text"].split("\n")
        asked = field_of(message)
        errors = [line.removeprefix(WARNING) for line in lines if line.startswith(WARNING)]
        held = {name: tuple(self._held(lines, keys)) for name, keys in LABELS.items()}
        self.form = Asked(shown.texts, {}, held, {asked or "": errors[0]} if errors else {}, message)

    def _held(self, lines: list[str], keys: tuple[str, ...]) -> list[str]:
        starts = [f"{self.world.copy.line(key)} " for key in keys]
        return [line.removeprefix(start) for line in lines for start in starts if line.startswith(start)]

    def _sender(self, who: str) -> Json:
        return updates.user(account(who), PEOPLE[who], language_code=self.world.language)

    def _title(self, at: str) -> Json:
        return {} if at == PRIVATE else {"title": at}


def field_of(message: Json) -> str | None:
    """The field that is asked for, "" at the end of a form; None where the message is no question."""
    steps = [one["callback_data"] for one in buttons(message) if one.get("callback_data", "").startswith("step:")]
    return steps[0].split(":")[1] if steps else None


def deed_of(button: Json) -> str:
    return str(button.get("callback_data", "")).split(":")[2] if "step:" in button.get("callback_data", "") else ""


async def link(world: World) -> None:
    """Everybody has opened a chat with the bot, which is in both groups."""
    telegram = world.telegram
    telegram.started |= {account(who) for who in PEOPLE}
    telegram.groups |= set(GROUPS.values())
    async with build_sessions(world.database).begin() as session:
        people = {person.display_name: person.id for person in await session.scalars(select(Person))}
        for who, name in PEOPLE.items():
            where = {"channel": "telegram", "tenant": str(BOT), "external_id": str(account(who))}
            session.add(Identity(person_id=people[name], linked_at=world.clock(), seen_at=world.clock(), **where))
