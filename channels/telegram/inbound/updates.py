"""Telegram's updates as turns. Translation only: nothing is asked, nothing is decided.

`read` takes what a verified update says and raises Malformed where it is not of the shape that Telegram sends.
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
from channels.telegram.inbound.text import Own, number, text_of

CHANNEL = "telegram"

KINDS = ("message", "callback_query", "my_chat_member")  # of updates; no other one is even parsed

LEFT = frozenset({"left", "kicked"})

ODD = (KeyError, IndexError, TypeError, AttributeError, ValueError, OverflowError, OSError, TelegramError)


class Malformed(Exception):
    """An update that is not of the shape that Telegram sends."""


@dataclass(frozen=True, slots=True)
class Said:
    """A turn, the username of whoever took it, and the keyboard of the button that was pressed."""

    turn: Turn
    username: str | None = None
    keyboard: InlineKeyboardMarkup | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """Contacts that a person picked where the bot let them, by `request`."""

    source: Source
    request: int
    contacts: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class Wordless:
    """Something without words (a sticker, a picture) that a person sent to the bot alone."""

    source: Source


@dataclass(frozen=True, slots=True)
class Nobody:
    """A command of somebody who hides behind a chat: no person."""

    source: Source


@dataclass(frozen=True, slots=True)
class Moved:
    """A group got a new id."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot is in a group now."""

    chat: str
    name: str


@dataclass(frozen=True, slots=True)
class Removed:
    """The bot is in a group no more, or a person has blocked it (`private`)."""

    chat: str
    private: bool


Meant = Said | Picked | Wordless | Nobody | Moved | Joined | Removed


def read(raw: Mapping[str, Any], own: Own) -> Meant | None:
    """What the update means; None for what we have no use for. Raises Malformed."""
    try:
        update = Update.de_json({key: raw[key] for key in ("update_id", *KINDS) if key in raw}, None)
        if update.callback_query:
            return _press(update.callback_query, own)
        if update.my_chat_member:
            return _membership(update.my_chat_member)
        return _message(update.message, own) if update.message else None
    except ODD as error:
        raise Malformed(type(error).__name__) from None


def name_of(meant: Meant, update_id: int) -> str:
    """What names it however often it comes: the message, or the press; the update where it is neither."""
    match meant:
        case Said(turn):
            source = turn.source
        case Picked(source) | Wordless(source) | Nobody(source):
            pass
        case _:
            return str(update_id)
    return f"{source.conversation}:{source.message_id}"


def _press(query: CallbackQuery, own: Own) -> Said | None:
    if query.from_user.is_bot:
        return None
    if query.message is None:  # a message of the inline mode, which is none of ours: the press is answered all the same
        alone = Chat(query.from_user.id, ChatType.PRIVATE)
        return Said(Press(_source(own, alone, text_of(query.id), query.from_user, _way(alone, 0, None)), ""))
    chat = query.message.chat
    there = query.message if isinstance(query.message, Message) else None  # what is too old comes without its content
    way = _way(chat, query.message.message_id, _thread(there) if there else None)
    source = _source(own, chat, text_of(query.id), query.from_user, way)
    keyboard = there.reply_markup if there else None
    return Said(Press(source, text_of(query.data or "")), _username(query.from_user), keyboard)


def _membership(changed: ChatMemberUpdated) -> Joined | Removed:
    private = changed.chat.type == ChatType.PRIVATE
    if changed.new_chat_member.status in LEFT:
        return Removed(number(changed.chat.id), private)
    return Joined("" if private else number(changed.chat.id), changed.chat.title or "")


def _message(message: Message, own: Own) -> Meant | None:
    if message.migrate_to_chat_id:
        return Moved(number(message.chat.id), number(message.migrate_to_chat_id))
    sender = message.from_user
    if sender is None or message.chat.type == ChatType.CHANNEL or message.is_automatic_forward or message.via_bot:
        return None
    source = _source(own, message.chat, "", sender, _way(message.chat, message.message_id, _thread(message)))
    if message.forward_origin and not source.private:
        return None  # somebody else's words, and perhaps somebody else's command
    if message.users_shared:
        return _picked(message.users_shared, source)
    text, entities = _typed(message)
    if not text.strip():
        return Wordless(source) if source.private and not sender.is_bot and _is_content(message) else None
    command = _command(text, entities, source, message, own)
    if command is None or (sender.is_bot and not message.sender_chat):
        return None
    return Nobody(source) if message.sender_chat else Said(command, _username(sender))


def _picked(shared: UsersShared, source: Source) -> Picked:
    contacts = tuple(Mention(text_of(one.full_name or ""), account=number(one.user_id)) for one in shared.users)
    return Picked(source, int(number(shared.request_id)), contacts)


def _typed(message: Message) -> tuple[str, tuple[MessageEntity, ...]]:
    if message.text:
        return text_of(message.text), message.entities
    return text_of(message.caption or ""), message.caption_entities


def _is_content(message: Message) -> bool:
    kinds = (message.sticker, message.photo, message.voice, message.document, message.video, message.contact)
    return any(kinds) or bool(message.location or message.animation or message.audio or message.video_note)


def _command(
    text: str, entities: tuple[MessageEntity, ...], source: Source, message: Message, own: Own
) -> Command | None:
    """What is meant for us: a command, words to the bot alone, or words that mention it."""
    said = list(inbound_text.parts(text, entities, own))
    first = entities[0] if entities else None
    if first and first.type == MessageEntity.BOT_COMMAND and first.offset == 0:
        shown = inbound_text.units(text)[2 : first.length * 2].decode("utf-16-le")
        name, _, addressee = shown.partition("@")
        verb = name.lower()
        known = verb == inbound_text.ANYTHING or verb in own.verbs
        if addressee and not own.is_called(addressee):
            return None
        if not (addressee or known or source.private):
            return None
        return Command(source, verb, inbound_text.about(message, verb, inbound_text.words_of(said), own))
    if source.private or any(part is None for part in said):
        return Command(source, "", inbound_text.about(message, "", inbound_text.words_of(said), own))
    return None


def _username(user: User) -> str | None:
    return text_of(user.username) if user.username else None


def _source(own: Own, chat: Chat, message_id: str, sender: User, way: dict[str, Any]) -> Source:
    conversation = number(chat.id)
    return Source(
        channel=CHANNEL,
        tenant=own.account,
        conversation=conversation,
        message_id=message_id or f"{conversation}:{way['message']}",
        account=number(sender.id),
        private=chat.type == ChatType.PRIVATE,
        locale=text_of(sender.language_code) if sender.language_code else None,
        place_name=text_of(chat.title or ""),
        way_back=way,
    )


def _way(chat: Chat, message_id: int, thread: int | None) -> dict[str, Any]:
    """What an answer needs: the chat, the message, and the topic where there is one."""
    way: dict[str, Any] = {"chat": number(chat.id), "message": int(number(message_id))}
    return way | ({"thread": int(number(thread))} if thread and chat.is_forum else {})


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
