"""Unknown senders: they can link their account and read the help only."""

import re
import secrets
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import accounts as cards_accounts
from bot.cards.accounts import build_account_notice_card, build_account_refusal_card, build_code_form, build_email_form
from bot.cards.help import build_unknown_sender_help_card, get_addressing_style, get_link_example
from bot.cards.notices import build_unknown_sender_card
from bot.dialogs.dialog import CommandSpec
from bot.dialogs.user_input import get_sent_text
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.parsing.commands import format_typed_words, join_verb, split_verb
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turn_keys import AlreadyAnswered, is_final, turn_key
from bot.protocol.turns import Ask, Command, Reply, Say, Source, Submission, Turn
from engine.accounts import link_codes
from engine.accounts.link_codes import NoCode, WrongCode, redeem_link_code, request_link_code
from engine.people.models import Person
from engine.people.names import strip_invisible
from engine.turns.inbox import find_answer, store_answer

TYPED_EMAIL_PATTERN = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]+")
CODE_SENT_KEY = "sent"  # under this name the form's state keeps where the code may be


@dataclass(frozen=True, slots=True)
class UnknownSender:
    """Everything that is known about a turn of an unknown sender. `state` is the state of their form."""

    session: AsyncSession
    now: datetime
    source: Source
    copy: Copy
    key: bytes
    verbs: tuple[CommandSpec, ...]
    state: Mapping[str, Any]
    by_mail: bool  # whether codes can go out by e-mail


@dataclass(frozen=True, slots=True)
class UnknownSenderAnswer:
    """The answer to an unknown sender, and the person that they were linked to, if any."""

    reply: Reply
    person: Person | None = None


async def answer_unknown_sender(one: UnknownSender, turn: Turn) -> UnknownSenderAnswer:
    """Answer `link` and `help`; for all else explain how to link, and return the text to send again.

    A repeated turn gets the first answer again. Raises AlreadyAnswered if the turn is being answered elsewhere just
    now.
    """
    way = get_addressing_style(one.source.channel, one.source.private)
    match turn:
        case Submission(dialog="link"):
            return await _once(one, turn, _submitted(one, turn))
        case Command():
            verb, words = split_verb(join_verb(turn.verb, turn.words))
            name = next((v.name for v in one.verbs if (verb or "help") in (v.name, *v.aliases)), "")
            if name == "link":
                return await _once(one, turn, _link(one, strip_invisible(format_typed_words(words))))
            if name == "help":
                return UnknownSenderAnswer(Say(build_unknown_sender_help_card(way, one.copy)))
    return UnknownSenderAnswer(
        Say(build_unknown_sender_card(one.copy, get_link_example(way, one.copy), get_sent_text(turn)))
    )


async def _once(one: UnknownSender, turn: Turn, act: Coroutine[Any, Any, UnknownSenderAnswer]) -> UnknownSenderAnswer:
    before = await find_answer(one.session, person_id=None, **turn_key(one.source))
    if before is not None:
        act.close()
        return UnknownSenderAnswer(load_value(before))
    met = await act
    if is_final(turn, met.reply):
        stored = await store_answer(
            one.session,
            person_id=met.person.id if met.person else None,
            reply=dump_value(met.reply),
            now=one.now,
            **turn_key(one.source),
        )
        if not stored:
            raise AlreadyAnswered
    return met


async def _submitted(one: UnknownSender, turn: Submission) -> UnknownSenderAnswer:
    said = {name: strip_invisible(format_typed_words(answer)) for name, answer in turn.answers.items()}
    return await _redeem(one, said["code"], turn) if "code" in said else await _fill(one, said, turn)


async def _link(one: UnknownSender, said: str) -> UnknownSenderAnswer:
    if not said:
        return UnknownSenderAnswer(Ask(build_email_form(one.copy)))
    if "@" not in said:
        return await _redeem(one, said, None)
    if not _is_address(said):
        return UnknownSenderAnswer(Say(build_account_refusal_card("link.email_unreadable", one.copy, said)))
    if not await _request(one, said):
        return UnknownSenderAnswer(Say(build_account_refusal_card("link.too_many", one.copy)))
    return UnknownSenderAnswer(Say(build_account_notice_card(_sent(one), one.copy, count=_minutes())))


async def _fill(one: UnknownSender, said: Mapping[str, str], turn: Submission) -> UnknownSenderAnswer:
    """Request a code for the e-mail address in the form, then show the form for the code.

    If the address is invalid or too many codes were requested, show the first form again with an error.
    """
    email, form = said.get("email", ""), build_email_form(one.copy)
    if not _is_address(email):
        no = one.copy.line("link.email_unreadable")
        return UnknownSenderAnswer(Ask(form, turn.answers, {"email": no}, one.state, turn.token))
    if not await _request(one, email):
        return UnknownSenderAnswer(
            Ask(form, turn.answers, {"email": one.copy.line("link.too_many")}, one.state, turn.token)
        )
    sent = one.copy.line(_sent(one), count=_minutes())
    return UnknownSenderAnswer(Ask(build_code_form(sent, one.copy), state={**one.state, CODE_SENT_KEY: sent}))


def _is_address(said: str) -> bool:
    return len(said) <= cards_accounts.MAX_TYPED_EMAIL_LENGTH and bool(TYPED_EMAIL_PATTERN.fullmatch(said))


async def _request(one: UnknownSender, email: str) -> bool:
    return await request_link_code(
        one.session,
        account=one.source.sender,
        email=email,
        key=one.key,
        salt=secrets.token_hex(16),
        by_mail=one.by_mail,
        now=one.now,
    )


async def _redeem(one: UnknownSender, typed: str, form: Submission | None) -> UnknownSenderAnswer:
    """A wrong code is said at the form's field, where there is a form: it may be typed again there."""
    found = await redeem_link_code(one.session, account=one.source.sender, typed=typed, key=one.key, now=one.now)
    match found:
        case WrongCode(left) if form is not None and left:
            no = {"code": one.copy.line("link.code_wrong", count=left)}
            shown = build_code_form(str(one.state.get(CODE_SENT_KEY, "")), one.copy)
            return UnknownSenderAnswer(Ask(shown, form.answers, no, one.state, form.token))
        case WrongCode(left) if left:
            return UnknownSenderAnswer(Say(build_account_refusal_card("link.code_wrong", one.copy, count=left)))
        case WrongCode() | NoCode():
            return UnknownSenderAnswer(Say(build_account_refusal_card("link.no_code", one.copy)))
    copy = Copy(choose_language(found.locale, one.source.locale))
    return UnknownSenderAnswer(Say(build_account_notice_card("link.done", copy, name=found.display_name)), found)


def _sent(one: UnknownSender) -> str:
    return "link.sent" if one.by_mail else "link.sent_without_mail"


def _minutes() -> int:
    return int(link_codes.LINK_CODE_LIFETIME.total_seconds()) // 60
