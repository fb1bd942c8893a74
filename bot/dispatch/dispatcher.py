"""One turn, one transaction, one answer."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.cards import notices
from bot.dialogs import user_input
from bot.dialogs.dialog import Dialog, Talk, Verb, no_form
from bot.dispatch import submissions, unknown_sender, unresolved_people
from bot.dispatch.conversation_store import Conversations
from bot.dispatch.unknown_sender import Stranger
from bot.i18n import catalog
from bot.i18n.copy import Copy
from bot.parsing import commands as parsing_commands
from bot.protocol import button_tokens, serialization, turn_keys
from bot.protocol.context import LANGUAGE, PERSON, TURN
from bot.protocol.forms import Form
from bot.protocol.turns import Ask, Command, Press, Reply, Say, Source, Submission, Turn
from engine.db.connection import Sessions
from engine.errors import NotAllowed, Refused
from engine.outbox import places as outbox_places
from engine.turns import inbox as turns_inbox
from engine.turns import turn_context

log = logging.getLogger(__name__)

Act = Callable[[Talk], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a turn comes to, known before the database is asked: who acts, and whether they write."""

    act: Act
    writes: bool
    dialog: Dialog | None = None
    gives: bool = False


@dataclass(slots=True)
class Bot:
    """The dispatcher. `wake` stirs the relay after a commit that may have left something to tell."""

    writing: Sessions
    reading: Sessions
    conversations: Conversations
    verbs: tuple[Verb, ...]
    clock: Callable[[], datetime]
    key: bytes
    wake: Callable[[], None] = lambda: None
    by_mail: bool = False  # whether a code can go out by e-mail
    site: str = ""  # where links to celebrations lead; "" where nobody outside could open one

    async def handle(self, turn: Turn) -> Reply:
        """Answer one turn. A repeated turn gets the first answer again and changes nothing."""
        TURN.set(f"{turn.source.channel}:{turn.source.message_id}")
        PERSON.set(None)
        LANGUAGE.set(catalog.language_for(turn.source.locale))
        try:
            reply = await self._answer(turn)
            self.wake()
            return await self._kept(turn, reply)
        except Exception:
            log.exception("a turn failed", extra={"action": "turn_failed"})
            return Say(notices.apology(Copy(LANGUAGE.get()), user_input.as_sent(turn)), failed=True)

    async def _answer(self, turn: Turn) -> Reply:
        state: dict[str, Any] = {}
        if isinstance(turn, Submission):
            found = await self.conversations.read(turn.token)
            if found is None or any(
                found[submissions.PLACE][name] != getattr(turn.source, name) for name in submissions.ASKED_FOR
            ):
                return await self._transact(turn, Plan(partial(submissions.expired, turn=turn), writes=False), state)
            state, turn = found, replace(turn, source=submissions.where_asked(turn.source, found))
        return await self._transact(turn, self._plan(turn), state)

    async def _transact(self, turn: Turn, plan: Plan, state: dict[str, Any]) -> Reply:
        talk: Talk | None = None
        try:
            async with (self.writing if plan.writes else self.reading).begin() as session:
                arrival = await turn_context.read(
                    session, accounts=set(turn_keys.accounts(turn)), **turn_keys.name(turn.source)
                )
                if plan.writes and turn.source.account in arrival.first_answers:
                    return _loaded(arrival.first_answers[turn.source.account])
                if turn.source.unmet - arrival.people.keys():
                    return await self._unmet(session, turn, plan, arrival, state)
                if turn.source.account not in arrival.people:
                    return await self._met(session, turn, state)
                talk = await self._talk(session, turn.source, arrival, state, plan)
                reply = await self._act(plan, talk, arrival.seen[turn.source.account])
                if plan.writes and turn_keys.is_final(turn, reply):
                    await self._remember(talk, reply)
                return reply
        except Refused as no:
            if talk is None:
                raise
            return await self._refused(turn, plan, talk, no)
        except turn_keys.AnsweredBefore:
            return await self._first_answer(turn.source)

    async def _met(self, session: AsyncSession, turn: Turn, state: dict[str, Any]) -> Reply:
        """Nobody is behind the account yet, or nobody was until this turn."""
        copy = Copy(LANGUAGE.get())
        one = Stranger(session, self.clock(), turn.source, copy, self.key, self.verbs, state, self.by_mail)
        met = await unknown_sender.answer(one, turn)
        PERSON.set(met.person.id if met.person else None)
        return met.reply

    async def _unmet(
        self, session: AsyncSession, turn: Turn, plan: Plan, arrival: turn_context.Arrival, state: dict[str, Any]
    ) -> Reply:
        """A gift in one line waits, a form comes back as it was sent; of anything else the words go back."""
        giver = arrival.people.get(turn.source.account)
        if giver and giver.active:
            talk = await self._talk(session, turn.source, arrival, state, plan)
            if plan.gives and unresolved_people.may_wait(turn):
                reply = await unresolved_people.wait(talk, turn)
                await self._remember(talk, reply)
                return reply
            if isinstance(turn, Submission) and plan.dialog and (form := await self._form_again(plan.dialog, talk)):
                return unresolved_people.sent_back(talk, form, turn)
        return unresolved_people.handed_back(Copy(LANGUAGE.get()), turn)

    async def _act(self, plan: Plan, talk: Talk, seen: datetime) -> Reply:
        try:
            if not talk.person.active:
                raise NotAllowed("inactive")
            if plan.writes and talk.now - seen > turn_context.NOTED:
                await turn_context.note(talk.session, now=talk.now, **turn_keys.account(talk.source))
            return await plan.act(talk)
        except Refused:
            talk.session.expunge_all()  # or the rollback would forget the people that the refusal speaks of
            raise

    async def _talk(
        self,
        session: AsyncSession,
        source: Source,
        arrival: turn_context.Arrival,
        state: dict[str, Any],
        plan: Plan,
    ) -> Talk:
        person = arrival.people[source.account]
        PERSON.set(person.id)
        now = self.clock()
        place_id = None if source.private else arrival.place_id
        if plan.writes and place_id is None and source.conversation and not source.private:
            place_id = await outbox_places.see(
                session,
                channel=source.channel,
                tenant=source.tenant,
                external_id=source.conversation,
                name=source.place_name,
                now=now,
            )
        language = catalog.language_for(person.locale, source.locale, arrival.settings.language)
        LANGUAGE.set(language)
        zone = person.timezone or arrival.settings.timezone
        return Talk(
            session=session,
            now=now,
            person=person,
            known=arrival.people,
            source=source,
            place_id=place_id,
            settings=arrival.settings,
            copy=Copy(language, zone),
            key=self.key,
            verbs=self.verbs,
            state=state,
            site=self.site,
        )

    def _plan(self, turn: Turn) -> Plan:
        match turn:
            case Command():
                return self._command(turn)
            case Press(token=token):
                return self._press(token)
            case Submission(dialog=name):
                dialogs = {v.dialog.name: v.dialog for v in self.verbs if v.dialog.form is not no_form}
                dialog = dialogs.get(name)
                if dialog is None:
                    return Plan(_stale, writes=False)
                return Plan(lambda talk: submissions.submitted(dialog, talk, turn), writes=True, dialog=dialog)

    def _command(self, turn: Command) -> Plan:
        verb, said = parsing_commands.split_verb(parsing_commands.whole(turn.verb, turn.words))
        known = next((v for v in self.verbs if (verb or "help") in (v.name, *v.aliases)), None)
        if known is not None:
            act = known.command
            return Plan(lambda talk: act(talk, said), known.writes, known.dialog, known.gives)
        names = [name for v in self.verbs for name in (v.name, *v.aliases)]

        async def unknown(talk: Talk) -> Reply:
            return Say(
                notices.unknown_verb(
                    talk.copy, verb, parsing_commands.nearest(verb, names), user_input.line(talk, turn)
                )
            )

        return Plan(unknown, writes=False)

    def _press(self, token: str) -> Plan:
        pressed = button_tokens.read(token, self.key)
        presses = {name: act for v in self.verbs for name, act in v.dialog.presses.items()}
        if pressed is None or pressed.verb not in presses:
            return Plan(_stale, writes=False)
        act, subject = presses[pressed.verb], pressed.subject
        return Plan(lambda talk: act(talk, subject), writes=True)

    async def _refused(self, turn: Turn, plan: Plan, talk: Talk, no: Refused) -> Reply:
        """The transaction is rolled back; the refusal is said, and remembered in one of its own."""
        reply = await self._no(turn, plan, talk, no)
        if not plan.writes or not turn_keys.is_final(turn, reply):
            return reply
        try:
            async with self.writing.begin() as session:
                await self._remember(replace(talk, session=session), reply)
        except turn_keys.AnsweredBefore:
            return await self._first_answer(turn.source)
        return reply

    async def _no(self, turn: Turn, plan: Plan, talk: Talk, no: Refused) -> Reply:
        if not isinstance(turn, Submission) or not plan.dialog:
            return Say(notices.refusal(talk.copy, no, user_input.line(talk, turn)))
        form, at = await self._form_again(plan.dialog, talk), plan.dialog.blame.get(no.reason)
        if form is None:
            others = {name: answer for name, answer in turn.answers.items() if name != at}
            return Say(notices.refusal(talk.copy, no, user_input.filled_in(talk, others)))
        said = {at or form.fields[0].id: notices.refused(talk.copy, no)}
        return Ask(form, turn.answers, said, talk.state, turn.token)

    async def _form_again(self, dialog: Dialog, talk: Talk) -> Form | None:
        """The form that the refusal is shown in; None where even the form is refused now."""
        try:
            async with self.reading.begin() as session:
                return await dialog.form(replace(talk, session=session))
        except Refused:
            return None

    async def _remember(self, talk: Talk, reply: Reply) -> None:
        stored = await turns_inbox.remember(
            talk.session,
            person_id=talk.person.id,
            reply=serialization.dump(reply),
            now=talk.now,
            **turn_keys.name(talk.source),
        )
        if not stored:
            raise turn_keys.AnsweredBefore

    async def _first_answer(self, source: Source) -> Reply:
        async with self.reading.begin() as session:
            stored = await turns_inbox.first_answer(session, person_id=PERSON.get(), **turn_keys.name(source))
            return _loaded(stored or {"$": "Quiet"})

    async def _kept(self, turn: Turn, reply: Reply) -> Reply:
        """What a form must know when it comes back waits under its token."""
        if not isinstance(reply, Ask) or reply.token:
            return reply
        state = dict(reply.state)
        if submissions.PLACE not in state:
            source = asdict(turn.source)
            state[submissions.PLACE] = {name: source[name] for name in submissions.ASKED_AT}
        return replace(reply, token=await self.conversations.open(state))


async def _stale(talk: Talk) -> Reply:
    """A button or a form that nobody of ours has made, or that no dialog answers any more."""
    raise Refused("stale_button")


def _loaded(stored: dict[str, Any]) -> Reply:
    reply: Reply = serialization.load(stored)
    return reply
