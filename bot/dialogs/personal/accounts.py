"""A person's accounts on the channels: link, unlink, and choose where direct messages go first.

Linking uses a code. An unknown sender starts it: `bot/dispatch/unknown_sender.py`.
"""

from collections.abc import Sequence

from bot.cards import accounts as cards_accounts
from bot.cards.accounts import (
    build_account_notice_card,
    build_accounts_card,
    build_last_account_card,
    get_channel_label,
)
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.parsing.commands import format_typed_words
from bot.protocol.button_tokens import sign_button_token
from bot.protocol.elements import Card
from bot.protocol.forms import Form
from bot.protocol.turns import Reply, Say, Update, Words
from engine.accounts.own_accounts import list_accounts, set_preferred_channel, unlink_account
from engine.errors import Refused
from engine.people.names import fold_name

THIS_ACCOUNT_WORDS = frozenset({"here", "aqui"})
MAX_UNLINKED_ACCOUNTS = 4  # accounts at once: a button has no room for the numbers of more


async def handle_link_command(talk: DialogContext, words: Words) -> Reply:
    """Show the accounts of a person who is linked already.

    Raises Refused "already_linked" if a code was sent, because a code is meant for another account.
    """
    said = format_typed_words(words)
    if said and "@" not in said:
        raise Refused("already_linked", name=talk.person.display_name)
    return Say(await _mine(talk))


async def refuse_link_form(talk: DialogContext) -> Form:
    """Raise Refused "already_linked": the sender has been linked since the form was shown."""
    raise Refused("already_linked", name=talk.person.display_name)


async def handle_prefer_command(talk: DialogContext, words: Words) -> Reply:
    if format_typed_words(words):
        wanted = _channel(talk, words)
        if not await set_preferred_channel(talk.session, wanted, actor=talk.person, now=talk.now):
            raise Refused("no_account_there", channel=get_channel_label(wanted, talk.copy))
    return Say(await _mine(talk))


async def handle_unlink_command(talk: DialogContext, words: Words) -> Reply:
    """Unlink the current account, or all accounts on the named channel. Ask first before the last ones.

    Raises Refused "no_account_there" if there is none, "unknown_channel" if the name is unknown.
    """
    mine = await list_accounts(talk.session, talk.person.id)
    said = fold_name(format_typed_words(words))
    wanted = _channel(talk, words) if said else talk.source.channel
    here = talk.source.sender if said in {"", *THIS_ACCOUNT_WORDS} else None
    found = [one for one in mine if one.channel == wanted and here in (None, one.account)]
    if not found:
        raise Refused("no_account_there", channel=get_channel_label(wanted, talk.copy))
    ids = [one.id for one in found][:MAX_UNLINKED_ACCOUNTS]
    if len(mine) == len(ids):
        return Say(
            build_last_account_card(wanted, sign_button_token("unlink", "-".join(map(str, ids)), talk.key), talk.copy)
        )
    return Say(await _let_go(talk, ids))


async def handle_unlink_press(talk: DialogContext, subject: str) -> Reply:
    ids = subject.split("-")
    if not all(one.isdecimal() for one in ids):
        raise Refused("stale_button")
    return Update(await _let_go(talk, list(map(int, ids))))


async def _let_go(talk: DialogContext, ids: Sequence[int]) -> Card:
    gone = [await unlink_account(talk.session, one, actor=talk.person, now=talk.now) for one in ids]
    channel = get_channel_label(gone[0].channel, talk.copy)
    return build_account_notice_card("unlink.done", talk.copy, count=len(gone), channel=channel)


async def _mine(talk: DialogContext) -> Card:
    mine = await list_accounts(talk.session, talk.person.id)
    preferred = next((one.channel for one in mine if one.preferred_at), None)
    return build_accounts_card((one.channel for one in mine), preferred, talk.copy)


def _channel(talk: DialogContext, words: Words) -> str:
    """Return the channel that was named, by its label or its plain name, or as "here".

    Raises Refused "unknown_channel" (who).
    """
    said = fold_name(format_typed_words(words))
    if said in THIS_ACCOUNT_WORDS:
        return talk.source.channel
    names = {name: name for name in cards_accounts.CHAT_CHANNELS} | {
        fold_name(get_channel_label(n, talk.copy)): n for n in cards_accounts.CHAT_CHANNELS
    }
    if said not in names:
        raise Refused("unknown_channel", who=format_typed_words(words))
    return names[said]


ACCOUNT_COMMANDS = (
    CommandSpec("link", Dialog("link", form=refuse_link_form), handle_link_command, writes=True),
    CommandSpec(
        "unlink", Dialog("unlink", presses={"unlink": handle_unlink_press}), handle_unlink_command, writes=True
    ),
    CommandSpec("prefer", Dialog("prefer"), handle_prefer_command, writes=True),
)
