"""One turn, one transaction, one answer."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards.notices import build_apology_card, build_refusal_card, build_unknown_command_card, format_refusal
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext, reject_form_request
from bot.dialogs.user_input import get_form_text, get_sent_text, get_typed_line
from bot.dispatch import submissions
from bot.dispatch.conversation_store import ConversationStore
from bot.dispatch.days_begun import DaysBegun
from bot.dispatch.submissions import get_form_source, handle_expired_form, handle_submission
from bot.dispatch.unknown_sender import UnknownSender, answer_unknown_sender
from bot.dispatch.unresolved_people import defer_turn, is_deferrable_turn, return_form, return_message
from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from bot.i18n.reader_copy import choose_reader_copy
from bot.parsing.commands import join_verb, split_verb, suggest_command
from bot.protocol.button_tokens import parse_button_token
from bot.protocol.context import CURRENT_LANGUAGE, CURRENT_PERSON, CURRENT_TURN
from bot.protocol.forms import Form
from bot.protocol.serialization import dump_value, load_value
from bot.protocol.turn_keys import AlreadyAnswered, accounts_in, is_final, turn_key
from bot.protocol.turns import Ask, Command, Press, Reply, Say, Source, Submission, Turn
from engine.db.connection import SessionFactory
from engine.errors import NotAllowed, Refused
from engine.outbox.places import get_or_create_place
from engine.turns import turn_context
from engine.turns.inbox import find_answer, store_answer
from engine.turns.turn_context import TurnContext, load_turn_context, record_account_use

log = logging.getLogger(__name__)

TurnAction = Callable[[DialogContext], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class TurnPlan:
    """What a turn comes to, known before the database is asked: who acts, and whether they write."""

    act: TurnAction
    writes: bool
    dialog: Dialog | None = None
    gives: bool = False


@dataclass(slots=True)
class Bot:
    """The dispatcher. `wake` wakes the relay after a commit that may have left something to send."""

    writing: SessionFactory
    reading: SessionFactory
    conversations: ConversationStore
    verbs: tuple[CommandSpec, ...]
    clock: Callable[[], datetime]
    key: bytes
    wake: Callable[[], None] = lambda: None
    by_mail: bool = False  # whether a code can go out by e-mail
    site: str = ""  # where links to celebrations lead; "" where nobody outside could open one
    days: DaysBegun = field(default_factory=DaysBegun)

    async def handle(self, turn: Turn) -> Reply:
        """Answer one turn. A repeated turn gets the first answer again, without further changes."""
        CURRENT_TURN.set(f"{turn.source.channel}:{turn.source.message_id}")
        CURRENT_PERSON.set(None)
        CURRENT_LANGUAGE.set(choose_language(turn.source.locale))
        try:
            reply = await self._answer(turn)
            self.wake()
            return await self._kept(turn, reply)
        except Exception:
            log.exception("a turn failed", extra={"action": "turn_failed"})
            return Say(build_apology_card(Copy(CURRENT_LANGUAGE.get()), get_sent_text(turn)), failed=True)

    async def _answer(self, turn: Turn) -> Reply:
        state: dict[str, Any] = {}
        if isinstance(turn, Submission):
            found = await self.conversations.read(turn.token)
            if found is None or any(
                found[submissions.FORM_ORIGIN_KEY][name] != getattr(turn.source, name)
                for name in submissions.FORM_OWNER_FIELDS
            ):
                return await self._transact(
                    turn, TurnPlan(partial(handle_expired_form, turn=turn), writes=False), state
                )
            state, turn = found, replace(turn, source=get_form_source(turn.source, found))
        return await self._transact(turn, self._plan(turn), state)

    async def _transact(self, turn: Turn, plan: TurnPlan, state: dict[str, Any]) -> Reply:
        talk: DialogContext | None = None
        try:
            async with (self.writing if plan.writes else self.reading).begin() as session:
                arrival = await load_turn_context(session, accounts=set(accounts_in(turn)), **turn_key(turn.source))
                if plan.writes and turn.source.account in arrival.first_answers:
                    return _loaded(arrival.first_answers[turn.source.account])
                if turn.source.unmet - arrival.people.keys():
                    return await self._unmet(session, turn, plan, arrival, state)
                if turn.source.account not in arrival.people:
                    return await self._met(session, turn, state)
                talk = await self._talk(session, turn.source, arrival, state, plan)
                reply = await self._act(plan, talk, arrival.seen[turn.source.account])
                if plan.writes and is_final(turn, reply):
                    await self._remember(talk, reply)
                return reply
        except Refused as no:
            if talk is None:
                raise
            return await self._refused(turn, plan, talk, no)
        except AlreadyAnswered:
            return await self._first_answer(turn.source)

    async def _met(self, session: AsyncSession, turn: Turn, state: dict[str, Any]) -> Reply:
        """Answer an account without a person; `link` may link it to one in this turn."""
        copy = Copy(CURRENT_LANGUAGE.get())
        one = UnknownSender(session, self.clock(), turn.source, copy, self.key, self.verbs, state, self.by_mail)
        met = await answer_unknown_sender(one, turn)
        CURRENT_PERSON.set(met.person.id if met.person else None)
        return met.reply

    async def _unmet(
        self, session: AsyncSession, turn: Turn, plan: TurnPlan, arrival: TurnContext, state: dict[str, Any]
    ) -> Reply:
        """A gift in one line waits, a form comes back as it was sent; of anything else the words go back."""
        giver = arrival.people.get(turn.source.account)
        if giver and giver.active:
            talk = await self._talk(session, turn.source, arrival, state, plan)
            if plan.gives and is_deferrable_turn(turn):
                reply = await defer_turn(talk, turn)
                await self._remember(talk, reply)
                return reply
            if isinstance(turn, Submission) and plan.dialog and (form := await self._form_again(plan.dialog, talk)):
                return return_form(talk, form, turn)
        return return_message(Copy(CURRENT_LANGUAGE.get()), turn)

    async def _act(self, plan: TurnPlan, talk: DialogContext, seen: datetime) -> Reply:
        if not talk.person.active:
            raise NotAllowed("inactive")
        if plan.writes and talk.now - seen > turn_context.SEEN_INTERVAL:
            await record_account_use(talk.session, talk.source.sender, now=talk.now)
        await self.days.note(talk, seen, writes=plan.writes)
        return await plan.act(talk)

    async def _talk(
        self,
        session: AsyncSession,
        source: Source,
        arrival: TurnContext,
        state: dict[str, Any],
        plan: TurnPlan,
    ) -> DialogContext:
        person = arrival.people[source.account]
        CURRENT_PERSON.set(person.id)
        now = self.clock()
        place_id = None if source.private else arrival.place_id
        if plan.writes and place_id is None and source.conversation and not source.private:
            place_id = await get_or_create_place(
                session,
                channel=source.channel,
                tenant=source.tenant,
                external_id=source.conversation,
                name=source.place_name,
                now=now,
            )
        copy = choose_reader_copy(person, source.locale, arrival.settings)
        CURRENT_LANGUAGE.set(copy.language)
        return DialogContext(
            session=session,
            now=now,
            person=person,
            known=arrival.people,
            source=source,
            place_id=place_id,
            settings=arrival.settings,
            copy=copy,
            key=self.key,
            verbs=self.verbs,
            state=state,
            site=self.site,
        )

    def _plan(self, turn: Turn) -> TurnPlan:
        match turn:
            case Command():
                return self._command(turn)
            case Press(token=token):
                return self._press(token)
            case Submission(dialog=name):
                dialogs = {v.dialog.name: v.dialog for v in self.verbs if v.dialog.form is not reject_form_request}
                dialog = dialogs.get(name)
                if dialog is None:
                    return TurnPlan(_stale, writes=False)
                return TurnPlan(lambda talk: handle_submission(dialog, talk, turn), writes=True, dialog=dialog)

    def _command(self, turn: Command) -> TurnPlan:
        verb, said = split_verb(join_verb(turn.verb, turn.words))
        known = next((v for v in self.verbs if (verb or "help") in (v.name, *v.aliases)), None)
        if known is not None:
            act = known.command
            return TurnPlan(lambda talk: act(talk, said), known.writes, known.dialog, known.gives)
        names = [name for v in self.verbs for name in (v.name, *v.aliases)]

        async def unknown(talk: DialogContext) -> Reply:
            return Say(
                build_unknown_command_card(talk.copy, verb, suggest_command(verb, names), get_typed_line(talk, turn))
            )

        return TurnPlan(unknown, writes=False)

    def _press(self, token: str) -> TurnPlan:
        pressed = parse_button_token(token, self.key)
        presses = {name: act for v in self.verbs for name, act in v.dialog.presses.items()}
        if pressed is None or pressed.verb not in presses:
            return TurnPlan(_stale, writes=False)
        act, subject = presses[pressed.verb], pressed.subject
        return TurnPlan(lambda talk: act(talk, subject), writes=True)

    async def _refused(self, turn: Turn, plan: TurnPlan, talk: DialogContext, no: Refused) -> Reply:
        """Answer with the refusal, after the rollback, and store that answer in a transaction of its own."""
        reply = await self._no(turn, plan, talk, no)
        if not plan.writes or not is_final(turn, reply):
            return reply
        try:
            async with self.writing.begin() as session:
                await self._remember(replace(talk, session=session), reply)
        except AlreadyAnswered:
            return await self._first_answer(turn.source)
        return reply

    async def _no(self, turn: Turn, plan: TurnPlan, talk: DialogContext, no: Refused) -> Reply:
        if not isinstance(turn, Submission) or not plan.dialog:
            return Say(build_refusal_card(talk.copy, no, get_typed_line(talk, turn)))
        form, at = await self._form_again(plan.dialog, talk), plan.dialog.blame.get(no.reason)
        if form is None:
            others = {name: answer for name, answer in turn.answers.items() if name != at}
            return Say(build_refusal_card(talk.copy, no, get_form_text(talk, others)))
        said = {at or form.fields[0].id: format_refusal(talk.copy, no)}
        return Ask(form, turn.answers, said, talk.state, turn.token)

    async def _form_again(self, dialog: Dialog, talk: DialogContext) -> Form | None:
        """Build the form again, to show the refusal in it; None if the form itself is refused now."""
        try:
            async with self.reading.begin() as session:
                return await dialog.form(replace(talk, session=session))
        except Refused:
            return None

    async def _remember(self, talk: DialogContext, reply: Reply) -> None:
        stored = await store_answer(
            talk.session,
            person_id=talk.person.id,
            reply=dump_value(reply),
            now=talk.now,
            **turn_key(talk.source),
        )
        if not stored:
            raise AlreadyAnswered

    async def _first_answer(self, source: Source) -> Reply:
        async with self.reading.begin() as session:
            stored = await find_answer(session, person_id=CURRENT_PERSON.get(), **turn_key(source))
            return _loaded(stored or {"$": "Quiet"})

    async def _kept(self, turn: Turn, reply: Reply) -> Reply:
        """Store the state that a form needs when it is sent back, and return the reply with its token.

        Other replies are returned as they are.
        """
        if not isinstance(reply, Ask) or reply.token:
            return reply
        state = dict(reply.state)
        if submissions.FORM_ORIGIN_KEY not in state:
            source = asdict(turn.source)
            state[submissions.FORM_ORIGIN_KEY] = {name: source[name] for name in submissions.FORM_ORIGIN_FIELDS}
        return replace(reply, token=await self.conversations.open(state))


async def _stale(talk: DialogContext) -> Reply:
    """Raise Refused "stale_button": the button or form is forged, or its dialog does not exist any more."""
    raise Refused("stale_button")


def _loaded(stored: dict[str, Any]) -> Reply:
    reply: Reply = load_value(stored)
    return reply
