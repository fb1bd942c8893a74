"""Addresses of celebrations: whoever has one may pass it on, and nobody can guess one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.protocol import button_tokens

SEE = "see"  # the verb of the mac, and the path

TOKEN = re.compile(rf"([\w-]{{{button_tokens.MAC}}})\.((kudos|award)-([1-9][0-9]{{0,9}}))", re.ASCII)

MOST = 10  # of our links in one message


@dataclass(frozen=True, slots=True)
class Subject:
    """What a link leads to: a thank-you, or the gift that an award is of."""

    kind: str  # "kudos" or "award"
    id: int


def address(site: str, subject: str, key: bytes) -> str:
    """The link to the subject ("kudos-12") at `site`, as `read` reads its end; "" where there is no site.

    The mac comes first: chats leave marks out that stand at an end, and a number is safe there.
    """
    mac = button_tokens.sign(SEE, subject, key).rpartition(".")[2]
    return f"{site}/{SEE}/{mac}.{subject}" if site else ""


def read(token: str, key: bytes) -> Subject | None:
    """What the token leads to; None where it is not of our making."""
    found = TOKEN.fullmatch(token)
    if found is None or button_tokens.read(f"{SEE}.{found[2]}.{found[1]}", key) is None:
        return None
    return Subject(found[3], int(found[4]))


def ours(urls: Iterable[str], site: str, key: bytes) -> dict[str, Subject]:
    """Those of the addresses that are links of our making, the first MOST of them, each as it was written."""
    found = {url: subject for url in urls if (subject := _led_to(url, site, key))}
    return dict(list(found.items())[:MOST])


def _led_to(url: str, site: str, key: bytes) -> Subject | None:
    """Whoever types an address without https:// means it all the same."""
    try:
        there, here = urlsplit(url), urlsplit(site)
    except ValueError:
        return None
    path = f"{here.path}/{SEE}/"
    known = there.scheme in ("http", "https") and there.netloc.lower() == here.netloc.lower()
    return read(there.path.removeprefix(path), key) if site and known and there.path.startswith(path) else None
