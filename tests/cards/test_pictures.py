"""A picture that the platform cannot fetch is left out; one that it can has its whole address."""

from bot.protocol.elements import Card, Picture, Quote
from bot.protocol.pictures import resolve_picture_urls
from tests.tables import each_row


@each_row(
    ("url", "public_url", "shown"),
    [
        ("/icons/x.png", "https://laurel.example", "https://laurel.example/icons/x.png"),
        ("/icons/x.png", "http://127.0.0.1:8080", None),
        ("https://elsewhere.example/x.png", "http://127.0.0.1:8080", "https://elsewhere.example/x.png"),
    ],
)
def test_pictures(url: str, public_url: str, shown: str | None) -> None:
    card = resolve_picture_urls(Card("t", "s", (Quote("words"), Picture(url, "alt"))), public_url)
    assert card.body == (Quote("words"), *((Picture(shown, "alt"),) if shown else ()))
