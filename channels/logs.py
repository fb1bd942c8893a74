"""Log lines for people or for machines: ids and reasons, never words, tokens or e-mail addresses."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

from bot.dispatch import PERSON, TURN

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "turn", "person", "taskName"}
NOISY = ("httpx", "slack_bolt", "slack_sdk", "aiosqlite", "asyncio", "alembic")  # URLs, bodies, or much too much


class WithTurn(logging.Filter):
    """Adds the turn and the person at hand to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.turn = TURN.get()
        record.person = PERSON.get()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "turn": getattr(record, "turn", "") or None,
            "person": getattr(record, "person", None),
        }
        line |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps({k: v for k, v in line.items() if v is not None}, default=str, ensure_ascii=False)


class Console(logging.Formatter):
    """A line for the eye, with the ids at its end."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname:<7} {record.name}: {record.getMessage()}"
        extra = {k: v for k, v in vars(record).items() if k not in STANDARD}
        extra |= {k: v for k in ("turn", "person") if (v := getattr(record, k, None))}
        line += "".join(f" {name}={value}" for name, value in extra.items())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(style: Literal["console", "json"], level: int = logging.INFO) -> None:
    """Send every log line to standard error in `style`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else Console())
    handler.addFilter(WithTurn())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
