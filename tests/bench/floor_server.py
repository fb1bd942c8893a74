"""The floors: a platform's SDK, and a handler that runs the turn's statements written by hand.

    python -m tests.bench.floor_server PORT CHANNEL MODE DATABASE_URL API_URL

MODE is one of the floors that `tests/bench/*_turns.py` names; API_URL is where the platform is believed to be.
"""

import sys
from collections.abc import AsyncIterator

from aiohttp import web

from tests.bench import floor_slack, floor_teams, floor_telegram
from tests.bench.floor_library import Library
from tests.bench.floor_statements import Postgres, Sqlite

FLOORS = {one.GROUND.channel: one for one in (floor_slack, floor_teams, floor_telegram)}


def application(channel: str, mode: str, url: str, api_url: str) -> web.Application:
    """The SDK as Laurel could use it, with a handler of a few lines in the place of all of Laurel."""
    floor = FLOORS[channel]
    bare = Sqlite if url.startswith("sqlite") else Postgres
    database = (Library if mode == "library" else bare)(url, floor.GROUND)

    async def life(_app: web.Application) -> AsyncIterator[None]:
        await database.start()
        yield
        await database.stop()

    app = web.Application()
    app.cleanup_ctx.append(life)
    floor.mount(app, database, mode, api_url)
    return app


def main(port: str, *told: str) -> None:
    web.run_app(application(*told), host="127.0.0.1", port=int(port), print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
