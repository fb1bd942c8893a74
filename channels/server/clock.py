"""The clock of a running deployment; everything else is handed the time."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this instant, aware and in UTC."""
    return datetime.now(UTC)
