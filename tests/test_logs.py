"""Log lines carry ids and reasons, and can be read by machines."""

import json
import logging

from bot.dispatch import PERSON, TURN
from channels.logs import Console, JsonLines, WithTurn


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("laurel.test").makeRecord("laurel.test", logging.INFO, "f", 1, message, (), None)
    vars(made).update(extra)
    WithTurn().filter(made)
    return made


def test_a_machine_reads_turn_and_person() -> None:
    TURN.set("slack:123")
    PERSON.set(7)
    line = json.loads(JsonLines().format(record("sent", delivery=4)))
    assert (line["message"], line["turn"], line["person"], line["delivery"]) == ("sent", "slack:123", 7, 4)


def test_a_person_reads_one_line() -> None:
    TURN.set("")
    PERSON.set(None)
    assert Console().format(record("sent", delivery=4)).endswith("laurel.test: sent delivery=4")
