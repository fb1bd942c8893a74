"""Every table of the engine, gathered for migrations and for tests."""

from engine import arrivals, audit, awards, catalogue, inbox, kudos, outbox, people, places, points, settings
from engine.db import Base

METADATA = Base.metadata
MODULES = (arrivals, audit, awards, catalogue, inbox, kudos, outbox, people, places, points, settings)
