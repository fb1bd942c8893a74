"""No parser of people's text takes more than linear time, whatever the text is and however many are mentioned."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from bot.dialogs.admin.merge import parse_merge_words
from bot.dialogs.giving.badge_text import split_badge_name
from bot.dialogs.receivers import split_receivers
from bot.parsing.commands import format_typed_words, join_verb, split_verb, suggest_command
from bot.parsing.gift_text import find_hashtags, has_leading_receiver, parse_gift_text, split_name_list
from bot.protocol.elements import Mention
from bot.protocol.turns import Words
from channels.slack.inbound.bot_mention import strip_bot_mention
from channels.slack.inbound.plus_plus import split_plus_plus
from channels.slack.inbound.text import parse_slack_text
from channels.slack.people.user_groups import find_receiver_places
from channels.slack.render.mrkdwn import clip_escaped_mrkdwn, parse_slack_link, render_quote_block, render_spans_block
from channels.teams.inbound.activities import get_quoted_text, parse_teams_message
from channels.teams.render.cards import escape_markdown
from channels.telegram.inbound.text import BotIdentity
from channels.telegram.inbound.updates import parse_telegram_update
from channels.telegram.render.entities import build_text_line, compose_entities, parse_telegram_link
from channels.web.inbound import is_meant_for_bot, split_mentions
from engine.people.models import Person
from engine.people.names import fold_name
from engine.rewards.name_matching import suggest_rewards
from tests.processor_time import find_slowness

VERBS = frozenset({"kudos", "badge", "merge"})

PIECES = (
    "#", " ", "\n", "a", ".", "@", "<", "&", '"', "`", "~", "<at>", "<at ", "</", "<at>a</at>", "<a ", "@a ", "@a,{x ",
    "a.a@", "a@a.", "y ", "`` ", "<@U1> ++ ", "<@U1>\n", "@Ana Sol ", "laurel ", ":a", "/",
)  # fmt: skip

FRAMES = (("", "! a"), ("{", ""), ("kudos ", "\x00"))  # what stands before and after

ANA = Person(id=1, display_name="Ana Sol", folded_name="ana sol")

OWN = BotIdentity("9", "laurel_bot", VERBS)


def read_teams_message(text: str) -> object:
    return parse_teams_message(build_teams_activity(text, []))


def build_teams_activity(text: str, entities: list[Mapping[str, object]]) -> Mapping[str, object]:
    return {
        "text": text,
        "textFormat": "xml",
        "entities": entities,
        "id": "1",
        "conversation": {"id": "c"},
        "from": {"id": "u"},
        "serviceUrl": "https://teams",
    }


def read_telegram_message(text: str) -> object:
    return parse_telegram_update(build_telegram_update(text, []), OWN)


def build_telegram_update(text: str, entities: list[Mapping[str, object]]) -> Mapping[str, object]:
    person = {"id": 5, "is_bot": False, "first_name": "A"}
    message = {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "from": person, "text": text}
    return {"update_id": 1, "message": message | {"entities": entities}}


TEXT_PARSERS: Mapping[str, Callable[[str], object]] = {
    "gift": lambda text: parse_gift_text((text,)),
    "gift of full names": lambda text: parse_gift_text((text,), {"ana sol"}),
    "leading receiver": lambda text: has_leading_receiver((text,)),
    "hashtags": find_hashtags,
    "name list": split_name_list,
    "verb": lambda text: split_verb((text,)),
    "suggestion": lambda text: suggest_command(text, VERBS),
    "merge": lambda text: parse_merge_words((text,)),
    "badge name": split_badge_name,
    "reward suggestion": lambda text: suggest_rewards(text, ()),
    "folded name": fold_name,
    "Slack text": parse_slack_text,
    "Slack bot mention": lambda text: strip_bot_mention("U9", VERBS, parse_slack_text("<@U9> " + text)),
    "Slack ++": lambda text: split_plus_plus(parse_slack_text(text), VERBS),
    "Slack groups": lambda text: find_receiver_places((text, Mention("devs"), text)),
    "Slack quote": render_quote_block,
    "Slack spans": lambda text: render_spans_block((text,)),
    "Slack clip": lambda text: clip_escaped_mrkdwn(text, 3000),
    "Slack link": parse_slack_link,
    "Teams message": read_teams_message,
    "Teams quote": lambda text: get_quoted_text({"value": {"messagePayload": {"body": {"content": text}}}}),
    "Teams Markdown": escape_markdown,
    "Telegram message": read_telegram_message,
    "Telegram line": lambda text: compose_entities([build_text_line((text,))]),
    "Telegram link": parse_telegram_link,
    "web mentions": lambda text: split_mentions(text, [ANA, ANA], {"ana": ANA}),
    "web address": is_meant_for_bot,
}

WORDS_PARSERS: Mapping[str, Callable[[Words], object]] = {
    "gift": parse_gift_text,
    "verb": split_verb,
    "joined verb": lambda words: join_verb("kudos", words),
    "typed words": format_typed_words,
    "merge": parse_merge_words,
    "receivers": split_receivers,
    "Slack bot mention": lambda words: strip_bot_mention("U9", VERBS, words),
    "Slack ++": lambda words: split_plus_plus(words, VERBS),
    "Slack groups": find_receiver_places,
    "Slack spans": render_spans_block,
    "Telegram spans": lambda words: compose_entities([build_text_line((word,)) for word in words]),
}

BETWEEN = ("", " ", ", ", "{", " ++ ", "\n", " ++\n", "`", " into ", "}", "@a ", "#", ",{x ")

MENTION = Mention("A", account="U1")


@pytest.mark.processor_time
def test_every_parser_of_text_is_linear() -> None:
    slow = []
    for name, parse in TEXT_PARSERS.items():
        for piece in PIECES:
            for start, end in FRAMES:
                if fault := find_slowness(partial(_over_text, parse, start, piece, end)):
                    slow.append(f"{name} on {start!r} + {piece!r}… + {end!r}: {fault}")
                    break
    assert slow == []


@pytest.mark.processor_time
def test_thousands_of_mentions_are_linear() -> None:
    slow = []
    for name, parse in WORDS_PARSERS.items():
        for piece in BETWEEN:
            if fault := find_slowness(partial(_over_words, parse, piece)):
                slow.append(f"{name} on mentions with {piece!r} between: {fault}")
    for name, task in (("Teams", _over_teams_mentions), ("Telegram", _over_telegram_mentions)):
        if fault := find_slowness(task):
            slow.append(f"{name}: {fault}")
    assert slow == []


def _over_text(parse: Callable[[str], object], start: str, piece: str, end: str, size: int) -> Callable[[], object]:
    text = start + piece * (size // len(piece)) + end
    return lambda: parse(text)


def _over_words(parse: Callable[[Words], object], piece: str, size: int) -> Callable[[], object]:
    words = ("kudos ", *(part for _ in range(size // 6) for part in (MENTION, piece) if part), "! a")
    return lambda: parse(words)


def _over_teams_mentions(size: int) -> Callable[[], object]:
    """Each is another person, and all of them come in the order that is hardest to look through."""
    names = [f"P{number}" for number in range(size // 15)]
    entities = [{"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": name}} for name in reversed(names)]
    activity = build_teams_activity(" ".join(f"<at>{name}</at>" for name in names), entities)
    return lambda: parse_teams_message(activity)


def _over_telegram_mentions(size: int) -> Callable[[], object]:
    count = size // 7
    entities = [{"type": "mention", "offset": at * 7, "length": 6} for at in range(count)]
    update = build_telegram_update("@abcde " * count, entities)
    return lambda: parse_telegram_update(update, OWN)
