"""What an import does not do unasked: change who many rows are, or retire a good part of the directory."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from engine.directory.applying import count_active, count_missing
from engine.directory.staging import LEFT_OUT, STAGING_TABLE, ImportReport
from engine.errors import BadInput
from engine.parsing.problems import quote_text
from engine.people_file.choices import Choices
from engine.people_file.rows import PersonRow

MAX_REWIRED = 3  # people whose identity a file may change without a question
MAX_RETIRED_SHARE = 0.1  # of the active people
SHORTEST_WORD = 2  # letters that count where names are compared


class NotConfirmed(BadInput):
    """Error: the import would change much, and this was not confirmed."""


def note_changes(report: ImportReport, row: PersonRow, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Note in the report whether a row changes a person's identity, and whether it deactivates them."""
    if before["active"] and not after["active"] and before["kind"] != "bot":
        report.retired += 1
    for key, words in (("email", "e-mail"), ("employee_id", "employee id")):
        if before[key] and after[key] != before[key]:
            report.note_rewired(
                f"{report.unit} {row.number}: the {words} {quote_text(before[key])} becomes {quote_text(after[key])}"
            )
            return
    if _is_somebody_else(before, after):
        was, becomes = quote_text(before["display_name"]), quote_text(after["display_name"])
        report.note_rewired(f"{report.unit} {row.number}: {was} becomes {becomes}")


def _is_somebody_else(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Check whether the two names share no word.

    A former name that was made from the e-mail address is ignored: the result is False.
    """
    words = _words(before["folded_name"])
    made = (before["email"] or "").partition("@")[0] == before["display_name"]
    return bool(words) and not made and words.isdisjoint(_words(after["folded_name"]))


def _words(name: str) -> set[str]:
    return {word for word in name.replace("-", " ").split() if len(word) >= SHORTEST_WORD}


async def require_confirmation(session: AsyncSession, report: ImportReport, choices: Choices) -> None:
    """Count who would be retired. Raise NotConfirmed where that or the changed identities are too many to go unasked.

    Raises BadInput where a whole directory would be deactivated by a file without a person.
    """
    if choices.deactivate_missing:
        if not await _names_anybody(session):
            raise BadInput("the file names nobody, so nobody was deactivated")
        report.deactivated = await count_missing(session)
    if choices.confirmed:
        return
    reasons = []
    if report.rewired_count > MAX_REWIRED:
        shown = "; ".join(report.rewired)
        reasons.append(f"{report.rewired_count:,} people would become somebody else ({shown})")
    retired, active = report.retired + report.deactivated, await count_active(session)
    if retired > active * MAX_RETIRED_SHARE:
        reasons.append(f"{retired:,} of {active:,} active people would be retired")
    if reasons:
        raise NotConfirmed(f"nothing was changed: {', and '.join(reasons)}. If that is meant, add --yes")


async def _names_anybody(session: AsyncSession) -> bool:
    for table in (STAGING_TABLE, LEFT_OUT):
        if await session.scalar(select(table.c[table.primary_key.columns.keys()[0]]).limit(1)) is not None:
            return True
    return False
