"""What a dialog is, and what context it gets.

Each conversation has its own file; `bot/dialogs/table.py` lists them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.i18n.copy import Copy
from bot.protocol.forms import Form
from bot.protocol.turns import Reply, Source, Submission, Words
from engine.admin.settings import Settings
from engine.people.models import Person


@dataclass(frozen=True, slots=True)
class DialogContext:
    """Everything that a dialog may use to answer one turn."""

    session: AsyncSession
    now: datetime
    person: Person  # who did it
    known: Mapping[str, Person]  # the mentioned accounts that are linked to somebody
    source: Source
    place_id: int | None  # where a gift of this turn is celebrated; None in private
    settings: Settings
    copy: Copy  # in the person's language
    key: bytes  # signs buttons
    verbs: tuple["CommandSpec", ...] = ()  # the whole table, for help
    state: Mapping[str, Any] = field(default_factory=dict)  # what the Ask of this submission left
    site: str = ""  # where links to celebrations lead; "" where there are none

    @property
    def cause(self) -> str:
        """Return the name of the turn under which its effects are stored."""
        return self.source.cause


async def reject_submission(talk: DialogContext, turn: Submission) -> Reply:
    raise LookupError(f"no form belongs to {turn.dialog}")


async def reject_form_request(talk: DialogContext) -> Form:
    raise LookupError("this dialog has no form")


async def skip_reconsidering(talk: DialogContext, turn: Submission) -> None:
    """Accept every answer. This is the default for forms whose options stay valid after they are shown."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """The conversation about one thing. `form` builds the form that `submitted` gets the checked answers of.

    Before they are checked `reconsider` may raise Refused: it names what could be chosen when the form was shown, and
    cannot be any more.
    `blame` names the form's field that a refusal is shown at (by reason); others are shown at the first field.
    """

    name: str
    form: Callable[[DialogContext], Awaitable[Form]] = reject_form_request
    submitted: Callable[[DialogContext, Submission], Awaitable[Reply]] = reject_submission
    blame: Mapping[str, str] = field(default_factory=dict)
    presses: Mapping[str, Callable[[DialogContext, str], Awaitable[Reply]]] = field(default_factory=dict)
    reconsider: Callable[[DialogContext, Submission], Awaitable[None]] = skip_reconsidering


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command. Help, manifests and menus are made of these.

    Its copy: `commands.NAME.does` (one line) and `commands.NAME.usage` (an example without the verb).
    """

    name: str
    dialog: Dialog
    command: Callable[[DialogContext, Words], Awaitable[Reply]]
    writes: bool
    aliases: tuple[str, ...] = ()
    admin: bool = False
    gives: bool = False  # the line alone can give something: it may wait until everybody in it is known
    registered: bool = False  # a Slack command of its own; the others go through /laurel
