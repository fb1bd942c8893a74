"""Addresses of celebrations: whoever has one may pass it on, and nobody can guess one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.protocol import button_tokens
from bot.protocol.button_tokens import parse_button_token, sign_button_token

LINK_VERB = "see"  # the verb of the mac, and the path

LINK_TOKEN_PATTERN = re.compile(
    rf"([\w-]{{{button_tokens.MAC_LENGTH}}})\.((kudos|award)-([1-9][0-9]{{0,9}}))", re.ASCII
)

MAX_LINKS_PER_MESSAGE = 10  # of our links in one message


@dataclass(frozen=True, slots=True)
class Subject:
    """What a link leads to: a thank-you, or the gift that an award is of."""

    kind: str  # "kudos" or "award"
    id: int


def build_link_url(site: str, subject: str, key: bytes) -> str:
    """The link to the subject ("kudos-12") at `site`, as `read` reads its end; "" where there is no site.

    The mac comes first: chats leave marks out that stand at an end, and a number is safe there.
    """
    mac = sign_button_token(LINK_VERB, subject, key).rpartition(".")[2]
    return f"{site}/{LINK_VERB}/{mac}.{subject}" if site else ""


def parse_link_token(token: str, key: bytes) -> Subject | None:
    """What the token leads to; None where it is not of our making."""
    found = LINK_TOKEN_PATTERN.fullmatch(token)
    if found is None or parse_button_token(f"{LINK_VERB}.{found[2]}.{found[1]}", key) is None:
        return None
    return Subject(found[3], int(found[4]))


def find_own_links(urls: Iterable[str], site: str, key: bytes) -> dict[str, Subject]:
    """Those of the addresses that are links of our making, the first MOST of them, each as it was written."""
    found = {url: subject for url in urls if (subject := _led_to(url, site, key))}
    return dict(list(found.items())[:MAX_LINKS_PER_MESSAGE])


def _led_to(url: str, site: str, key: bytes) -> Subject | None:
    """Whoever types an address without https:// means it all the same."""
    try:
        there, here = urlsplit(url), urlsplit(site)
    except ValueError:
        return None
    path = f"{here.path}/{LINK_VERB}/"
    known = there.scheme in ("http", "https") and there.netloc.lower() == here.netloc.lower()
    return (
        parse_link_token(there.path.removeprefix(path), key) if site and known and there.path.startswith(path) else None
    )
