"""Spans as plain text with separate entities, so that the text is never parsed as markup."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never
from urllib.parse import urlsplit

from telegram import MessageEntity, User

from bot.protocol.elements import Bold, Date, Emoji, Mention, Muted, Span, Url
from channels.telegram import limits

TELEGRAM_INVISIBLE_PATTERN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
TELEGRAM_ACCOUNT_PATTERN = re.compile(r"[1-9]\d{0,18}")


@dataclass(frozen=True, slots=True)
class EntityRun:
    """A stretch of text of one kind; `target` is what a link opens, or the account that a mention names."""

    words: str
    kind: str = ""  # of MessageEntity; "" is plain text
    target: str = ""


TextLine = tuple[EntityRun, ...]


def measure_telegram_text(words: str) -> int:
    """Return the length of the text in UTF-16 units."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


def strip_telegram_invisible(words: str) -> str:
    """Remove invisible characters: control characters, and those that change the text direction."""
    return TELEGRAM_INVISIBLE_PATTERN.sub("", words)


def clip_telegram_text(words: str, limit: int) -> str:
    """Clip the text to at most `limit` UTF-16 units and mark the cut with "…". Invisible characters are removed."""
    words = strip_telegram_invisible(words)
    if measure_telegram_text(words) <= limit:
        return words
    cut = words.encode("utf-16-le")[: max(limit - 1, 0) * 2].decode("utf-16-le", "ignore")
    return cut.rstrip().rstrip("\u200d\ufe0f") + "…"


def build_text_line(spans: Iterable[Span]) -> TextLine:
    """Build one paragraph of the spans within its limit. Return () if it has no visible text."""
    out: list[EntityRun] = []
    room = limits.PARAGRAPH
    for run in map(_run, spans):
        size = measure_telegram_text(run.words)
        if size > room:
            out.append(replace(run, words=clip_telegram_text(run.words, room)))
            break
        out += [run] if run.words else []
        room -= size
    return tuple(out) if any(run.words.strip() for run in out) else ()


def measure_text_line(one: TextLine) -> int:
    return sum(measure_telegram_text(run.words) for run in one)


def compose_entities(lines: Sequence[TextLine]) -> tuple[str, tuple[MessageEntity, ...]]:
    """Join the lines into one text and its entities. Leading spaces are removed, as Telegram does."""
    text, entities, at, mentions, is_begun = "", [], 0, 0, False
    for number, one in enumerate(lines):
        text, at = (text + "\n", at + 1) if number else (text, at)
        for run in one:
            words = run.words if is_begun else run.words.lstrip()
            is_begun = is_begun or bool(words)
            mentions += run.kind == MessageEntity.TEXT_MENTION
            entity = _entity(replace(run, words=words), at)
            if entity and not (run.kind == MessageEntity.TEXT_MENTION and mentions > limits.MENTIONS):
                entities.append(entity)
            text, at = text + words, at + measure_telegram_text(words)
    return text, tuple(entities[: limits.ENTITIES])


def parse_telegram_link(url: str) -> str | None:
    """Return the address if it is http or https and fits, else None."""
    address = strip_telegram_invisible(url.strip()).replace(" ", "%20")
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    fits = measure_telegram_text(address) <= limits.URL and not re.search(r"\s", address)
    return address if fits and parts.scheme in ("http", "https") and parts.hostname else None


def is_telegram_account(account: object) -> bool:
    """Return whether the value looks like a Telegram id of a person."""
    return isinstance(account, str) and TELEGRAM_ACCOUNT_PATTERN.fullmatch(account) is not None


def _run(span: Span) -> EntityRun:
    match span:
        case str():
            return EntityRun(strip_telegram_invisible(span))
        case Bold(words):
            return EntityRun(strip_telegram_invisible(words), MessageEntity.BOLD)
        case Muted(words):
            return EntityRun(strip_telegram_invisible(words), MessageEntity.ITALIC)
        case Mention(name, _, account):
            words = strip_telegram_invisible(name).strip() or "?"
            return (
                EntityRun(words, MessageEntity.TEXT_MENTION, account)
                if account and is_telegram_account(account)
                else EntityRun(words)
            )
        case Url(label, url):
            address = parse_telegram_link(url)
            words = strip_telegram_invisible(label).strip() or (address or "")
            return EntityRun(words, MessageEntity.TEXT_LINK, address) if address else EntityRun(words)
        case Emoji(char):
            return EntityRun(strip_telegram_invisible(char))
        case Date(fallback=words):
            return EntityRun(strip_telegram_invisible(words))
        case _:
            assert_never(span)


def _entity(run: EntityRun, at: int) -> MessageEntity | None:
    if not run.kind or not run.words.strip():
        return None
    size = measure_telegram_text(run.words)
    if run.kind == MessageEntity.TEXT_MENTION:
        user = User(int(run.target), first_name=run.words, is_bot=False)
        return MessageEntity(run.kind, at, size, user=user)
    return MessageEntity(run.kind, at, size, url=run.target or None)
