"""Thanking, and what stands against it."""

from tests.journeys.wire.seen import GENERAL, PRIVATE
from tests.journeys.wire.table import Stage, journey

WORDS = "thanks for the launch"
TYPED = f"/kudos {{bob}} {WORDS} #teamwork"


@journey("kudos", "done")
async def in_one_line(s: Stage) -> None:
    answer = await s.say("ana", TYPED)
    s.tells(answer, "kudos.given", receivers="Bob Roe")
    s.tells(answer, "kudos.undo_within", count=10)
    [card] = await s.celebrations()
    s.tells(card, "kudos.thanked", giver="Ana López", receivers="Bob Roe")
    assert f"{WORDS} #teamwork" in card.text
    assert "#teamwork" in card.texts[-1] or card.text.count("#teamwork") > 1


@journey("kudos", "done")
async def by_mentioning_the_bot(s: Stage) -> None:
    s.tells(await s.say("ana", f"@Laurel kudos {{bob}} {WORDS}"), "kudos.given", receivers="Bob Roe")
    [card] = await s.celebrations()
    assert WORDS in card.text


@journey("kudos", "done")
async def however_the_line_begins(s: Stage) -> None:
    lines = ("@Laurel, kudos: {bob} ", "@Laurel: /laurel /KUDOS\u00a0{bob} ", "@Laurel {bob} ", "/laurel {bob}, ")
    for line in lines:
        s.tells(await s.say("ana", line + WORDS), "kudos.given", receivers="Bob Roe")
    assert len(await s.celebrations()) == len(lines)


@journey("kudos", "done")
async def told_to_the_receiver_and_in_private_only(s: Stage) -> None:
    await s.say("bob", "points", PRIVATE)
    before = len(await s.hand.direct("bob"))
    s.tells(await s.say("ana", f"kudos {{bob}} {WORDS}", PRIVATE), "kudos.given", receivers="Bob Roe")
    assert await s.celebrations() == []
    [news] = (await s.hand.direct("bob"))[before:]
    s.tells(news, "kudos.news", giver="Ana López")
    assert WORDS in news.text


@journey("kudos", "done")
async def through_the_form(s: Stage) -> None:
    form = await s.ask("ana", "/kudos")
    s.tells(form, "kudos.form.title")
    form = await s.miss("ana", {"words": WORDS})
    s.blames(form, "receivers", "form.required")
    answers = {"receivers": ["bob", "carla"], "words": WORDS, "tags": ["team_player"], "more_tags": "Release-Day"}
    answer = await s.fill("ana", answers)
    s.tells(answer, "kudos.given", receivers=s.names("bob", "carla"))
    [card] = await s.celebrations()
    assert WORDS in card.text
    assert "#team_player" in card.text
    assert "#release-day" in card.text


@journey("kudos", "done")
async def an_incomplete_line_goes_on_in_the_form(s: Stage) -> None:
    form = await s.ask("ana", "/kudos {bob}")
    assert form.fields["receivers"] == ("Bob Roe",)
    s.tells(await s.fill("ana", {"words": WORDS, "private": True}), "kudos.kept_private")
    assert await s.celebrations() == []


@journey("kudos", "done")
async def to_several_and_never_to_oneself(s: Stage) -> None:
    answer = await s.say("ana", f"/kudos {{bob}}, {{carla}} and {{ana}} {WORDS}")
    s.tells(answer, "kudos.given", receivers=s.names("bob", "carla"))
    s.tells(answer, "kudos.self_dropped")
    [card] = await s.celebrations()
    s.tells(card, "kudos.thanked", receivers=s.names("bob", "carla"))


@journey("kudos", "done")
async def a_name_of_two_people_asks_which_one(s: Stage) -> None:
    form = await s.ask("ana", f"/kudos @Sam {WORDS}")
    s.tells(form, "which.label", typed="Sam")
    for name, team in (("Sam Hill", "Design · hill@corp.test"), ("Sam Stone", "Support · stone@corp.test")):
        assert name in form.text
        assert team in form.text
    assert form.fields["words"] == (WORDS,)
    s.tells(await s.fill("ana", {"receivers": "Sam Stone"}), "kudos.given", receivers="Sam Stone")
    [card] = await s.celebrations()
    assert WORDS in card.text


@journey("kudos", "refused")
async def a_form_keeps_what_was_typed(s: Stage) -> None:
    await s.ask("ana", "/kudos")
    form = await s.miss("ana", {"receivers": ["ana"], "words": WORDS, "more_tags": "Release-Day"})
    s.blames(form, "receivers", "refusals.self_kudos")
    if s.hand.channel == "web":  # a modal of Slack's keeps by itself what stands in it
        held = {name: form.fields[name] for name in ("receivers", "words", "more_tags")}
        assert held == {"receivers": ("Ana López",), "words": (WORDS,), "more_tags": ("Release-Day",)}
    s.tells(await s.fill("ana", {"receivers": ["bob"], "words": WORDS}), "kudos.given", receivers="Bob Roe")


@journey("kudos", "refused")
async def oneself(s: Stage) -> None:
    answer = await s.say("ana", f"/kudos {{ana}} {WORDS}")
    s.tells(answer, "refusals.self_kudos")
    s.tells(answer, "notices.your_words")
    s.hands_back(answer, f"/kudos {{ana}} {WORDS}")
    assert await s.celebrations() == []


@journey("kudos", "refused")
async def somebody_nobody_knows(s: Stage) -> None:
    answer = await s.say("ana", f"/kudos @Zoltan {WORDS}")
    s.tells(answer, "refusals.unknown_person", who="Zoltan")
    s.hands_back(answer, f"/kudos @Zoltan {WORDS}")


@journey("kudos", "refused")
async def beyond_the_allowance(s: Stage) -> None:
    await s.world.choose(kudos_per_day=1, kudos_points=3)
    s.tells(await s.say("ana", TYPED), "kudos.none_left")
    answer = await s.say("ana", f"/kudos {{carla}} {WORDS} too")
    s.tells(answer, "refusals.kudos_per_day", count=1, left=0)
    s.hands_back(answer, f"/kudos {{carla}} {WORDS} too")
    assert len(await s.celebrations()) == 1
    await s.points("bob", 3)
    await s.points("carla", 0)
    s.world.clock.advance(days=1)
    s.tells(await s.say("ana", f"/kudos {{carla}} {WORDS} too", GENERAL), "kudos.given", receivers="Carla Díaz")
