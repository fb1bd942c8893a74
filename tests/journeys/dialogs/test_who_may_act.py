"""Who is refused before any dialog is asked, and what stands for no dialog: nothing is read, given or opened."""

from sqlalchemy import select, update

from bot.protocol.button_tokens import sign_button_token
from bot.protocol.turns import Reply, Say, Submission
from engine.outbox.places import Place
from engine.people.models import Identity, Person
from tests.journeys.dialogs.talking import BOB, FOR, KEY, Office, asked, button
from tests.journeys.dialogs.talking import refused as is_refusal_card


def refused(reply: Reply) -> bool:
    """Refused, which an apology for a failure of ours is not."""
    return is_refusal_card(reply) and isinstance(reply, Say) and not reply.failed


async def test_a_leaver_is_refused_in_every_kind_of_turn(office: Office) -> None:
    undo = button(await office.say("ana", "kudos ", BOB, " thanks"))
    form = asked(await office.say("ana", "kudos"))
    before = await office.say("ana", "points", message_id="before")
    async with office.sessions.begin() as session:
        await session.execute(update(Person).where(Person.display_name == "Ana López").values(active=False))
        seen = select(Identity.seen_at).where(Identity.external_id == "ana")
        seen_at = await session.scalar(seen)
    office.clock.advance(minutes=5)
    replies = {
        "reads": await office.say("ana", "points"),
        "says what is unknown": await office.say("ana", "hello"),
        "gives": await office.say("ana", "badge ", BOB, FOR),
        "presses": await office.press("ana", undo),
        "sends a form": await office.send("ana", form, {"receivers": (BOB,), "words": ("bye",)}),
        "repeats": await office.say("ana", "points", message_id="before"),
    }
    assert {kind for kind, reply in replies.items() if not refused(reply)} == set()
    assert {kind for kind, reply in replies.items() if reply == before} == set()
    assert await office.held() == []
    async with office.sessions() as session:
        assert await session.scalar(seen) == seen_at
    assert not refused(await office.say("bob", "help")), "others go on"


async def test_buttons_and_forms_of_no_dialog_are_refused(office: Office) -> None:
    await office.say("ana", "kudos ", BOB, " thanks")
    for verb in ("view", "kudos", "points", "UNDO", "undo2", "", "submitted", "__class__"):
        assert refused(await office.press("ana", sign_button_token(verb or "none", "kudos-1", KEY))), verb
    form = asked(await office.say("ana", "kudos"))
    for token in ("", "undo", "undo.kudos-1", "undo.kudos-1.", office.undo_button("kudos-1")[:-1] + "?"):
        assert refused(await office.press("ana", token)), token
    for dialog in ("points", "nothing", "Kudos", ""):
        source = office.source("ana", private=True)
        assert refused(await office.bot.handle(Submission(source, dialog, {}, form.token))), dialog
    assert not refused(await office.press("ana", office.undo_button("kudos-1"))), "it was not taken back"


async def test_no_place_is_made_of_a_turn_without_a_conversation(office: Office) -> None:
    for where in ({"conversation": ""}, {"conversation": "", "private": True}, {"conversation": "dm", "private": True}):
        assert not refused(await office.say("ana", "kudos ", BOB, " thanks", **where))
    async with office.sessions() as session:
        assert (await session.scalars(select(Place.external_id))).all() == []
