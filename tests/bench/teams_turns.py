"""A message to the bot in a channel of Teams, with a signed token, answered through the connector."""

from tests.bench.on_teams import GROUND
from tests.bench.turns import Course

FLOORS = {
    "statements": "botbuilder + the turn's statements by hand, answered by aiohttp",
    "client": "botbuilder + the turn's statements by hand, answered by its own client",
}
COURSE = Course("teams_turns", "signed message", 18550, GROUND, FLOORS)
