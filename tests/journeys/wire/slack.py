"""People on Slack: signed requests, and what they see of the answers, the modals and the channels."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from channels.slack.render.forms import render_waiting_modal
from tests.journeys.wire.seen import GENERAL, PRIVATE, WINS, Answers, Asked, Shown
from tests.journeys.wire.world import PEOPLE, World
from tests.platforms import slack_requests as requests
from tests.platforms.block_texts import Json, of_message, of_view, options
from tests.platforms.slack import BOT
from tests.waiting import until

CHANNELS = {GENERAL: "C01GEN", WINS: "C02WINS"}
NAMES = {"C01GEN": "general", "C02WINS": "wins"}
WARNING = "⚠️ "  # stands before an error that is shown in a form
_ways = count(1)


def account(who: str) -> str:
    return f"U{who.upper()}"


@dataclass
class SlackHand:
    world: World
    channel: str = "slack"
    acknowledged: int = 0  # requests
    answer: Shown | None = None
    form: Asked | None = None
    _last: tuple[str, Json] = ("", {})  # the last request and what was acknowledged
    _calls: int = 0  # of those to Slack, how many came before it

    async def say(self, who: str, line: str, at: str = GENERAL) -> None:
        self.world.acts(line)
        typed = line.format(**{handle: f"<@{account(handle)}|{handle}>" for handle in PEOPLE})
        channel = f"D{who.upper()}" if at == PRIVATE else CHANNELS[at]
        if typed.startswith("/"):
            await self._command(who, typed, channel)
            return
        await self.world.settled()  # what is posted from now on is the answer
        spoken = typed.replace("@Laurel", f"<@{BOT}>")
        kind = requests.message if at == PRIVATE else requests.mention
        await self._send(requests.event(kind(spoken, user=account(who), channel=channel)))
        await self._hear("chat.postMessage" if at == PRIVATE else "chat.postEphemeral")
        await self._open_what_waits(who)

    async def submit(self, who: str, answers: Answers) -> None:
        self.world.acts()
        assert self.form, "no form is open"
        view = self.form.wire
        values = {block["block_id"]: self._filled(block, answers) for block in _inputs(view)}
        assert answers.keys() <= values.keys(), f"the form has {sorted(values)}"
        ack = await self._send(requests.submission(view, values, user=account(who)))
        await self._after_submission(view, ack)

    async def press(self, who: str, label: str, card: Shown) -> None:
        self.world.acts()
        element, view = card.buttons[label]
        if view is not None:
            await self._send(requests.press(element["value"], user=account(who), view=view))
            await self._until(lambda: self._new("views.update"))
            self._show_view(self.world.slack.views[view["id"]])
            return
        way = f"press-{next(_ways)}"
        url = self.world.slack.way_back(way)
        await self._send(
            requests.press(element["value"], user=account(who), way_back=url, action_id=element["action_id"])
        )
        self._show(await self._said_late(way))

    async def again(self, times: int) -> None:
        body, ack = self._last
        for _ in range(times):
            assert await self._request(body) == ack

    async def public(self, at: str) -> list[Shown]:
        await self.world.settled()
        return [self._shown(message) for message in self.world.slack.posted(CHANNELS[at])]

    async def direct(self, who: str) -> list[Shown]:
        await self.world.settled()
        return [self._shown(message) for message in self.world.slack.posted(f"D{who.upper()}")]

    async def _command(self, who: str, typed: str, channel: str) -> None:
        name, _, rest = typed.partition(" ")
        place = {"channel": channel, "channel_name": NAMES.get(channel, "directmessage")}
        way = f"command-{next(_ways)}"
        url = self.world.slack.way_back(way)
        ack = await self._send(requests.command(name, rest, user=account(who), way_back=url, **place))
        if ack:
            self._show(ack)
            return
        await self._until(lambda: self._new("views.open") or self.world.slack.responses.get(way))
        if opened := self._new("views.open"):
            self._show_form(self._opened(opened[0]["view"]))
        else:
            self._show(await self._said_late(way))

    async def _said_late(self, way: str) -> Json:
        """What came by the way back."""
        await self._until(lambda: self.world.slack.responses.get(way))
        return dict(self.world.slack.responses[way][-1])

    async def _until(self, there: Callable[[], object]) -> None:
        await until(there, every=0.01)

    async def _send(self, body: str) -> Json:
        self._calls = len(self.world.slack.calls)
        self.answer = self.form = None
        ack = await self._request(body)
        self._last = (body, ack)
        return ack

    async def _request(self, body: str) -> Json:
        url = f"{self.world.origin}/slack/events"
        async with self.world.http.post(url, data=body.encode(), headers=requests.signed(body)) as response:
            text = await response.text()
            assert response.status == 200, (response.status, text)
        self.acknowledged += 1
        return dict(json.loads(text)) if text else {}

    def _new(self, method: str) -> list[Json]:
        """The calls of that method since the last request began."""
        return [call for name, call in self.world.slack.calls[self._calls :] if name == method]

    async def _hear(self, method: str) -> None:
        await self._until(lambda: self._new(method))
        (said,) = self._new(method)
        self._show(said)

    async def _open_what_waits(self, who: str) -> None:
        """A message has nothing to open a form with: its button has."""
        assert self.answer
        waiting = [element for element, _ in self.answer.buttons.values() if element["action_id"] == "form"]
        if waiting:
            await self._send(requests.press(waiting[0]["value"], user=account(who), action_id="form"))
            await self._until(lambda: self._new("views.open"))
            (opened,) = self._new("views.open")
            self._show_form(self._opened(opened["view"]))

    def _opened(self, view: Json) -> Json:
        token = view["private_metadata"]
        return next(there for there in self.world.slack.views.values() if there.get("private_metadata") == token)

    async def _after_submission(self, view: Json, ack: Json) -> None:
        match ack:
            case {"view": shown} if shown == render_waiting_modal():
                await self._until(lambda: self._new("views.update"))
                self._show_view(self.world.slack.views[view["id"]])
            case {"response_action": "errors", "errors": errors}:
                self.world.seen(list(errors.values()))
                self._show_form(view, errors)
            case {"response_action": "update", "view": shown}:
                self.world.slack.views[view["id"]] = shown | {"id": view["id"]}
                self._show_view(self.world.slack.views[view["id"]])
            case _:
                raise AssertionError(f"a modal was answered with {ack}")

    def _show(self, said: Json) -> None:
        self.answer = self._shown(said)

    def _shown(self, said: Json) -> Shown:
        texts = self.world.seen(list(of_message(said, self.world.called_by)))
        return Shown(texts, {label: (element, None) for label, element in _buttons(said["blocks"])})

    def _show_view(self, view: Json) -> None:
        if "submit" in view:
            self._show_form(view)
            return
        texts = self.world.seen(list(of_view(view, self.world.called_by)))
        self.answer = Shown(texts, {label: (element, view) for label, element in _buttons(view["blocks"])})

    def _show_form(self, view: Json, errors: Json | None = None) -> None:
        texts = self.world.seen(list(of_view(view, self.world.called_by)))
        fields = {block["block_id"]: tuple(self._held(block["element"])) for block in _inputs(view)}
        self.form = Asked(texts, {}, fields, errors or _errors_shown(view), view)

    def _held(self, element: Json) -> list[str]:
        """What the input holds already, as it is read."""
        people = [*element.get("initial_users", ()), *filter(None, [element.get("initial_user")])]
        chosen = [*element.get("initial_options", ()), *filter(None, [element.get("initial_option")])]
        typed = [element["initial_value"]] if "initial_value" in element else []
        return [*map(self.world.called_by, people), *(option["text"]["text"] for option in chosen), *typed]

    def _filled(self, block: Json, answers: Answers) -> Json:
        """What the client sends of one input: what it holds, or what was filled in."""
        element, given = block["element"], answers.get(block["block_id"])
        if isinstance(given, str):
            self.world.types(given)
        match element["type"]:
            case "plain_text_input":
                return {"value": element.get("initial_value") if given is None else given or None}
            case "multi_users_select":
                return {"selected_users": element.get("initial_users", []) if given is None else _accounts(given)}
            case "users_select":
                return {"selected_user": element.get("initial_user") if given is None else _accounts(given)[0]}
            case "static_select":
                chosen = [element.get("initial_option")] if given is None else _matching(element, given)
                return {"selected_option": chosen[0]}
            case "checkboxes" | "multi_static_select":
                chosen = element.get("initial_options", []) if given is None else _matching(element, given)
                return {"selected_options": chosen}
        raise AssertionError(f"nobody knows how to fill in {element}")


def _accounts(given: Any) -> list[str]:
    return [account(who) for who in given]


def _matching(element: Json, given: Any) -> list[Json]:
    """The options that show one of the words given; True is all of them."""
    wanted = [given] if isinstance(given, str) else given
    return [o for o in options(element) if wanted is True or (wanted and any(w in _option_text(o) for w in wanted))]


def _option_text(option: Json) -> str:
    return f"{option['text']['text']} {option.get('description', {}).get('text', '')} {option['value']}"


def _inputs(view: Json) -> list[Json]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def _buttons(blocks: list[Json]) -> list[tuple[str, Json]]:
    elements = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    return [(element["text"]["text"], element) for element in elements]


def _errors_shown(view: Json) -> dict[str, str]:
    """The errors of a form that is shown anew: each stands above its field."""
    found, waiting = {}, ""
    for block in view["blocks"]:
        if block["type"] == "context" and block["elements"][0]["text"].startswith(WARNING):
            waiting = block["elements"][0]["text"].removeprefix(WARNING)
        elif block["type"] == "input" and waiting:
            found[block["block_id"]] = waiting
            waiting = ""
    return found
