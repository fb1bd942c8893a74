"""Every command, in the order in which help shows them. Help, manifests and menus are made of this."""

from bot.dialogs import help
from bot.dialogs.admin import announce as admin_announce
from bot.dialogs.admin import merge as admin_merge
from bot.dialogs.admin import revoke as admin_revoke
from bot.dialogs.dialog import CommandSpec
from bot.dialogs.giving import badge as giving_badge
from bot.dialogs.giving import kudos as giving_kudos
from bot.dialogs.giving import undo as giving_undo
from bot.dialogs.personal import accounts as personal_accounts
from bot.dialogs.personal import badges as personal_badges
from bot.dialogs.personal import points as personal_points
from bot.dialogs.personal import points_history
from bot.dialogs.rewards import how as rewards_how
from bot.dialogs.rewards import reward as rewards_reward

ALL_COMMANDS: tuple[CommandSpec, ...] = (
    *giving_kudos.GIVE_KUDOS_COMMANDS,
    *giving_badge.GIVE_BADGE_COMMANDS,
    *personal_badges.BADGE_LIST_COMMANDS,
    *personal_points.POINTS_COMMANDS,
    *points_history.POINTS_HISTORY_COMMANDS,
    *giving_undo.UNDO_COMMANDS,
    *personal_accounts.ACCOUNT_COMMANDS,
    *rewards_how.HOW_COMMANDS,
    *rewards_reward.REWARD_COMMANDS,
    *admin_announce.ANNOUNCE_COMMANDS,
    *admin_revoke.REVOKE_COMMANDS,
    *admin_merge.MERGE_COMMANDS,
    *help.HELP_COMMANDS,
)
