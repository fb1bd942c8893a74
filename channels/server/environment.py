"""The deployment's settings: environment variables, `.env` and `env/.env`, by their current and their old names."""

import ipaddress
import re
from typing import Literal, Self
from urllib.parse import quote
from zoneinfo import available_timezones

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from channels.server.database_url import add_async_driver, mark_pooler
from channels.server.public_url import check_public_url, get_public_host
from engine.db.connection import POOL_SIZE


class Environment(BaseSettings):
    """All variables that Laurel reads.

    Secrets are never shown. An invalid value raises ValidationError and stops the start.
    """

    model_config = SettingsConfigDict(
        env_file=(".env", "env/.env"), env_ignore_empty=True, extra="ignore", case_sensitive=False
    )

    database_url: str = Field("", repr=False)  # postgresql://… or sqlite:///…; default: an SQLite file in var/
    database_pool_size: int = Field(POOL_SIZE, ge=1, le=1000)  # connections of one process to PostgreSQL
    # the server without its pooler, for LISTEN; if it is set, DATABASE_URL leads through a pooler
    database_listen_url: str = Field("", repr=False)
    redis_url: str = Field("", repr=False)  # redis://…; default: the database stores it instead
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""  # where people and platforms reach the server; default: http://HOST:PORT
    timezone: str = ""  # the organisation's zone, until an administrator sets another
    environment: Literal["", "development", "production"] = ""
    admins: str = ""  # the first administrators: e-mail addresses, separated by commas
    people: Literal["", "workspace", "directory"] = ""  # who exists; default: workspace until a file is imported
    web_chat: bool = True  # in development on a loopback HOST only
    reward_scheduler: bool = True  # whether this process awards by rules and schedules; off: only answers and sends
    log_format: Literal["console", "json"] = "console"
    # seconds between SIGTERM and the end of listening, while /readyz says "stopping"; default: 5 in production, else 0
    stop_after: float | None = Field(None, ge=0, le=600, allow_inf_nan=False)
    # with this token /readyz shows its parts; on a loopback HOST to everyone
    operations_token: SecretStr = SecretStr("")
    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")  # Socket Mode
    slack_client_id: str = ""  # the app that several workspaces install; replaces SLACK_BOT_TOKEN
    slack_client_secret: SecretStr = SecretStr("")
    slack_store_key: SecretStr = SecretStr("")  # Fernet keys, separated by commas, the newest first
    slack_allowed_teams: str = ""  # ids of the workspaces that may install it, separated by commas
    slack_api_url: str = ""
    teams_app_id: str = Field("", validation_alias=AliasChoices("teams_app_id", "bot_rewards_id"))
    teams_app_secret: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("teams_app_secret", "bot_rewards_secret")
    )
    teams_tenant_id: str = Field("", validation_alias=AliasChoices("teams_tenant_id", "rewards_tenant_id"))
    teams_allowed_tenants: str = ""  # separated by commas; default: TEAMS_TENANT_ID alone
    teams_anonymous: bool = False  # without tokens, in development on a loopback HOST only
    teams_api_url: str = ""
    telegram_bot_token: SecretStr = SecretStr("")
    telegram_webhook_secret: SecretStr = SecretStr("")
    telegram_mode: Literal["webhook", "polling"] = "webhook"
    telegram_api_url: str = ""
    telegram_chat_id: str = ""  # an old name: the group that gets celebrations from the start
    smtp_host: str = ""
    smtp_port: int = Field(0, ge=0, le=65535)  # default: 587 with starttls, 465 with tls, 25 with none
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = ""
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"

    dbhost: str = ""
    dbport: int = 5432
    dbname: str = "navigator"
    dbuser: str = ""
    dbpwd: SecretStr = Field(SecretStr(""), validation_alias=AliasChoices("dbpwd", "dbpassword"))
    redis_host: str = ""
    redis_port: int = 6379
    redis_db: int = 1
    production: bool | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value and value not in available_timezones():
            raise ValueError(f"TIMEZONE={value} is no time zone; write one like Europe/Madrid")
        return value

    @model_validator(mode="after")
    def _filled(self) -> Self:
        self.database_url = add_async_driver(self.database_url or self._old_database() or "sqlite:///var/laurel.db")
        if self.database_listen_url:
            self._check_listen_url()
        if self.redis_host and not self.redis_url:
            self.redis_url = f"redis://{self.redis_host}:{self.redis_port}/{self.redis_db}"
        if self.redis_url and not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL begins with redis://, rediss:// or unix://")
        if self.redis_url:
            _check_redis(self.redis_url)
        self.environment = self.environment or self._environment()
        if self.stop_after is None:
            self.stop_after = 5 if self.environment == "production" else 0
        self.public_url = check_public_url(self.public_url) if self.public_url else self.own_url
        self._check_slack()
        self._check_teams()
        if bool(self.smtp_host) != bool(self.smtp_from):
            raise ValueError("SMTP_HOST and SMTP_FROM go together: set both or neither")
        self._check_telegram()
        return self

    @property
    def admin_emails(self) -> tuple[str, ...]:
        """Return the addresses in ADMINS, in the directory's spelling."""
        return tuple(part.strip().lower() for part in self.admins.replace(";", ",").split(",") if part.strip())

    @property
    def site(self) -> str:
        """Return PUBLIC_URL if other machines can open its links (https and a host name), else ""."""
        return self.public_url if get_public_host(self.public_url) else ""

    @property
    def embedded(self) -> bool:
        """Return whether the database is SQLite, which needs no server."""
        return self.database_url.startswith("sqlite")

    @property
    def serves_web_chat(self) -> bool:
        """Return whether the web chat is on.

        Everyone may use it as any person, so it is limited to development on this machine.
        """
        return not self.web_chat_is_off

    @property
    def web_chat_is_off(self) -> str:
        """Return the setting that turns the web chat off, as a sentence, or "" if it is on."""
        if not self.web_chat:
            return "WEB_CHAT is false"
        if self.environment != "development":
            return "ENVIRONMENT is production, as it is by itself with PostgreSQL or a platform's token"
        if not is_loopback(self.host):
            return f"HOST={self.host} can be reached from other machines"
        return ""

    def _check_listen_url(self) -> None:
        self.database_listen_url = add_async_driver(self.database_listen_url, "DATABASE_LISTEN_URL")
        if self.embedded or self.database_listen_url.startswith("sqlite"):
            raise ValueError("DATABASE_LISTEN_URL goes with a DATABASE_URL of PostgreSQL, and begins as that does")
        self.database_url = mark_pooler(self.database_url)

    def _check_slack(self) -> None:
        self._check_slack_workspaces()
        token, app = (one.get_secret_value() for one in (self.slack_bot_token, self.slack_app_token))
        if token and self.slack_client_id:
            raise ValueError("SLACK_BOT_TOKEN is for one workspace, SLACK_CLIENT_ID for several: set one of the two")
        if bool(token or self.slack_client_id) != bool(self.slack_signing_secret.get_secret_value() or app):
            raise ValueError(
                "SLACK_BOT_TOKEN, or SLACK_CLIENT_ID for several workspaces, goes with SLACK_SIGNING_SECRET, "
                "or with SLACK_APP_TOKEN for Socket Mode"
            )
        secrets = split_secrets(self.slack_signing_secret.get_secret_value())
        if len(secrets) > 2 or not all(secrets):
            raise ValueError("SLACK_SIGNING_SECRET holds one secret, or two parted by a comma: the new and the old one")
        if app and not app.startswith("xapp-"):
            raise ValueError("SLACK_APP_TOKEN begins with xapp-")

    def _check_slack_workspaces(self) -> None:
        keys, teams = split_secrets(self.slack_store_key.get_secret_value()), split_secrets(self.slack_allowed_teams)
        parts = (self.slack_client_id, self.slack_client_secret.get_secret_value(), any(keys), any(teams))
        if any(parts) and not all(parts):
            raise ValueError(
                "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET, SLACK_STORE_KEY and SLACK_ALLOWED_TEAMS go together: "
                "set all four for several workspaces, or none"
            )
        if any(keys) and not all(_is_fernet_key(key) for key in keys):
            raise ValueError(
                "SLACK_STORE_KEY holds keys of 44 characters as Fernet.generate_key() makes them, "
                "parted by commas, the newest first"
            )
        if any(teams) and not all(re.fullmatch(r"T[A-Z0-9]{2,20}", team) for team in teams):
            raise ValueError("SLACK_ALLOWED_TEAMS holds ids of workspaces such as T0123ABCD, parted by commas")

    def _check_telegram(self) -> None:
        token, secret = (one.get_secret_value() for one in (self.telegram_bot_token, self.telegram_webhook_secret))
        if token and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
            raise ValueError("TELEGRAM_BOT_TOKEN looks like 123456:letters, as BotFather shows it")
        secrets = split_secrets(secret)
        well_formed = len(secrets) in (1, 2) and all(re.fullmatch(r"[A-Za-z0-9_-]{1,256}", one) for one in secrets)
        if token and self.telegram_mode == "webhook" and not well_formed:
            raise ValueError(
                "TELEGRAM_WEBHOOK_SECRET is needed for TELEGRAM_MODE=webhook: 1 to 256 of A-Z a-z 0-9 _ -, "
                "or two such secrets parted by a comma: the new and the old one"
            )

    def _check_teams(self) -> None:
        if bool(self.teams_app_id) != bool(self.teams_app_secret.get_secret_value()):
            raise ValueError("TEAMS_APP_ID and TEAMS_APP_SECRET go together: set both or neither")
        if self.teams_anonymous and not (self.environment == "development" and is_loopback(self.host)):
            raise ValueError("TEAMS_ANONYMOUS needs ENVIRONMENT=development and a HOST like 127.0.0.1")

    @property
    def own_url(self) -> str:
        """Return the address of this process for a browser on this machine."""
        host = self.host.strip("[]")
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def at_port(self, port: int) -> Self:
        """Return the same settings with the port that PORT=0 has taken."""
        moved = self.model_copy(update={"port": port})
        return moved.model_copy(update={"public_url": moved.own_url}) if self.public_url == self.own_url else moved

    def _environment(self) -> Literal["development", "production"]:
        if self.production is not None:
            return "production" if self.production else "development"
        platforms = (
            self.slack_bot_token.get_secret_value(),
            self.slack_client_id,
            self.teams_app_id,
            self.telegram_bot_token.get_secret_value(),
        )
        serious = any(platforms) or not self.embedded
        return "production" if serious else "development"

    def _old_database(self) -> str:
        if not self.dbhost:
            return ""
        secret = self.dbpwd.get_secret_value()
        login = quote(self.dbuser, safe="") + (f":{quote(secret, safe='')}" if secret else "")
        return f"postgresql://{login}@{self.dbhost}:{self.dbport}/{self.dbname}"


def split_secrets(secret: str) -> tuple[str, ...]:
    """Return the secrets of a variable. During a change it holds two: the new one, then the old one."""
    return tuple(part.strip() for part in secret.split(",")) if secret.strip() else ()


def _check_redis(url: str) -> None:
    from redis.asyncio import Redis  # imported only where it is used
    from redis.exceptions import RedisError

    try:
        Redis.from_url(url).connection_pool.make_connection()  # type: ignore[no-untyped-call] # parses the whole URL
    except (ValueError, TypeError, RedisError):
        raise ValueError("REDIS_URL looks like redis://:password@host:6379/0") from None


def _is_fernet_key(key: str) -> bool:
    from cryptography.fernet import Fernet

    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether `host` names this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
