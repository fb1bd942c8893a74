"""A person's accounts on the channels: adding one with a code, letting one go, and where direct news go first.

Adding one is begun by somebody whom nobody knows yet: `bot/dispatch/unknown_sender.py`.
"""

from collections.abc import Sequence

from bot.cards import accounts as cards_accounts
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.parsing.commands import typed
from bot.protocol import button_tokens
from bot.protocol.elements import Card
from bot.protocol.forms import Form
from bot.protocol.turns import Reply, Say, Update, Words
from engine.accounts import own_accounts
from engine.errors import Refused
from engine.people.models import Identity
from engine.people.names import fold

HERE = frozenset({"here", "aqui"})

MOST = 4  # accounts at once: a button has no room for the numbers of more


async def link(talk: Talk, words: Words) -> Reply:
    """Whose account it is already: they see what they have. A code would be for another account."""
    said = typed(words)
    if said and "@" not in said:
        raise Refused("already_linked", name=talk.person.display_name)
    return Say(await _mine(talk))


async def link_form(talk: Talk) -> Form:
    """The form was asked for by a stranger, who is none any more."""
    raise Refused("already_linked", name=talk.person.display_name)


async def prefer(talk: Talk, words: Words) -> Reply:
    if typed(words):
        wanted = _channel(talk, words)
        if not await own_accounts.prefer(talk.session, wanted, actor=talk.person, now=talk.now):
            raise Refused("no_account_there", channel=cards_accounts.channel(wanted, talk.copy))
    return Say(await _mine(talk))


async def unlink(talk: Talk, words: Words) -> Reply:
    """The account at hand, or all on the channel that is named; the last ones only after a warning."""
    mine = await own_accounts.of(talk.session, talk.person.id)
    said = fold(typed(words))
    wanted = _channel(talk, words) if said else talk.source.channel
    found = [one for one in mine if one.channel == wanted and (said not in {"", *HERE} or _is_here(one, talk))]
    if not found:
        raise Refused("no_account_there", channel=cards_accounts.channel(wanted, talk.copy))
    ids = [one.id for one in found][:MOST]
    if len(mine) == len(ids):
        return Say(
            cards_accounts.last_one(wanted, button_tokens.sign("unlink", "-".join(map(str, ids)), talk.key), talk.copy)
        )
    return Say(await _let_go(talk, ids))


async def unlink_pressed(talk: Talk, subject: str) -> Reply:
    ids = subject.split("-")
    if not all(one.isdecimal() for one in ids):
        raise Refused("stale_button")
    return Update(await _let_go(talk, list(map(int, ids))))


async def _let_go(talk: Talk, ids: Sequence[int]) -> Card:
    gone = [await own_accounts.unlink(talk.session, one, actor=talk.person, now=talk.now) for one in ids]
    channel = cards_accounts.channel(gone[0].channel, talk.copy)
    return cards_accounts.told("unlink.done", talk.copy, count=len(gone), channel=channel)


async def _mine(talk: Talk) -> Card:
    mine = await own_accounts.of(talk.session, talk.person.id)
    preferred = next((one.channel for one in mine if one.preferred_at), None)
    return cards_accounts.accounts((one.channel for one in mine), preferred, talk.copy)


def _channel(talk: Talk, words: Words) -> str:
    """The channel that was named, in our words for it or by its plain name."""
    said = fold(typed(words))
    if said in HERE:
        return talk.source.channel
    names = {name: name for name in cards_accounts.CHANNELS} | {
        fold(cards_accounts.channel(n, talk.copy)): n for n in cards_accounts.CHANNELS
    }
    if said not in names:
        raise Refused("unknown_channel", who=typed(words))
    return names[said]


def _is_here(account: Identity, talk: Talk) -> bool:
    return (account.tenant, account.external_id) == (talk.source.tenant, talk.source.account)


VERBS = (
    Verb("link", Dialog("link", form=link_form), link, writes=True),
    Verb("unlink", Dialog("unlink", presses={"unlink": unlink_pressed}), unlink, writes=True),
    Verb("prefer", Dialog("prefer"), prefer, writes=True),
)
