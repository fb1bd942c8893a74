"""Telegram's menus, descriptions and webhook: rendered, and set where they differ."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.dialogs.commands import ALL_COMMANDS
from bot.i18n.catalog import LANGUAGES
from bot.i18n.copy import Copy
from channels.telegram.config import TelegramConfig
from channels.telegram.inbound import updates
from channels.telegram.menu import apply_telegram_menu
from engine.errors import BadInput
from manifest import scopes
from manifest.package import pack_platform
from manifest.telegram import list_telegram_faults, render_telegram_manifest
from tests.manifest.bot_api import BotSettings
from tests.manifest.deployments import HERE, POLLING, URL
from tests.platforms.telegram import FLOOD, SECRET, TOKEN, Failure

Json = dict[str, Any]
SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


@pytest.fixture
def wanted() -> Json:
    return render_telegram_manifest(HERE, ALL_COMMANDS)


@pytest.fixture
async def platform() -> AsyncIterator[BotSettings]:
    async with BotSettings() as there:
        yield there


def account(platform: BotSettings, token: str = TOKEN) -> TelegramConfig:
    return TelegramConfig(token, SECRET, "webhook", platform.api_url)


def names(wanted: Json, scope: str, language: str = "") -> list[str]:
    [found] = [one for one in wanted["commands"] if (one["scope"], one["language"]) == (scope, language)]
    return [command["command"] for command in found["commands"]]


def test_it_is_as_telegram_wants_it(wanted: Json) -> None:
    assert list_telegram_faults(wanted) == []
    first, second = (pack_platform("telegram", HERE, ALL_COMMANDS, "en", "1.19") for _ in range(2))
    assert first.body == second.body
    assert json.loads(first.body) == wanted


def test_every_scope_has_its_commands_in_every_language(wanted: Json) -> None:
    there = {(one["scope"], one["language"]) for one in wanted["commands"]}
    assert there == {(scope, code) for scope in SCOPES for code in ("", "es")}
    shown = {name for one in wanted["commands"] for name in (command["command"] for command in one["commands"])}
    assert shown == {verb.name for verb in ALL_COMMANDS}, "the menu has them all"
    everybody = {verb.name for verb in ALL_COMMANDS if not verb.admin}
    assert set(names(wanted, "all_group_chats")) == everybody
    assert "announce" in names(wanted, "all_chat_administrators")
    assert "announce" not in names(wanted, "all_private_chats")


def test_the_descriptions_are_in_the_reader_s_language(wanted: Json) -> None:
    by_language = {one["language"]: one for one in wanted["descriptions"]}
    for code, language in zip(("", "es"), LANGUAGES, strict=True):
        assert by_language[code]["description"] == Copy(language).line("manifest.full")
    [spanish] = [o for o in wanted["commands"] if (o["scope"], o["language"]) == ("default", "es")]
    assert spanish["commands"][0]["description"] == Copy("es").line("commands.kudos.does")


def test_the_updates_are_those_that_are_read(wanted: Json) -> None:
    assert set(wanted["webhook"]["allowed_updates"]) == set(updates.UPDATE_KINDS) == set(scopes.TELEGRAM_UPDATES)
    assert wanted["webhook"]["url"] == f"{URL}/telegram/webhook"
    assert render_telegram_manifest(POLLING, ALL_COMMANDS)["webhook"] is None


@pytest.mark.parametrize(
    ("url", "takes"),
    [(URL, True), (f"{URL}:8443", True), (f"{URL}:8080", False), ("http://laurel.corp.test", False)],
)
def test_a_webhook_has_one_of_telegrams_ports(wanted: Json, url: str, takes: bool) -> None:
    wanted["webhook"]["url"] = f"{url}/telegram/webhook"
    expected = f"webhook.url is '{url}/telegram/webhook' instead of an https:// address at port 443, 80, 88 or 8443"
    assert list_telegram_faults(wanted) == ([] if takes else [expected])


def test_a_fault_is_said_in_one_sentence(wanted: Json) -> None:
    wanted["commands"][0]["commands"][0]["command"] = "Kudos!"
    wanted["descriptions"][0]["short_description"] = "x" * 121
    assert list_telegram_faults(wanted) == [
        "commands[0].commands[0].command is 'Kudos!' instead of at most 32 small letters, digits and _",
        "descriptions[0].short_description has 121 characters, and at most 120 are taken",
    ]


async def test_everything_is_set_once_and_then_nothing(platform: BotSettings, wanted: Json) -> None:
    changed = await apply_telegram_menu(account(platform), wanted)
    assert len(changed) == len(platform.sets()) == len(wanted["commands"]) + 2 * len(LANGUAGES) + 1
    assert [one["command"] for one in platform.menus["all_private_chats", "es"]] == names(wanted, "all_private_chats")
    assert platform.webhook["url"] == f"{URL}/telegram/webhook"
    assert platform.secret == SECRET
    assert changed[0].startswith("commands (default): +kudos +badge")
    assert SECRET not in "".join(changed)
    platform.calls.clear()
    assert await apply_telegram_menu(account(platform), wanted) == []
    assert platform.sets() == []


async def test_only_what_differs_is_set(platform: BotSettings, wanted: Json) -> None:
    await apply_telegram_menu(account(platform), wanted)
    platform.menus["default", ""] = [{"command": "kudos", "description": "x"}, {"command": "old", "description": "y"}]
    platform.texts["short", "es"] = "Antes"
    platform.webhook["max_connections"] = 5
    platform.calls.clear()
    changed = await apply_telegram_menu(account(platform), wanted)
    assert platform.sets() == ["setMyCommands", "setMyShortDescription", "setWebhook"]
    assert changed[0].startswith("commands (default): +badge")
    assert changed[0].endswith("-old ~kudos")
    assert changed[1].startswith("short description, es: 'Antes' is now")
    assert changed[2] == "webhook: max_connections 5 is now 40"


async def test_another_order_is_a_difference_too(platform: BotSettings, wanted: Json) -> None:
    await apply_telegram_menu(account(platform), wanted)
    platform.menus["default", ""].reverse()
    assert await apply_telegram_menu(account(platform), wanted) == ["commands (default): in another order"]


async def test_a_secret_that_was_refused_is_set_anew(platform: BotSettings, wanted: Json) -> None:
    await apply_telegram_menu(account(platform), wanted)
    platform.secret = "an older one"
    platform.webhook["last_error_message"] = "Wrong response from the webhook: 401 Unauthorized"
    platform.webhook["last_error_date"] = 1772442000
    assert await apply_telegram_menu(account(platform), wanted) == [
        "webhook: the secret, since updates came back with 401",
    ]
    assert platform.secret == SECRET


async def test_of_two_secrets_the_first_is_set(platform: BotSettings, wanted: Json) -> None:
    await apply_telegram_menu(account(platform), wanted)
    both = replace(account(platform), secret=f"a-new-one,{SECRET}")
    assert await apply_telegram_menu(both, wanted) == ["webhook: the secret, the first of two"]
    assert platform.secret == "a-new-one"


async def test_polling_leaves_the_webhook_alone(platform: BotSettings) -> None:
    await apply_telegram_menu(account(platform), render_telegram_manifest(POLLING, ALL_COMMANDS))
    assert not {"setWebhook", "deleteWebhook", "getWebhookInfo"} & {method for method, _ in platform.calls}


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (FLOOD, "Telegram asks for 3 seconds of patience: then try again"),
        (Failure(400, "Bad Request: can't parse"), "Telegram does not take it: Can't parse"),
        (Failure(502, "Bad Gateway"), "Telegram does not answer (NetworkError): try again"),
    ],
)
async def test_what_telegram_refuses_is_said(
    platform: BotSettings, wanted: Json, failure: Failure, sentence: str
) -> None:
    platform.fail("setMyCommands", failure)
    with pytest.raises(BadInput) as refused:
        await apply_telegram_menu(account(platform), wanted)
    assert str(refused.value) == sentence


async def test_a_wrong_token_is_said_without_showing_it(platform: BotSettings, wanted: Json) -> None:
    wrong = f"7000:{'w' * 35}"
    with pytest.raises(BadInput, match="TELEGRAM_BOT_TOKEN") as refused:
        await apply_telegram_menu(account(platform, wrong), wanted)
    assert wrong not in str(refused.value)
