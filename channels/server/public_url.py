"""PUBLIC_URL: the address where people and platforms reach the server."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

HOST_NAME_PATTERN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
HOST_TEXT_PATTERN = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.ASCII)  # names inside a network
MAX_HOST_NAME_LENGTH, MAX_HOST_LABEL_LENGTH = 253, 63  # characters, from the domain name system
PUBLIC_URL_HINT = "PUBLIC_URL looks like https://laurel.example.com; a name in other letters is written as xn--…"


def check_public_url(url: str) -> str:
    """Return the address without a final slash, its scheme in lower case.

    Raises ValueError if it is not the address of a web server. Its text omits the address, which may hold a password.
    """
    scheme, separator, rest = url.strip().partition("://")
    tidy = f"{scheme.lower()}{separator}{rest}".rstrip("/")
    try:
        is_one = _is_address(tidy, urlsplit(tidy))
    except ValueError:
        is_one = False
    if not is_one:
        raise ValueError(PUBLIC_URL_HINT)
    return tidy


def get_public_host(url: str) -> str:
    """Return the host name of an https address that other machines can look up.

    Return "" for http, an IP address or a name of this machine.
    """
    found = urlsplit(url)
    host = found.hostname or ""
    known = found.scheme == "https" and HOST_NAME_PATTERN.fullmatch(host) and not host.endswith(".localhost")
    return host if known else ""


def _is_address(url: str, found: SplitResult) -> bool:
    """Return whether it is the address of a web server, with no user, query or fragment.

    Raises ValueError for an invalid port or host.
    """
    no_more = found.username is None and not set(url) & set("?#\\") and url.isprintable() and " " not in url
    return found.scheme in ("http", "https") and found.port != 0 and no_more and _is_host(found.hostname or "")


def _is_host(host: str) -> bool:
    labels = host.split(".")
    if HOST_TEXT_PATTERN.fullmatch(host):
        return len(host) <= MAX_HOST_NAME_LENGTH and all(0 < len(label) <= MAX_HOST_LABEL_LENGTH for label in labels)
    ipaddress.ip_address(host)  # raises ValueError
    return "%" not in host  # a zone id, which is valid on one machine only
