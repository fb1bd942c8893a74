"""Pictures that we serve ourselves, for the platforms that fetch them from outside."""

from dataclasses import replace

from bot.protocol.elements import Card, Part, Picture


def resolve_picture_urls(card: Card, public_url: str) -> Card:
    """Return the card with its own pictures placed under `public_url`; without them if that is no https address.

    Slack and Teams fetch pictures themselves, so one that only this machine can reach would spoil the whole card.
    """
    parts = (_placed(part, public_url) for part in card.body)
    return replace(card, body=tuple(part for part in parts if part is not None))


def _placed(part: Part, public_url: str) -> Part | None:
    if not isinstance(part, Picture) or not part.url.startswith("/"):
        return part
    return replace(part, url=public_url + part.url) if public_url.startswith("https://") else None
