"""The browser pages for a person who installs the app into a workspace."""

from base64 import b64encode
from hashlib import sha256
from html import escape

from aiohttp import hdrs, web

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy

INSTALL_PAGE_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1.5rem;"
    "color-scheme:light dark}h1{font-size:1.5rem;line-height:1.3}"
)

INSTALL_PAGE_HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(INSTALL_PAGE_STYLE.encode()).digest()).decode()}'",
    "Referrer-Policy": "no-referrer",  # the address has a code in it
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def get_browser_copy(request: web.Request) -> Copy:
    """Return the texts in the browser's first language that the bot speaks."""
    wishes = [wish.partition(";")[0].strip() for wish in request.headers.get(hdrs.ACCEPT_LANGUAGE, "").split(",")]
    return Copy(choose_language(*wishes))


def render_install_page(copy: Copy, title: str, *sentences: str, status: int, again: str = "") -> web.Response:
    """Build a page with a title and plain sentences, and a link to start again at `again` if that is given."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    link = f'<p><a href="{escape(again)}">{escape(copy.line("slack.install_again"))}</a></p>' if again else ""
    html = (
        f'<!doctype html><html lang="{copy.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{INSTALL_PAGE_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{said}{link}</main></body></html>"
    )
    return web.Response(text=html, content_type="text/html", status=status, headers=INSTALL_PAGE_HEADERS)
