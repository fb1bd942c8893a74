"""The bot's registration at Microsoft, and the servers that it may call."""

from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from channels.server.environment import Environment, is_loopback

LOGIN_URL = "https://login.microsoftonline.com"
OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
MULTI_TENANT_LOGIN = "botframework.com"  # issues the token of a bot of several tenants
CONNECTOR_HOSTS = ("smba.trafficmanager.net", "smba.infra.gcc.teams.microsoft.com", "smba.infra.gov.teams.microsoft.us")
CONNECTOR_DOMAINS = (".botframework.com", ".botframework.us")


@dataclass(frozen=True, slots=True)
class TeamsConfig:
    """The settings of the Teams account.

    `tenant` is the home of a single-tenant registration; only it and `tenants` may use the bot. `api_url` replaces all
    of Microsoft's servers. `anonymous` is the local mode: without tokens in either direction, and with servers of this
    machine only. Raises ValueError for an empty `app_id` or `secret` outside that mode.
    """

    app_id: str
    secret: str = field(repr=False)
    tenant: str = ""
    tenants: frozenset[str] = frozenset()
    api_url: str = ""
    anonymous: bool = False

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """Build the account from TEAMS_*. Return None if the app id is missing and the local mode is off."""
        if not environment.teams_app_id and not environment.teams_anonymous:
            return None
        tenants = environment.teams_allowed_tenants.split(",")
        return cls(
            _as_written_by_the_platform(environment.teams_app_id),
            environment.teams_app_secret.get_secret_value(),
            _as_written_by_the_platform(environment.teams_tenant_id),
            frozenset(name for tenant in tenants if (name := _as_written_by_the_platform(tenant))),
            environment.teams_api_url,
            environment.teams_anonymous,
        )

    def __post_init__(self) -> None:
        if not self.anonymous and not (self.app_id and self.secret):
            raise ValueError("TEAMS_APP_ID and TEAMS_APP_SECRET go together: without them Teams works locally only")

    @property
    def openid(self) -> str:
        """Return the URL of the document that names the platform's signing keys."""
        return f"{self.api_url.rstrip('/')}/v1/.well-known/openidconfiguration" if self.api_url else OPENID_URL

    @property
    def login(self) -> str:
        """Return the URL that issues the bot's own token."""
        return f"{(self.api_url or LOGIN_URL).rstrip('/')}/{self.tenant or MULTI_TENANT_LOGIN}/oauth2/v2.0/token"

    def is_tenant_allowed(self, tenant: str) -> bool:
        return self.anonymous or tenant in self.tenants or (bool(tenant) and tenant == self.tenant)

    def is_service_url_allowed(self, service_url: str) -> bool:
        """Return whether the bot's token may be sent to that server.

        A request with a forged `serviceUrl` would otherwise collect the token.
        """
        try:
            parts = urlsplit(service_url)
            host, origin = (parts.hostname or "").lower(), (parts.scheme, parts.netloc)
        except ValueError:
            return False
        if parts.username or parts.password:
            return False
        if self.anonymous:
            return parts.scheme in ("http", "https") and is_loopback(host)
        if self.api_url:
            stand_in = urlsplit(self.api_url)
            return origin == (stand_in.scheme, stand_in.netloc)
        return (
            parts.scheme == "https"
            and parts.port in (None, 443)
            and (host in CONNECTOR_HOSTS or host.endswith(CONNECTOR_DOMAINS))
        )


def _as_written_by_the_platform(identifier: str) -> str:
    """Lower an id to the case of tokens and activities: people copy it from places that write capitals."""
    return identifier.strip().lower()
