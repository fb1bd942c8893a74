"""The app as the deployment knows it."""

from dataclasses import dataclass, field
from typing import Self

from channels.server.environment import Environment, split_secrets


@dataclass(frozen=True, slots=True)
class SlackOAuthConfig:
    """The app that several workspaces install: who it is to Slack, our own keys, and the teams that may install it.

    `keys` are Fernet keys, the newest first.
    """

    client_id: str
    client_secret: str = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)
    teams: frozenset[str]


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """The settings of the Slack account.

    `token` and `signing_secret` belong to one workspace; `api_url` points to another server. With an `app_token`
    everything comes by Socket Mode; HTTP needs a `signing_secret`. With `oauth` there is no `token`: each workspace
    that installs the app brings its own.
    """

    token: str = field(repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = ""
    oauth: SlackOAuthConfig | None = None

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """Build the account from SLACK_*. Return None if both a token and an app for several workspaces are missing."""
        token, signing_secret, app_token = (
            secret.get_secret_value()
            for secret in (environment.slack_bot_token, environment.slack_signing_secret, environment.slack_app_token)
        )
        oauth = _oauth(environment)
        there = token or oauth
        return cls(token, signing_secret, app_token, environment.slack_api_url, oauth) if there else None

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """Return all secrets that a request may be signed with."""
        return split_secrets(self.signing_secret)


def _oauth(environment: Environment) -> SlackOAuthConfig | None:
    if not environment.slack_client_id:
        return None
    secret, keys = environment.slack_client_secret, environment.slack_store_key
    return SlackOAuthConfig(
        environment.slack_client_id,
        secret.get_secret_value(),
        split_secrets(keys.get_secret_value()),
        frozenset(split_secrets(environment.slack_allowed_teams)),
    )
