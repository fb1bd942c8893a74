"""How Slack hands out tokens: for a code, once, and for a token that renews another, once."""

from base64 import b64encode
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from tests.platforms.slack import FakeSlack

Json = dict[str, Any]

CLIENT, CLIENT_SECRET = "111.222", "test-client-secret"


@dataclass
class FakeOAuth:
    """`codes` and `refreshes` name the workspace that each is good for; `more` is added to what is granted."""

    rotates: bool = True
    seconds: int = 43_200  # that a token lives
    more: Json = field(default_factory=dict)
    codes: dict[str, tuple["FakeSlack", str]] = field(default_factory=dict)
    refreshes: dict[str, "FakeSlack"] = field(default_factory=dict)
    handed_out: list[str] = field(default_factory=list)  # every token, the refreshing ones too
    _numbers: Any = field(default_factory=lambda: count(1))

    def allow(self, workspace: "FakeSlack", location: str) -> Json:
        """Somebody was sent to `location`, and presses *Allow*: what comes back to the redirect URL."""
        asked = dict(parse_qsl(urlsplit(location).query))
        assert asked["client_id"] == CLIENT
        assert asked["scope"]
        code = f"code-{next(self._numbers)}"
        self.codes[code] = (workspace, asked["redirect_uri"])
        return {"code": code, "state": asked["state"]}

    def access(self, call: Json) -> Json:
        if call["authorization"] != f"Basic {b64encode(f'{CLIENT}:{CLIENT_SECRET}'.encode()).decode()}":
            return {"ok": False, "error": "bad_client_secret"}
        if call.get("grant_type") == "refresh_token":
            workspace = self.refreshes.pop(call["refresh_token"], None)
            return self._granted(workspace) if workspace else {"ok": False, "error": "invalid_refresh_token"}
        workspace, address = self.codes.pop(call["code"], (None, ""))
        if workspace is None:
            return {"ok": False, "error": "invalid_code"}
        return self._granted(workspace) if call.get("redirect_uri") == address else _no("bad_redirect_uri")

    def _granted(self, workspace: "FakeSlack") -> Json:
        number = next(self._numbers)
        token, refresh = f"xoxb-{workspace.team}-{number}", f"xoxe-1-{workspace.team}-{number}"
        workspace.tokens.add(token)
        self.handed_out += [token, refresh]
        rotation: Json = {}
        if self.rotates:
            self.refreshes[refresh] = workspace
            rotation = {"refresh_token": refresh, "expires_in": self.seconds}
        return {
            "ok": True,
            "access_token": token,
            "token_type": "bot",
            "scope": "chat:write,commands",
            "bot_user_id": workspace.bot,
            "app_id": "A01APP",
            "team": {"id": workspace.team, "name": f"Corp {workspace.team}"},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": "UINSTALL"},
        } | (rotation | self.more)


def _no(error: str) -> Json:
    return {"ok": False, "error": error}
