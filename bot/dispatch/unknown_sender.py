"""Who is nobody of ours yet: they can prove who they are, read the help, and nothing else."""

import re
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import accounts as cards_accounts
from bot.cards import help as help_cards
from bot.cards import notices
from bot.dialogs import user_input
from bot.dialogs.dialog import Verb
from bot.i18n.catalog import language_for
from bot.i18n.copy import Copy
from bot.parsing import commands as parsing_commands
from bot.protocol import serialization, turn_keys
from bot.protocol.turns import Ask, Command, Reply, Say, Source, Submission, Turn
from engine.accounts import link_codes
from engine.accounts.link_codes import NoCode, Wrong
from engine.people.models import Account, Person
from engine.people.names import visible
from engine.turns import inbox as turns_inbox

EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+")

SENT = "sent"  # under this name the form's state keeps where the code may be


@dataclass(frozen=True, slots=True)
class Stranger:
    """Everything that is known of a turn of somebody unknown. `state` is what their form left."""

    session: AsyncSession
    now: datetime
    source: Source
    copy: Copy
    key: bytes
    verbs: tuple[Verb, ...]
    state: Mapping[str, Any]
    by_mail: bool  # whether codes can go out by e-mail


@dataclass(frozen=True, slots=True)
class Answered:
    """What they are told, and who they turned out to be."""

    reply: Reply
    person: Person | None = None


async def answer(one: Stranger, turn: Turn) -> Answered:
    """`link` and `help`; for everything else a friendly way in, with the words handed back.

    A repeated turn gets the first answer again. Raises AnsweredBefore where it is answered elsewhere just now.
    """
    way = help_cards.way_of(one.source.channel, one.source.private)
    match turn:
        case Submission(dialog="link"):
            return await _once(one, turn, _submitted(one, turn))
        case Command():
            verb, words = parsing_commands.split_verb(parsing_commands.whole(turn.verb, turn.words))
            name = next((v.name for v in one.verbs if (verb or "help") in (v.name, *v.aliases)), "")
            if name == "link":
                return await _once(one, turn, _link(one, visible(parsing_commands.typed(words))))
            if name == "help":
                return Answered(Say(help_cards.for_stranger(way, one.copy)))
    return Answered(Say(notices.stranger(one.copy, help_cards.to_link(way, one.copy), user_input.as_sent(turn))))


async def _once(one: Stranger, turn: Turn, act: Coroutine[Any, Any, Answered]) -> Answered:
    before = await turns_inbox.first_answer(one.session, person_id=None, **turn_keys.name(one.source))
    if before is not None:
        act.close()
        return Answered(serialization.load(before))
    met = await act
    if turn_keys.is_final(turn, met.reply):
        stored = await turns_inbox.remember(
            one.session,
            person_id=met.person.id if met.person else None,
            reply=serialization.dump(met.reply),
            now=one.now,
            **turn_keys.name(one.source),
        )
        if not stored:
            raise turn_keys.AnsweredBefore
    return met


async def _submitted(one: Stranger, turn: Submission) -> Answered:
    said = {name: visible(parsing_commands.typed(answer)) for name, answer in turn.answers.items()}
    return await _redeem(one, said["code"], turn) if "code" in said else await _fill(one, said, turn)


async def _link(one: Stranger, said: str) -> Answered:
    if not said:
        return Answered(Ask(cards_accounts.email_form(one.copy)))
    if "@" not in said:
        return await _redeem(one, said, None)
    if not _is_address(said):
        return Answered(Say(cards_accounts.refused("link.email_unreadable", one.copy, said)))
    if not await _request(one, said):
        return Answered(Say(cards_accounts.refused("link.too_many", one.copy)))
    return Answered(Say(cards_accounts.told(_sent(one), one.copy, count=_minutes())))


async def _fill(one: Stranger, said: Mapping[str, str], turn: Submission) -> Answered:
    """The address out of the form; the form asks for the code then."""
    email, form = said.get("email", ""), cards_accounts.email_form(one.copy)
    if not _is_address(email):
        no = one.copy.line("link.email_unreadable")
        return Answered(Ask(form, turn.answers, {"email": no}, one.state, turn.token))
    if not await _request(one, email):
        return Answered(Ask(form, turn.answers, {"email": one.copy.line("link.too_many")}, one.state, turn.token))
    sent = one.copy.line(_sent(one), count=_minutes())
    return Answered(Ask(cards_accounts.code_form(sent, one.copy), state={**one.state, SENT: sent}))


def _is_address(said: str) -> bool:
    return len(said) <= cards_accounts.LONGEST_EMAIL and bool(EMAIL.fullmatch(said))


async def _request(one: Stranger, email: str) -> bool:
    return await link_codes.request(
        one.session,
        account=account(one.source),
        email=email,
        key=one.key,
        salt=secrets.token_hex(16),
        by_mail=one.by_mail,
        now=one.now,
    )


async def _redeem(one: Stranger, typed: str, form: Submission | None) -> Answered:
    """A wrong code is said at the form's field, where there is a form: it may be typed again there."""
    found = await link_codes.redeem(one.session, account=account(one.source), typed=typed, key=one.key, now=one.now)
    match found:
        case Wrong(left) if form is not None and left:
            no = {"code": one.copy.line("link.code_wrong", count=left)}
            shown = cards_accounts.code_form(str(one.state.get(SENT, "")), one.copy)
            return Answered(Ask(shown, form.answers, no, one.state, form.token))
        case Wrong(left) if left:
            return Answered(Say(cards_accounts.refused("link.code_wrong", one.copy, count=left)))
        case Wrong() | NoCode():
            return Answered(Say(cards_accounts.refused("link.no_code", one.copy)))
    copy = Copy(language_for(found.locale, one.source.locale))
    return Answered(Say(cards_accounts.told("link.done", copy, name=found.display_name)), found)


def account(source: Source) -> Account:
    return Account(source.channel, source.tenant, source.account)


def _sent(one: Stranger) -> str:
    return "link.sent" if one.by_mail else "link.sent_without_mail"


def _minutes() -> int:
    return int(link_codes.LASTS.total_seconds()) // 60
