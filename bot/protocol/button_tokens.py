"""Buttons that outlive the process: `verb.object.mac`, stateless, at most 64 bytes."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

MAX_BUTTON_TOKEN_BYTES = 64  # bytes: Telegram's callback data
MAC_LENGTH = 12  # characters, 72 bits


@dataclass(frozen=True, slots=True)
class PressedButton:
    verb: str
    subject: str


def sign_button_token(verb: str, subject: str, key: bytes) -> str:
    """Build the token of the button that applies `verb` to `subject` (such as "kudos-12").

    Raises ValueError if the token has more than MAX_BUTTON_TOKEN_BYTES bytes.
    """
    token = f"{verb}.{subject}.{_mac(verb, subject, key)}"
    if len(token.encode()) > MAX_BUTTON_TOKEN_BYTES:
        raise ValueError(f"a button's token has at most {MAX_BUTTON_TOKEN_BYTES} bytes: {verb}.{subject}")
    return token


def parse_button_token(token: str, key: bytes) -> PressedButton | None:
    """Return the verb and subject of the token, or None if its signature is invalid."""
    verb, _, rest = token.partition(".")
    subject, _, mac = rest.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _mac(verb, subject, key).encode()):
        return None
    return PressedButton(verb, subject)


def _mac(verb: str, subject: str, key: bytes) -> str:
    digest = hmac.new(key, f"{verb}.{subject}".encode(), sha256).digest()
    return urlsafe_b64encode(digest).decode()[:MAC_LENGTH]
