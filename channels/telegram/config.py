"""The bot as the deployment knows it."""

from dataclasses import dataclass, field
from typing import Literal, Self

from channels.server.environment import Environment, split_secrets


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """`secret` is what Telegram brings with each update of the webhook, or two of them, parted by a comma.

    `api_url` points to another server.
    """

    token: str = field(repr=False)
    secret: str = field(repr=False)
    mode: Literal["webhook", "polling"] = "webhook"
    api_url: str = ""
    group: str = ""  # that follows the celebrations from the start

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """Build the account from TELEGRAM_*. Return None if the token is missing."""
        token = environment.telegram_bot_token.get_secret_value()
        secret = environment.telegram_webhook_secret.get_secret_value()
        if not token:
            return None
        group = environment.telegram_chat_id.strip()
        return cls(token, secret, environment.telegram_mode, environment.telegram_api_url, group)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return all secrets that are accepted. The first is the one that Telegram should send."""
        return split_secrets(self.secret)
