"""People on Teams: activities with a good token, and what they see of the answers, the dialogs and the places."""

import json
from dataclasses import dataclass
from typing import Any

from tests.journeys.wire.seen import GENERAL, PRIVATE, WINS, Answers, Asked, Shown
from tests.journeys.wire.world import PEOPLE, World
from tests.platforms import card_texts
from tests.platforms import teams_requests as requests
from tests.platforms.teams import alias, card_faults, entra

Json = dict[str, Any]

CHANNELS = {GENERAL: requests.GENERAL, WINS: "19:wins@thread.tacv2"}


@dataclass
class TeamsHand:
    world: World
    channel: str = "teams"
    answer: Shown | None = None
    form: Asked | None = None
    _last: tuple[Json, Json] = ({}, {})  # the last activity and what it was answered with
    _sends: int = 0  # of those to Teams, how many came before it

    async def say(self, who: str, line: str, at: str = GENERAL) -> None:
        self.world.acts(line)
        names = {name: alias(handle) for handle, name in PEOPLE.items()}
        typed = line.format(**{handle: f"<at>{name}</at>" for handle, name in PEOPLE.items()})
        place = "" if at == PRIVATE else CHANNELS[at]
        if place:
            typed = typed.replace("@Laurel", "<at>Laurel</at>") if "@Laurel" in typed else f"<at>Laurel</at> {typed}"
        await self.world.settled()  # what is posted from now on is the answer
        said = requests.message(typed, self._server, who=who, names=names, at=place, locale=self.world.language)
        if place:
            said["channelData"]["channel"]["name"] = at
        await self._send(said)
        await self._hear(who)

    async def submit(self, who: str, answers: Answers) -> None:
        self.world.acts()
        assert self.form, "no form is open"
        card = self.form.wire
        fields = {element["id"]: self._filled(element, answers) for element in card_texts.inputs(card)}
        assert answers.keys() <= fields.keys(), f"the form has {sorted(fields)}"
        (button,) = card["actions"]
        await self._invoke("task/submit", {"data": button["data"] | fields, "context": {"theme": "default"}}, who)
        self._show_dialog(self._last[1])

    async def press(self, who: str, label: str, card: Shown) -> None:
        self.world.acts()
        action, at = card.buttons[label]
        if at is None:
            await self._invoke("task/submit", {"data": action["data"]}, who)
            self._show_dialog(self._last[1])
            return
        conversation, message = at
        activity = requests.execute(action, self._server, who=who, at="", replyToId=message, locale=self._language)
        activity["conversation"]["id"] = conversation
        await self._send(activity)
        match self._last[1]:
            case {"type": "application/vnd.microsoft.card.adaptive", "value": shown}:
                self._show(shown, at)
            case {"type": "application/vnd.microsoft.activity.message", "value": words}:
                self.answer = Shown(self.world.seen([words]))
            case other:
                raise AssertionError(f"a press was answered with {other}")

    async def again(self, times: int) -> None:
        activity, answered = self._last
        for _ in range(times):
            assert await self._request(activity) == answered

    async def public(self, at: str) -> list[Shown]:
        await self.world.settled()
        return [self._shown_message(key) for key in self._keys(CHANNELS[at])]

    async def direct(self, who: str) -> list[Shown]:
        await self.world.settled()
        return [self._shown_message(key) for key in self._keys(f"a:{alias(who)}")]

    @property
    def _server(self) -> str:
        return self.world.teams.service_url

    @property
    def _language(self) -> str:
        return self.world.language

    def _keys(self, place: str) -> list[tuple[str, str]]:
        return [key for key in self.world.teams.messages if key[0].partition(";")[0] == place]

    async def _invoke(self, name: str, value: Json, who: str) -> None:
        await self._send(requests.invoke(name, value, self._server, who=who, at="", locale=self._language))

    async def _send(self, activity: Json) -> None:
        self._sends = len(self.world.teams.messages)
        self.answer = self.form = None
        self._last = (activity, await self._request(activity))

    async def _request(self, activity: Json) -> Json:
        headers = {"Authorization": requests.bearer(self._server)}
        url = f"{self.world.origin}/api/messages"
        async with self.world.http.post(url, json=activity, headers=headers) as response:
            text = await response.text()
            assert response.status == 200, (response.status, text)
        return dict(json.loads(text)) if text else {}

    async def _hear(self, who: str) -> None:
        """The answer came to the person alone; where it has a way to a form, they go there."""
        new = list(self.world.teams.messages.items())[self._sends :]
        (key,) = [key for key, said in new if key[0] == f"a:{alias(who)}" and "channelData" not in said]
        said = self.world.teams.messages[key]
        self._show(said["attachments"][0]["content"], key)
        (way,) = [one for one in self._card(key).get("actions", ()) if "form" in one.get("data", {})] or [None]
        if way:
            await self._invoke("task/fetch", {"data": way["data"], "context": {"theme": "default"}}, who)
            self._show_dialog(self._last[1])

    def _card(self, key: tuple[str, str]) -> Json:
        return dict(self.world.teams.messages[key]["attachments"][0]["content"])

    def _show_dialog(self, answered: Json) -> None:
        match answered:
            case {"task": {"type": "continue", "value": {"title": title, "card": {"content": card}}}}:
                assert card_faults(card) == []
                self.world.seen([title])
                if card_texts.inputs(card):
                    self._show_form(title, card)
                else:
                    self._show(card, None)
            case {"task": {"type": "message", "value": words}}:
                self.answer = Shown(self.world.seen([words]))
            case _:
                raise AssertionError(f"a dialog was answered with {answered}")

    def _show_form(self, title: str, card: Json) -> None:
        texts = self.world.seen([title, *card_texts.of_card(card)])
        fields = {element["id"]: tuple(_held(element)) for element in card_texts.inputs(card)}
        self.form = Asked(texts, {}, fields, card_texts.errors(card), card)

    def _show(self, card: Json, at: tuple[str, str] | None) -> None:
        assert card_faults(card) == []
        texts = self.world.seen(list(card_texts.of_card(card)))
        self.answer = Shown(texts, {action["title"]: (action, at) for action in card.get("actions", ())})

    def _shown_message(self, key: tuple[str, str]) -> Shown:
        texts = self.world.seen(list(card_texts.of_activity(self.world.teams.messages[key])))
        return Shown(texts, {action["title"]: (action, key) for action in self._card(key).get("actions", ())})

    def _filled(self, element: Json, answers: Answers) -> str:
        """What the client sends of one input: what it holds, or what was filled in."""
        given = answers.get(element["id"])
        if element["type"] == "Input.Toggle":
            on = bool(_held(element)) if given is None else given
            return str((element["valueOn"] if on else element["valueOff"]) or bool(on)).lower()
        if given is None:
            return str(element.get("value", ""))
        if element["type"] == "Input.Text":
            self.world.types(str(given))
            return str(given)
        if "choices.data" in element:
            return ",".join(entra(who) for who in given)  # type: ignore[union-attr]
        return ",".join(choice["value"] for choice in _matching(element, given))


def _held(element: Json) -> list[str]:
    """What the input holds already, as it is read."""
    value = str(element.get("value", ""))
    if "choices" in element:
        chosen = value.split(",")
        return [choice["title"] for choice in element["choices"] if choice["value"] in chosen]
    if element["type"] == "Input.Toggle":
        return [value] if value == element["valueOn"] else []
    return [value] if value else []


def _matching(element: Json, given: Any) -> list[Json]:
    """The choices that show one of the words given."""
    wanted = [given] if isinstance(given, str) else given
    return [one for one in element["choices"] if any(word in f"{one['title']} {one['value']}" for word in wanted)]
