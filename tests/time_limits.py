"""The product's time limits, set so far away that no stalling machine reaches one; near where a test is about it."""

from dataclasses import fields, replace

from channels.server.time_limits import TimeLimits

FAR_S = 3600.0
NEAR_S = 0.05  # reached at once by what never answers

FAR = TimeLimits(**{limit.name: FAR_S for limit in fields(TimeLimits)})


def near(*limits: str) -> TimeLimits:
    """The limits of these names near, and all others far away."""
    return replace(FAR, **dict.fromkeys(limits, NEAR_S))
