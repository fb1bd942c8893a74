"""An administrator says that two people of the directory are one, or that they are not."""

import re

from bot.cards.accounts import build_account_notice_card
from bot.dialogs.dialog import CommandSpec, Dialog, DialogContext
from bot.dialogs.receivers import prefill_receivers, resolve_receivers, split_receivers
from bot.protocol.forms import Answer, Form, PersonField
from bot.protocol.turns import Ask, Reply, Say, Submission, Words
from engine.accounts.merging import merge_people, unmerge_people
from engine.admin.permissions import require_permission
from engine.errors import Refused
from engine.people.models import Person

# It begins at the first blank of a run only, and never gives one back: so a million blanks are read once.
MERGE_SEPARATOR = re.compile(
    r"(?<!\s)\s*+(?:->\s*+|(?:(?<=\s)|\A)(?:into|in|en|con|with)\s++)",
    re.IGNORECASE,
)


async def handle_merge_command(talk: DialogContext, words: Words) -> Reply:
    require_permission(talk.person, "merge")
    goes, stays = parse_merge_words(words)
    if goes and stays:
        return await _merge(talk, goes, stays)
    known: dict[str, Answer] = {"merged": await prefill_receivers(talk, goes)} if goes else {}
    return Ask(await build_merge_form(talk), known)


def parse_merge_words(words: Words) -> tuple[Words, Words]:
    """Split the text at the first "into". Return the people to merge away and the people to keep.

    The second part is empty if there is no "into".
    """
    for at, part in enumerate(words):
        if isinstance(part, str) and (found := MERGE_SEPARATOR.search(part)):
            before, after = (*words[:at], part[: found.start()]), (part[found.end() :], *words[at + 1 :])
            return split_receivers(before), split_receivers(after)
    return split_receivers(words), ()


async def build_merge_form(talk: DialogContext) -> Form:
    require_permission(talk.person, "merge")
    copy = talk.copy
    fields = (PersonField("merged", copy.line("merge.merged")), PersonField("kept", copy.line("merge.kept")))
    return Form("merge", copy.line("merge.title"), fields, copy.line("merge.submit"), copy.line("merge.intro"))


async def handle_merge_submission(talk: DialogContext, turn: Submission) -> Reply:
    return await _merge(talk, split_receivers(turn.answers["merged"]), split_receivers(turn.answers["kept"]))


async def _merge(talk: DialogContext, goes: Words, stays: Words) -> Reply:
    merged, kept = await _one(talk, goes), await _one(talk, stays)
    origin = talk.source.channel
    await merge_people(talk.session, merged, kept, actor=talk.person, origin=origin, now=talk.now)
    return Say(build_account_notice_card("merge.done", talk.copy, merged=merged.display_name, kept=kept.display_name))


async def handle_unmerge_command(talk: DialogContext, words: Words) -> Reply:
    require_permission(talk.person, "unmerge")
    kept, origin = await _one(talk, split_receivers(words)), talk.source.channel
    merged = await unmerge_people(talk.session, kept, actor=talk.person, origin=origin, now=talk.now)
    return Say(build_account_notice_card("merge.undone", talk.copy, merged=merged.display_name, kept=kept.display_name))


async def _one(talk: DialogContext, parts: Words) -> Person:
    people = await resolve_receivers(talk, parts)
    if len(people) != 1:
        raise Refused("one_person_only" if people else "receiver_missing")
    return people[0]


MERGE_COMMANDS = (
    CommandSpec(
        "merge",
        Dialog("merge", form=build_merge_form, submitted=handle_merge_submission),
        handle_merge_command,
        writes=True,
        admin=True,
    ),
    CommandSpec("unmerge", Dialog("unmerge"), handle_unmerge_command, writes=True, admin=True),
)
