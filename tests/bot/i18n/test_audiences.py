"""Whom a reward is for, in the words of both languages."""

from bot.i18n.catalog import PSEUDO_LANGUAGE, load_sentences
from bot.i18n.copy import Copy
from engine.rewards import targeting as rewards_targeting
from engine.rewards.targeting import build_audience
from tests.tables import each_row

SAID: list[tuple[list[object], str, str]] = [
    (
        [{"job_code": ["MGR"], "department": "Sales"}, {"groups": ["Leads"]}],
        "people with job code MGR in department Sales, or in the group Leads",
        "personas con código de puesto MGR del departamento Sales, o del grupo Leads",
    ),
    (
        [{"programs": ["a", "b", "c", "d"]}],
        "people in the program a, b, c or d",
        "personas del programa a, b, c o d",
    ),
    (
        [{"job_codes": ["A", "B", "C", "D", "E", "F"]}],
        "people with job code A, B, C … and 3 more",
        "personas con código de puesto A, B, C … y 3 más",
    ),
    ([1, 2, 3, 4, "eve@corp.test"], "1, 2, 3 … and 2 more", "1, 2, 3 … y 2 más"),
    (
        ["ana@corp.test", {"group": "Leads"}],
        "people in the group Leads, or ana@corp.test",
        "personas del grupo Leads, o ana@corp.test",
    ),
    (
        [{"cost_center": 17, "remote": True}],
        "people with cost center 17 with remote yes",
        "personas con cost center 17 con remote sí",
    ),
    ([{"active": False}], "people with an active account: no", "personas con cuenta activa: no"),
    ([{}], "people whom nobody has named yet", "personas que nadie ha nombrado todavía"),
    ([{"groups": []}], "people in the group none at all", "personas del grupo ninguno"),
    (["x" * 70], "x" * 59 + "…", "x" * 59 + "…"),
]


@each_row(("entries", "english", "spanish"), SAID)
def test_an_audience_in_words(entries: list[object], english: str, spanish: str) -> None:
    audience = build_audience(entries)
    for language, words in (("en", english), ("es", spanish), (PSEUDO_LANGUAGE, english)):
        said = Copy(language).line("refusals.not_awardee", name="Bob", reward="Star", who=audience)
        assert words in said.translate({ord("⟦"): None, ord("⟧"): None})


def test_every_field_of_the_directory_has_its_words() -> None:
    ours = {key.removeprefix("whom.") for key in load_sentences("en") if key.startswith("whom.")}
    others = {"people", "or", "or_else", "more", "yes", "no", "nothing", "nobody", "attribute"}
    assert ours - others == rewards_targeting.PERSON_FIELDS | {"id"}
