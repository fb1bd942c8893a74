"""Updates as Telegram sends them."""

import re
from itertools import count
from typing import Any

from tests.platforms.telegram import SECRET, USERNAME, Json, chat_of, units

HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
_numbers = count(1)

MARKED = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<id>\d+)\)|(?P<name>@\w+)|^(?P<command>/\w+(?:@\w+)?)")


def user(account: int, name: str = "", **more: Any) -> Json:
    first, _, last = (name or f"Person {account}").partition(" ")
    return {"id": account, "is_bot": False, "first_name": first} | ({"last_name": last} if last else {}) | more


def update(**content: Any) -> Json:
    return {"update_id": 5000 + next(_numbers)} | content


def message(line: str, sender: Json, chat: int | None = None, **more: Any) -> Json:
    """The update of a message. "[Bob](42)" in the `line` is a mention of that account; "@name" is marked as one."""
    text, entities = marked(line)
    where = chat_of(chat or sender["id"]) | more.pop("chat_more", {})
    said = {"message_id": 20_000 + next(_numbers), "date": 1772442000, "chat": where, "from": sender}
    return update(message=said | ({"text": text, "entities": entities} if text else {}) | more)


def marked(line: str) -> tuple[str, list[Json]]:
    """The text without our brackets, and its entities."""
    text, entities, at = "", [], 0
    for found in MARKED.finditer(line):
        text, at = text + line[at : found.start()], found.end()
        shown = found["label"] or found["name"] or found["command"]
        entity: Json = {"offset": units(text), "length": units(shown)}
        if found["label"]:
            entity |= {"type": "text_mention", "user": user(int(found["id"]), found["label"])}
        else:
            entity |= {"type": "mention" if found["name"] else "bot_command"}
        entities.append(entity)
        text += shown
    return text + line[at:], entities


def press(data: str, sender: Json, shown: Json) -> Json:
    """A button of the message `shown` was pressed."""
    query = {"id": str(90_000 + next(_numbers)), "from": sender, "chat_instance": "1", "message": shown, "data": data}
    return update(callback_query=query)


def membership(chat: int, sender: Json, status: str) -> Json:
    me = {"id": 7000, "is_bot": True, "first_name": "Laurel", "username": USERNAME}
    kicked = {"until_date": 0} if status == "kicked" else {}
    changed = {
        "chat": chat_of(chat),
        "from": sender,
        "date": 1772442000,
        "old_chat_member": {"user": me, "status": "member"},
        "new_chat_member": {"user": me, "status": status} | kicked,
    }
    return update(my_chat_member=changed)
