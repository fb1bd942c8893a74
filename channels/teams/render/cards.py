"""Cards as Adaptive Cards 1.5. People's own text goes where Teams parses nothing, or is escaped."""

import re
from typing import Any, assert_never

from adaptivecards.containers import Column, ColumnSet, Container, Fact, FactSet
from adaptivecards.elements import Image, RichTextBlock, TextBlock, TextRun

from bot.i18n.copy import Copy
from bot.protocol.elements import (
    Action,
    Bold,
    Button,
    Card,
    Date,
    Divider,
    Emoji,
    Facts,
    Link,
    Mention,
    Meter,
    Muted,
    Own,
    Part,
    Person,
    Picture,
    Quote,
    Span,
    Table,
    Text,
    Url,
    as_text,
)
from bot.protocol.mention_limit import at_most
from channels.teams import limits
from channels.teams.inbound.personal_views import LOOK
from channels.teams.render import elements as render_elements
from channels.teams.render.elements import Json, Mentions, neutral

MARKUP = re.compile(r"[\\`*_\[\]()~|]|^[ \t]*[#>+-]|(?<=\d)[.)](?=\s|$)", re.MULTILINE)

STYLES = {"plain": "default", "primary": "positive", "danger": "destructive"}

METER = 10  # blocks of a full meter


def adaptive_card(card: Card, copy: Copy, most: int = limits.CARD_BYTES) -> Json:
    """The card for Teams. Total: every card has a rendering within the limits; what is cut is counted in `copy`.

    `most` is how many bytes its body may have.
    """
    mentions = Mentions()
    body = [_title(card), *(_part(part, mentions, copy) for part in at_most(limits.MENTIONS, card).body)]
    marks = {"own": True} if card.own else {}
    actions = [_action(action, marks) for action in card.actions[: limits.ACTIONS]]
    return render_elements.card(
        _within(body, mentions, copy, most), actions, mentions, card.summary, _refresh(card.own)
    )


def _refresh(own: Own | None) -> Json | None:
    accounts = [who.account for who in own.people if who.account] if own else []
    return (
        render_elements.refresh(LOOK, {"token": own.token}, accounts[: limits.OWN_VIEWS]) if own and accounts else None
    )


def _within(body: list[Any], mentions: Mentions, copy: Copy, most: int) -> list[Any]:
    """The body; where the whole would be too large, without its last parts, and how many they are."""
    shown, kept = body, len(body)
    while kept > 1 and len(str(render_elements.card(shown, (), mentions, "")).encode()) > most:
        kept -= 1
        shown = [*body[:kept], TextBlock(text=_more(len(body) - kept, copy), wrap=True)]
    return shown


def _more(count: int, copy: Copy) -> str:
    return escape(copy.line("teams.more", count=count))


def _title(card: Card) -> Any:
    weight = "lighter" if card.tone == "neutral" else "bolder"
    color = "attention" if card.tone == "refusal" else "default"
    return TextBlock(text=escape(card.title), wrap=True, weight=weight, size="medium", color=color)


def _part(part: Part, mentions: Mentions, copy: Copy) -> Any:
    match part:
        case Text(spans):
            return _paragraph(spans, mentions)
        case Quote(words):
            return Container(style="emphasis", items=[RichTextBlock(inlines=[_run(words)])])
        case Facts(rows):
            facts = [Fact(title=escape(name), value=_markdown(value, mentions)) for name, value in rows]
            return FactSet(facts=facts)
        case Picture(url, alt):
            return Image(url=url, altText=alt, size="medium")
        case Person(mention, detail):
            return _person(mention, detail, mentions)
        case Table(headers, rows):
            return _table(headers, rows, mentions, copy)
        case Meter(label, value, maximum):
            return TextBlock(text=escape(f"{label}: {_blocks(value, maximum)} {value}/{maximum}"), wrap=True)
        case Divider():
            return TextBlock(text=" ", separator=True, size="small")
        case _:
            assert_never(part)


def _paragraph(spans: tuple[Span, ...], mentions: Mentions) -> Any:
    """Rich text, which parses nothing; a text block where somebody is to be notified or a link is to be opened."""
    if any(isinstance(s, Url) or (isinstance(s, Mention) and s.account) for s in spans):
        return TextBlock(text=_markdown(spans, mentions), wrap=True)
    return RichTextBlock(inlines=[_inline(span) for span in _joined(spans)])


def _joined(spans: tuple[Span, ...]) -> list[Span]:
    """Neighbouring plain spans as one."""
    out: list[Span] = []
    for span in spans:
        plain = as_text((span,)) if isinstance(span, str | Emoji | Date | Url) else None
        if plain is None or not out or not isinstance(out[-1], str):
            out.append(span if plain is None else plain)
        else:
            out[-1] += plain
    return out


def _inline(span: Span) -> Any:
    match span:
        case Bold(text) | Mention(text):
            return _run(text, weight="bolder")
        case Muted(text):
            return TextRun(text=_cut(neutral(text)), isSubtle=True)
        case str() | Emoji() | Date() | Url():
            return _run(as_text((span,)))
        case _:
            assert_never(span)


def _run(text: str, weight: str = "default") -> Any:
    return TextRun(text=_cut(neutral(text)), weight=weight)


def _markdown(spans: tuple[Span, ...], mentions: Mentions) -> str:
    out = []
    for span in spans:
        match span:
            case Bold(text):
                out.append(f"**{escape(text)}**" if text.strip() else escape(text))
            case Mention(_, _, account) if account:
                out.append(mentions.marker(span))
            case Url(label, url) if url.startswith(("https://", "http://")):
                out.append(f"[{escape(label)}]({url.replace(')', '%29').replace(' ', '%20')})")
            case str() | Muted() | Mention() | Url() | Emoji() | Date():
                out.append(escape(as_text((span,))))
            case _:
                assert_never(span)
    return "".join(out)


def escape(text: str) -> str:
    """Plain text for a block that reads Markdown."""
    return MARKUP.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", _cut(neutral(text)))


def _cut(text: str) -> str:
    return text if len(text) <= limits.TEXT else text[: limits.TEXT - 1] + "…"


def _person(mention: Mention, detail: str, mentions: Mentions) -> Any:
    name = TextBlock(text=_markdown((mention,), mentions), wrap=True, weight="bolder")
    lines = [name, *([TextBlock(text=escape(detail), wrap=True, isSubtle=True, spacing="none")] if detail else [])]
    return ColumnSet(columns=[Column(width="stretch", items=lines)])


def _table(
    headers: tuple[str, ...], rows: tuple[tuple[tuple[Span, ...], ...], ...], mentions: Mentions, copy: Copy
) -> Json:
    shown = rows[: limits.TABLE_ROWS]
    lines = [_row([TextBlock(text=escape(h), wrap=True, weight="bolder") for h in headers])]
    lines += [_row([TextBlock(text=_markdown(cell, mentions), wrap=True) for cell in row]) for row in shown]
    if len(rows) > len(shown):
        rest = [TextBlock(text=_more(len(rows) - len(shown), copy), wrap=True)]
        lines.append(_row(rest + [TextBlock(text=" ", wrap=True) for _ in headers[1:]]))
    return {
        "type": "Table",
        "columns": [{"width": 1} for _ in headers],
        "firstRowAsHeader": True,
        "showGridLines": False,
        "rows": lines,
    }


def _row(cells: list[Any]) -> Json:
    return {"type": "TableRow", "cells": [{"type": "TableCell", "items": [cell]} for cell in cells]}


def _blocks(value: int, maximum: int) -> str:
    full = min(METER, max(0, value * METER // max(maximum, 1)))
    return "▰" * full + "▱" * (METER - full)


def _action(action: Action, marks: Json) -> Json:
    match action:
        case Link(label, url):
            return render_elements.open_url(label, url)
        case Button(label, token, style, confirm):
            button = render_elements.execute(label, "press", {"token": token} | marks, STYLES[style])
            return (
                render_elements.confirmed(label, TextBlock(text=escape(confirm), wrap=True), button)
                if confirm
                else button
            )
        case _:
            assert_never(action)
