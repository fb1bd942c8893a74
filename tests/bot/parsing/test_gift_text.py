"""Free text: who it is for, and which words are the giver's own."""

from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.gift_text import find_hashtags, parse_gift_text, split_name_list
from bot.protocol.elements import Mention
from bot.protocol.turns import Words
from tests.tables import each_row

ANA = Mention("Ana López", account="UANA")
BOB = Mention("Bob", account="UBOB")


@each_row(
    ("said", "receivers", "words"),
    [
        ((ANA, " thanks for the launch #teamwork"), (ANA,), "thanks for the launch #teamwork"),
        ((ANA, " ", BOB, " thanks"), (ANA, BOB), "thanks"),
        ((ANA, BOB, " thanks"), (ANA, BOB), "thanks"),
        ((ANA, ", ", BOB, ": thanks"), (ANA, BOB), "thanks"),
        ((ANA, " and ", BOB, ", thanks"), (ANA, BOB), "thanks"),
        ((ANA, " y ", BOB, " gracias"), (ANA, BOB), "gracias"),
        (("@ana e @inés gracias",), ("ana", "inés"), "gracias"),
        (("@ana, @bob & @carla, and @dan thanks",), ("ana", "bob", "carla", "dan"), "thanks"),
        (("ana@corp.test; Bob.Roe@corp.co.uk thanks",), ("ana@corp.test", "Bob.Roe@corp.co.uk"), "thanks"),
        (("@ana@corp.test thanks",), ("ana@corp.test",), "thanks"),
        (('"Ana López" and @bob thanks',), ("Ana López", "bob"), "thanks"),
        (("“Ana López”, «Bob Roe» thanks",), ("Ana López", "Bob Roe"), "thanks"),
        (("{Ana López, Bob Roe and Carla} thanks",), ("Ana López", "Bob Roe", "Carla"), "thanks"),
        (("{", ANA, ", Bob} ", BOB, " thanks"), (ANA, "Bob", BOB), "thanks"),
        (("@O'Brien thanks",), ("O'Brien",), "thanks"),
        (("@ana and thanks to all",), ("ana",), "and thanks to all"),
        # after the first, what is quoted, in braces or an address is a receiver only where a separator joins it
        ((BOB, ' "You rock" is what the client said'), (BOB,), '"You rock" is what the client said'),
        ((BOB, " «Gracias», dijo"), (BOB,), "«Gracias», dijo"),
        ((BOB, " {json} parsing rocks"), (BOB,), "{json} parsing rocks"),
        ((BOB, " ana@corp.test says that you rock"), (BOB,), "ana@corp.test says that you rock"),
        (('"Bob Roe" "You rock" they said',), ("Bob Roe",), '"You rock" they said'),
        ((BOB, ', "Ana López" & {Carla} and d@corp.test x'), (BOB, "Ana López", "Carla", "d@corp.test"), "x"),
        ((BOB, ' @"Ana López" @carla @d@corp.test x'), (BOB, "Ana López", "carla", "d@corp.test"), "x"),
        (("{Ana, Bob} @carla thanks",), ("Ana", "Bob", "carla"), "thanks"),
        (("@ana :tada: thanks",), ("ana",), ":tada: thanks"),
        ((ANA, "\n  line one\n  line two  "), (ANA,), "line one\n  line two"),
        ((ANA, " thanks for helping ", BOB, " so much"), (ANA,), "thanks for helping Bob so much"),
        (("  ", ANA, " thanks"), (ANA,), "thanks"),
        ((Mention("", account="U1"), " thanks"), (Mention("", account="U1"),), "thanks"),
        # what is glued to a name is no word of the giver's
        (("@bob. thanks",), ("bob",), "thanks"),
        ((BOB, "! thanks!"), (BOB,), "thanks!"),
        ((BOB, "... - thanks"), (BOB,), "- thanks"),
        ((BOB, "- thanks"), (BOB,), "thanks"),
        (("ana@corp.test. thanks",), ("ana@corp.test",), "thanks"),
        ((BOB, " .net is great"), (BOB,), ".net is great"),
        ((BOB, ".net is great"), (BOB,), ".net is great"),
        ((BOB, " ;) thanks"), (BOB,), ";) thanks"),
        ((BOB, ",thanks"), (BOB,), "thanks"),
        (("@bob.",), ("bob",), ""),
        # at the end, where nobody is named elsewhere
        (("thanks for the help ", ANA), (ANA,), "thanks for the help"),
        (("thanks for the help @ana and @bob",), ("ana", "bob"), "thanks for the help"),
        (("thank you so much, ", ANA, "! #team 🎉"), (ANA,), "thank you so much, Ana López! #team 🎉"),
        (("thanks ", BOB, " for standing in for ", ANA), (), "thanks Bob for standing in for Ana López"),
        (("thanks ", ANA, " for it"), (), "thanks Ana López for it"),
        # nobody
        (("bob thanks",), (), "bob thanks"),
        (("great work, write to a@b.test",), (), "great work, write to a@b.test"),
        (("{} thanks",), (), "{} thanks"),
        (("{Ana thanks",), (), "{Ana thanks"),
        (('" " thanks',), (), '" " thanks'),
        (("@ thanks",), (), "@ thanks"),
        ((), (), ""),
        (("   ",), (), ""),
        # nothing to say yet
        ((ANA,), (ANA,), ""),
        (("@ana:",), ("ana",), ""),
    ],
)
def test_receivers_and_words_are_told_apart(said: Words, receivers: Words, words: str) -> None:
    found = parse_gift_text(said)
    assert (found.receivers, found.words) == (receivers, words)


FULL_NAMES = {"ana gomez", "ana gomez ruiz", "jan m. de vries", "sam roe jr."}


@each_row(
    ("said", "receivers", "words"),
    [
        (("@Ana Gómez thanks for x",), ("Ana Gómez",), "thanks for x"),
        (("@ANA  gomez: thanks",), ("ANA  gomez",), "thanks"),
        (("@Ana Gómez Ruiz thanks",), ("Ana Gómez Ruiz",), "thanks"),
        (("@Ana Gómez, @bob and @Jan M. de Vries thanks",), ("Ana Gómez", "bob", "Jan M. de Vries"), "thanks"),
        (("@Ana Gómez. thanks",), ("Ana Gómez",), "thanks"),
        (("@Sam Roe Jr. thanks",), ("Sam Roe Jr.",), "thanks"),
        (("thanks for it @Ana Gómez",), ("Ana Gómez",), "thanks for it"),
        (("@Ana Gómezz thanks",), ("Ana",), "Gómezz thanks"),
        (("@Ana\nGómez thanks",), ("Ana",), "Gómez thanks"),
        (("@Ana ", BOB, " thanks"), ("Ana", BOB), "thanks"),
        (("@ana@corp.test Gómez",), ("ana@corp.test",), "Gómez"),
    ],
)
def test_a_name_of_several_words_is_one_name(said: Words, receivers: Words, words: str) -> None:
    found = parse_gift_text(said, FULL_NAMES)
    assert (found.receivers, found.words) == (receivers, words)


@each_row(
    ("text", "tags"),
    [
        ("thanks #teamwork", ("teamwork",)),
        ("#Team_Player, (#sí!) and #launch-day...", ("team_player", "sí", "launch-day")),
        ("#twice #TWICE #Twice!", ("twice",)),
        ("see https://corp.test/a#part and www.corp.test#x or corp.test/#y", ()),
        ("run `#no` or ``a ` #no`` or\n```\n#no\n#never\n```\n#yes", ("yes",)),
        ("C# and &#39; and a#b and ## and # x", ()),
        ("#" + "x" * 65, ()),
        ("#हिन्दी #שלום", ("हिन्दी", "שלום")),
        ("*#bold*", ("bold",)),
        ("example.com/?#frag x.com/a_#u (localhost:8080/_#v) a.b.co.uk:80/x,_#w me@corp.test/_#z", ()),
        ("~~~\n#no\n~~~ and ~~~ #never ~~~ #yes", ("yes",)),
        ("#yes ```\n#no", ("yes",)),
        ("#yes ``` a ``` #too ```#no", ("yes", "too")),
        ("#yes\n~~~\n#no", ("yes",)),
        ("\n  ~~~ #no ~~~ #yes\n\t~~~#no", ("yes",)),
        ("so happy~~~ #yes", ("yes",)),
        ("done.#yes and/or #too", ("yes", "too")),
        ("#1 fan, #-dash- #1-on-1", ("dash", "1-on-1")),
    ],
)
def test_tags_are_found_but_never_in_urls_or_code(text: str, tags: tuple[str, ...]) -> None:
    assert find_hashtags(text) == tags


def test_a_typed_list_is_taken_apart() -> None:
    assert split_name_list("@ana, Bob Roe and «Carla Díaz»; ; ana@corp.test") == (
        "ana",
        "Bob Roe",
        "Carla Díaz",
        "ana@corp.test",
    )


PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["@ana ", "{Ana, ", "} ", '"', " and ", ", ", "#tag ", "`", "```", "a@b.test ", "https://x.y/#z "]),
    st.builds(Mention, st.text(max_size=10), st.none(), st.text(min_size=1, max_size=5)),
)


@given(st.lists(PIECES, max_size=12))
def test_the_words_are_a_part_of_what_was_said(pieces: list[str | Mention]) -> None:
    found = parse_gift_text(tuple(pieces))
    flat = "".join(p if isinstance(p, str) else p.name.strip() or p.account or "" for p in pieces)
    assert found.words in flat
    assert found.words == found.words.strip()
    assert all(isinstance(part, Mention) or part.strip() for part in found.receivers)
