"""Turns with people whom the channel could not name: a gift in one line waits until it can, all else goes back."""

from dataclasses import replace

from bot import own_words, sources, values
from bot.cards import Mention, notices
from bot.dialogs import Talk
from bot.forms import Form, PersonField
from bot.turns import LATER, Ask, Command, Say, Submission, Turn
from bot.words import Copy
from engine import pending


def may_wait(turn: Turn) -> bool:
    """Whether it can be answered without its person: what is about a message opens a form, or comes again by itself."""
    return isinstance(turn, Command) and turn.source.about is None


async def wait(talk: Talk, turn: Turn) -> Say:
    """Keep the gift, to be taken up again soon; the answer says whom we are looking up."""
    payload = values.dump(turn)
    await pending.keep(talk.session, payload=payload, now=talk.now, **sources.name(turn.source))
    parts = turn.words if isinstance(turn, Command) else ()
    who = {part.account: part for part in parts if isinstance(part, Mention) and part.account in turn.source.unmet}
    return Say(notices.looking_up(talk.copy, tuple(who.values())))


def sent_back(talk: Talk, form: Form, turn: Submission) -> Ask:
    """The form with what stands in it; it may be sent again in a moment."""
    people = next((field.id for field in form.fields if isinstance(field, PersonField)), form.fields[0].id)
    return Ask(form, turn.answers, {people: talk.copy.line("notices.unmet")}, talk.state, turn.token)


def taken_up(turn: Turn) -> Turn:
    """The turn once more, under a name of its own: so this one is answered once for good as well."""
    return replace(turn, source=replace(turn.source, message_id=turn.source.message_id + LATER, unmet=frozenset()))


def handed_back(copy: Copy, turn: Turn) -> Say:
    """Nothing waits: the words go back at once."""
    return Say(notices.unmet(copy, own_words.as_sent(turn)), failed=True)
