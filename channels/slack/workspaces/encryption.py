"""Secrets that leave the process: sealed with keys of the deployment's own, of which the newest seals."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class CannotDecrypt(Exception):
    """What was sealed opens with none of our keys, or not any more, or is none of ours."""


class SecretBox:
    """`keys` are Fernet keys, the newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._newest = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: str) -> str:
        return self._newest.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises Sealed."""
        try:
            return self._all.decrypt(sealed).decode()
        except (InvalidToken, UnicodeDecodeError):
            raise CannotDecrypt from None

    def reencrypt(self, sealed: str) -> str:
        """The same under the newest key; what is under it already stays as it is. Raises Sealed."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return sealed

    def stamp(self, secret: str, now: datetime) -> str:
        """Sealed, with the moment on it."""
        return self._newest.encrypt_at_time(secret.encode(), int(now.timestamp())).decode()

    def open_fresh(self, stamped: str, now: datetime, seconds: int) -> str:
        """What was stamped no longer ago than so. Raises Sealed."""
        try:
            return self._all.decrypt_at_time(stamped, seconds, int(now.timestamp())).decode()
        except (InvalidToken, UnicodeError):
            raise CannotDecrypt from None
