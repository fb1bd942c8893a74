"""What is said of a place to somebody who reads it elsewhere."""

from bot.cards.subscriptions import build_named_subscription_card
from bot.i18n.copy import Copy
from tests.tables import each_row


@each_row(
    ("language", "name", "sentence"),
    [
        ("en", "wins", "From now on, celebrations from everywhere are shown in wins."),
        ("en", "", "From now on, celebrations from everywhere are shown in the conversation where you asked."),
        ("es", "wins", "Desde ahora, en wins se muestran las celebraciones de todas partes."),
    ],
)
def test_it_names_the_place(language: str, name: str, sentence: str) -> None:
    card = build_named_subscription_card("announce.now_on_there", name, Copy(language))
    assert card.summary == sentence
    assert "here" not in card.title
