"""Every table of the engine, gathered for migrations and for tests."""

from engine.accounts import link_codes
from engine.admin import audit, settings
from engine.awards import models as awards
from engine.db.base import Base
from engine.delivery import claims
from engine.kudos import models as kudos
from engine.outbox import models as outbox
from engine.outbox import places
from engine.people import models as people
from engine.points import ledger
from engine.rewards import models as rewards
from engine.runs import models as runs
from engine.scheduling import jobs, leases
from engine.turns import dialog_states, inbox, pending_turns

METADATA = Base.metadata
TABLE_MODULES = (
    audit, awards, claims, dialog_states, inbox, jobs, kudos, leases, ledger, link_codes, outbox, pending_turns,
    people, places, rewards, runs, settings,
)  # fmt: skip
