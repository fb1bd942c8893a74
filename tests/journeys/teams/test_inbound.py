"""What Teams sends becomes words, mentions and answers, and no mark-up."""

from typing import Any

import pytest

from bot.protocol.elements import Mention
from bot.protocol.turns import Command, Press, Submission
from channels.teams.inbound.activities import (
    MalformedActivity,
    build_teams_source,
    parse_card_action,
    parse_dialog_submission,
    parse_teams_message,
    parse_teams_text,
)
from tests.platforms import teams_requests as requests
from tests.platforms.teams import TENANT, alias, entra
from tests.tables import each_row

URL = "https://smba.trafficmanager.net/emea/"
BOB, OTHER = alias("bob"), alias("other")


def said(text: str, **more: Any) -> Command:
    names = {"Bob Roe": BOB} | more.pop("names", {})
    turn = parse_teams_message(requests.message(text, URL, who="ana", names=names, **more) | more.pop("raw", {}))
    assert isinstance(turn, Command)
    return turn


@each_row(
    ("text", "words"),
    [
        ("<at>Laurel</at> kudos <at>Bob Roe</at> thanks", ("kudos ", Mention("Bob Roe", account=BOB), " thanks")),
        ("<at>Laurel</at>&nbsp;points\r\n", ("points",)),
        ('<at id="0">Laurel</at> hi', ("hi",)),
        ("send Laurel to <at>Laurel</at> Laurel", ("send Laurel to  Laurel",)),
        ("<at>Nobody</at> 1 &lt; 2 &amp; <b>bold</b>", ("@Nobody 1 < 2 & <b>bold</b>",)),
        ("<p>one<br>two</p>", ("one\ntwo",)),
        ("<div><at>Bob Roe</at>&amp;&lt;i&gt;</div>", (Mention("Bob Roe", account=BOB), "&<i>")),
        ("", ()),
        ("<at>Laurel</at>", ()),
    ],
)
def test_words(text: str, words: tuple[str | Mention, ...]) -> None:
    assert said(text).words == words


def test_two_people_of_one_name_are_told_apart_by_their_order() -> None:
    activity = requests.message("<at>Sam</at> and <at>Sam</at>", URL, who="ana")
    activity["entities"] = [
        {"type": "mention", "text": "<at>Sam</at>", "mentioned": {"id": one, "name": "Sam"}} for one in (BOB, OTHER)
    ]
    first, _, second = parse_teams_text(activity)
    assert (first, second) == (Mention("Sam", account=BOB), Mention("Sam", account=OTHER))


def test_a_slash_makes_a_command_of_it() -> None:
    assert said("<at>Laurel</at> /laurel points").verb == "laurel"
    assert said("/points", at="").verb == "points"
    assert said("/", at="").words == ("/",)
    assert said("/5/3", at="").words == ("/5/3",)


def test_where_it_comes_from() -> None:
    activity = requests.message("hi", URL, who="ana", at="19:x@thread.tacv2;messageid=7")
    source = build_teams_source(activity)
    assert (source.channel, source.tenant, source.account) == ("teams", TENANT, entra("ana"))
    assert (source.conversation, source.private) == ("19:x@thread.tacv2", False)
    assert source.way_back == {"service_url": URL, "conversation": "19:x@thread.tacv2;messageid=7"}
    assert build_teams_source(requests.message("hi", URL, who="ana", at="")).private
    del activity["from"]["aadObjectId"]
    assert build_teams_source(activity).account == alias("ana")


def test_an_invoke_without_an_id_is_named_by_what_it_says() -> None:
    def named(token: str) -> str:
        value = {"action": {"data": {"token": token}}}
        return parse_card_action(requests.invoke("x", value, URL, who="ana") | {"id": None}).source.message_id

    activity = requests.invoke("x", {"action": {"data": {"token": "a"}}}, URL, who="ana", at="19:a;messageid=1")
    assert parse_card_action(activity | {"id": None}) == parse_card_action(activity | {"id": None})
    assert named("a") != named("b")


def test_what_a_form_sends() -> None:
    data = {
        "dialog": "kudos",
        "ask": "token",
        "people": ["who"],
        "choices": ["tags"],
        "toggles": ["private", "loud"],
        "who": f"{entra('bob')}, {entra('carla')}",
        "tags": "a,b",
        "words": "thanks, a lot",
        "number": 5,
        "private": "off",
        "loud": "on",
    }
    turn = parse_dialog_submission(requests.invoke("task/submit", {"data": data}, URL, who="ana"))
    assert isinstance(turn, Submission)
    assert turn.answers == {
        "who": (Mention("?", account=entra("bob")), Mention("?", account=entra("carla"))),
        "tags": ("a", "b"),
        "words": ("thanks, a lot",),
        "number": ("5",),
        "private": (),
        "loud": ("on",),
    }
    assert isinstance(parse_dialog_submission(requests.invoke("x", {"data": {"token": "t"}}, URL, who="ana")), Press)


@each_row("value", [None, [], {}, {"data": None}, {"data": {"dialog": 5}}, {"data": {"dialog": "a", "b": []}}])
def test_odd_shapes_are_named_so(value: Any) -> None:
    with pytest.raises(MalformedActivity):
        parse_dialog_submission(requests.invoke("task/submit", {}, URL, who="ana") | {"value": value})
