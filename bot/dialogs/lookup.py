"""Dialogs that show something of one person: of whoever asks, or of the colleague they name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.dialogs import disambiguation
from bot.dialogs import receivers as dialogs_receivers
from bot.dialogs.dialog import Dialog, Talk
from bot.protocol.forms import Form
from bot.protocol.turns import Ask, Reply, Submission, Words
from engine.errors import Refused
from engine.people.models import Person


@dataclass(frozen=True, slots=True)
class Lookup:
    """`show` answers for the person who was found."""

    name: str
    show: Callable[[Talk, Person], Awaitable[Reply]]

    @property
    def dialog(self) -> Dialog:
        return Dialog(self.name, form=self.form, submitted=self.submitted)

    async def command(self, talk: Talk, words: Words) -> Reply:
        """Alone: of the asker. Raises Refused "unknown_person" (who), "one_person_only"."""
        return await self._answer(talk, dialogs_receivers.parts_of(dialogs_receivers.named(talk, words)))

    async def submitted(self, talk: Talk, turn: Submission) -> Reply:
        return await self._answer(talk, disambiguation.parts_of(talk, turn.answers["person"]))

    async def form(self, talk: Talk) -> Form:
        """Which of several is meant. Raises Refused "stale_form" where nothing was asked."""
        asked, copy = disambiguation.field(talk, "person"), talk.copy
        if asked is None:
            raise Refused("stale_form")
        return Form(self.name, copy.line("which.title"), (asked,), copy.line("which.submit"))

    async def _answer(self, talk: Talk, parts: Words) -> Reply:
        try:
            people = await dialogs_receivers.resolve(talk, parts) if parts else (talk.person,)
        except dialogs_receivers.Ambiguous as several:
            state = {**talk.state, **disambiguation.state_of(several, parts)}
            return Ask(await self.form(replace(talk, state=state)), state=state)
        if len(people) > 1:
            raise Refused("one_person_only")
        return await self.show(talk, people[0])
