"""The visitor of a page: their chosen person, their language, and the token of their forms."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.i18n.reader_copy import choose_reader_copy
from channels.server.accept_language import parse_accept_language
from channels.web import security
from channels.web.people import get_active_person
from channels.web.security import BrowserSession, RequestGuard
from engine.admin.settings import load_settings
from engine.people.models import Person


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser as one person. `chooses_language` is False if the directory has the person's language."""

    session: BrowserSession
    person: Person | None
    copy: Copy
    csrf: str
    chooses_language: bool

    @property
    def id(self) -> int:
        """Return the person's id, or 0 before a choice."""
        return self.person.id if self.person else 0


async def load_visitor(session: AsyncSession, request: web.Request, guarded: RequestGuard) -> Visitor:
    """Load the visitor from the cookie. A person who is inactive by now is None."""
    cookie = guarded.session(request)
    person = await get_active_person(session, cookie.person_id) if cookie.person_id else None
    copy = choose_reader_copy(person, find_wished_language(request), await load_settings(session))
    return Visitor(cookie, person, copy, guarded.token(cookie), not _speaks(person.locale if person else None))


def choose_fallback_copy(request: web.Request) -> Copy:
    """Return the copy for failures, in the language of the last page or the browser, without a query."""
    return Copy(choose_language(request.cookies.get(security.READ_COOKIE), find_wished_language(request)))


def is_script_request(request: web.Request) -> bool:
    """Return whether the page's script sent the request. Otherwise the browser loads a page."""
    return request.headers.get("X-Laurel") == "1"


def find_wished_language(request: web.Request) -> str | None:
    """Return the language chosen on the page, or the browser's first known one, or None."""
    wishes = [request.cookies.get(security.LANGUAGE_COOKIE, "")]
    return next((wish for wish in wishes + parse_accept_language(request) if _speaks(wish)), None)


def _speaks(wish: str | None) -> bool:
    """Return whether the bot speaks that language, so that `choose_language` never falls back."""
    return choose_language(wish, "en") == choose_language(wish, "es")
