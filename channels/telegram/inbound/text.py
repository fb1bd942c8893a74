"""The text that a person typed, in order: plain text, mentions, and the author of the message replied to."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from telegram import Message, MessageEntity, User

from bot.parsing.words import join_adjacent_text
from bot.protocol.elements import Mention
from bot.protocol.turns import Words

CATCH_ALL_COMMAND = "laurel"  # the command that the others can be written after

RECEIVER_COMMANDS = frozenset(
    {"kudos", "badge", "give", "badges"}
)  # a reply with one of these is about whom it replies to

TextPart = str | Mention | None
"""None stands where the bot itself is mentioned."""


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """The identity of the bot: its account, its username ("" until Telegram has sent it), and its commands."""

    account: str
    username: str
    verbs: Collection[str]

    def is_called(self, name: str) -> bool:
        return bool(self.username) and name.removeprefix("@").lower() == self.username.lower()


def encode_utf16_units(text: str) -> bytes:
    """Encode the text with two bytes for each UTF-16 unit, in which Telegram counts offsets."""
    return text.encode("utf-16-le", "surrogatepass")


def split_telegram_text(text: str, entities: tuple[MessageEntity, ...], own: BotIdentity) -> Iterator[TextPart]:
    """Split the text in order: plain text, mentions, and None for each mention of the bot.

    A leading command is left out. A username is a mention of the account "@username" until its account is looked up.
    """
    raw, at = encode_utf16_units(text), 0
    for entity in sorted(entities, key=lambda one: one.offset):
        start, end = entity.offset * 2, (entity.offset + entity.length) * 2
        if start < at:
            continue
        shown = raw[start:end].decode("utf-16-le")
        if entity.type == MessageEntity.BOT_COMMAND and start == 0:
            at = end
            continue
        part = _mention(entity, shown, own)
        if part is not shown:
            yield raw[at:start].decode("utf-16-le", "replace")
            yield part
            at = end
    yield raw[at:].decode("utf-16-le", "replace")


def _mention(entity: MessageEntity, shown: str, own: BotIdentity) -> TextPart:
    if entity.type == MessageEntity.TEXT_MENTION and entity.user:
        return None if parse_telegram_id(entity.user.id) == own.account else _person(entity.user)
    if entity.type == MessageEntity.MENTION:
        return None if own.is_called(shown) else Mention(shown.removeprefix("@"), account=shown)
    return shown


def join_text_parts(said: Sequence[TextPart]) -> Words:
    """Join the parts, and drop the bot's own mentions and leading spaces."""
    words = join_adjacent_text(part for part in said if part)
    if not words or not isinstance(words[0], str):
        return words
    first = words[0].lstrip()
    return (first, *words[1:]) if first else words[1:]


def parse_telegram_text(message: Message, verb: str, words: Words, own: BotIdentity) -> Words:
    """Return the text. In a reply to a colleague's message with no one named, that colleague is put first."""
    author = _replied_to(message, own)
    first = words[0] if words and isinstance(words[0], str) else ""
    begins, _, rest = first.partition(" ")
    later = verb in ("", CATCH_ALL_COMMAND)
    asked = begins.removeprefix("/").lower() if later else verb
    named = any(isinstance(part, Mention) or "@" in part for part in words)
    if author is None or named or asked not in RECEIVER_COMMANDS:
        return words
    if later:
        return (f"{begins} ", author, f" {rest}")
    return (author, " ", *words) if words else (author,)


def _replied_to(message: Message, own: BotIdentity) -> Mention | None:
    """Return the author of the message replied to.

    Return None for a topic's first message, or a message of a bot or a chat.
    """
    answered = message.reply_to_message
    if answered is None or answered.from_user is None or answered.from_user.is_bot or answered.sender_chat:
        return None
    # Every reply in a supergroup names a thread, that of the message which it answers: only a forum's is a topic.
    in_first = message.is_topic_message and answered.message_id == message.message_thread_id
    begins_topic = answered.forum_topic_created or in_first
    if begins_topic or parse_telegram_id(answered.from_user.id) == own.account:
        return None
    return _person(answered.from_user)


def _person(user: User) -> Mention:
    return Mention(parse_text_value(user.full_name), account=parse_telegram_id(user.id))


def parse_telegram_id(value: object) -> str:
    """Return a number as text. Raises TypeError for any other type."""
    if type(value) is not int:
        raise TypeError("a number expected")
    return str(value)


def parse_text_value(value: object) -> str:
    """Return the value if it is a string. Raises TypeError for any other type."""
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value
