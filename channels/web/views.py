"""The HTML pages: the choice of a person, a conversation, and errors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dialogs.dialog import CommandSpec
from bot.i18n.catalog import LANGUAGES
from bot.i18n.copy import Copy
from bot.protocol.turns import Ask
from channels.web import render, store
from channels.web.people import WEB_CHANNEL, WEB_TENANT, search_web_people
from channels.web.render import WebReader, render_web_form, render_web_message
from channels.web.store import (
    ChatMessage,
    count_unread_messages,
    get_last_change,
    get_own_conversation,
    list_recent_messages,
)
from channels.web.visitor import Visitor
from engine.outbox.places import Place

PRIVATE_SLUG = "laurel"  # the address of each person's own conversation with the bot
MAX_LISTED_PEOPLE = 60  # on the page that asks who you are
MESSAGE_GROUP_GAP_S = 300  # seconds between two messages that are shown as one


@dataclass(frozen=True, slots=True)
class Conversation:
    """One line of the sidebar."""

    slug: str  # in addresses
    key: str  # in the database
    name: str
    announces: bool = False
    unread: int = 0
    newest: int = 0  # the id of the last message that is unread

    @property
    def private(self) -> bool:
        return self.slug == PRIVATE_SLUG


@dataclass(frozen=True, slots=True)
class ConversationState:
    """What a conversation's page shows besides its messages."""

    draft: str = ""
    before: int | None = None
    asked: Ask | None = None
    pressed: int | None = None  # the message whose button opened the form
    fault: str = ""  # why the draft was refused


async def list_conversations(session: AsyncSession, person_id: int) -> list[Conversation]:
    """Return the person's own conversation with the bot, then all places, with their unread messages."""
    places = await session.scalars(
        select(Place)
        .where(Place.channel == WEB_CHANNEL, Place.tenant == WEB_TENANT, Place.closed_at.is_(None))
        .order_by(Place.id)
    )
    own = get_own_conversation(person_id)
    found = [Conversation(PRIVATE_SLUG, own, "Laurel")]
    found += [Conversation(p.external_id, p.external_id, p.name, p.announces) for p in places]
    unread = await count_unread_messages(session, person_id, [c.key for c in found])
    return [replace(c, unread=unread[c.key][0], newest=unread[c.key][1]) if c.key in unread else c for c in found]


def get_conversation_slug(key: str) -> str:
    """Return the conversation's name in addresses for its name in the database."""
    return PRIVATE_SLUG if key.startswith("person:") else key


async def render_conversation_page(
    session: AsyncSession,
    reader: WebReader,
    visitor: Visitor,
    here: Conversation,
    verbs: Sequence[CommandSpec],
    opened: ConversationState,
) -> str:
    """Render a conversation: sidebar, messages, composer, and the open form if there is one."""
    since = await get_last_change(session)  # before the messages are read: one may come twice, but none is lost
    messages = await list_recent_messages(session, here.key, visitor.id, before=opened.before)
    pairs = zip((None, *messages), messages, strict=False)
    is_admin = visitor.person is not None and visitor.person.role == "admin"
    return render.WEB_TEMPLATES.get_template("conversation.html").render(
        _frame(visitor),
        here=here,
        conversations=await list_conversations(session, visitor.id),
        messages=[render_web_message(m, reader, follows=b is not None and is_continuation(b, m)) for b, m in pairs],
        earlier=messages[0].id if len(messages) == store.MESSAGES_PER_PAGE else None,
        latest=opened.before is None,
        since=since,
        reader=reader,
        draft=opened.draft,
        fault=opened.fault,
        form=render_web_form(opened.asked, reader, message_id=opened.pressed) if opened.asked else "",
        commands=[_command(verb, visitor) for verb in verbs if not verb.admin or is_admin],
    )


async def render_people_page(session: AsyncSession, visitor: Visitor, typed: str) -> str:
    """Render the page that asks who the visitor is."""
    found = await search_web_people(session, typed, limit=MAX_LISTED_PEOPLE + 1)
    return render.WEB_TEMPLATES.get_template("people.html").render(
        _frame(visitor), typed=typed, people=found[:MAX_LISTED_PEOPLE], more=len(found) > MAX_LISTED_PEOPLE
    )


def render_problem_page(copy: Copy, status: int, own: str, again: str, sent: Sequence[tuple[str, str]]) -> str:
    """Render an error page: one sentence, the person's own text, and the way back.

    `again` is the address to send `sent` (names and values) to once more, or "" if that would not help.
    """
    page = render.WEB_TEMPLATES.get_template("problem.html")
    return page.render(_spoken(copy), sentence=describe_http_status(copy, status), own=own, again=again, sent=sent)


def describe_http_status(copy: Copy, status: int) -> str:
    """Return the sentence for an HTTP status."""
    key = f"web.problem.{status}"
    return copy.line(key if copy.knows(key) else "web.problem.unknown")


def _spoken(copy: Copy) -> dict[str, object]:
    """Return the variables of every page."""
    return {"t": copy.line, "language": copy.language if copy.language in LANGUAGES else "en"}


def _frame(visitor: Visitor) -> dict[str, object]:
    """Return the variables of a page with a visitor."""
    return _spoken(visitor.copy) | {
        "languages": LANGUAGES if visitor.chooses_language else (),
        "me": visitor.person,
        "csrf": visitor.csrf,
    }


def _command(verb: CommandSpec, visitor: Visitor) -> dict[str, object]:
    copy = visitor.copy
    known = copy.knows(f"commands.{verb.name}.does")
    return {
        "name": verb.name,
        "names": " ".join((verb.name, *verb.aliases)),
        "does": copy.line(f"commands.{verb.name}.does") if known else "",
        "usage": copy.line(f"commands.{verb.name}.usage") if known else "",
    }


def is_continuation(before: ChatMessage, message: ChatMessage) -> bool:
    """Return whether the message continues the one before: same author, same readers, soon after."""
    soon = (message.at - before.at).total_seconds() < MESSAGE_GROUP_GAP_S
    same = (before.author_id, before.private_to) == (message.author_id, message.private_to)
    return soon and same and message.author_id is not None
