"""`make bench`: every measurement, or those that are named (`python -m tests.bench slack_turns kills`).

`million` is made when it is named only: it takes 15 GB of disk.
"""

import asyncio
import sys

from tests.bench import directory, kills, million, relay, slack_turns, slow_database, teams_turns, telegram_turns

MEASUREMENTS = {
    **{one.COURSE.name: one.COURSE.measure for one in (slack_turns, teams_turns, telegram_turns)},
    "slow_database": slow_database.measure,
    "directory": directory.measure,
    "kills": kills.measure,
    "relay": relay.measure,
    "million": million.measure,
}

LARGE = {"million"}


async def main(names: list[str]) -> None:
    for name in names or [name for name in MEASUREMENTS if name not in LARGE]:
        await MEASUREMENTS[name]()


if __name__ == "__main__":
    if unknown := set(sys.argv[1:]) - set(MEASUREMENTS):
        sys.exit(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(MEASUREMENTS)}")
    asyncio.run(main(sys.argv[1:]))
