"""A line's verb: found however it is dressed, and the rest of the line untouched."""

from hypothesis import given
from hypothesis import strategies as st

from bot.dialogs.commands import ALL_COMMANDS
from bot.parsing.commands import join_verb, shorten_typed_text, split_verb, suggest_command
from bot.protocol.elements import Mention
from bot.protocol.turns import Words
from tests.tables import each_row

BOB = Mention("Bob Roe", account="UBOB")
NAMES = [name for verb in ALL_COMMANDS for name in (verb.name, *verb.aliases)]


@each_row(
    ("said", "verb", "rest"),
    [
        (("kudos @bob x",), "kudos", ("@bob x",)),
        (("/kudos @bob x",), "kudos", ("@bob x",)),
        (("/Kudos ", BOB, " x"), "kudos", (BOB, " x")),
        # what stands between our name and the verb, and after it
        ((", kudos @bob x",), "kudos", ("@bob x",)),
        ((": help",), "help", ()),
        ((" — ¡kudos! ", BOB, " x"), "kudos", (BOB, " x")),
        (("kudos: ", BOB, " x"), "kudos", (BOB, " x")),
        (("kudos : @bob x",), "kudos", ("@bob x",)),
        (("kudos:@bob x",), "kudos", ("@bob x",)),
        (("kudos, @bob x",), "kudos", ("@bob x",)),
        (("Help.",), "help", ()),
        (("help?!",), "help", ()),
        (("“help”",), "help", ()),
        (("*kudos* @bob x",), "kudos", ("@bob x",)),
        (("_kudos_ ", BOB, " x"), "kudos", (BOB, " x")),
        # blanks and marks that nobody sees
        (("kudos\u00a0@bob x",), "kudos", ("@bob x",)),
        (("kudos\t@bob x",), "kudos", ("@bob x",)),
        (("kudos\n@bob x\ny",), "kudos", ("@bob x\ny",)),
        (("\u200ekudos @bob x",), "kudos", ("@bob x",)),
        (("\u200f/kudos\u200f \u200f@bob x",), "kudos", ("@bob x",)),
        (("\u200b\ufeffkudos\u200b ", BOB, " x"), "kudos", (BOB, " x")),
        (("\u2068kudos\u2069 @bob x",), "kudos", ("@bob x",)),
        # our own name
        (("/laurel help",), "help", ()),
        (("/LAUREL /Kudos @bob x",), "kudos", ("@bob x",)),
        (("laurel, kudos @bob x",), "kudos", ("@bob x",)),
        (("@Laurel: kudos @bob x",), "kudos", ("@bob x",)),
        (("/laurel",), "", ()),
        (("laurels @bob",), "laurels", ("@bob",)),
        # somebody in the place of a verb is thanked
        ((BOB, " thanks"), "kudos", (BOB, " thanks")),
        ((", ", BOB, " thanks"), "kudos", (BOB, " thanks")),
        ((BOB,), "kudos", (BOB,)),
        (("@bob thanks",), "kudos", ("@bob thanks",)),
        (("/laurel @laurelle thanks",), "kudos", ("@laurelle thanks",)),
        (("\u200f@bob thanks",), "kudos", ("@bob thanks",)),
        (("bob@corp.test thanks",), "kudos", ("bob@corp.test thanks",)),
        (("{", BOB, ", @ana} thanks"), "kudos", ("{", BOB, ", @ana} thanks")),
        # what belongs to the rest stays there
        (('badge "Team Player" @bob',), "badge", ('"Team Player" @bob',)),
        (("kudos #teamwork ", BOB), "kudos", ("#teamwork ", BOB)),
        (("kudos :tada: @bob",), "kudos", (":tada: @bob",)),
        (("revoke #1 x",), "revoke", ("#1 x",)),
        (("revoke -1 x",), "revoke", ("-1 x",)),
        (("kudos ... you all",), "kudos", ("... you all",)),
        # nothing, or no command
        ((), "", ()),
        (("  \u200b ",), "", ()),
        (("!!!",), "", ()),
        (("{} thanks",), "{}", ("thanks",)),
        (("@ thanks",), "@", ("thanks",)),
        (("🎉 kudos",), "🎉", ("kudos",)),
    ],
)
def test_the_verb_and_the_rest(said: Words, verb: str, rest: Words) -> None:
    assert split_verb(said) == (verb, rest)


@each_row(
    ("verb", "words", "found", "rest"),
    [
        ("kudos", (BOB, " x"), "kudos", (BOB, " x")),
        ("kudos", ("\u200e@bob x",), "kudos", ("@bob x",)),
        ("Kudos:", ("@bob x",), "kudos", ("@bob x",)),
        ("laurel", (" /laurel kudos ", BOB), "kudos", (BOB,)),
        ("", ("kudos ", BOB), "kudos", (BOB,)),
        ("badge", (), "badge", ()),
    ],
)
def test_a_verb_that_came_apart_is_read_the_same(verb: str, words: Words, found: str, rest: Words) -> None:
    assert split_verb(join_verb(verb, words)) == (found, rest)


@given(st.lists(st.one_of(st.text(max_size=30), st.just(BOB), st.sampled_from(["/laurel ", "kudos", "@", "{"]))))
def test_any_line_is_read_and_no_mention_is_lost(parts: list[str | Mention]) -> None:
    verb, rest = split_verb(tuple(parts))
    assert verb == verb.lower().strip()
    assert [part for part in rest if part == BOB] == [part for part in parts if part == BOB]


@each_row(
    ("typed", "near"),
    [
        ("kudo", "kudos"),
        ("kudoz", "kudos"),
        ("bagde", "badge"),
        ("hlep", "help"),
        ("pionts", "points"),
        ("undu", "undo"),
        ("hey", None),
        ("wy", None),
        ("they", None),
        ("what", None),
        ("reply", None),
        ("k" * 4000, None),
    ],
)
def test_a_command_is_suggested_only_where_it_is_really_near(typed: str, near: str | None) -> None:
    assert suggest_command(typed, NAMES) == near


def test_what_nobody_understood_is_shown_no_longer_than_a_line() -> None:
    assert shorten_typed_text("x" * 40) == "x" * 40
    assert shorten_typed_text("x" * 41) == "x" * 40 + "…"
    assert shorten_typed_text("word " * 20) == ("word " * 8).strip() + "…"
