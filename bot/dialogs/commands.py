"""Every command, in the order in which help shows them. Help, manifests and menus are made of this."""

from bot.dialogs import help
from bot.dialogs.admin import announce as admin_announce
from bot.dialogs.admin import merge as admin_merge
from bot.dialogs.admin import revoke as admin_revoke
from bot.dialogs.dialog import Verb
from bot.dialogs.giving import badge as giving_badge
from bot.dialogs.giving import kudos as giving_kudos
from bot.dialogs.giving import undo as giving_undo
from bot.dialogs.personal import accounts as personal_accounts
from bot.dialogs.personal import badges as personal_badges
from bot.dialogs.personal import points as personal_points
from bot.dialogs.personal import points_history

VERBS: tuple[Verb, ...] = (
    *giving_kudos.VERBS,
    *giving_badge.VERBS,
    *personal_badges.VERBS,
    *personal_points.VERBS,
    *points_history.VERBS,
    *giving_undo.VERBS,
    *personal_accounts.VERBS,
    *admin_announce.VERBS,
    *admin_revoke.VERBS,
    *admin_merge.VERBS,
    *help.VERBS,
)
