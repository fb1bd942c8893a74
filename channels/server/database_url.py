"""DATABASE_URL: from the form that people write to the form that the drivers need."""

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine.db.postgres_driver import POOLER_PARAMETER


def mark_pooler(url: str) -> str:
    """Return the URL with a mark that a pooler stands before the server."""
    marked = make_url(url).update_query_dict({POOLER_PARAMETER: "true"})
    return marked.render_as_string(hide_password=False)


def add_async_driver(url: str, variable: str = "DATABASE_URL") -> str:
    """Return the URL with the asynchronous driver for its database.

    Raises ValueError, which names `variable`, for other databases and for unknown parameters.
    """
    scheme, separator, rest = url.partition("://")
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "sqlite+aiosqlite": "sqlite+aiosqlite",
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
        "postgresql+asyncpg": "postgresql+asyncpg",
    }
    if not separator or scheme not in drivers:
        raise ValueError(f"{variable} begins with postgresql:// or sqlite:///")
    full = f"{drivers[scheme]}://{rest}"
    return full if scheme.startswith("sqlite") else _with_ssl(full, variable)


def _with_ssl(url: str, variable: str) -> str:
    """Rename `sslmode` to the driver's `ssl`, the only parameter of libpq that it understands. Raises ValueError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError(f"{variable} looks like postgresql://user:password@host:5432/name") from None
    unknown = set(parsed.query) - {"ssl", "sslmode", POOLER_PARAMETER}
    if unknown:
        raise ValueError(
            f"{variable}: please leave out {', '.join(sorted(unknown))}; "
            f"only sslmode and {POOLER_PARAMETER} are understood"
        )
    if parsed.query.get(POOLER_PARAMETER, "true") not in ("true", "false"):
        raise ValueError(f"{variable}: {POOLER_PARAMETER} is true or false")
    mode = parsed.query.get("sslmode")
    if mode is not None:
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.render_as_string(hide_password=False)
