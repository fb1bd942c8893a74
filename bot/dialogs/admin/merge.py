"""An administrator says that two people of the directory are one, or that they are not."""

import re

from bot.cards import accounts as cards_accounts
from bot.dialogs.dialog import Dialog, Talk, Verb
from bot.dialogs.receivers import filled, parts_of, resolve
from bot.protocol.forms import Answer, Form, PersonField
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.accounts import merging as accounts_merging
from engine.admin import permissions
from engine.errors import Refused
from engine.people.models import Person

INTO = re.compile(r"\s+(?:into|in|en|con|with)\s+|^\s*(?:into|in|en|con|with)\s+|\s*->\s*", re.IGNORECASE)


async def command(talk: Talk, words: Words) -> Reply:
    permissions.require(talk.person, "merge")
    goes, stays = apart(words)
    if goes and stays:
        return await _merge(talk, goes, stays)
    known: dict[str, Answer] = {"merged": await filled(talk, goes)} if goes else {}
    return Ask(await form(talk), known)


def apart(words: Words) -> tuple[Words, Words]:
    """Who goes, and who stays: before and after the first "into"."""
    for at, part in enumerate(words):
        if isinstance(part, str) and (found := INTO.search(part)):
            before, after = (*words[:at], part[: found.start()]), (part[found.end() :], *words[at + 1 :])
            return parts_of(before), parts_of(after)
    return parts_of(words), ()


async def form(talk: Talk) -> Form:
    permissions.require(talk.person, "merge")
    copy = talk.copy
    fields = (PersonField("merged", copy.line("merge.merged")), PersonField("kept", copy.line("merge.kept")))
    return Form("merge", copy.line("merge.title"), fields, copy.line("merge.submit"), copy.line("merge.intro"))


async def submitted(talk: Talk, turn: Submission) -> Reply:
    return await _merge(talk, parts_of(turn.answers["merged"]), parts_of(turn.answers["kept"]))


async def _merge(talk: Talk, goes: Words, stays: Words) -> Reply:
    merged, kept = await _one(talk, goes), await _one(talk, stays)
    origin = talk.source.channel
    await accounts_merging.merge(talk.session, merged, kept, actor=talk.person, origin=origin, now=talk.now)
    return Say(cards_accounts.told("merge.done", talk.copy, merged=merged.display_name, kept=kept.display_name))


async def unmerge(talk: Talk, words: Words) -> Reply:
    permissions.require(talk.person, "unmerge")
    kept, origin = await _one(talk, parts_of(words)), talk.source.channel
    merged = await accounts_merging.unmerge(talk.session, kept, actor=talk.person, origin=origin, now=talk.now)
    return Say(cards_accounts.told("merge.undone", talk.copy, merged=merged.display_name, kept=kept.display_name))


async def _one(talk: Talk, parts: Words) -> Person:
    people = await resolve(talk, parts)
    if len(people) != 1:
        raise Refused("one_person_only" if people else "receiver_missing")
    return people[0]


VERBS = (
    Verb("merge", Dialog("merge", form=form, submitted=submitted), command, writes=True, admin=True),
    Verb("unmerge", Dialog("unmerge"), unmerge, writes=True, admin=True),
)
