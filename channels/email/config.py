"""The server that takes our mail, as the deployment names it."""

from dataclasses import dataclass, field
from typing import Literal, Self

from channels.server.environment import Environment

SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}  # where SMTP_PORT is not set


@dataclass(frozen=True, slots=True)
class Mailbox:
    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    security: Literal["starttls", "tls", "none"] = "starttls"

    @classmethod
    def of(cls, environment: Environment) -> Self | None:
        """None where the deployment names no server: nothing goes out by e-mail then."""
        if not environment.smtp_host:
            return None
        return cls(
            environment.smtp_host,
            environment.smtp_port or SMTP_PORTS[environment.smtp_tls],
            environment.smtp_from,
            environment.smtp_user,
            environment.smtp_password.get_secret_value(),
            environment.smtp_tls,
        )
