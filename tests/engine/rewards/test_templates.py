from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.awards.models import Award
from engine.awards.queries import build_template_values
from engine.errors import BadInput
from engine.people.models import Person
from engine.rewards import templates as rewards_templates
from engine.rewards.models import Reward
from engine.rewards.templates import check_template, list_unknown_fields, render_template
from tests.tables import each_row

ANA = {"display_name": "Ana López", "first_name": "Ana", "level": 3, "tags": ["kind", 7], "nick": None}


def said(source: str, **env: object) -> str:
    args = {"num_sales": 12, "share": 0.4567, "huge": 10**5000, "long": "x" * 10**6, "1st": "gold"}
    bob = {"display_name": "Bob"}
    return render_template(source, user=ANA, giver=bob, reward={"reward": "Star"}, args=args, env=env or None)


@each_row(
    ("source", "words"),
    [
        ("Well done, {{ user.display_name }}!", "Well done, Ana López!"),
        ("{{ session.display_name }} and {{ giver.display_name }}", "Bob and Bob"),
        ("{{ args.num_sales }} in {{ env.month_name }}", "12 in March"),
        ("{{ user['first_name'] }} {{ user.tags[0] }} {{ args['1st'] }}", "Ana kind gold"),
        ("{{ user.tags }}", "kind, 7"),
        ("{{ user }}{{ user.nick }}", ""),
        ("{{ user.nobody.knows.it }}{{ user.tags[9] }}", ""),
        ("{{ user.items }}{{ user.display_name.upper }}{{ args.num_sales.real }}", ""),
        ("{{ args.share|round(2) }} {{ args.num_sales|round }} {{ user.first_name|round }}", "0.46 12 Ana"),
        ("{{ user.first_name|upper }} {{ 'a b'|title }} {{ ' x '|trim }} {{ 'Ab'|lower|capitalize }}", "ANA A B x Ab"),
        ("{{ user.nobody|default('friend') }} {{ user.nick|default('none') }}", "friend none"),
        ("{{ args.long|truncate(5) }}", "xxxx…"),
        ("{% if args.num_sales > 10 %}many{% elif user.level %}some{% else %}few{% endif %}", "many"),
        ("{{ 'one' if args.num_sales == 1 else 'more' }}", "more"),
        ("{% if 'kind' in user.tags and not user.nobody %}yes{% endif %}", "yes"),
        ("{% if user.first_name > 3 or user.nobody < 2 or 'a' in user.level %}yes{% else %}no{% endif %}", "no"),
        ("{{ args.huge }}|{{ args.huge|round }}", "|"),
        ("{% raw %}{{ this }}{% endraw %} {# a remark #}{{ 1 }}", "{{ this }} 1"),
        ("<b>{{ '<i>' }}</b>", "<b><i></b>"),
        ("100 %", "100 %"),
    ],
)
def test_a_message_says_what_it_says(source: str, words: str) -> None:
    assert said(source, month_name="March") == words


@each_row(
    ("source", "reason"),
    [
        ("{{ user.__class__ }}", "underscore"),
        ("{{ user['__class__'] }}", "underscore"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "calls"),
        ("{{ user|attr('__class__') }}", 'no filter "attr"'),
        ("{{ user[args.key] }}", "names what it looks up"),
        ("{{ user[1:2] }}", "names what it looks up"),
        ("{{ self }}", 'does not know "self"'),
        ("{{ config.items() }}", "does not know|calls"),
        ("{{ cycler.__init__.__globals__ }}", "underscore"),
        ("{{ lipsum() }}", "calls"),
        ("{{ usr.name }}", 'does not know "usr"'),
        ("{% for x in user %}{{ x }}{% endfor %}", "loops"),
        ("{% set x = 1 %}", "variables"),
        ("{% with x = 1 %}{% endwith %}", "variables"),
        ("{% macro m() %}{% endmacro %}", "macros"),
        ("{% call user() %}{% endcall %}", "macros"),
        ("{% include 'secrets' %}", "include"),
        ("{% import 'secrets' as s %}", "import"),
        ("{% from 'secrets' import s %}", "import"),
        ("{% extends 'secrets' %}", "extends"),
        ("{% block b %}{% endblock %}", "blocks"),
        ("{% filter upper %}x{% endfilter %}", "blocks"),
        ("{{ 'a' * 999999999 }}", "arithmetic"),
        ("{{ 9 ** 9 ** 9 }}", "arithmetic"),
        ("{{ 1 + 1 }}", "arithmetic"),
        ("{{ -1 }}", "arithmetic"),
        ("{{ 'a' ~ 'b' }}", "joined text"),
        ("{{ [1, 2] }}", "lists"),
        ("{{ 'x'|center(999999999) }}", 'no filter "center"'),
        ("{{ '%999999999d'|format(1) }}", 'no filter "format"'),
        ("{{ 'x'|replace('x', 'xx') }}", 'no filter "replace"'),
        ("{{ 'x'|compared('eq', 1) }}", 'no filter "compared"'),
        ("{{ 'x'|truncate(99999999) }}", "number from 1 to 2000"),
        ("{{ 'x'|truncate }}", "takes 1 argument"),
        ("{{ 'x'|upper(1) }}", "takes no arguments"),
        ("{{ 1.5|round(999999) }}", "number from 0 to 10"),
        ("{{ 1.5|round(method='floor') }}", "no named arguments"),
        ("{{ 'x'|default(*user.tags) }}", "no named arguments"),
        ("{{ 1 < user.level < 9 }}", "two things at a time"),
        ("{{ user is mapping }}", "tests"),
        (r"{{ '\ud800' }}", "invisible"),
        (r"{{ '\x00' }}", "invisible"),
        ("{{ user.name", "cannot be read"),
        ("{% if user %}", "cannot be read"),
        ("{% nothing %}", "cannot be read"),
        ("{{ " + "(" * 1500 + "1" + ")" * 1500 + " }}", "too many parts"),
        ("{{ " + "not " * 900 + "user }}", "too many parts"),
        ("{{ user" + ".a" * 100 + " }}", "too many parts"),
        ("x" * 4001, "at most 4000"),
        ("x" * 5_000_000, "at most 4000"),
    ],
)
def test_a_hostile_message_is_refused_with_a_reason(source: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as refused:
        check_template(source)
    assert len(str(refused.value)) < 400


def test_a_message_is_cut_at_two_thousand_characters() -> None:
    words = said("{{ args.long }}" * 200)
    assert len(words) == 2000
    assert words.endswith("x…")
    assert len(said("y" * 2000)) == 2000


def test_an_unknown_giver_is_empty() -> None:
    assert render_template("From {{ giver.display_name }}.", user={}, giver=None, reward={}, args={}) == "From ."


@each_row(
    ("source", "sentences"),
    [
        ("{{ user.display_name }} {{ session['email'] }} {{ reward.points }} {{ env.month_name }} {{ args.any }}", []),
        ("{{ user.display_nmae }}", ['user has no "display_nmae" (did you mean "display_name"?)']),
        ("{{ giver['frist_name'] }}", ['giver has no "frist_name" (did you mean "first_name"?)']),
        ("{{ reward.nosuch }}", ['reward has no "nosuch" (there are reward, points, description)']),
        ("{% if env.mont == 3 %}{{ user.titel|upper }}{% endif %}", ['env has no "mont"', 'user has no "titel"']),
        ("{{ user[0] }}", ['user has no "0"']),
    ],
)
def test_a_field_that_nobody_offers_is_named_and_says_nothing(source: str, sentences: list[str]) -> None:
    check_template(source)
    found = sorted(list_unknown_fields(source))
    assert len(found) == len(sentences)
    assert all(words in one for words, one in zip(sentences, found, strict=True))


def test_a_name_that_nobody_offers_gets_the_nearest() -> None:
    with pytest.raises(BadInput, match=r'does not know "usr" \(did you mean "user"\?\)'):
        check_template("{{ usr.display_name }}")


def test_what_is_offered_is_what_an_award_brings() -> None:
    """The names that `load` knows are those that a message finds when an award is told."""
    ana, star = Person(display_name="Ana"), Reward(name="Star", description="Shines", timezone=None)
    award = Award(reward="Star", points=5, args={}, awarded_at=datetime(2026, 3, 2, tzinfo=UTC))
    offered = build_template_values(award, star, ana, ana)
    fields = {name: tuple(values) for name, values in offered.items() if name != "args"}
    assert fields | {"session": fields["giver"]} == rewards_templates.TEMPLATE_FIELDS


PIECES = st.sampled_from(
    ["user", ".name", "['a']", "args", "|upper", "|default(", "'x'", ")", "|round", " == ", " > ", " in ", " and ",
     "not ", "(", "1", " if ", " else ", "{{ ", " }}", "{% if ", " %}", "{% endif %}", "{% else %}", "loop", "*", "."]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_what_is_accepted_renders_whatever_the_data(source: str) -> None:
    try:
        check_template(source)
    except BadInput:
        return
    for value in (None, 1, "a", [1], {"a": {}}, 1.5, True):
        user = {"name": value, "a": value}
        assert len(render_template(source, user=user, giver=user, reward={}, args={"a": value})) <= 2000
