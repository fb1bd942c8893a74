"""`/kudos` in a group of Telegram through the webhook, answered through the Bot API."""

from tests.bench.on_telegram import GROUND
from tests.bench.turns import Course

FLOORS = {
    "statements": "python-telegram-bot + the turn's statements by hand",
    "insert": "python-telegram-bot + one insert and commit",
}
COURSE = Course("telegram_turns", "/kudos update", 18560, GROUND, FLOORS)
