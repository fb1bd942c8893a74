"""The name of an account."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a channel, linked to a person or not."""

    channel: str
    tenant: str
    external_id: str
