"""What the deployment says: environment variables, `.env` and `env/.env`, today's names and the old ones."""

import ipaddress
from typing import Literal, Self
from urllib.parse import quote
from zoneinfo import available_timezones

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class Environment(BaseSettings):
    """Every variable that Laurel reads. Secrets are never shown; a value that will not do stops the start."""

    model_config = SettingsConfigDict(
        env_file=(".env", "env/.env"), env_ignore_empty=True, extra="ignore", case_sensitive=False
    )

    database_url: str = Field("", repr=False)  # postgresql://… or sqlite:///…; default: an SQLite file in var/
    redis_url: str = Field("", repr=False)  # redis://…; default: the database keeps what Redis would
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    public_url: str = ""  # where people and platforms reach us; default: http://HOST:PORT
    timezone: str = ""  # the organisation's, until an administrator sets another
    environment: Literal["", "development", "production"] = ""
    admins: str = ""  # e-mail addresses, parted by commas: the first administrators
    web_chat: bool = True  # in development on a loopback HOST only
    log_format: Literal["console", "json"] = "console"
    operations_token: SecretStr = SecretStr(
        ""
    )  # /readyz names its parts to who brings it; on a loopback HOST to anyone
    slack_bot_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = ""

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
        self.database_url = with_driver(self.database_url or self._old_database() or "sqlite:///var/laurel.db")
        self.redis_url = self.redis_url or self._old_redis()
        if self.redis_url and not self.redis_url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("REDIS_URL begins with redis://, rediss:// or unix://")
        self.environment = self.environment or self._environment()
        self.public_url = (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
        if bool(self.slack_bot_token.get_secret_value()) != bool(self.slack_signing_secret.get_secret_value()):
            raise ValueError("SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET go together: set both or neither")
        return self

    @property
    def admin_emails(self) -> tuple[str, ...]:
        """The addresses of ADMINS, as the directory keeps them."""
        return tuple(part.strip().lower() for part in self.admins.replace(";", ",").split(",") if part.strip())

    @property
    def embedded(self) -> bool:
        """Whether the database is the SQLite file that needs no server."""
        return self.database_url.startswith("sqlite")

    @property
    def serves_web_chat(self) -> bool:
        """The web chat lets anyone be anyone: development only, and only for this machine."""
        return self.web_chat and self.environment == "development" and is_loopback(self.host)

    def _environment(self) -> Literal["development", "production"]:
        if self.production is not None:
            return "production" if self.production else "development"
        serious = self.slack_bot_token.get_secret_value() or not self.embedded
        return "production" if serious else "development"

    def _old_database(self) -> str:
        if not self.dbhost:
            return ""
        secret = self.dbpwd.get_secret_value()
        login = quote(self.dbuser, safe="") + (f":{quote(secret, safe='')}" if secret else "")
        return f"postgresql://{login}@{self.dbhost}:{self.dbport}/{self.dbname}"

    def _old_redis(self) -> str:
        return f"redis://{self.redis_host}:{self.redis_port}/{self.redis_db}" if self.redis_host else ""


def with_driver(url: str) -> str:
    """The URL with the asynchronous driver that Laurel uses. ValueError for any other database."""
    scheme, separator, rest = url.partition("://")
    drivers = {
        "sqlite": "sqlite+aiosqlite",
        "sqlite+aiosqlite": "sqlite+aiosqlite",
        "postgres": "postgresql+asyncpg",
        "postgresql": "postgresql+asyncpg",
        "postgresql+asyncpg": "postgresql+asyncpg",
    }
    if not separator or scheme not in drivers:
        raise ValueError("DATABASE_URL begins with postgresql:// or sqlite:///")
    full = f"{drivers[scheme]}://{rest}"
    return full if scheme.startswith("sqlite") else _with_ssl(full)


def _with_ssl(url: str) -> str:
    """What libpq calls `sslmode` is `ssl` to the driver; it knows no other parameter of libpq."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("DATABASE_URL looks like postgresql://user:password@host:5432/name") from None
    unknown = set(parsed.query) - {"ssl", "sslmode"}
    if unknown:
        raise ValueError(f"DATABASE_URL: please leave out {', '.join(sorted(unknown))}; only sslmode is understood")
    mode = parsed.query.get("sslmode")
    if mode is not None:
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.render_as_string(hide_password=False)


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
