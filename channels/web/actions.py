"""What people do in the web chat (POST requests).

Every form carries a CSRF token and an id for each submission.
"""

from dataclasses import dataclass

from aiohttp import web
from multidict import MultiDict
from sqlalchemy.exc import SQLAlchemyError

from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import LANGUAGES, PSEUDO_LANGUAGE
from bot.protocol.context import CURRENT_TURN
from bot.protocol.turns import Ask, Press, Reply, Say, Source, Submission, Turn, Words
from channels.web import people, security
from channels.web.form_urls import save_web_form
from channels.web.inbound import is_meant_for_bot, parse_web_answers, parse_web_command, parse_web_text
from channels.web.live import LiveUpdates
from channels.web.pages import WebPages, find_conversation, redirect_to_page
from channels.web.people import get_active_person, list_web_accounts, open_web_account
from channels.web.render import render_web_form
from channels.web.replies import AskedTurn, store_web_reply
from channels.web.security import BrowserSession, RequestGuard, build_sending_id, parse_page_id, set_strict_cookie
from channels.web.store import ChatMessage, add_web_message, get_web_message
from channels.web.views import Conversation, ConversationState
from channels.web.visitor import Visitor, find_wished_language, is_script_request, load_visitor

MAX_WEB_TEXT_LENGTH = 4000  # characters


@dataclass(frozen=True, slots=True)
class SubmittedPost:
    """One submitted form: the visitor, the conversation, its fields and the source of its turn."""

    who: Visitor
    here: Conversation
    fields: MultiDict[str]
    source: Source


class Actions:
    """Passes what was typed, pressed and filled in to the bot, and puts the answer into the conversation."""

    def __init__(self, bot: Bot, guarded: RequestGuard, shown: WebPages, pages_live: LiveUpdates) -> None:
        self._bot = bot
        self._guard = guarded
        self._pages = shown
        self._live = pages_live

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Use this browser as the chosen person. Raises 404 if they are not active."""
        fields = await self._guard.form(request, self._guard.session(request))
        person_id = parse_page_id(fields.get("person", ""))
        async with self._bot.writing.begin() as session:
            if await get_active_person(session, person_id) is None:
                raise web.HTTPNotFound
            await open_web_account(session, person_id, self._bot.clock())
        browser = self._guard.session(request).secret
        response = redirect_to_page("/c/general")
        self._guard.keep(response, BrowserSession(browser, person_id))
        self._live.leave(browser)
        return response

    async def language(self, request: web.Request) -> web.StreamResponse:
        """Switch the language of the pages. Raises 400 for an unknown one."""
        fields = await self._guard.form(request, self._guard.session(request))
        wanted = fields.get("language", "")
        if wanted not in (*LANGUAGES, PSEUDO_LANGUAGE):
            raise web.HTTPBadRequest
        response = redirect_to_page("/")
        set_strict_cookie(response, security.LANGUAGE_COOKIE, wanted)
        return response

    async def say(self, request: web.Request) -> web.StreamResponse:
        """Take a text.

        It goes to the bot in a private conversation or if it begins with a command or the bot's name, else to everyone
        in the place.
        """
        post = await self._read(request)
        text = post.fields.get("text", "").strip()
        if len(text) > MAX_WEB_TEXT_LENGTH:
            return await self._too_long(request, post, text)
        if not text:
            return _done(request, post)
        picked = [parse_page_id(i) for i in post.fields.getall("mention", [])]
        async with self._bot.writing.begin() as session:
            words = await parse_web_text(session, text, picked, self._bot.clock())
        for_bot = post.here.private or is_meant_for_bot(text)
        if not (for_bot and text.startswith("/") and not post.here.private):
            await self._store_words(post, words)
        if not for_bot:
            return _done(request, post)
        return await self._turn(request, post, parse_web_command(post.source, words), words)

    async def _too_long(self, request: web.Request, post: SubmittedPost, text: str) -> web.Response:
        """Refuse the whole text, and keep it in the composer."""
        fault = post.who.copy.line("web.too_long", count=len(text), maximum=MAX_WEB_TEXT_LENGTH)
        if is_script_request(request):
            return web.Response(text=fault, status=400)
        page = await self._pages.opened(post.who, post.here, ConversationState(draft=text, fault=fault))
        page.set_status(400)
        return page

    async def press(self, request: web.Request) -> web.StreamResponse:
        """Press a button of a card. Raises 404 if the person sees no such message here."""
        post = await self._read(request)
        token = post.fields.get("token", "")
        pressed = await self._message(post)
        return await self._turn(request, post, Press(post.source, token), pressed=pressed)

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """Submit a filled-in form of the bot. Raises 400 for an unknown one."""
        post = await self._read(request)
        dialog = post.fields.get("dialog", "")
        if dialog not in {verb.dialog.name for verb in self._bot.verbs}:
            raise web.HTTPBadRequest
        async with self._bot.writing.begin() as session:
            answers = await parse_web_answers(session, post.fields, self._bot.clock())
        turn = Submission(post.source, dialog, answers, post.fields.get("token", ""))
        pressed = await self._message(post) if post.fields.get("message") else None
        return await self._turn(request, post, turn, pressed=pressed)

    async def _read(self, request: web.Request) -> SubmittedPost:
        browser = self._guard.session(request)
        fields = await self._guard.form(request, browser)
        message_id = f"{browser.person_id}-{build_sending_id(fields)}"
        CURRENT_TURN.set(f"{people.WEB_CHANNEL}:{message_id}")
        async with self._bot.reading.begin() as session:
            who = await load_visitor(session, request, self._guard)
            if not who.person:
                raise web.HTTPForbidden
            here = await find_conversation(session, request, who)
            account = (await list_web_accounts(session, [who.id])).get(who.id)
        if account is None:
            raise web.HTTPForbidden
        source = Source(
            people.WEB_CHANNEL,
            people.WEB_TENANT,
            here.key,
            message_id,
            account,
            private=here.private,
            locale=find_wished_language(request),
            place_name="" if here.private else here.name,
        )
        return SubmittedPost(who, here, fields, source)

    async def _message(self, post: SubmittedPost) -> ChatMessage | None:
        """Return the message whose button was pressed. Raises 404 if the person sees no such message here."""
        async with self._bot.reading.begin() as session:
            found = await get_web_message(session, parse_page_id(post.fields.get("message", "")))
        if found is None or found.conversation != post.here.key or not found.is_for(post.who.id):
            raise web.HTTPNotFound
        return found

    async def _store_words(self, post: SubmittedPost, words: Words) -> None:
        async with self._bot.writing.begin() as session:
            await add_web_message(
                session,
                post.here.key,
                self._bot.clock(),
                author_id=post.who.id,
                words=words,
                cause=f"{post.source.conversation}:{post.source.message_id}",
            )
        self._live.wake()

    async def _turn(
        self,
        request: web.Request,
        post: SubmittedPost,
        turn: Turn,
        words: Words = (),
        pressed: ChatMessage | None = None,
    ) -> web.StreamResponse:
        reply = await self._bot.handle(turn)
        form = await self._stored(AskedTurn(post.who.id, turn, words, pressed), reply)
        if form is None:
            return _done(request, post)
        opener = pressed.id if pressed else None
        if not is_script_request(request):
            opened = ConversationState(asked=form, pressed=opener)
            return redirect_to_page(await save_web_form(self._bot.conversations, post.who, post.here, opened))
        reader = self._pages.reader(post.who, post.here)
        return web.Response(text=render_web_form(form, reader, message_id=opener), content_type="text/html")

    async def _stored(self, asked: AskedTurn, reply: Reply) -> Ask | None:
        """Store the answer in the conversation. Return the form to show, or None.

        Raises 503 if an apology cannot be stored, so that the page itself shows one.
        """
        try:
            async with self._bot.writing.begin() as session:
                form = await store_web_reply(session, asked, reply, self._bot.clock())
        except (SQLAlchemyError, OSError):
            if isinstance(reply, Say) and reply.failed:
                raise web.HTTPServiceUnavailable from None  # the bot has logged the failure
            raise
        self._live.wake()
        return form


def _done(request: web.Request, post: SubmittedPost) -> web.Response:
    """Answer with nothing to show: the script gets the change live, a page without script is redirected."""
    return web.Response(status=204) if is_script_request(request) else redirect_to_page(f"/c/{post.here.slug}")
