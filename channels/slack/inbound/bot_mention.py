"""How people address the bot in a line, and the line without it."""

import re
from collections.abc import Collection

from bot.protocol.elements import Mention
from bot.protocol.turns import Words

MAX_GREETING_WORDS = 3  # words at most, before the bot is addressed
AFTER_MENTION_PATTERN = re.compile(r"\A\s*(?:,|:(?=\s|$))?\s*")  # what follows the address and belongs to it


def strip_bot_mention(own: str, verbs: Collection[str], said: Words) -> Words:
    """Remove the bot's own mention at the beginning of a message, or after a short greeting or verb.

    A greeting before it is removed too ("Hey @Laurel, kudos …"). Text that begins with one of the `verbs` stays ("kudos
    @Laurel @bob …"). Any other mention of the bot is kept. `own` is the bot's account; if it is "" (still unknown), a
    leading mention is taken for the bot.
    """
    before, rest = (said[0], said[1:]) if said and isinstance(said[0], str) else ("", said)
    typed = before.split()
    addressed = bool(rest) and isinstance(rest[0], Mention) and (rest[0].account == own or not (own or typed))
    if not addressed or len(typed) > MAX_GREETING_WORDS:
        return said
    begun = bool(typed) and typed[0].removeprefix("/").lower() in verbs
    after = [
        AFTER_MENTION_PATTERN.sub("", part) if number == 0 and isinstance(part, str) else part
        for number, part in enumerate(rest[1:])
    ]
    return tuple(part for part in (before if begun else "", *after) if part)
