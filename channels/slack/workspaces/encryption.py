"""Secrets that leave the process: sealed with keys of the deployment's own, of which the newest seals."""

from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class CannotDecrypt(Exception):
    """A sealed value that our keys cannot open: the key is missing, or the value expired or was sealed elsewhere."""


class SecretBox:
    """`keys` are Fernet keys, the newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._newest = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def seal(self, secret: str) -> str:
        return self._newest.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt a sealed secret and return it. Raises CannotDecrypt."""
        try:
            return self._all.decrypt(sealed).decode()
        except (InvalidToken, UnicodeDecodeError):
            raise CannotDecrypt from None

    def reencrypt(self, sealed: str) -> str:
        """Return the sealed value under the newest key, unchanged if it already is. Raises CannotDecrypt."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return self.seal(self.open(sealed))
        return sealed

    def stamp(self, secret: str, now: datetime) -> str:
        """Return the secret sealed with the time `now`."""
        return self._newest.encrypt_at_time(secret.encode(), int(now.timestamp())).decode()

    def open_fresh(self, stamped: str, now: datetime, seconds: int) -> str:
        """Return the secret of a value stamped at most `seconds` ago. Raises CannotDecrypt."""
        try:
            return self._all.decrypt_at_time(stamped, seconds, int(now.timestamp())).decode()
        except (InvalidToken, UnicodeError):
            raise CannotDecrypt from None
