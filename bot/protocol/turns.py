"""A turn: what a person did in a channel, and what the bot says back. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from bot.protocol.elements import Card, Mention
from bot.protocol.forms import Answers, Form
from engine.people.account import Account

Words = tuple[str | Mention, ...]

ACKNOWLEDGED_SUFFIX = "/taken"  # ends the name under which an acknowledged turn is stored: it may have to wait besides
RESUMED_SUFFIX = "/later"  # ends the message id of a turn that had to wait and is taken up again
MAX_TURN_CAUSE_LENGTH = 250  # characters; a longer name is hashed


@dataclass(frozen=True, slots=True)
class About:
    """The message that a turn is about: its author comes first in the turn's words, and what it says follows.

    `gesture` names an emoji on it, by which what was given is found again when it is taken away; "" where the person
    chose the message from a menu, and may change the words.
    """

    link: str = ""  # where it can be read
    gesture: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a turn came from. (channel, tenant, conversation, message_id) names it for ever."""

    channel: str
    tenant: str
    conversation: str  # the channel's id of the place; "" where there is none
    message_id: str
    account: str  # the sender's id on the channel
    private: bool = False  # a direct conversation with the bot: nothing is celebrated there
    locale: str | None = None
    place_name: str = ""
    way_back: Mapping[str, Any] = field(default_factory=dict)  # what the channel needs to answer there itself
    unmet: frozenset[str] = frozenset()  # accounts that the channel could not ask about now, and may know of later
    about: About | None = None

    @property
    def sender(self) -> Account:
        return Account(self.channel, self.tenant, self.account)

    @property
    def cause(self) -> str:
        """Return the name of the turn as the cause of its effects: unique, at most 255 characters.

        A resumed turn has the same cause, because its gift must still be taken away when its message is deleted.
        """
        gesture = self.about.gesture if self.about else ""
        message = gesture or self.message_id.removesuffix(RESUMED_SUFFIX)
        name = f"{self.channel}:{self.tenant}:{self.conversation}:{message}"
        return f"turn:{name}" if len(name) <= MAX_TURN_CAUSE_LENGTH else f"turn:{sha256(name.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Command:
    """A verb with words. An empty verb means that the words begin with it (`/laurel kudos …`, a mention)."""

    source: Source
    verb: str
    words: Words = ()


@dataclass(frozen=True, slots=True)
class Press:
    """A button of the bot was pressed."""

    source: Source
    token: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A form was sent. `token` is the one that its `Ask` carried."""

    source: Source
    dialog: str
    answers: Answers
    token: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    card: Card
    private: bool = True
    failed: bool = False  # our side broke and nothing was changed: the platform may send the turn again


@dataclass(frozen=True, slots=True)
class Ask:
    """Show the form. `state` stays with the bot, and `token` represents it in the form that is sent."""

    form: Form
    known: Answers = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """The card that carried the pressed button becomes this one."""

    card: Card


@dataclass(frozen=True, slots=True)
class Quiet:
    pass


Turn = Command | Press | Submission


@dataclass(frozen=True, slots=True)
class AcknowledgedTurn:
    """A turn that its platform will not send again, stored until it is answered."""

    turn: Turn


Reply = Say | Ask | Update | Quiet
