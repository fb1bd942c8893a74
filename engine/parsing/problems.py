"""What a reader of files notices: warnings by the way, and how a name out of a file is shown in a sentence."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import tzinfo
from difflib import get_close_matches

MAX_QUOTED_TEXT_LENGTH = 60  # characters of somebody's own text in a sentence of ours


@dataclass(frozen=True, slots=True)
class EntryProblem:
    """A sentence about one entry of a file. `subject` names the entry: `1005 "Team Player"`, `entry 3`."""

    subject: str
    text: str


@dataclass(slots=True)
class ParseContext:
    """One entry while it is read: the organisation's zone, and what was noticed so far."""

    zone: tzinfo
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def unknown_keys(self, where: str, given: Iterable[str], known: Collection[str]) -> None:
        """Warn of each key that is not among `known`, and suggest the key that was probably meant."""
        for key in given:
            if key not in known:
                hint = suggest_known_name(key, known)
                self.warn(f"{where}: {quote_text(key)} is not a key that is known; it is kept as it is{hint}")


def quote_text(text: object) -> str:
    """Quote a user's text for a sentence: in quotes, on one line, shortened if it is long."""
    words = str(text)
    return make_printable(
        f'"{words[:MAX_QUOTED_TEXT_LENGTH]}…"' if len(words) > MAX_QUOTED_TEXT_LENGTH else f'"{words}"'
    )


def make_printable(text: str) -> str:
    """Replace control characters by spaces, so that a file cannot write control codes to a terminal."""
    return "".join(mark if mark.isprintable() else " " for mark in text)


def suggest_known_name(typed: str, known: Iterable[str]) -> str:
    """Return ` (did you mean "x"?)` if a known name is similar, else an empty string."""
    near = get_close_matches(typed, list(known), n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""
