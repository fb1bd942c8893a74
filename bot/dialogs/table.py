"""Every command, in the order in which help shows them. Help, manifests and menus are made of this."""

from bot.dialogs import Verb

VERBS: tuple[Verb, ...] = ()
