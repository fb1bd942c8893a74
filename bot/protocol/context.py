"""One turn, one transaction, one answer."""

from contextvars import ContextVar

CURRENT_TURN: ContextVar[str] = ContextVar("turn", default="")
CURRENT_PERSON: ContextVar[int | None] = ContextVar("person", default=None)
CURRENT_LANGUAGE: ContextVar[str] = ContextVar("language", default="")  # of the answer, for a channel's own few words
