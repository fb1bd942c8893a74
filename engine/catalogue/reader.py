"""Reading of a catalogue file, entry by entry, in every supported format. Faulty entries are always reported."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from pydantic import ValidationError

from engine.catalogue.definition import RewardDefinition
from engine.errors import BadInput
from engine.parsing.json_values import find_json_faults, find_repeated_keys, parse_json
from engine.parsing.problems import EntryProblem, ParseContext, quote_text
from engine.parsing.pydantic_errors import describe_error, get_error_path
from engine.people.names import fold_name

MAX_CATALOGUE_BYTES = 20_000_000  # bytes
MAX_REWARD_JSON_LENGTH = 200_000  # characters of JSON
MAX_CATALOGUE_REWARDS = 10_000


@dataclass(frozen=True, slots=True)
class RewardsFile:
    """What a file says: rewards by the columns of `engine.catalogue.Reward`, and the sentences for its author."""

    rewards: tuple[Mapping[str, Any], ...]
    problems: tuple[EntryProblem, ...]  # entries that are not loaded, and why
    warnings: tuple[EntryProblem, ...]  # about rewards that are loaded


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One entry of the file: its definition, or why there is none."""

    subject: str
    definition: RewardDefinition | None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_catalogue(content: bytes | str, zone: tzinfo) -> RewardsFile:
    """Read a list of rewards, a table `{"rewards": […]}` or a single reward. Times without a zone are those of `zone`.

    Raises BadInput where the file as a whole is no catalogue: too large, not UTF-8, not JSON, not of that shape.
    """
    found = [_entry(given, number, zone) for number, given in enumerate(_listing(_text(content)), 1)]
    entries = _unique(found)
    return RewardsFile(
        tuple(entry.definition.columns() for entry in entries if entry.definition),
        tuple(EntryProblem(entry.subject, text) for entry in entries for text in entry.problems),
        tuple(EntryProblem(entry.subject, text) for entry in entries if entry.definition for text in entry.warnings)
        + tuple(_same_names([entry for entry in entries if entry.definition])),
    )


def format_reward_subject(reward_id: object, name: str) -> str:
    """Return the name of a reward in a report: `1005 "Team Player"`."""
    return f"{reward_id} {quote_text(name)}"


def _text(content: bytes | str) -> str:
    if len(content) > MAX_CATALOGUE_BYTES:
        raise BadInput(f"the file is larger than {MAX_CATALOGUE_BYTES // 10**6} MB")
    try:
        return content.decode("utf-8-sig") if isinstance(content, bytes) else content.removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8 text") from None


def _listing(text: str) -> list[Any]:
    value = parse_json(text)
    if isinstance(value, dict) and isinstance(value.get("rewards"), list):
        value = value["rewards"]
    listing = [value] if isinstance(value, dict) else value
    if not isinstance(listing, list):
        raise BadInput('a catalogue is a list of rewards: [{"reward_id": 1, "reward": "…", …}]')
    if len(listing) > MAX_CATALOGUE_REWARDS:
        raise BadInput(f"the file has {len(listing)} rewards; {MAX_CATALOGUE_REWARDS} is the most")
    return listing


def _entry(given: Any, number: int, zone: tzinfo) -> CatalogueEntry:
    named = _named(given, number)
    if not isinstance(given, dict):
        return CatalogueEntry(named, None, (f"a reward is a table of keys, not {quote_text(given)}",))
    if faults := tuple(dict.fromkeys(find_json_faults(given))):
        return CatalogueEntry(named, None, faults)
    if (size := len(json.dumps(given))) > MAX_REWARD_JSON_LENGTH:
        return CatalogueEntry(named, None, (f"has {size} characters of JSON; {MAX_REWARD_JSON_LENGTH} is the most",))
    reading = ParseContext(zone)
    for key in find_repeated_keys(given):
        reading.warn(f"{quote_text(key)} is there twice; the last one counts")
    try:
        return CatalogueEntry(
            named, RewardDefinition.model_validate(given, context=reading), (), tuple(reading.warnings)
        )
    except ValidationError as error:
        return CatalogueEntry(named, None, tuple(_sentences(error)))


def _named(given: Any, number: int) -> str:
    if not isinstance(given, dict) or not isinstance(given.get("reward"), str):
        return f"entry {number}"
    reward_id = given.get("reward_id")
    return format_reward_subject(reward_id if isinstance(reward_id, int) else f"entry {number}", given["reward"])


def _sentences(error: ValidationError) -> Iterator[str]:
    faults = error.errors(include_url=False)
    missing = [str(fault["loc"][0]) for fault in faults if fault["type"] == "missing"]
    if missing:
        yield f"{' and '.join(missing)} missing: a part of a reward cannot be loaded alone"
    yield from (describe_error(fault, get_error_path(fault)) for fault in faults if fault["type"] != "missing")


def _unique(entries: Sequence[CatalogueEntry]) -> list[CatalogueEntry]:
    """Reject all entries that share a reward id, as it is unclear which one was meant."""
    times = Counter(entry.definition.reward_id for entry in entries if entry.definition)
    return [
        CatalogueEntry(entry.subject, None, (f"the reward_id {entry.definition.reward_id} is used more than once",))
        if entry.definition and times[entry.definition.reward_id] > 1
        else entry
        for entry in entries
    ]


def _same_names(entries: Sequence[CatalogueEntry]) -> Iterator[EntryProblem]:
    by_name: dict[str, str] = {}
    for entry in entries:
        assert entry.definition
        first = by_name.setdefault(fold_name(entry.definition.reward), entry.subject)
        if first is not entry.subject:
            yield EntryProblem(entry.subject, f"has the same name as {first}")
