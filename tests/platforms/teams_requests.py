"""What Teams sends, with all its fields, and the token that it brings."""

import time
from itertools import count
from typing import Any

import jwt

from tests.platforms.teams import APP, BOT, OWN_KEY, TENANT, alias, entra

Json = dict[str, Any]
ISSUER = "https://api.botframework.com"
GENERAL = "19:general@thread.tacv2"
_numbers = count(1)


def bearer(service_url: str, *, key: Any = OWN_KEY, kid: str = "k1", algorithm: str = "RS256", **claims: Any) -> str:
    """The header of a token that the platform made just now; a claim that is None is left out."""
    now = int(time.time())
    told = {"serviceurl": service_url, "iss": ISSUER, "aud": APP, "nbf": now - 5, "exp": now + 3600} | claims
    told = {name: value for name, value in told.items() if value is not None}
    return f"Bearer {jwt.encode(told, key, algorithm=algorithm, headers={'kid': kid})}"


def activity(kind: str, service_url: str, *, who: str, at: str = GENERAL, locale: str = "en-US", **more: Any) -> Json:
    """An activity in a channel (a thread of its own), or with `at` "" in the chat of two."""
    number = f"1772442{next(_numbers):06}"
    conversation: Json = {"isGroup": True, "conversationType": "channel", "tenantId": TENANT}
    conversation["id"] = at if ";" in at else f"{at};messageid={number}"
    data: Json = {"tenant": {"id": TENANT}, "channel": {"id": at}, "team": {"id": "19:team@thread.tacv2"}}
    if not at:
        conversation = {"conversationType": "personal", "tenantId": TENANT, "id": f"a:{alias(who)}"}
        data = {"tenant": {"id": TENANT}}
    return {
        "type": kind,
        "id": number,
        "timestamp": "2026-03-02T09:00:00.000Z",
        "localTimestamp": "2026-03-02T10:00:00.000+01:00",
        "localTimezone": "Europe/Madrid",
        "locale": locale,
        "serviceUrl": service_url,
        "channelId": "msteams",
        "from": {"id": alias(who), "name": who.title(), "aadObjectId": entra(who)},
        "recipient": {"id": BOT, "name": "Laurel"},
        "conversation": conversation,
        "channelData": data,
        "entities": [{"type": "clientInfo", "locale": locale, "country": "ES", "platform": "Web"}],
    } | more


def message(text: str, service_url: str, *, who: str, names: dict[str, str] | None = None, **more: Any) -> Json:
    """A message; `names` are the people mentioned in it, by the text between `<at>` and `</at>`: their id."""
    found = activity("message", service_url, who=who, **more) | {"text": text, "textFormat": "plain"}
    ids = {"Laurel": BOT} | (names or {})
    found["entities"] += [
        {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": account, "name": name}}
        for name, account in ids.items()
        if f">{name}</at>" in text
    ]
    found["attachments"] = [{"contentType": "text/html", "content": f"<div>{text}</div>"}]
    return found


def invoke(name: str, value: Json, service_url: str, *, who: str, **more: Any) -> Json:
    return activity("invoke", service_url, who=who, **more) | {"name": name, "value": value}


def execute(action: Json, service_url: str, *, who: str, **more: Any) -> Json:
    value = {"action": {key: action.get(key) for key in ("type", "verb", "data")}, "trigger": "manual"}
    return invoke("adaptiveCard/action", value, service_url, who=who, **more)
