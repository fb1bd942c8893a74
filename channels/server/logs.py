"""Log lines for people or for machines. They hold ids and reasons, never messages, tokens or e-mail addresses."""

import json
import logging
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

from aiohttp import web
from aiohttp.http import HttpProcessingError

from bot.protocol.context import CURRENT_PERSON, CURRENT_TURN
from engine.log_rate import LogRate

LOG_REQUEST_ID: ContextVar[str] = ContextVar("request", default="")
LOG_ID_FIELDS = ("request", "turn", "person")
STANDARD_LOG_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", *LOG_ID_FIELDS}

# they log URLs and bodies, or far too many lines
NOISY_LOGGERS = ("httpx", "slack_bolt", "slack_sdk", "aiosqlite", "asyncio", "alembic")


@web.middleware
async def number_request(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Give the request an id and its route's name, which appear in all its log lines."""
    resource = request.match_info.route.resource
    # the declared route, because a requested path may hold secrets
    address = f"{request.method} {resource.canonical}" if resource else "nowhere"
    LOG_REQUEST_ID.set(f"{secrets.token_hex(4)} {address}")
    return await handler(request)


class LogIdFilter(logging.Filter):
    """Adds the ids of the current request, turn and person to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request = LOG_REQUEST_ID.get()
        record.turn = CURRENT_TURN.get()
        record.person = CURRENT_PERSON.get()
        return True


class BadRequestFilter(logging.Filter):
    """Shortens the record of an invalid HTTP request to one line without its trace, which may quote secrets.

    Each kind of fault is logged once a minute.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._rates: defaultdict[str, LogRate] = defaultdict(lambda: LogRate(clock))

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        left = record.name == "aiohttp.server" and isinstance(error, ConnectionError)
        if not left and not isinstance(error, HttpProcessingError | web.RequestPayloadError):
            return True
        kind = type(error).__name__
        times = self._rates[kind].count()
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args = "a request that is no proper HTTP was refused (%s)", (kind,)
        record.exc_info = record.exc_text = None
        if times > 1:
            record.times = times
        return times > 0


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: vars(record).get(name) or None for name in LOG_ID_FIELDS}
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD_LOG_FIELDS}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps({k: v for k, v in line.items() if v is not None}, default=str, ensure_ascii=False)


class ConsoleFormatter(logging.Formatter):
    """Formats a record as a line for people, with its ids at the end."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {record.name}: {record.getMessage()}"
        extra = {k: v for k, v in vars(record).items() if k not in STANDARD_LOG_FIELDS}
        extra |= {k: v for k in LOG_ID_FIELDS if (v := getattr(record, k, None))}
        line += "".join(f" {name}={value}" for name, value in extra.items())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure_logging(style: Literal["console", "json"], level: int = logging.INFO) -> None:
    """Send all log lines to standard error in `style`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else ConsoleFormatter())
    handler.addFilter(LogIdFilter())
    handler.addFilter(BadRequestFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
