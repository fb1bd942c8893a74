"""Every command, in the order in which help shows them. Help, manifests and menus are made of this."""

from bot.dialogs import Verb, announce, badge, badges, help, kudos, link, merge, points, revoke, undo, why

VERBS: tuple[Verb, ...] = (
    *kudos.VERBS,
    *badge.VERBS,
    *badges.VERBS,
    *points.VERBS,
    *why.VERBS,
    *undo.VERBS,
    *link.VERBS,
    *announce.VERBS,
    *revoke.VERBS,
    *merge.VERBS,
    *help.VERBS,
)
