"""What the engine raises on purpose."""


class Refused(Exception):
    """A refusal: the person asked for something that the rules of the game do not allow.

    `reason` is the key of a sentence in `bot/copy/*/refusals.toml`; `details` are its placeholders (numbers, dates and
    names, never whole sentences).
    """

    def __init__(self, reason: str, **details: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


class NotAllowed(Refused):
    """The person has no right to do this; said like any refusal, answered 403 to a machine."""


class BadInput(Exception):
    """A file or a request that cannot be understood; the message is for the one who sent it."""
