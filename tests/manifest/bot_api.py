"""The part of the Bot API that keeps a bot's settings."""

from dataclasses import dataclass, field

from aiohttp import web

from tests.platforms.telegram import FakeTelegram, Json, _yes

EMPTY: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


@dataclass
class BotSettings(FakeTelegram):
    """Everything by scope and language; "" is the language of everybody else."""

    menus: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    webhook: Json = field(default_factory=lambda: dict(EMPTY))
    secret: str = ""

    def sets(self) -> list[str]:
        """The calls that changed something, in order."""
        return [method for method, _ in self.calls if method.startswith("set")]

    def _get_my_commands(self, call: Json) -> web.Response:
        return _yes(self.menus.get(_key(call), []))

    def _set_my_commands(self, call: Json) -> web.Response:
        self.menus[_key(call)] = call["commands"]
        return _yes(True)

    def _get_my_description(self, call: Json) -> web.Response:
        return _yes({"description": self.texts.get(("description", call.get("language_code", "")), "")})

    def _set_my_description(self, call: Json) -> web.Response:
        self.texts["description", call.get("language_code", "")] = call["description"]
        return _yes(True)

    def _get_my_short_description(self, call: Json) -> web.Response:
        return _yes({"short_description": self.texts.get(("short", call.get("language_code", "")), "")})

    def _set_my_short_description(self, call: Json) -> web.Response:
        self.texts["short", call.get("language_code", "")] = call["short_description"]
        return _yes(True)

    def _get_webhook_info(self, _: Json) -> web.Response:
        return _yes(self.webhook)

    def _set_webhook(self, call: Json) -> web.Response:
        self.secret = str(call.get("secret_token", ""))
        self.webhook = EMPTY | {key: call[key] for key in ("url", "allowed_updates", "max_connections")}
        return _yes(True)


def _key(call: Json) -> tuple[str, str]:
    return call.get("scope", {}).get("type", "default"), call.get("language_code", "")
