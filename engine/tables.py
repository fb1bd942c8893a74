"""Every table of the engine, gathered for migrations and for tests."""

from engine import (
    arrivals,
    audit,
    awards,
    catalogue,
    dialog_states,
    inbox,
    kudos,
    linking,
    outbox,
    passes,
    pending,
    people,
    places,
    points,
    relaying,
    settings,
    ties,
)
from engine.db import Base

METADATA = Base.metadata
MODULES = (
    arrivals,
    audit,
    awards,
    catalogue,
    dialog_states,
    inbox,
    kudos,
    linking,
    outbox,
    passes,
    people,
    pending,
    places,
    points,
    relaying,
    settings,
    ties,
)
