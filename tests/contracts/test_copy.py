"""Both languages say the same things, everything that is said has its sentence, and no sentence is left over."""

import inspect
from collections.abc import Iterator
from string import Formatter

from bot.i18n import catalog
from bot.i18n.catalog import Sentence, load_sentences
from bot.i18n.copy import Copy
from tests import source
from tests.tables import each_row

ENGLISH, SPANISH = (load_sentences(language) for language in catalog.LANGUAGES)
MAY_BE_EMPTY = ".usage"  # a command that takes no words has no example of them
LANGUAGE_ALLOWS_NONE = {"count"}  # "one" may say "a point" without the number

DYNAMIC = {
    "channels.": "bot/cards/accounts.py names each channel",
    "commands.": "bot/cards/help.py names each command",
    "form.": "bot/dispatch/submissions.py says what is wrong with an answer by the fault's key",
    "help.how.": "bot/cards/help.py, by the channel's way of speaking",
    "help.example.": "bot/cards/help.py, by the channel's way of speaking",
    "refusals.": "bot/cards/notices.py, by the reason; each reason is looked for below",
    "rules.": "bot/cards/how.py names each rule",
    "tags.": "bot/dialogs/giving/kudos.py names each tag that the form offers",
    "web.empty.": "channels/web/templates/conversation.html, by the kind of conversation",
    "web.languages.": "channels/web/templates/language.html names each language",
    "web.problem.": "channels/web/views.py, by the HTTP status",
    "whom.": "bot/i18n/copy.py, by the field that a list asks for; the fields are looked for in its own test",
    "why.award_": "bot/cards/points.py, by what moved the points and how",
    "why.kudos_": "bot/cards/points.py, by what moved the points and how",
}


DYNAMIC_REASONS = {"awarded_": "engine/awards/limits.py, by the reward's timeframe"}


def forms(sentence: Sentence) -> dict[str, str]:
    return {"other": sentence} if isinstance(sentence, str) else dict(sentence)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    assert set(ENGLISH) == set(SPANISH)


def test_both_languages_have_the_same_placeholders() -> None:
    assert [fault for key in sorted(set(ENGLISH) & set(SPANISH)) for fault in faults(key)] == []


def faults(key: str) -> Iterator[str]:
    """Yield what differs between the two sentences of the key."""
    if isinstance(ENGLISH[key], str) != isinstance(SPANISH[key], str):
        yield f"{key}: a plural in one language only"
    wanted = placeholders(forms(ENGLISH[key])["other"])
    for language, sentence in (("en", ENGLISH[key]), ("es", SPANISH[key])):
        for form, text in forms(sentence).items():
            if more := placeholders(text) - wanted:
                yield f"{key} ({language}, {form}): {sorted(more)} is not in the English sentence"
            missing = wanted - placeholders(text)
            if missing and not (form == "one" and missing <= LANGUAGE_ALLOWS_NONE):
                yield f"{key} ({language}, {form}): {sorted(missing)} is missing"


@each_row("language", catalog.LANGUAGES)
def test_a_plural_has_the_forms_of_its_language(language: str) -> None:
    for key, sentence in load_sentences(language).items():
        if not isinstance(sentence, str):
            assert set(sentence) == {"one", "other"}, key


@each_row("language", catalog.LANGUAGES)
def test_no_sentence_is_empty(language: str) -> None:
    empty = [k for k, s in load_sentences(language).items() for text in forms(s).values() if not text.strip()]
    assert [key for key in empty if not key.endswith(MAY_BE_EMPTY)] == []


def test_every_refusal_has_its_sentence_and_its_placeholders() -> None:
    for call in source.refusals():
        for reason in call.keys:
            sentence = ENGLISH.get(f"refusals.{reason}")
            assert sentence is not None, f"{call.where} refuses {reason!r}, and nothing says so"
            assert call.open or _needed(sentence) <= call.placeholders, f"{call.where} does not fill in {reason!r}"


def test_every_reason_that_has_a_sentence_is_somewhere_in_the_source() -> None:
    reasons = {key.removeprefix("refusals.") for key in ENGLISH if key.startswith("refusals.")}
    unused = reasons - source.literals()
    assert sorted(reason for reason in unused if not reason.startswith(tuple(DYNAMIC_REASONS))) == []


def test_every_sentence_that_is_asked_for_exists_and_is_filled_in() -> None:
    for call in source.asked():
        for key in call.keys:
            assert key in ENGLISH, f"{call.where} asks for {key!r}"
            assert call.open or _needed(ENGLISH[key]) <= call.placeholders, f"{call.where} does not fill in {key!r}"


def test_every_sentence_that_a_page_asks_for_exists() -> None:
    assert [(file, key) for file, key in source.in_templates() if key not in ENGLISH] == []


def test_every_sentence_is_used() -> None:
    written = source.literals() | source.written_in_templates()
    unused = [key for key in ENGLISH if key not in written and not key.startswith(tuple(DYNAMIC))]
    assert sorted(unused) == []


def test_the_source_is_really_read() -> None:
    """The scans above find what is known to be there; a scan that finds nothing would pass them all."""
    assert any("stale_button" in call.keys for call in source.refusals())
    assert any("ambiguous_person" in call.keys for call in source.refusals()), "of a subclass"
    assert any("inactive" in call.keys and "admins_only" in call.keys for call in source.refusals())
    assert any("notices.refused" in call.keys for call in source.asked())
    assert {name for name, _ in inspect.getmembers(Copy, inspect.isfunction)} >= {"line", "text", "spans"}


def _needed(sentence: Sentence) -> set[str]:
    plural = set() if isinstance(sentence, str) else {"count"}
    return plural.union(*(placeholders(text) for text in forms(sentence).values()))
