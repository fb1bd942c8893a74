"""Cards as Adaptive Cards 1.5. People's own text stands in blocks without Markdown, or is escaped."""

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
    render_spans_as_text,
)
from bot.protocol.mention_limit import limit_mentions
from channels.teams import limits
from channels.teams.inbound.personal_views import LOOK_VERB
from channels.teams.render.elements import (
    AdaptiveCardJson,
    CardMentions,
    neutralize_teams_text,
    render_adaptive_card,
    render_confirmed_action,
    render_execute_action,
    render_open_url_action,
    render_refresh,
)

MARKDOWN_PATTERN = re.compile(r"[\\`*_\[\]()~|]|^[ \t]*[#>+-]|(?<=\d)[.)](?=\s|$)", re.MULTILINE)
TEAMS_BUTTON_STYLES = {"plain": "default", "primary": "positive", "danger": "destructive"}
TEAMS_METER_BLOCKS = 10  # blocks of a full meter


def render_teams_card(card: Card, copy: Copy, most: int = limits.CARD_BYTES) -> AdaptiveCardJson:
    """Render the card for Teams within its limits. Parts that are left out are counted in the language of `copy`.

    Every card can be rendered. `most` is the size limit of its body in bytes.
    """
    mentions = CardMentions()
    body = [_title(card), *(_part(part, mentions, copy) for part in limit_mentions(limits.MENTIONS, card).body)]
    marks = {"own": True} if card.own else {}
    actions = [_action(action, marks) for action in card.actions[: limits.ACTIONS]]
    return render_adaptive_card(
        _within(body, mentions, copy, most), actions, mentions, card.summary, _refresh(card.own)
    )


def _refresh(own: Own | None) -> AdaptiveCardJson | None:
    accounts = [who.account for who in own.people if who.account] if own else []
    return (
        render_refresh(LOOK_VERB, {"token": own.token}, accounts[: limits.PERSONAL_VIEWS]) if own and accounts else None
    )


def _within(body: list[Any], mentions: CardMentions, copy: Copy, most: int) -> list[Any]:
    """Return the body. If it is larger than `most` bytes, replace its last parts by their number."""
    shown, kept = body, len(body)
    while kept > 1 and len(str(render_adaptive_card(shown, (), mentions, "")).encode()) > most:
        kept -= 1
        shown = [*body[:kept], TextBlock(text=_more(len(body) - kept, copy), wrap=True)]
    return shown


def _more(count: int, copy: Copy) -> str:
    return escape_markdown(copy.line("teams.more", count=count))


def _title(card: Card) -> Any:
    weight = "lighter" if card.tone == "neutral" else "bolder"
    color = "attention" if card.tone == "refusal" else "default"
    return TextBlock(text=escape_markdown(card.title), wrap=True, weight=weight, size="medium", color=color)


def _part(part: Part, mentions: CardMentions, copy: Copy) -> Any:
    match part:
        case Text(spans):
            if any(isinstance(s, Url) or (isinstance(s, Mention) and s.account) for s in spans):
                return TextBlock(text=_markdown(spans, mentions), wrap=True)  # rich text neither notifies nor links
            return RichTextBlock(inlines=[_inline(span) for span in _joined(spans)])
        case Quote(words):
            return Container(style="emphasis", items=[RichTextBlock(inlines=[_run(words)])])
        case Facts(rows):
            facts = [Fact(title=escape_markdown(name), value=_markdown(value, mentions)) for name, value in rows]
            return FactSet(facts=facts)
        case Picture(url, alt):
            return Image(url=url, altText=alt, size="medium")
        case Person(mention, detail):
            return _person(mention, detail, mentions)
        case Table(headers, rows):
            return _table(headers, rows, mentions, copy)
        case Meter(label, value, maximum):
            full = min(TEAMS_METER_BLOCKS, max(0, value * TEAMS_METER_BLOCKS // max(maximum, 1)))
            blocks = "▰" * full + "▱" * (TEAMS_METER_BLOCKS - full)
            return TextBlock(text=escape_markdown(f"{label}: {blocks} {value}/{maximum}"), wrap=True)
        case Divider():
            return TextBlock(text=" ", separator=True, size="small")
        case _:
            assert_never(part)


def _joined(spans: tuple[Span, ...]) -> list[Span]:
    """Join neighbouring plain spans."""
    out: list[Span] = []
    for span in spans:
        plain = render_spans_as_text((span,)) if isinstance(span, str | Emoji | Date | Url) else None
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
            return TextRun(text=_cut(neutralize_teams_text(text)), isSubtle=True)
        case str() | Emoji() | Date() | Url():
            return _run(render_spans_as_text((span,)))
        case _:
            assert_never(span)


def _run(text: str, weight: str = "default") -> Any:
    return TextRun(text=_cut(neutralize_teams_text(text)), weight=weight)


def _markdown(spans: tuple[Span, ...], mentions: CardMentions) -> str:
    out = []
    for span in spans:
        match span:
            case Bold(text):
                out.append(f"**{escape_markdown(text)}**" if text.strip() else escape_markdown(text))
            case Mention(_, _, account) if account:
                out.append(mentions.marker(span))
            case Url(label, url) if url.startswith(("https://", "http://")):
                out.append(f"[{escape_markdown(label)}]({url.replace(')', '%29').replace(' ', '%20')})")
            case str() | Muted() | Mention() | Url() | Emoji() | Date():
                out.append(escape_markdown(render_spans_as_text((span,))))
            case _:
                assert_never(span)
    return "".join(out)


def escape_markdown(text: str) -> str:
    """Escape plain text for a block that reads Markdown, cut to TEXT characters."""
    return MARKDOWN_PATTERN.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", _cut(neutralize_teams_text(text)))


def _cut(text: str) -> str:
    return text if len(text) <= limits.TEXT else text[: limits.TEXT - 1] + "…"


def _person(mention: Mention, detail: str, mentions: CardMentions) -> Any:
    name = TextBlock(text=_markdown((mention,), mentions), wrap=True, weight="bolder")
    lines = [
        name,
        *([TextBlock(text=escape_markdown(detail), wrap=True, isSubtle=True, spacing="none")] if detail else []),
    ]
    return ColumnSet(columns=[Column(width="stretch", items=lines)])


def _table(
    headers: tuple[str, ...], rows: tuple[tuple[tuple[Span, ...], ...], ...], mentions: CardMentions, copy: Copy
) -> AdaptiveCardJson:
    shown = rows[: limits.TABLE_ROWS]
    lines = [_row([TextBlock(text=escape_markdown(h), wrap=True, weight="bolder") for h in headers])]
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


def _row(cells: list[Any]) -> AdaptiveCardJson:
    return {"type": "TableRow", "cells": [{"type": "TableCell", "items": [cell]} for cell in cells]}


def _action(action: Action, marks: AdaptiveCardJson) -> AdaptiveCardJson:
    match action:
        case Link(label, url):
            return render_open_url_action(label, url)
        case Button(label, token, style, confirm):
            button = render_execute_action(label, "press", {"token": token} | marks, TEAMS_BUTTON_STYLES[style])
            return (
                render_confirmed_action(label, TextBlock(text=escape_markdown(confirm), wrap=True), button)
                if confirm
                else button
            )
        case _:
            assert_never(action)
