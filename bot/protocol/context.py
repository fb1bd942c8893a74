"""One turn, one transaction, one answer."""

from contextvars import ContextVar

TURN: ContextVar[str] = ContextVar("turn", default="")

PERSON: ContextVar[int | None] = ContextVar("person", default=None)

LANGUAGE: ContextVar[str] = ContextVar("language", default="")  # of the answer, for a channel's own few words
