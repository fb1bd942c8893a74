"""Slack's payloads as turns. Translation only: nothing is asked, nothing is decided.

Every function takes a verified payload and raises Malformed where it is not of the shape that Slack sends.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.protocol.elements import Mention
from bot.protocol.forms import Answer
from bot.protocol.turns import About, Command, Press, Submission
from channels.slack.inbound import payloads as inbound_payloads
from channels.slack.inbound.events import quoted
from channels.slack.inbound.payloads import Payload
from channels.slack.inbound.text import words

HOME_VERBS = ("kudos", "badge", "help")  # what the buttons of App Home begin


@inbound_payloads.checked
def command(body: Payload, issued: int) -> Command:
    """A slash command. `issued` is when its way back began to live, in seconds."""
    source = inbound_payloads.source(
        tenant=body["team_id"],
        conversation=body["channel_id"],
        message_id=body["trigger_id"],
        account=body["user_id"],
        place_name=body.get("channel_name", ""),
        way_back=inbound_payloads.way_back(body, issued),
    )
    return Command(
        source, body["command"].removeprefix("/").lower(), words(inbound_payloads.text(body.get("text") or ""))
    )


@inbound_payloads.checked
def press(body: Payload, issued: int) -> Press:
    """A button of ours in a message or a modal; there is no conversation in a modal."""
    channel = body.get("channel") or {}
    if "view" in body:
        inbound_payloads.text(body["view"]["id"])
    source = inbound_payloads.source(
        tenant=inbound_payloads.team(body),
        conversation=channel.get("id", ""),
        message_id=body["trigger_id"],
        account=body["user"]["id"],
        place_name=channel.get("name", ""),
        way_back=inbound_payloads.way_back(body, issued),
    )
    return Press(source, inbound_payloads.text(body["actions"][0]["value"]))


@inbound_payloads.checked
def shortcut(body: Payload) -> Command:
    """*Give kudos*, chosen where there is no message and no place."""
    return Command(inbound_payloads.without_place(body), "kudos")


@inbound_payloads.checked
def message_shortcut(body: Payload, issued: int) -> Command:
    """*Give kudos* on a message: its author, and what it says. `issued` as in `command`."""
    place = body["channel"]
    source = inbound_payloads.source(
        tenant=inbound_payloads.team(body),
        conversation=place["id"],
        message_id=body["trigger_id"],
        account=body["user"]["id"],
        place_name=place.get("name", ""),
        way_back=inbound_payloads.way_back(body, issued),
    )
    inbound_payloads.text(body["message"]["ts"])
    return Command(replace(source, about=About()), "kudos", quoted(body["message"]))


@inbound_payloads.checked
def home_button(body: Payload) -> Command:
    """A button of App Home: the beginning of something."""
    verb = body["actions"][0]["value"]
    if verb not in HOME_VERBS:
        raise ValueError(verb)
    return Command(inbound_payloads.without_place(body), verb)


@inbound_payloads.checked
def submission(body: Payload) -> Submission:
    """A form that was sent. Where it was asked for is kept with the Ask, not here."""
    view = body["view"]
    inbound_payloads.text(view["id"])  # the answer goes there
    source = inbound_payloads.without_place(body)
    answers = {
        inbound_payloads.text(field): _answer(element)
        for field, elements in view["state"]["values"].items()
        for element in elements.values()
    }
    token = inbound_payloads.text(view.get("private_metadata") or "")
    return Submission(source, inbound_payloads.text(view["callback_id"]), answers, token)


def _answer(element: Payload) -> Answer:
    match element["type"]:
        case "plain_text_input" | "number_input":
            return _chosen(element.get("value"), inbound_payloads.text)
        case "users_select":
            return _chosen(element.get("selected_user"), _account)
        case "multi_users_select":
            return _several(element.get("selected_users"), _account)
        case "datepicker":
            return _chosen(element.get("selected_date"), inbound_payloads.text)
        case "static_select":
            return _chosen(element.get("selected_option"), _value)
        case "multi_static_select" | "checkboxes":
            return _several(element.get("selected_options"), _value)
        case _:
            raise ValueError("no input of ours")


def _chosen(value: object, as_part: Callable[[Any], str | Mention]) -> Answer:
    """An input is null, or empty, where nothing was filled in."""
    return () if value is None or value == "" else (as_part(value),)


def _several(values: object, as_part: Callable[[Any], str | Mention]) -> Answer:
    if not isinstance(values, list | None):
        raise TypeError("a list expected")
    return tuple(as_part(value) for value in values or ())


def _account(value: object) -> Mention:
    account = inbound_payloads.ident("account", value)
    return Mention(account, account=account)


def _value(option: Payload) -> str:
    return inbound_payloads.text(option["value"])
