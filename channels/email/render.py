"""Cards as plain-text letters, without links to load and without tracking."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from typing import assert_never

from bot.protocol.elements import (
    Card,
    Divider,
    Facts,
    Meter,
    Part,
    Person,
    Picture,
    Quote,
    Table,
    Text,
    render_spans_as_text,
)


def render_email(card: Card, *, sender: str, to: str) -> EmailMessage:
    """Render the card as a letter with its title as the subject.

    The caller adds the date and the message id.
    """
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, to
    message["Subject"] = " ".join(card.title.split())
    message["Auto-Submitted"] = "auto-generated"  # prevents out-of-office replies
    message.set_content("\n\n".join(line for part in card.body for line in _lines(part)) + "\n")
    return message


def _lines(part: Part) -> Iterator[str]:
    match part:
        case Text(spans=spans):
            yield render_spans_as_text(spans)
        case Quote(words=words):
            yield "\n".join(f"> {line}" for line in words.splitlines())
        case Facts(rows=facts):
            yield "\n".join(f"{name}: {render_spans_as_text(spans)}" for name, spans in facts)
        case Table(headers=headers, rows=rows):
            yield "\n".join([" | ".join(headers), *(" | ".join(map(render_spans_as_text, row)) for row in rows)])
        case Person(mention=mention, detail=detail):
            yield f"{mention.name} {detail}".strip()
        case Meter(label=label, value=value, maximum=maximum):
            yield f"{label}: {value}/{maximum}"
        case Picture(alt=alt):
            yield alt
        case Divider():
            yield "--"
        case _:
            assert_never(part)
