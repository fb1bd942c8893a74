"""Translation of Slack's payloads into turns. No look-ups and no decisions are made here.

Every function takes a verified payload. It raises MalformedSlackPayload on an unexpected shape.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.protocol.elements import Mention
from bot.protocol.forms import Answer
from bot.protocol.turns import About, Command, Press, Submission
from channels.slack.inbound.events import quote_slack_message
from channels.slack.inbound.payloads import (
    SlackPayload,
    build_placeless_source,
    build_reply_to,
    build_slack_source,
    clean_slack_text,
    get_team_id,
    parse_slack_id,
    reject_malformed,
)
from channels.slack.inbound.text import parse_slack_text

HOME_BUTTON_VERBS = ("kudos", "badge", "help")  # what the buttons of App Home begin


@reject_malformed
def parse_slash_command(body: SlackPayload, issued: int) -> Command:
    """Parse a slash command. `issued` is when its reply URL was issued, in seconds."""
    source = build_slack_source(
        tenant=body["team_id"],
        conversation=body["channel_id"],
        message_id=body["trigger_id"],
        account=body["user_id"],
        place_name=body.get("channel_name", ""),
        way_back=build_reply_to(body, issued),
    )
    return Command(
        source, body["command"].removeprefix("/").lower(), parse_slack_text(clean_slack_text(body.get("text") or ""))
    )


@reject_malformed
def parse_button_press(body: SlackPayload, issued: int) -> Press:
    """Parse a press on one of the bot's buttons in a message or a modal.

    A press in a modal has an empty conversation.
    """
    channel = body.get("channel") or {}
    if "view" in body:
        clean_slack_text(body["view"]["id"])
    source = build_slack_source(
        tenant=get_team_id(body),
        conversation=channel.get("id", ""),
        message_id=body["trigger_id"],
        account=body["user"]["id"],
        place_name=channel.get("name", ""),
        way_back=build_reply_to(body, issued),
    )
    return Press(source, clean_slack_text(body["actions"][0]["value"]))


@reject_malformed
def parse_global_shortcut(body: SlackPayload) -> Command:
    """Build the turn for the global shortcut *Give kudos*, which is outside of any message and place."""
    return Command(build_placeless_source(body), "kudos")


@reject_malformed
def parse_message_shortcut(body: SlackPayload, issued: int) -> Command:
    """Build the turn for *Give kudos* on a message, with its author and text.

    `issued` is as in `parse_slash_command`.
    """
    place = body["channel"]
    source = build_slack_source(
        tenant=get_team_id(body),
        conversation=place["id"],
        message_id=body["trigger_id"],
        account=body["user"]["id"],
        place_name=place.get("name", ""),
        way_back=build_reply_to(body, issued),
    )
    clean_slack_text(body["message"]["ts"])
    return Command(replace(source, about=About()), "kudos", quote_slack_message(body["message"]))


@reject_malformed
def parse_home_button(body: SlackPayload) -> Command:
    """Build the turn of a button in App Home, which starts a command."""
    verb = body["actions"][0]["value"]
    if verb not in HOME_BUTTON_VERBS:
        raise ValueError(verb)
    return Command(build_placeless_source(body), verb)


@reject_malformed
def parse_view_submission(body: SlackPayload) -> Submission:
    """Parse a submitted form. The place where it was asked for is kept with its Ask."""
    view = body["view"]
    clean_slack_text(view["id"])  # the answer goes there
    source = build_placeless_source(body)
    answers = {
        clean_slack_text(field): _answer(element)
        for field, elements in view["state"]["values"].items()
        for element in elements.values()
    }
    token = clean_slack_text(view.get("private_metadata") or "")
    return Submission(source, clean_slack_text(view["callback_id"]), answers, token)


def _answer(element: SlackPayload) -> Answer:
    match element["type"]:
        case "plain_text_input" | "number_input":
            return _chosen(element.get("value"), clean_slack_text)
        case "users_select":
            return _chosen(element.get("selected_user"), _account)
        case "multi_users_select":
            return _several(element.get("selected_users"), _account)
        case "datepicker":
            return _chosen(element.get("selected_date"), clean_slack_text)
        case "static_select":
            return _chosen(element.get("selected_option"), _value)
        case "multi_static_select" | "checkboxes":
            return _several(element.get("selected_options"), _value)
        case _:
            raise ValueError("no input of ours")


def _chosen(value: object, as_part: Callable[[Any], str | Mention]) -> Answer:
    """Return the answer in an input, or () if it was left empty: Slack sends null or an empty string."""
    return () if value is None or value == "" else (as_part(value),)


def _several(values: object, as_part: Callable[[Any], str | Mention]) -> Answer:
    if not isinstance(values, list | None):
        raise TypeError("a list expected")
    return tuple(as_part(value) for value in values or ())


def _account(value: object) -> Mention:
    account = parse_slack_id("account", value)
    return Mention(account, account=account)


def _value(option: SlackPayload) -> str:
    return clean_slack_text(option["value"])
