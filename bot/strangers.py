"""Who is nobody of ours yet: they can prove who they are, read the help, and nothing else."""

import re
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import own_words, reading, sources, values
from bot.cards import help as help_cards
from bot.cards import link as cards
from bot.cards import notices
from bot.dialogs import Verb
from bot.turns import Ask, Command, Reply, Say, Source, Submission, Turn
from bot.words import Copy, language_for
from engine import inbox, linking
from engine.finding import visible
from engine.linking import NoCode, Wrong
from engine.people import Person
from engine.ties import Account

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
            verb, words = reading.split_verb(reading.whole(turn.verb, turn.words))
            name = next((v.name for v in one.verbs if (verb or "help") in (v.name, *v.aliases)), "")
            if name == "link":
                return await _once(one, turn, _link(one, visible(reading.typed(words))))
            if name == "help":
                return Answered(Say(help_cards.for_stranger(way, one.copy)))
    return Answered(Say(notices.stranger(one.copy, help_cards.to_link(way, one.copy), own_words.as_sent(turn))))


async def _once(one: Stranger, turn: Turn, act: Coroutine[Any, Any, Answered]) -> Answered:
    before = await inbox.first_answer(one.session, person_id=None, **sources.name(one.source))
    if before is not None:
        act.close()
        return Answered(values.load(before))
    met = await act
    if sources.is_final(turn, met.reply):
        stored = await inbox.remember(
            one.session,
            person_id=met.person.id if met.person else None,
            reply=values.dump(met.reply),
            now=one.now,
            **sources.name(one.source),
        )
        if not stored:
            raise sources.AnsweredBefore
    return met


async def _submitted(one: Stranger, turn: Submission) -> Answered:
    said = {name: visible(reading.typed(answer)) for name, answer in turn.answers.items()}
    return await _redeem(one, said["code"], turn) if "code" in said else await _fill(one, said, turn)


async def _link(one: Stranger, said: str) -> Answered:
    if not said:
        return Answered(Ask(cards.email_form(one.copy)))
    if "@" not in said:
        return await _redeem(one, said, None)
    if not _is_address(said):
        return Answered(Say(cards.refused("link.email_unreadable", one.copy, said)))
    if not await _request(one, said):
        return Answered(Say(cards.refused("link.too_many", one.copy)))
    return Answered(Say(cards.told(_sent(one), one.copy, count=_minutes())))


async def _fill(one: Stranger, said: Mapping[str, str], turn: Submission) -> Answered:
    """The address out of the form; the form asks for the code then."""
    email, form = said.get("email", ""), cards.email_form(one.copy)
    if not _is_address(email):
        no = one.copy.line("link.email_unreadable")
        return Answered(Ask(form, turn.answers, {"email": no}, one.state, turn.token))
    if not await _request(one, email):
        return Answered(Ask(form, turn.answers, {"email": one.copy.line("link.too_many")}, one.state, turn.token))
    sent = one.copy.line(_sent(one), count=_minutes())
    return Answered(Ask(cards.code_form(sent, one.copy), state={**one.state, SENT: sent}))


def _is_address(said: str) -> bool:
    return len(said) <= cards.LONGEST_EMAIL and bool(EMAIL.fullmatch(said))


async def _request(one: Stranger, email: str) -> bool:
    return await linking.request(
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
    found = await linking.redeem(one.session, account=account(one.source), typed=typed, key=one.key, now=one.now)
    match found:
        case Wrong(left) if form is not None and left:
            no = {"code": one.copy.line("link.code_wrong", count=left)}
            shown = cards.code_form(str(one.state.get(SENT, "")), one.copy)
            return Answered(Ask(shown, form.answers, no, one.state, form.token))
        case Wrong(left) if left:
            return Answered(Say(cards.refused("link.code_wrong", one.copy, count=left)))
        case Wrong() | NoCode():
            return Answered(Say(cards.refused("link.no_code", one.copy)))
    copy = Copy(language_for(found.locale, one.source.locale))
    return Answered(Say(cards.told("link.done", copy, name=found.display_name)), found)


def account(source: Source) -> Account:
    return Account(source.channel, source.tenant, source.account)


def _sent(one: Stranger) -> str:
    return "link.sent" if one.by_mail else "link.sent_without_mail"


def _minutes() -> int:
    return int(linking.LASTS.total_seconds()) // 60
