"""Who there is: the directory and the accounts that people have on the channels."""

import re

from engine.people.models import MAX_EMAIL_LENGTH

EMAIL_PATTERN = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


def normalize_email(email: str) -> str:
    """Return the form in which an e-mail address is stored and looked up: trimmed, in lower case."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Check whether the text is one e-mail address and has no other text."""
    return len(email) <= MAX_EMAIL_LENGTH and email.isprintable() and bool(EMAIL_PATTERN.fullmatch(email))
