"""Forms, asked one question at a time in a person's private chat. Where they are waits with the other dialogs."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from hashlib import sha256

from telegram import Message as Posted
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot.dialogs.receivers import build_person_options, split_receivers
from bot.dispatch.conversation_store import ConversationStore
from bot.i18n.copy import Copy
from bot.parsing import gift_text
from bot.parsing.commands import format_typed_words
from bot.protocol.elements import Mention, Text
from bot.protocol.forms import ChoiceField, Option, PersonField, ToggleField
from bot.protocol.turns import Ask, Press, Source, Submission, Words
from channels.telegram import limits
from channels.telegram.forms import question
from channels.telegram.forms.contact_picker import offer_contact_picker, remove_contact_picker
from channels.telegram.forms.progress import (
    FormProgress,
    add_people,
    answer_question,
    begin_form,
    choose_option,
    dump_form_progress,
    finish_form,
    load_form_progress,
    reject_answer,
    return_to_previous,
    skip_question,
    toggle_answer,
)
from channels.telegram.forms.question import render_telegram_form
from channels.telegram.inbound.updates import TELEGRAM_CHANNEL
from channels.telegram.outbound.language import load_reader_copy
from channels.telegram.outbound.posts import edit_telegram_message, send_telegram_answer
from channels.telegram.render.cards import TelegramMessage, render_telegram_lines
from channels.telegram.render.entities import build_text_line
from engine.db.connection import SessionFactory
from engine.kudos.queries import list_recently_thanked
from engine.people.eligibility import get_eligible_names
from engine.people.fitting import MatchQuality
from engine.people.lookup import find_people_by_account
from engine.people.search import SearchResult, search_people


@dataclass(frozen=True, slots=True)
class PressNotice:
    """The text of the answer to a press. It may be empty."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class FormConversation:
    """Forms that a person fills in by chat. `secret` keeps the name under which a form waits from being guessed."""

    bot: ExtBot[None]
    conversations: ConversationStore
    sessions: SessionFactory  # for reading
    secret: bytes

    async def begin(self, ask: Ask, source: Source, copy: Copy) -> None:
        """Ask the first question, or the first again that is to be corrected. Raises what Telegram does."""
        before = await self._read(source)
        at = await self._without_picker(source, before, begin_form(ask, copy.language, before))
        await self._show(source, await self._with_offers(at, source))

    async def hear(self, source: Source, words: Words) -> bool:
        """Take the words as the answer to the question that waits. False where no form does."""
        at, number = await self._read(source), int(source.way_back["message"])
        if at is None:
            return False
        if number > at.heard:
            said = await self._heard(replace(at, heard=number), source, words)
            heard = await self._without_picker(source, at, said)
            await self._show_below(source, at, await self._with_offers(heard, source))
        return True

    async def pick(self, source: Source, request: int, contacts: tuple[Mention, ...]) -> None:
        """Take the contacts as the answer to the question that let the person pick them; from any other none are."""
        at, number = await self._read(source), int(source.way_back["message"])
        if at is None:
            await remove_contact_picker(self.bot, source.account, await self._copy(at, source))
        elif number > at.heard and 0 < request == at.picker:
            found = await self._found(replace(at, heard=number), source, contacts)
            found = await self._without_picker(source, at, found)
            await self._show_below(source, at, await self._with_offers(found, source))

    async def press(self, turn: Press) -> PressNotice | Submission:
        """Handle a press on a button of a form. Return a notice, or the Submission of a finished form.

        A press on another form's or question's button has no effect.
        """
        source = turn.source
        _, field, deed, number = (*turn.token.split(":"), "", "", "")[:4]
        at = await self._read(source)
        if at is None or at.message != source.way_back["message"]:
            return PressNotice((await self._copy(at, source)).line("telegram.form_over"))
        if field != (at.question.id if at.question else question.SUMMARY_FIELD):
            return PressNotice()
        if deed == "send" and at.question is None:
            return Submission(source, at.ask.form.dialog, at.answers, at.ask.token)
        if deed == "cancel":
            await self._cancel(source, at)
        elif deed == "contacts":
            return await self._offer_contacts(source, at)
        else:
            done = await self._without_picker(source, at, _done(at, deed, number))
            await self._show(source, await self._with_offers(done, source))
        return PressNotice()

    async def give_up(self, source: Source) -> None:
        """Close the person's form, if one is open, and confirm it below, where they look."""
        at = await self._read(source)
        copy = await self._copy(at, source)
        await self.close(source)
        if at is not None and at.picker:
            await remove_contact_picker(self.bot, source.account, copy)
        if at is not None and at.message:
            await _edited(self.bot.edit_message_reply_markup(int(source.account), at.message))
        words = copy.line("telegram.cancelled" if at else "telegram.nothing_open")
        await self._sent(source, render_telegram_lines([build_text_line((words,))], (), copy))

    async def close(self, source: Source) -> None:
        """Delete the person's waiting form."""
        await self.conversations.close(self._name(source))

    async def _heard(self, at: FormProgress, source: Source, words: Words) -> FormProgress:
        copy = Copy(at.language)
        typed = format_typed_words(words)
        if not typed:
            return reject_answer(at, copy.line("form.required"))
        match at.question:
            case None:
                return at
            case PersonField():
                return await self._named(at, source, split_receivers(words), copy)
            case ChoiceField(options=options):
                return _choice(at, options, typed, copy)
            case ToggleField():
                return _toggle(at, typed, copy)
            case _:
                return answer_question(at, (typed,), copy)

    async def _named(self, at: FormProgress, source: Source, parts: Words, copy: Copy) -> FormProgress:
        """Add all people that are clear. For the first unclear name, offer the people who fit."""
        found = await self._fitting(source, parts[: gift_text.MAX_NAMES_PER_TURN])
        clear = tuple(Mention(only.display_name, only.id) for one in found.values() if (only := one.only))
        at = add_people(at, clear) if clear else at
        for part, fits in found.items():
            if fits.only is None:
                name, fitting = part if isinstance(part, str) else part.name, build_person_options(fits.people)
                key = "telegram.several_called" if fitting else "telegram.nobody_called"
                return replace(reject_answer(at, copy.line(key, typed=name)), offered=fitting, page=0)
        return answer_question(at, at.answer, copy)

    async def _fitting(self, source: Source, parts: Words) -> dict[str | Mention, SearchResult]:
        """Search the person for each part: by typed name, or by the account of a mention."""
        accounts = [part.account or "" for part in parts if isinstance(part, Mention)]
        async with self.sessions.begin() as session:
            named = await search_people(session, [part for part in parts if isinstance(part, str)])
            behind = await find_people_by_account(
                session, channel=TELEGRAM_CHANNEL, tenant=source.tenant, accounts=accounts
            )
        certain = {account: SearchResult((person,), fit=MatchQuality.EXACT) for account, person in behind.items()}
        return {p: named[p] if isinstance(p, str) else certain.get(p.account or "", SearchResult()) for p in parts}

    async def _found(self, at: FormProgress, source: Source, contacts: tuple[Mention, ...]) -> FormProgress:
        """Add all contacts who are colleagues, and report those who are not by name."""
        copy, accounts = Copy(at.language), [one.account for one in contacts if one.account]
        where = {"channel": TELEGRAM_CHANNEL, "tenant": source.tenant}
        async with self.sessions.begin() as session:
            names = await get_eligible_names(session, accounts=accounts, **where)
            known = await find_people_by_account(session, accounts=names, **where)
        clear = tuple(Mention(known[one].display_name, known[one].id) for one in accounts if one in known)
        at = add_people(at, clear if at.many else clear[:1]) if clear else at
        unknown = [one.name or copy.line("telegram.that_contact") for one in contacts if one.account not in known]
        if unknown:
            return reject_answer(at, copy.line("telegram.contact_unknown", name=copy.names(unknown)))
        return answer_question(at, at.answer, copy)

    async def _offer_contacts(self, source: Source, at: FormProgress) -> PressNotice:
        """Open the picker for the question at hand; where it is open, say where it is."""
        copy = Copy(at.language)
        if at.picker:
            return PressNotice(copy.line("telegram.pick_below"))
        if isinstance(at.question, PersonField):
            await offer_contact_picker(self.bot, source.account, at.message, limits.CONTACTS if at.many else 1, copy)
            await self.conversations.keep(self._name(source), dump_form_progress(replace(at, picker=at.message)))
        return PressNotice()

    async def _without_picker(self, source: Source, before: FormProgress | None, at: FormProgress) -> FormProgress:
        """Remove the picker once the person wrote, picked or left its question. It belongs to one question."""
        if before is None or not before.picker:
            return at
        if before.ask is at.ask and (before.at, before.heard) == (at.at, at.heard):
            return at
        await remove_contact_picker(self.bot, source.account, Copy(at.language))
        return replace(at, picker=0)

    async def _with_offers(self, at: FormProgress, source: Source) -> FormProgress:
        """Offer the people recently thanked by the person, if the question asks for people."""
        if at.offered or not isinstance(at.question, PersonField):
            return at
        async with self.sessions.begin() as session:
            lately = await list_recently_thanked(session, source.sender, limit=limits.PAGE_CHOICES)
        return replace(at, offered=build_person_options(lately))

    async def _show(self, source: Source, at: FormProgress) -> None:
        """Edit the form's message to show the current question, or send a new one if that fails. Store the progress."""
        said = render_telegram_form(at, Copy(at.language))
        if not at.message or not await _edited(edit_telegram_message(self.bot, source.account, at.message, said)):
            at = replace(at, message=(await self._sent(source, said)).message_id)
        await self.conversations.keep(self._name(source), dump_form_progress(at))

    async def _show_below(self, source: Source, before: FormProgress, at: FormProgress) -> None:
        """Send the current question below the person's message, and remove the buttons of the one above."""
        said = render_telegram_form(at, Copy(at.language))
        at = replace(at, message=(await self._sent(source, said)).message_id)
        await self.conversations.keep(self._name(source), dump_form_progress(at))
        if before.message:
            await _edited(self.bot.edit_message_reply_markup(int(source.account), before.message))

    async def _cancel(self, source: Source, at: FormProgress) -> None:
        await self.close(source)
        copy = Copy(at.language)
        if at.picker:
            await remove_contact_picker(self.bot, source.account, copy)
        words = Text((copy.line("telegram.cancelled"),))
        await edit_telegram_message(
            self.bot, source.account, at.message, render_telegram_lines([build_text_line(words.spans)], (), copy)
        )

    async def _sent(self, source: Source, said: TelegramMessage) -> Posted:
        return await send_telegram_answer(self.bot, source.account, said)

    async def _read(self, source: Source) -> FormProgress | None:
        kept = await self.conversations.read(self._name(source))
        return load_form_progress(kept) if kept else None

    async def _copy(self, at: FormProgress | None, source: Source) -> Copy:
        return Copy(at.language) if at else await load_reader_copy(self.sessions, source)

    def _name(self, source: Source) -> str:
        digest = hmac.new(self.secret, f"walk:{source.tenant}:{source.account}".encode(), sha256).digest()
        return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _done(at: FormProgress, deed: str, number: str) -> FormProgress:
    copy = Copy(at.language)
    count = int(number) if number.isdecimal() else 0
    match deed:
        case "on" | "off":
            return choose_option(at, count, deed == "on", copy)
        case "yes" | "no":
            return toggle_answer(at, deed == "yes", copy)
        case "page":
            return replace(at, page=count) if count * limits.PAGE_CHOICES < max(len(at.options), 1) else at
        case "back":
            return return_to_previous(at)
        case "skip":
            return skip_question(at, copy)
        case "keep":
            return answer_question(at, at.answer, copy)
        case "enough":
            return finish_form(at)
        case _:
            return at


def _toggle(at: FormProgress, typed: str, copy: Copy) -> FormProgress:
    """Answer the question with a typed yes or no. Reject any other text."""
    said = {copy.line("telegram.yes").casefold(): True, copy.line("telegram.no").casefold(): False}
    wanted = said.get(typed.casefold())
    return reject_answer(at, copy.line("form.not_an_option")) if wanted is None else toggle_answer(at, wanted, copy)


def _choice(at: FormProgress, options: tuple[Option, ...], typed: str, copy: Copy) -> FormProgress:
    """Choose the option that was typed as it is shown. Reject any other text."""
    same = (number for number, one in enumerate(options) if typed.casefold() in (one.label.casefold(), one.value))
    number = next(same, None)
    if number is None:
        return reject_answer(at, copy.line("form.not_an_option"))
    return choose_option(at, number, True, copy)


async def _edited(call: Awaitable[object]) -> bool:
    """Await the edit and return whether it worked. The person may have deleted the message."""
    try:
        await call
    except BadRequest:
        return False
    return True
