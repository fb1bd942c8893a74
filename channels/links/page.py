"""The page behind a link to a celebration. It is public, so it shows no names and no messages."""

import logging
from base64 import b64encode
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path

from aiohttp import hdrs, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from bot.cards.accounts import get_channel_label
from bot.dispatch.dispatcher import Bot
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.protocol import links as protocol_links
from bot.protocol.links import parse_link_token
from bot.views import link_preview
from bot.views.link_preview import LinkPreview, load_link_preview
from channels.server.accept_language import parse_accept_language
from engine.admin.settings import load_settings

LINK_PAGE_FOLDER = Path(__file__).parent
LINK_PAGE_STYLE = (LINK_PAGE_FOLDER / "page.css").read_text(encoding="utf-8")
LINK_PAGE_STYLE_HASH = b64encode(sha256(LINK_PAGE_STYLE.encode()).digest()).decode()

LINK_PAGE_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{LINK_PAGE_STYLE_HASH}'; img-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    hdrs.CACHE_CONTROL: "no-store",  # a celebration that is taken back disappears at once
    hdrs.VARY: hdrs.ACCEPT_LANGUAGE,
}

LINK_PAGE_TEMPLATES = Environment(loader=FileSystemLoader(LINK_PAGE_FOLDER), autoescape=True, undefined=StrictUndefined)
LINK_PAGE_TEMPLATES.globals["style"] = Markup(LINK_PAGE_STYLE)  # noqa: S704 - a file of this package

log = logging.getLogger(__name__)


class LinkPage:
    """`channels` are the running ones; the page names those that show the whole card."""

    def __init__(self, bot: Bot, channels: Collection[str]) -> None:
        self._bot = bot
        self._unfolding = [name for name in link_preview.PREVIEWING_CHANNELS if name in channels]

    def routes(self, app: web.Application) -> None:
        app.router.add_get(f"/{protocol_links.LINK_VERB}/{{token:[\\s\\S]*}}", self.show)

    async def show(self, request: web.Request) -> web.Response:
        """Return the preview of the celebration. Every other address gets the same 404."""
        wishes = parse_accept_language(request)
        copy = Copy(choose_language(*wishes))
        try:
            found = await self._found(request.match_info["token"], wishes)
        except (SQLAlchemyError, OSError):
            log.exception("a page failed: the database does not answer", extra={"action": "link_page_failed"})
            title, sentence = copy.line("web.problem.title"), copy.line("web.problem.503")
            return self._page(copy, LinkPreview(title, sentence, stands=False), web.HTTPServiceUnavailable.status_code)
        if found is None:
            missing = LinkPreview(copy.line("links.missing_title"), copy.line("links.missing"), stands=False)
            return self._page(copy, missing, web.HTTPNotFound.status_code)
        return self._page(*found, web.HTTPOk.status_code)

    async def _found(self, token: str, wishes: Collection[str]) -> tuple[Copy, LinkPreview] | None:
        """Return the preview with its language, or None.

        An invalid token is refused before the database is asked.
        """
        subject = parse_link_token(token, self._bot.key)
        if subject is None:
            return None
        async with self._bot.reading.begin() as session:
            copy = Copy(choose_language(*wishes, (await load_settings(session)).language))
            glimpse = await load_link_preview(session, subject, copy)
        return (copy, glimpse) if glimpse else None

    def _page(self, copy: Copy, shown: LinkPreview, status: int) -> web.Response:
        html = LINK_PAGE_TEMPLATES.get_template("page.html").render(
            copy=copy,
            title=shown.title,
            sentences=self._sentences(copy, shown),
            icon=shown.icon,
            site=self._bot.site,
        )
        language = {hdrs.CONTENT_LANGUAGE: copy.language}
        return web.Response(text=html, content_type="text/html", status=status, headers=LINK_PAGE_HEADERS | language)

    def _sentences(self, copy: Copy, shown: LinkPreview) -> list[str]:
        if not shown.stands:
            return [shown.sentence]
        said = [shown.sentence, copy.line("links.among_colleagues")]
        if self._unfolding:
            names = copy.names([get_channel_label(name, copy) for name in self._unfolding])
            said.append(copy.line("links.unfolds", channels=names))
        return said
