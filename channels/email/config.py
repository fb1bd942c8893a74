"""The mail server of the deployment."""

from dataclasses import dataclass, field
from typing import Literal, Self

from channels.server.environment import Environment

SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}  # used if SMTP_PORT is empty


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
        """Build the mailbox from SMTP_*. Return None if no server is set; then no e-mail is sent."""
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
