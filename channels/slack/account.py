"""The app as the deployment knows it."""

from dataclasses import dataclass, field
from typing import Self

from channels.environment import Environment, in_force


@dataclass(frozen=True, slots=True)
class Account:
    """`token` and `signing_secret` belong to one workspace; `api_url` points to another server.

    With an `app_token` everything comes by Socket Mode; without a `signing_secret` nothing comes in by HTTP.
    """

    token: str = field(repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = ""

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """The account of SLACK_*; None without a token."""
        token, signing_secret, app_token = (
            secret.get_secret_value()
            for secret in (environment.slack_bot_token, environment.slack_signing_secret, environment.slack_app_token)
        )
        return cls(token, signing_secret, app_token, environment.slack_api_url) if token else None

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """Each that a request may be signed with."""
        return in_force(self.signing_secret)
