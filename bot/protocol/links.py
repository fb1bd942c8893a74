"""Links to celebrations. Every holder of a link may share it, and links cannot be guessed."""

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
    """Build the link to the subject ("kudos-12") at `site`; "" if there is no site.

    `parse_link_token` reads its end. The mac comes first, because chats drop punctuation marks at the end of a link,
    and a number is safe there.
    """
    mac = sign_button_token(LINK_VERB, subject, key).rpartition(".")[2]
    return f"{site}/{LINK_VERB}/{mac}.{subject}" if site else ""


def parse_link_token(token: str, key: bytes) -> Subject | None:
    """Return the subject that the token leads to, or None if its signature is invalid."""
    found = LINK_TOKEN_PATTERN.fullmatch(token)
    if found is None or parse_button_token(f"{LINK_VERB}.{found[2]}.{found[1]}", key) is None:
        return None
    return Subject(found[3], int(found[4]))


def find_own_links(urls: Iterable[str], site: str, key: bytes) -> dict[str, Subject]:
    """Return the addresses that are links of this bot, as they were written, with their subjects.

    There are at most MAX_LINKS_PER_MESSAGE of them, the first ones.
    """
    found = {url: subject for url in urls if (subject := _led_to(url, site, key))}
    return dict(list(found.items())[:MAX_LINKS_PER_MESSAGE])


def _led_to(url: str, site: str, key: bytes) -> Subject | None:
    """Return the subject of a link of this bot at `site`, or None.

    HTTP and HTTPS are treated alike, as typed addresses may lack "https://".
    """
    try:
        there, here = urlsplit(url), urlsplit(site)
    except ValueError:
        return None
    path = f"{here.path}/{LINK_VERB}/"
    known = there.scheme in ("http", "https") and there.netloc.lower() == here.netloc.lower()
    return (
        parse_link_token(there.path.removeprefix(path), key) if site and known and there.path.startswith(path) else None
    )
