"""Time zones by name. A name may be stored longer than the data of the machine knows it."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def find_known_zone(*names: str | None) -> ZoneInfo:
    """Return the zone of the first name that is known here, else UTC."""
    for name in names:
        try:
            return ZoneInfo(name or "")
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
