"""Elements that the `adaptivecards` package lacks: inputs, actions, mentions, and a card of version 1.5."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adaptivecards.adaptivecard import AdaptiveCard
from adaptivecards.baseobject import AdaptiveCardJSONEncoder

from bot.protocol.elements import Mention

AdaptiveCardJson = dict[str, Any]

GRAPH_USERS_QUERY = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}


@dataclass(slots=True)
class CardMentions:
    """The people that a card mentions and notifies. Each text stands for one account only."""

    by_text: dict[str, Mention] = field(default_factory=dict)

    def marker(self, mention: Mention) -> str:
        """Return the `<at>` text for the mention. A second account of the same name gets a numbered text."""
        name = neutralize_teams_text(mention.name)
        text, number = f"<at>{name}</at>", 1
        while self.by_text.setdefault(text, mention).account != mention.account:
            number += 1
            text = f"<at>{name} ({number})</at>"
        return text

    def entities(self) -> list[AdaptiveCardJson]:
        return [
            {"type": "mention", "text": text, "mentioned": {"id": m.account, "name": m.name}}
            for text, m in self.by_text.items()
        ]


def neutralize_teams_text(text: str) -> str:
    """Return text that reads the same, but in which Teams finds no mention tag and no date function."""
    return text.replace("</at>", "</\u200bat>").replace("<at>", "<\u200bat>").replace("{{", "{\u200b{")


def render_adaptive_card(
    body: Sequence[object],
    actions: Sequence[AdaptiveCardJson],
    mentions: CardMentions,
    summary: str,
    refresh: AdaptiveCardJson | None = None,
) -> AdaptiveCardJson:
    """Render the whole card as JSON of Adaptive Cards 1.5."""
    made = AdaptiveCard()
    made.set_data("version", "1.5")
    made.body = list(body)
    made.fallback_text = made.speak = neutralize_teams_text(summary)
    if actions:
        made.actions = list(actions)
    if refresh:
        made.set_data("refresh", refresh)
    made.set_data("msteams", {"width": "Full"} | ({"entities": found} if (found := mentions.entities()) else {}))
    rendered: AdaptiveCardJson = json.loads(json.dumps(made.render(), cls=AdaptiveCardJSONEncoder))
    return rendered


def render_execute_action(title: str, verb: str, data: AdaptiveCardJson, style: str = "default") -> AdaptiveCardJson:
    """Render a button that Teams answers in place. Older clients send the same data as a message."""
    return {
        "type": "Action.Execute",
        "title": title,
        "verb": verb,
        "data": data,
        "style": style,
        "fallback": {"type": "Action.Submit", "title": title, "data": data, "style": style},
    }


def render_refresh(verb: str, data: AdaptiveCardJson, accounts: Sequence[str]) -> AdaptiveCardJson:
    """Make clients fetch the personal view of these accounts whenever they show the card.

    Other people may refresh the card by hand.
    """
    ids = [account if account.startswith("29:") else f"8:orgid:{account}" for account in accounts]
    return {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "userIds": ids}


def render_confirmed_action(title: str, question: object, action: AdaptiveCardJson) -> AdaptiveCardJson:
    """Render a button that first unfolds a question, with the real button below it."""
    inner = {"type": "AdaptiveCard", "body": [question], "actions": [action]}
    rendered: AdaptiveCardJson = json.loads(
        json.dumps({"type": "Action.ShowCard", "title": title, "card": inner}, cls=AdaptiveCardJSONEncoder)
    )
    return rendered


def render_open_url_action(title: str, url: str) -> AdaptiveCardJson:
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def render_submit_action(title: str, data: AdaptiveCardJson, style: str = "positive") -> AdaptiveCardJson:
    return {"type": "Action.Submit", "title": title, "data": data, "style": style}


def render_dialog_opener(title: str, token: str) -> AdaptiveCardJson:
    """Render a button that opens the dialog of the form stored under `token`."""
    data = {"msteams": {"type": "task/fetch"}, "form": token}
    return {"type": "Action.Submit", "title": title, "data": data, "style": "positive"}


def convert_to_submit_actions(shown: AdaptiveCardJson) -> AdaptiveCardJson:
    """Return the card for a dialog, where Teams accepts submit buttons only."""
    actions = [_submitted_only(action) for action in shown.get("actions", ())]
    return shown | ({"actions": actions} if actions else {})


def _submitted_only(action: AdaptiveCardJson) -> AdaptiveCardJson:
    if action["type"] == "Action.ShowCard":
        return action | {"card": convert_to_submit_actions(action["card"])}
    return dict(action["fallback"]) if "fallback" in action else action


def render_text_input(name: str, label: str, value: str, maximum: int, multiline: bool, hint: str) -> AdaptiveCardJson:  # noqa: PLR0913
    return {
        "type": "Input.Text",
        "id": name,
        "label": label,
        "value": value,
        "maxLength": maximum,
        "isMultiline": multiline,
    } | ({"placeholder": hint} if hint else {})


def render_choice_input(
    name: str, label: str, choices: list[AdaptiveCardJson], value: str, many: bool
) -> AdaptiveCardJson:
    return {
        "type": "Input.ChoiceSet",
        "id": name,
        "label": label,
        "choices": choices,
        "value": value,
        "isMultiSelect": many,
        "style": "expanded" if 0 < len(choices) <= 5 else "compact",
    }


def render_people_input(
    name: str, label: str, known: list[AdaptiveCardJson], value: str, many: bool
) -> AdaptiveCardJson:
    """Render the people picker over the organisation's directory. `known` people are shown before typing."""
    return render_choice_input(name, label, known, value, many) | {
        "choices.data": GRAPH_USERS_QUERY,
        "style": "compact",
    }


def mark_input_required(element: AdaptiveCardJson, message: str) -> AdaptiveCardJson:
    return element | {"isRequired": True, "errorMessage": message}
