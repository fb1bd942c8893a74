"""The settings that a manifest needs, with placeholders for missing ones."""

from dataclasses import dataclass
from typing import Self

from channels.server.environment import Environment
from channels.server.public_url import get_public_host

PLACEHOLDER_URL = "https://laurel.invalid"  # a reserved name, which no PUBLIC_URL can have
PLACEHOLDER_APP_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Deployment:
    """`url` is where the platforms reach the server, over https and without a final slash.

    With `slack_oauth` several workspaces install the app, each by itself.
    """

    url: str
    teams_app_id: str
    polls_telegram: bool = False
    slack_socket: bool = False  # Socket Mode: the app opens the connection
    slack_oauth: bool = False

    @classmethod
    def of(cls, environment: Environment) -> Self:
        url = environment.public_url if environment.public_url.startswith("https://") else PLACEHOLDER_URL
        polls, oauth = environment.telegram_mode == "polling", bool(environment.slack_client_id)
        connects = bool(environment.slack_app_token.get_secret_value())
        return cls(url, environment.teams_app_id or PLACEHOLDER_APP_ID, polls, connects, slack_oauth=oauth)

    @property
    def link_host(self) -> str:
        """Return the host of links to celebrations, or "" if other machines cannot open them and none are made."""
        return "" if self.url == PLACEHOLDER_URL else get_public_host(self.url)

    def missing(self, platform: str) -> tuple[str, ...]:
        """Return a sentence for each setting that has a placeholder, or that the platform may be unable to use."""
        without_url = {"telegram": self.polls_telegram, "slack": self.slack_socket and not self.slack_oauth}
        url = f"PUBLIC_URL is no https:// address yet, so {PLACEHOLDER_URL} stands in its place"
        nameless = "PUBLIC_URL has no name that others can look up: see that the platform reaches it"
        account = f"TEAMS_APP_ID is not set yet, so {PLACEHOLDER_APP_ID} stands in its place"
        return (
            *((url,) if self.url == PLACEHOLDER_URL and not without_url.get(platform) else ()),
            *((nameless,) if not get_public_host(self.url) and not without_url.get(platform) else ()),
            *((account,) if platform == "teams" and self.teams_app_id == PLACEHOLDER_APP_ID else ()),
        )
