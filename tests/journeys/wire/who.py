"""Accounts: seeing one's own, letting one go, choosing where news go; two people who are one."""

from tests.journeys.wire.badges import GIVEN
from tests.journeys.wire.seen import GENERAL, PRIVATE
from tests.journeys.wire.table import Stage, journey
from tests.journeys.wire.thanking import TYPED


@journey("link", "done")
async def who_is_linked_sees_their_accounts(s: Stage) -> None:
    here = s.copy.line(f"channels.{s.hand.channel}")
    s.tells(await s.say("ana", "/laurel link"), "link.accounts", accounts=here)
    s.tells(await s.say("ana", "/laurel link"), "prefer.last")
    await s.other.say("ana", "/laurel points")
    answer = await s.say("ana", "link", PRIVATE)
    assert here in answer.text
    assert s.copy.line(f"channels.{s.other.channel}") in answer.text


@journey("link", "refused")
async def a_code_for_an_account_that_is_linked(s: Stage) -> None:
    s.tells(await s.say("ana", "/laurel link ABCD-2345"), "refusals.already_linked", name="Ana López")


@journey("unlink", "done")
async def the_last_account_after_a_warning(s: Stage) -> None:
    warned = await s.say("ana", "/laurel unlink")
    here = s.copy.line(f"channels.{s.hand.channel}")
    s.tells(warned, "unlink.last", channel=here)
    s.tells(await s.say("ana", "/laurel points"), "points.nothing_yet")
    s.tells(await s.press("ana", "unlink.all_the_same", warned), "unlink.done", channel=here)


@journey("unlink", "done")
async def one_of_two(s: Stage) -> None:
    await s.say("ana", "/laurel points")
    await s.other.say("ana", "/laurel points")
    elsewhere = s.copy.line(f"channels.{s.other.channel}")
    s.tells(await s.say("ana", f"/laurel unlink {s.other.channel}"), "unlink.done", channel=elsewhere)
    left = await s.say("ana", "/laurel link")
    assert elsewhere not in left.text


@journey("unlink", "refused")
async def an_account_that_is_not_there(s: Stage) -> None:
    elsewhere = s.copy.line(f"channels.{s.other.channel}")
    answer = await s.say("ana", f"/laurel unlink {s.other.channel}")
    s.tells(answer, "refusals.no_account_there", channel=elsewhere)
    s.tells(await s.say("ana", "/laurel unlink pigeon"), "refusals.unknown_channel", who="pigeon")


@journey("unlink", "refused")
async def the_button_of_somebody_else(s: Stage) -> None:
    warned = await s.say("ana", "/laurel unlink")
    s.tells(await s.say("bob", "/laurel points"), "points.nothing_yet")
    s.tells(await s.press("bob", "unlink.all_the_same", warned), "refusals.not_your_account")


@journey("prefer", "done")
async def news_go_where_they_are_wanted(s: Stage) -> None:
    here = s.copy.line(f"channels.{s.hand.channel}")
    s.tells(await s.say("bob", "/laurel prefer here"), "prefer.is", channel=here)
    await s.other.say("bob", "/laurel points")
    before, elsewhere = len(await s.hand.direct("bob")), len(await s.other.direct("bob"))
    await s.say("ana", GIVEN)
    assert len(await s.hand.direct("bob")) == before + 1
    assert len(await s.other.direct("bob")) == elsewhere


@journey("prefer", "refused")
async def a_place_where_nobody_knows_them(s: Stage) -> None:
    elsewhere = s.copy.line(f"channels.{s.other.channel}")
    answer = await s.say("bob", f"/laurel prefer {s.other.channel}")
    s.tells(answer, "refusals.no_account_there", channel=elsewhere)
    s.tells(await s.say("bob", "/laurel prefer pigeon"), "refusals.unknown_channel", who="pigeon")


@journey("merge", "done")
@journey("unmerge", "done")
async def two_who_are_one(s: Stage) -> None:
    await s.say("ana", GIVEN)
    await s.points("bob", 10)
    names = {"merged": "Bob Roe", "kept": "Carla Díaz"}
    s.tells(await s.say("eve", "/laurel merge {bob} into {carla}", GENERAL), "merge.done", **names)
    await s.points("carla", 10)
    s.tells(await s.say("eve", "/laurel unmerge {carla}"), "merge.undone", **names)
    await s.points("carla", 0)
    await s.points("bob", 10)


@journey("merge", "done")
async def through_the_form(s: Stage) -> None:
    await s.ask("eve", "/laurel merge")
    done = await s.fill("eve", {"merged": ["bob"], "kept": ["carla"]})
    s.tells(done, "merge.done", merged="Bob Roe", kept="Carla Díaz")


@journey("merge", "refused")
@journey("unmerge", "refused")
async def by_a_member(s: Stage) -> None:
    for line in ("/laurel merge", "/laurel merge {bob} into {carla}", "/laurel unmerge {bob}"):
        s.tells(await s.say("ana", line), "refusals.admins_only")


@journey("merge", "refused")
async def somebody_into_themselves(s: Stage) -> None:
    answer = await s.say("eve", "/laurel merge {bob} into {bob}")
    s.tells(answer, "refusals.merge_same_person", name="Bob Roe")
    s.tells(await s.say("eve", "/laurel merge {eve} into {bob}"), "refusals.merge_yourself")


@journey("unmerge", "refused")
async def where_nobody_was_merged(s: Stage) -> None:
    s.tells(await s.say("eve", "/laurel unmerge {bob}"), "refusals.nothing_to_unmerge", name="Bob Roe")
    s.tells(await s.say("ana", TYPED), "kudos.given")
