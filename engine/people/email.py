"""Who there is: the directory and the accounts that people have on the channels."""

import re

from engine.people.models import MAX_EMAIL_LENGTH

EMAIL_PATTERN = re.compile(r"[^\s@,;<>]+@[^\s@,;<>]+")


def normalize_email(email: str) -> str:
    """The one spelling in which an e-mail address is stored and looked up."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Whether it is written like one address, and nothing beside it."""
    return len(email) <= MAX_EMAIL_LENGTH and email.isprintable() and bool(EMAIL_PATTERN.fullmatch(email))
