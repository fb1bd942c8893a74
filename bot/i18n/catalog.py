"""Reading and writing: the sentences of the copy, in the reader's language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

COPY_FOLDER = Path(__file__).parent.parent / "copy"
LANGUAGES = ("en", "es")
PSEUDO_LANGUAGE = "qps"  # generated: every English sentence between ⟦ and ⟧
DEFAULT_LANGUAGE = "en"

Sentence = str | Mapping[str, str]  # a mapping holds the plural forms by CLDR category


@cache
def load_sentences(language: str) -> Mapping[str, Sentence]:
    """Load all sentences of a language by key: `file.name` or `file.table.name`."""
    if language == PSEUDO_LANGUAGE:
        return {key: _marked(sentence) for key, sentence in load_sentences(DEFAULT_LANGUAGE).items()}
    found: dict[str, Sentence] = {}
    for file in sorted((COPY_FOLDER / language).glob("*.toml")):
        _flatten(file.stem, tomllib.loads(file.read_text(encoding="utf-8")), found)
    return found


def _flatten(prefix: str, table: Mapping[str, object], found: dict[str, Sentence]) -> None:
    for name, value in table.items():
        key = f"{prefix}.{name}"
        if isinstance(value, str) or isinstance(value, dict) and "other" in value:
            found[key] = value
        elif isinstance(value, dict):
            _flatten(key, value, found)


def _marked(sentence: Sentence) -> Sentence:
    if isinstance(sentence, str):
        return f"⟦{sentence}⟧" if sentence else ""
    return {form: f"⟦{words}⟧" for form, words in sentence.items()}


def choose_language(*wishes: str | None) -> str:
    """Return the first wish that is a supported language ("es-MX" is Spanish), else English."""
    for wish in wishes:
        language = (wish or "").replace("_", "-").split("-")[0].lower()
        if language in (*LANGUAGES, PSEUDO_LANGUAGE):
            return language
    return DEFAULT_LANGUAGE
