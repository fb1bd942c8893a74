"""Dialogs that show something about one person: the asker, or a colleague they name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.dialogs.dialog import Dialog, DialogContext
from bot.dialogs.disambiguation import apply_disambiguation, build_disambiguation_field, build_disambiguation_state
from bot.dialogs.receivers import AmbiguousPerson, name_known_mentions, resolve_receivers, split_receivers
from bot.protocol.forms import Form
from bot.protocol.turns import Ask, Reply, Submission, Words
from engine.errors import Refused
from engine.people.models import Person


@dataclass(frozen=True, slots=True)
class Lookup:
    """`show` answers for the person who was found."""

    name: str
    show: Callable[[DialogContext, Person], Awaitable[Reply]]

    @property
    def dialog(self) -> Dialog:
        return Dialog(self.name, form=self.form, submitted=self.submitted)

    async def command(self, talk: DialogContext, words: Words) -> Reply:
        """Show the answer for the person named, or for the asker if no name is given.

        Raises Refused "unknown_person" (who), "one_person_only".
        """
        return await self._answer(talk, split_receivers(name_known_mentions(talk, words)))

    async def submitted(self, talk: DialogContext, turn: Submission) -> Reply:
        return await self._answer(talk, apply_disambiguation(talk, turn.answers["person"]))

    async def form(self, talk: DialogContext) -> Form:
        """Build the form that asks which of several people is meant.

        Raises Refused "stale_form" if there is no open question.
        """
        asked, copy = build_disambiguation_field(talk, "person"), talk.copy
        if asked is None:
            raise Refused("stale_form")
        return Form(self.name, copy.line("which.title"), (asked,), copy.line("which.submit"))

    async def _answer(self, talk: DialogContext, parts: Words) -> Reply:
        try:
            people = await resolve_receivers(talk, parts) if parts else (talk.person,)
        except AmbiguousPerson as several:
            state = {**talk.state, **build_disambiguation_state(several, parts)}
            return Ask(await self.form(replace(talk, state=state)), state=state)
        if len(people) > 1:
            raise Refused("one_person_only")
        return await self.show(talk, people[0])
