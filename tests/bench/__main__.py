"""`make bench`: every measurement, or those that are named (`python -m tests.bench slack_turns kills`)."""

import asyncio
import sys

from tests.bench import directory, kills, relay, slack_turns, slow_database, teams_turns, telegram_turns

MEASUREMENTS = {
    **{one.COURSE.name: one.COURSE.measure for one in (slack_turns, teams_turns, telegram_turns)},
    "slow_database": slow_database.measure,
    "directory": directory.measure,
    "kills": kills.measure,
    "relay": relay.measure,
}


async def main(names: list[str]) -> None:
    for name in names or MEASUREMENTS:
        await MEASUREMENTS[name]()


if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - set(MEASUREMENTS):
        sys.exit(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(MEASUREMENTS)}")
    asyncio.run(main(sys.argv[1:]))
