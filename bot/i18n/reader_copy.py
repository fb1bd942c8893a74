"""The copy that a person reads."""

from bot.i18n.catalog import choose_language
from bot.i18n.copy import Copy
from engine.admin.settings import Settings
from engine.people.models import Person


def choose_reader_copy(person: Person | None, wished: str | None, settings: Settings) -> Copy:
    """Return the copy in the language of the person, else in the `wished` one, else in the organisation's.

    Its zone is the person's, else the organisation's. `wished` is a locale that the channel knows, such as "es-MX".
    """
    own = person.locale if person else None
    zone = person.timezone if person else None
    return Copy(choose_language(own, wished, settings.language), zone or settings.timezone)
