"""Translation of Telegram's updates into turns. No look-ups and no decisions are made here.

`parse_telegram_update` takes a verified update. It raises MalformedUpdate on an unexpected shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    InlineKeyboardMarkup,
    Message,
    MessageEntity,
    Update,
    User,
    UsersShared,
)
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.protocol.elements import Mention
from bot.protocol.turns import Command, Press, Source, Turn
from channels.telegram.inbound import text as inbound_text
from channels.telegram.inbound.text import (
    BotIdentity,
    encode_utf16_units,
    join_text_parts,
    parse_telegram_id,
    parse_telegram_text,
    parse_text_value,
    split_telegram_text,
)

TELEGRAM_CHANNEL = "telegram"
UPDATE_KINDS = ("message", "callback_query", "my_chat_member")  # of updates; no other one is even parsed
LEFT_STATUSES = frozenset({"left", "kicked"})
ODD_UPDATE_ERRORS = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, OSError, TelegramError)


class MalformedUpdate(Exception):
    """An update that is not of the shape that Telegram sends."""


@dataclass(frozen=True, slots=True)
class TurnUpdate:
    """A turn, the username of its sender, and the keyboard of the button that was pressed."""

    turn: Turn
    username: str | None = None
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(frozen=True, slots=True)
class ContactsPicked:
    """Contacts that a person picked where the bot let them, by `request`."""

    source: Source
    request: int
    contacts: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class WordlessMessage:
    """Something without words (a sticker, a picture) that a person sent to the bot alone."""

    source: Source


@dataclass(frozen=True, slots=True)
class AnonymousSender:
    """A command sent in the name of a chat, not of a person."""

    source: Source


@dataclass(frozen=True, slots=True)
class GroupMigrated:
    """A group got a new id."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class GroupJoined:
    """The bot is in a group now."""

    chat: str
    name: str


@dataclass(frozen=True, slots=True)
class BotRemoved:
    """The bot is in a group no more, or a person has blocked it (`private`)."""

    chat: str
    private: bool


ParsedUpdate = (
    TurnUpdate | ContactsPicked | WordlessMessage | AnonymousSender | GroupMigrated | GroupJoined | BotRemoved
)


def parse_telegram_update(raw: Mapping[str, Any], own: BotIdentity) -> ParsedUpdate | None:
    """Parse an update. Return None if the bot has no use for it. Raises MalformedUpdate."""
    try:
        update = Update.de_json({key: raw[key] for key in ("update_id", *UPDATE_KINDS) if key in raw}, None)
        if update.callback_query:
            return _press(update.callback_query, own)
        if update.my_chat_member:
            return _membership(update.my_chat_member)
        return _message(update.message, own) if update.message else None
    except ODD_UPDATE_ERRORS as error:
        raise MalformedUpdate(type(error).__name__) from None


def get_update_key(meant: ParsedUpdate, update_id: int) -> str:
    """Return a key that stays the same on redelivery: of the message or the press, else the id of the update."""
    match meant:
        case TurnUpdate(turn):
            source = turn.source
        case ContactsPicked(source) | WordlessMessage(source) | AnonymousSender(source):
            pass
        case _:
            return str(update_id)
    return f"{source.conversation}:{source.message_id}"


def _press(query: CallbackQuery, own: BotIdentity) -> TurnUpdate | None:
    if query.from_user.is_bot:
        return None
    if query.message is None:  # a message of the inline mode, which the bot does not use
        alone = Chat(query.from_user.id, ChatType.PRIVATE)
        return TurnUpdate(
            Press(_source(own, alone, parse_text_value(query.id), query.from_user, _way(alone, 0, None)), "")
        )
    chat = query.message.chat
    there = query.message if isinstance(query.message, Message) else None  # what is too old comes without its content
    way = _way(chat, query.message.message_id, _thread(there) if there else None)
    source = _source(own, chat, parse_text_value(query.id), query.from_user, way)
    keyboard = there.reply_markup if there else None
    return TurnUpdate(Press(source, parse_text_value(query.data or "")), _username(query.from_user), keyboard)


def _membership(changed: ChatMemberUpdated) -> GroupJoined | BotRemoved:
    private = changed.chat.type == ChatType.PRIVATE
    if changed.new_chat_member.status in LEFT_STATUSES:
        return BotRemoved(parse_telegram_id(changed.chat.id), private)
    return GroupJoined("" if private else parse_telegram_id(changed.chat.id), changed.chat.title or "")


def _message(message: Message, own: BotIdentity) -> ParsedUpdate | None:
    if message.migrate_to_chat_id:
        return GroupMigrated(parse_telegram_id(message.chat.id), parse_telegram_id(message.migrate_to_chat_id))
    sender = message.from_user
    if sender is None or message.chat.type == ChatType.CHANNEL or message.is_automatic_forward or message.via_bot:
        return None
    source = _source(own, message.chat, "", sender, _way(message.chat, message.message_id, _thread(message)))
    if message.forward_origin and not source.private:
        return None  # another person's text, and perhaps another bot's command
    if message.users_shared:
        return _picked(message.users_shared, source)
    text, entities = _typed(message)
    if not text.strip():
        return WordlessMessage(source) if source.private and not sender.is_bot and _is_content(message) else None
    command = _command(text, entities, source, message, own)
    if command is None or (sender.is_bot and not message.sender_chat):
        return None
    return AnonymousSender(source) if message.sender_chat else TurnUpdate(command, _username(sender))


def _picked(shared: UsersShared, source: Source) -> ContactsPicked:
    contacts = tuple(
        Mention(parse_text_value(one.full_name or ""), account=parse_telegram_id(one.user_id)) for one in shared.users
    )
    return ContactsPicked(source, int(parse_telegram_id(shared.request_id)), contacts)


def _typed(message: Message) -> tuple[str, tuple[MessageEntity, ...]]:
    if message.text:
        return parse_text_value(message.text), message.entities
    return parse_text_value(message.caption or ""), message.caption_entities


def _is_content(message: Message) -> bool:
    kinds = (message.sticker, message.photo, message.voice, message.document, message.video, message.contact)
    return any(kinds) or bool(message.location or message.animation or message.audio or message.video_note)


def _command(
    text: str, entities: tuple[MessageEntity, ...], source: Source, message: Message, own: BotIdentity
) -> Command | None:
    """Build the command of a message for the bot, else return None.

    For the bot are its commands, messages in its private chat, and messages that mention it.
    """
    said = list(split_telegram_text(text, entities, own))
    first = entities[0] if entities else None
    if first and first.type == MessageEntity.BOT_COMMAND and first.offset == 0:
        shown = encode_utf16_units(text)[2 : first.length * 2].decode("utf-16-le")
        name, _, addressee = shown.partition("@")
        verb = name.lower()
        known = verb == inbound_text.CATCH_ALL_COMMAND or verb in own.verbs
        if addressee and not own.is_called(addressee):
            return None
        if not (addressee or known or source.private):
            return None
        return Command(source, verb, parse_telegram_text(message, verb, join_text_parts(said), own))
    if source.private or any(part is None for part in said):
        return Command(source, "", parse_telegram_text(message, "", join_text_parts(said), own))
    return None


def _username(user: User) -> str | None:
    return parse_text_value(user.username) if user.username else None


def _source(own: BotIdentity, chat: Chat, message_id: str, sender: User, way: dict[str, Any]) -> Source:
    conversation = parse_telegram_id(chat.id)
    return Source(
        channel=TELEGRAM_CHANNEL,
        tenant=own.account,
        conversation=conversation,
        message_id=message_id or f"{conversation}:{way['message']}",
        account=parse_telegram_id(sender.id),
        private=chat.type == ChatType.PRIVATE,
        locale=parse_text_value(sender.language_code) if sender.language_code else None,
        place_name=parse_text_value(chat.title or ""),
        way_back=way,
    )


def _way(chat: Chat, message_id: int, thread: int | None) -> dict[str, Any]:
    """Return what a reply needs: the chat, the message, and the topic if there is one."""
    way: dict[str, Any] = {"chat": parse_telegram_id(chat.id), "message": int(parse_telegram_id(message_id))}
    return way | ({"thread": int(parse_telegram_id(thread))} if thread and chat.is_forum else {})


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
