"""The sentences of one language, filled in with values.

It also describes the audience of a reward: "people with job code MGR in department Sales, or in the group Leads".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from string import Formatter
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_time, get_day_names
from babel.lists import format_list
from babel.units import format_unit

from bot.i18n.catalog import load_sentences
from bot.i18n.formats import _day, _locale_of, _number
from bot.protocol.elements import Bold, Date, Emoji, Mention, Muted, Span, Text, Url, render_spans_as_text
from engine.periods import MonthDay, Weekdays
from engine.rewards.targeting import Audience, Trait

MAX_ALTERNATIVES = 3  # items of a list; what is longer ends in "… and 3 more"
MAX_AUDIENCE_VALUE_LENGTH = 60  # characters of one value


def build_audience_spans(audience: Audience, copy: "Copy") -> tuple[Span, ...]:
    """Describe all people in an audience. The first of its kinds begins with "people"."""
    kinds = [" ".join(_trait(trait, copy) for trait in kind) for kind in audience.kinds]
    if kinds:
        kinds[0] = copy.line("whom.people", traits=kinds[0])
    parts = [*kinds, *(_short(name) for name in audience.named)]
    return (_any_of(parts, "whom.or_else", copy),) if parts else copy.spans("whom.nobody")


def _trait(trait: Trait, copy: "Copy") -> str:
    key = f"whom.{trait.field}"
    shown = _any_of([_value(value, copy) for value in trait.values], "whom.or", copy)
    if copy.knows(key):
        return copy.line(key, values=shown)
    return copy.line("whom.attribute", name=_short(trait.field.replace("_", " ")), values=shown)


def _value(value: str | bool, copy: "Copy") -> str:
    match value:
        case True:
            return copy.line("whom.yes")
        case False:
            return copy.line("whom.no")
        case str():
            return _short(value)


def _any_of(parts: Sequence[str], either: str, copy: "Copy") -> str:
    """Join the alternatives as a list, cut if it is long.

    `either` is the key of the sentence that joins the last one.
    """
    if len(parts) > MAX_ALTERNATIVES + 1:  # "and 1 more" would be no shorter than the one
        return copy.line("whom.more", shown=", ".join(parts[:MAX_ALTERNATIVES]), count=len(parts) - MAX_ALTERNATIVES)
    *before, last = parts or [copy.line("whom.nothing")]
    return copy.line(either, first=", ".join(before), last=last) if before else last


def _short(text: str) -> str:
    return text if len(text) <= MAX_AUDIENCE_VALUE_LENGTH else f"{text[: MAX_AUDIENCE_VALUE_LENGTH - 1]}…"


SPAN_TYPES = (str, Bold, Muted, Mention, Url, Emoji, Date)


@cache
def _parts(sentence: str) -> tuple[tuple[str, str | None], ...]:
    """Split the sentence into literal texts, each with the name of the placeholder after it, or None."""
    return tuple((literal, name) for literal, name, _spec, _conversion in Formatter().parse(sentence))


@dataclass(frozen=True, slots=True)
class Copy:
    """The sentences of one language, filled in. Placeholders are named; a value may be a span or several."""

    language: str
    zone: str = "UTC"

    def spans(self, key: str, **values: object) -> tuple[Span, ...]:
        """Return the sentence `key` with `values` as spans. `count` selects the plural form.

        Raises KeyError if the key or a value is missing.
        """
        sentence = load_sentences(self.language)[key]
        words = sentence if isinstance(sentence, str) else self._plural(sentence, values["count"])
        out: list[Span] = []
        for literal, name in _parts(words):
            if literal:
                out.append(literal)
            if name:
                out.extend(self._shown(values[name]))
        return tuple(out)

    def text(self, key: str, **values: object) -> Text:
        return Text(self.spans(key, **values))

    def line(self, key: str, **values: object) -> str:
        """Return the sentence as plain text, for labels, titles and summaries."""
        return render_spans_as_text(self.spans(key, **values))

    def knows(self, key: str) -> bool:
        return key in load_sentences(self.language)

    def names(self, mentions: Iterable[Span]) -> tuple[Span, ...]:
        """A list in the language's own way ("Ana, Bob and Carla"), each item still a span."""
        items = tuple(mentions)
        if len(items) < 2:
            return items
        marks = [f"\ue000{i}\ue001" for i in range(len(items))]
        out: list[Span] = []
        rest = format_list(marks, locale=self._locale)
        for mark, item in zip(marks, items, strict=True):
            before, _, rest = rest.partition(mark)
            out += [before, item] if before else [item]
        return (*out, rest) if rest else tuple(out)

    def number(self, value: int) -> str:
        return _number(value, self.language)

    def day(self, value: date) -> Date:
        return Date(value, _day(value, "yMMMd", self.language))

    def day_of(self, moment: datetime) -> Date:
        """Return the day of a moment, in the reader's time zone."""
        return self.day(moment.astimezone(ZoneInfo(self.zone)).date())

    def moment(self, value: datetime) -> Date:
        local = value.astimezone(ZoneInfo(self.zone))
        return Date(value, f"{_day(local.date(), 'yMMMd', self.language)}, {local:%H:%M} ({self.zone})")

    def lately(self, value: datetime, now: datetime) -> str:
        """Return the reader's time of day ("13:05"), after the day unless it is today ("Mar 2, 13:05")."""
        local, today = (at.astimezone(ZoneInfo(self.zone)) for at in (value, now))
        day = "" if local.date() == today.date() else f"{_day(local.date(), 'MMMd', self.language)}, "
        return f"{day}{local:%H:%M}"

    def day_of_year(self, value: MonthDay) -> str:
        """A day of any year ("Dec 1")."""
        return _day(date(2024, value.month, value.day), "MMMd", self.language)

    def weekdays(self, value: Weekdays) -> str:
        """Return the names of the days of the week, as a list ("Monday and Tuesday")."""
        names = get_day_names("wide", locale=self._locale)
        return format_list([names[day] for day in value.days], locale=self._locale)

    def time_of_day(self, value: time) -> str:
        return format_time(value, "HH:mm:ss" if value.second else "HH:mm", locale=self._locale)

    def duration(self, value: timedelta) -> str:
        """Return a length of time in whole minutes, in full ("1 day and 30 minutes")."""
        minutes = max(round(value.total_seconds() / 60), 0)
        amounts = {"day": minutes // 1440, "hour": minutes // 60 % 24, "minute": minutes % 60}
        said = {unit: amount for unit, amount in amounts.items() if amount} or {"minute": 0}
        words = [format_unit(amount, f"duration-{unit}", locale=self._locale) for unit, amount in said.items()]
        return format_list(words, locale=self._locale)

    @property
    def _locale(self) -> Locale:
        return _locale_of(self.language)

    def _plural(self, forms: Mapping[str, str], count: object) -> str:
        number = count if isinstance(count, int) else 0
        return forms.get(self._locale.plural_form(number)) or forms["other"]

    def _shown(self, value: object) -> tuple[Span, ...]:
        match value:
            case tuple():
                return value
            case bool():
                return (str(value),)
            case int():
                return (self.number(value),)
            case datetime():
                return (self.moment(value),)
            case date():
                return (self.day(value),)
            case time():
                return (self.time_of_day(value),)
            case timedelta():
                return (self.duration(value),)
            case Audience():
                return build_audience_spans(value, self)
            case MonthDay():
                return (self.day_of_year(value),)
            case Weekdays():
                return (self.weekdays(value),)
            case _ if isinstance(value, SPAN_TYPES):
                return (value,)
            case _:
                raise TypeError(f"a sentence cannot show a {type(value).__name__}")
