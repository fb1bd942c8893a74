"""The clock of a running deployment. All other code gets the time as an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return this instant, aware and in UTC."""
    return datetime.now(UTC)
