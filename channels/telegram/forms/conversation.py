"""Forms, asked one question at a time in a person's private chat. Where they are waits with the other dialogs."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from hashlib import sha256

from telegram import Message as Posted
from telegram.error import BadRequest
from telegram.ext import ExtBot

from bot.dialogs import receivers as dialogs_receivers
from bot.dispatch.conversation_store import Conversations
from bot.i18n.copy import Copy
from bot.parsing import commands as parsing_commands
from bot.parsing import gift_text
from bot.protocol.elements import Mention, Text
from bot.protocol.forms import ChoiceField, Option, PersonField, ToggleField
from bot.protocol.turns import Ask, Press, Source, Submission, Words
from channels.telegram import limits
from channels.telegram.forms import contact_picker, progress, question
from channels.telegram.forms.progress import Walk
from channels.telegram.inbound.updates import CHANNEL
from channels.telegram.outbound.language import copy_for
from channels.telegram.outbound.posts import answer, become
from channels.telegram.render.cards import Message, written
from channels.telegram.render.entities import line
from engine.db.connection import Sessions
from engine.kudos import queries as kudos_queries
from engine.people import eligibility
from engine.people import lookup as people_lookup
from engine.people import search as people_search
from engine.people.search import Fit, Found


@dataclass(frozen=True, slots=True)
class Told:
    """What the answer to a press says; "" is nothing."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class Steps:
    """`secret` makes the name under which a person's form waits: nobody else can guess it."""

    bot: ExtBot[None]
    conversations: Conversations
    sessions: Sessions  # for reading
    secret: bytes

    async def begin(self, ask: Ask, source: Source, copy: Copy) -> None:
        """Ask the first question, or the first again that is to be corrected. Raises what Telegram does."""
        before = await self._read(source)
        at = await self._without_picker(source, before, progress.begin(ask, copy.language, before))
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
            await contact_picker.put_away(self.bot, source.account, await self._copy(at, source))
        elif number > at.heard and 0 < request == at.picker:
            found = await self._found(replace(at, heard=number), source, contacts)
            found = await self._without_picker(source, at, found)
            await self._show_below(source, at, await self._with_offers(found, source))

    async def press(self, turn: Press) -> Told | Submission:
        """What a button of a form comes to. A press on another form's or question's button changes nothing."""
        source = turn.source
        _, field, deed, number = (*turn.token.split(":"), "", "", "")[:4]
        at = await self._read(source)
        if at is None or at.message != source.way_back["message"]:
            return Told((await self._copy(at, source)).line("telegram.form_over"))
        if field != (at.question.id if at.question else question.SUMMARY):
            return Told()
        if deed == "send" and at.question is None:
            return Submission(source, at.ask.form.dialog, at.answers, at.ask.token)
        if deed == "cancel":
            await self._cancel(source, at)
        elif deed == "contacts":
            return await self._offer_contacts(source, at)
        else:
            done = await self._without_picker(source, at, _done(at, deed, number))
            await self._show(source, await self._with_offers(done, source))
        return Told()

    async def give_up(self, source: Source) -> None:
        """The person wrote that the form is to be closed, if one is open: that is said below, for there they look."""
        at = await self._read(source)
        copy = await self._copy(at, source)
        await self.close(source)
        if at is not None and at.picker:
            await contact_picker.put_away(self.bot, source.account, copy)
        if at is not None and at.message:
            await _edited(self.bot.edit_message_reply_markup(int(source.account), at.message))
        words = copy.line("telegram.cancelled" if at else "telegram.nothing_open")
        await self._sent(source, written([line((words,))], (), copy))

    async def close(self, source: Source) -> None:
        """The form is over."""
        await self.conversations.close(self._name(source))

    async def _heard(self, at: Walk, source: Source, words: Words) -> Walk:
        copy = Copy(at.language)
        typed = parsing_commands.typed(words)
        if not typed:
            return progress.wrong(at, copy.line("form.required"))
        match at.question:
            case None:
                return at
            case PersonField():
                return await self._named(at, source, dialogs_receivers.parts_of(words), copy)
            case ChoiceField(options=options):
                return _choice(at, options, typed, copy)
            case ToggleField():
                return _toggle(at, typed, copy)
            case _:
                return progress.answered(at, (typed,), copy)

    async def _named(self, at: Walk, source: Source, parts: Words, copy: Copy) -> Walk:
        """Everybody who is clear is taken; of whom is not, those who fit are offered."""
        found = await self._fitting(source, parts[: gift_text.MOST])
        clear = tuple(Mention(only.display_name, only.id) for one in found.values() if (only := one.only))
        at = progress.added(at, clear) if clear else at
        for part, fits in found.items():
            if fits.only is None:
                name, fitting = part if isinstance(part, str) else part.name, dialogs_receivers.options(fits.people)
                key = "telegram.several_called" if fitting else "telegram.nobody_called"
                return replace(progress.wrong(at, copy.line(key, typed=name)), offered=fitting, page=0)
        return progress.answered(at, at.answer, copy)

    async def _fitting(self, source: Source, parts: Words) -> dict[str | Mention, Found]:
        """Who is meant by each part: by name, or by the account that a mention stands for."""
        accounts = [part.account or "" for part in parts if isinstance(part, Mention)]
        async with self.sessions.begin() as session:
            named = await people_search.find(session, [part for part in parts if isinstance(part, str)])
            behind = await people_lookup.behind(session, channel=CHANNEL, tenant=source.tenant, accounts=accounts)
        certain = {account: Found((person,), fit=Fit.EXACT) for account, person in behind.items()}
        return {p: named[p] if isinstance(p, str) else certain.get(p.account or "", Found()) for p in parts}

    async def _found(self, at: Walk, source: Source, contacts: tuple[Mention, ...]) -> Walk:
        """Every contact who is a colleague is taken; whoever is not is named."""
        copy, accounts = Copy(at.language), [one.account for one in contacts if one.account]
        where = {"channel": CHANNEL, "tenant": source.tenant}
        async with self.sessions.begin() as session:
            names = await eligibility.named(session, accounts=accounts, **where)
            known = await people_lookup.behind(session, accounts=names, **where)
        clear = tuple(Mention(known[one].display_name, known[one].id) for one in accounts if one in known)
        at = progress.added(at, clear if at.many else clear[:1]) if clear else at
        unknown = [one.name or copy.line("telegram.that_contact") for one in contacts if one.account not in known]
        if unknown:
            return progress.wrong(at, copy.line("telegram.contact_unknown", name=copy.names(unknown)))
        return progress.answered(at, at.answer, copy)

    async def _offer_contacts(self, source: Source, at: Walk) -> Told:
        """Open the picker for the question at hand; where it is open, say where it is."""
        copy = Copy(at.language)
        if at.picker:
            return Told(copy.line("telegram.pick_below"))
        if isinstance(at.question, PersonField):
            await contact_picker.offer(self.bot, source.account, at.message, limits.CONTACTS if at.many else 1, copy)
            await self.conversations.keep(self._name(source), progress.dumped(replace(at, picker=at.message)))
        return Told()

    async def _without_picker(self, source: Source, before: Walk | None, at: Walk) -> Walk:
        """The picker belongs to one question: it is put away where the person wrote, picked, or went elsewhere."""
        if before is None or not before.picker:
            return at
        if before.ask is at.ask and (before.at, before.heard) == (at.at, at.heard):
            return at
        await contact_picker.put_away(self.bot, source.account, Copy(at.language))
        return replace(at, picker=0)

    async def _with_offers(self, at: Walk, source: Source) -> Walk:
        """At a question for people, those whom the person thanked lately."""
        if at.offered or not isinstance(at.question, PersonField):
            return at
        who = {"channel": CHANNEL, "tenant": source.tenant, "account": source.account}
        async with self.sessions.begin() as session:
            lately = await kudos_queries.thanked_lately(session, limit=limits.PAGE, **who)
        return replace(at, offered=dialogs_receivers.options(lately))

    async def _show(self, source: Source, at: Walk) -> None:
        """The message of the form becomes the question at hand; a new one is sent where there is none."""
        said = question.question(at, Copy(at.language))
        if not at.message or not await _edited(become(self.bot, source.account, at.message, said)):
            at = replace(at, message=(await self._sent(source, said)).message_id)
        await self.conversations.keep(self._name(source), progress.dumped(at))

    async def _show_below(self, source: Source, before: Walk, at: Walk) -> None:
        """The person wrote: the question at hand goes below, and the one above loses its buttons."""
        said = question.question(at, Copy(at.language))
        at = replace(at, message=(await self._sent(source, said)).message_id)
        await self.conversations.keep(self._name(source), progress.dumped(at))
        if before.message:
            await _edited(self.bot.edit_message_reply_markup(int(source.account), before.message))

    async def _cancel(self, source: Source, at: Walk) -> None:
        await self.close(source)
        copy = Copy(at.language)
        if at.picker:
            await contact_picker.put_away(self.bot, source.account, copy)
        words = Text((copy.line("telegram.cancelled"),))
        await become(self.bot, source.account, at.message, written([line(words.spans)], (), copy))

    async def _sent(self, source: Source, said: Message) -> Posted:
        return await answer(self.bot, source.account, said)

    async def _read(self, source: Source) -> Walk | None:
        kept = await self.conversations.read(self._name(source))
        return progress.loaded(kept) if kept else None

    async def _copy(self, at: Walk | None, source: Source) -> Copy:
        return Copy(at.language) if at else await copy_for(self.sessions, source)

    def _name(self, source: Source) -> str:
        digest = hmac.new(self.secret, f"walk:{source.tenant}:{source.account}".encode(), sha256).digest()
        return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _done(at: Walk, deed: str, number: str) -> Walk:
    copy = Copy(at.language)
    count = int(number) if number.isdecimal() else 0
    match deed:
        case "on" | "off":
            return progress.chosen(at, count, deed == "on", copy)
        case "yes" | "no":
            return progress.toggled(at, deed == "yes", copy)
        case "page":
            return replace(at, page=count) if count * limits.PAGE < max(len(at.options), 1) else at
        case "back":
            return progress.back(at)
        case "skip":
            return progress.skipped(at, copy)
        case "keep":
            return progress.answered(at, at.answer, copy)
        case "enough":
            return progress.finished(at)
        case _:
            return at


def _toggle(at: Walk, typed: str, copy: Copy) -> Walk:
    """A yes or a no that was typed."""
    said = {copy.line("telegram.yes").casefold(): True, copy.line("telegram.no").casefold(): False}
    wanted = said.get(typed.casefold())
    return progress.wrong(at, copy.line("form.not_an_option")) if wanted is None else progress.toggled(at, wanted, copy)


def _choice(at: Walk, options: tuple[Option, ...], typed: str, copy: Copy) -> Walk:
    """An option that was typed as it is shown."""
    same = (number for number, one in enumerate(options) if typed.casefold() in (one.label.casefold(), one.value))
    number = next(same, None)
    if number is None:
        return progress.wrong(at, copy.line("form.not_an_option"))
    return progress.chosen(at, number, True, copy)


async def _edited(call: Awaitable[object]) -> bool:
    """Whether the message could be edited: the person may have deleted it."""
    try:
        await call
    except BadRequest:
        return False
    return True
