"""`/kudos` through the signed Slack route."""

from tests.bench.on_slack import GROUND
from tests.bench.turns import Course

FLOORS = {
    "statements": "bolt + the turn's statements by hand",
    "library": "bolt + the same through SQLAlchemy",
    "insert": "bolt + one insert and commit",
}
COURSE = Course("slack_turns", "signed /kudos", 18950, GROUND, FLOORS)
