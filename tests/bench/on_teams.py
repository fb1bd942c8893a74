"""Teams messages with a token that is really signed, in a channel."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.grounds import PEOPLE, Ground, Platform, Request
from tests.platforms import teams_requests
from tests.platforms.teams import APP, SECRET, TENANT, FakeTeams, alias, entra

PLACE = teams_requests.GENERAL
DAY = 24 * 3600


def who(number: int) -> str:
    return f"p{number}"


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    """It looks at no card: to hold one against the schema takes longer than a turn."""
    async with FakeTeams(faults=lambda _: []) as teams:
        for number in range(PEOPLE):
            teams.enrol(who(number), f"p{number}@corp.test")
        # Teams too brings one token with many activities
        token = teams_requests.bearer(teams.service_url, exp=int(time.time()) + DAY)

        def message(giver: int, receiver: int) -> Request:
            """`@Laurel kudos @receiver thanks … #teamwork`."""
            name = f"Person {receiver}"
            text = f"<at>Laurel</at> kudos <at>{name}</at> thanks for the launch #teamwork"
            names = {name: alias(who(receiver))}
            said = teams_requests.message(text, teams.service_url, who=who(giver), names=names)
            return json.dumps(said).encode(), {"Authorization": token, "Content-Type": "application/json"}

        told = {"TEAMS_APP_ID": APP, "TEAMS_APP_SECRET": SECRET, "TEAMS_ALLOWED_TENANTS": TENANT}
        yield Platform(teams.url, told | {"TEAMS_API_URL": teams.url}, message, lambda: len(teams.messages))


GROUND = Ground(
    "teams", TENANT, PLACE, "/api/messages", lambda n: entra(who(n)), platform, alias=lambda n: alias(who(n))
)
