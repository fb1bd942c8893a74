"""The e-mail channel. It only sends: the codes that prove an identity, no celebrations and no edits."""

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

import aiosmtplib
from aiohttp import web
from aiosmtplib import errors

from bot.protocol.channel import Destination, DestinationGone, Misconfigured, RetryLater
from bot.protocol.elements import Card
from channels.email.config import Mailbox
from channels.email.render import render_email
from channels.server.time_limits import TIME_LIMITS, TimeLimits
from engine.people.models import EMAIL_CHANNEL

SMTP_RETRY_DELAY_S = 60.0  # seconds after a temporary refusal
TEMPORARY_SMTP_CODES = range(400, 500)


class Email:
    """The e-mail channel."""

    name = EMAIL_CHANNEL
    pace = (0.2, 3)  # letters a second to one address, and letters at once
    pace_overall = (2.0, 10)

    def __init__(self, mailbox: Mailbox, clock: Callable[[], datetime], times: TimeLimits = TIME_LIMITS) -> None:
        self.mailbox = mailbox
        self.clock = clock
        self._letter_s = times.letter_s

    def routes(self, app: web.Application) -> None:
        """Add no routes: the channel receives nothing."""

    async def start(self) -> None:
        """Do nothing: each letter opens its own connection."""

    async def stop(self) -> None:
        """Do nothing: no connection stays open."""

    def trouble(self) -> str | None:
        """Return None: a fault shows only when a letter is sent, and the relay notices it there."""
        return None

    async def post(self, to: Destination, card: Card) -> dict[str, Any]:
        """Send the card as a letter. Return {"id"}.

        Raises DestinationGone, RetryLater, Misconfigured or OSError.
        """
        message = render_email(card, sender=self.mailbox.sender, to=to.external_id)
        message["Message-ID"] = make_msgid(domain=self.mailbox.sender.rpartition("@")[2].strip("<> "))
        message["Date"] = format_datetime(self.clock())
        try:
            await self._send(message)
        except OSError:  # some SMTP errors are OSErrors too: the server is away or hung up
            raise
        except errors.SMTPRecipientsRefused as no:
            raise _patience(no.recipients[0].code) or DestinationGone("the server does not know the address") from None
        except errors.SMTPDataError as no:
            raise _patience(no.code) or DestinationGone("the server does not take this letter") from None
        except errors.SMTPResponseException as no:
            raise _patience(no.code) or Misconfigured(type(no).__name__) from None
        except errors.SMTPException as no:
            if not to.external_id.isascii():
                raise DestinationGone("the server does not take such addresses") from None
            raise Misconfigured(type(no).__name__) from None
        return {"id": message["Message-ID"]}

    async def edit(self, to: Destination, ref: dict[str, Any], card: Card) -> None:
        """Raise DestinationGone, because a sent letter cannot be changed."""
        raise DestinationGone("letters cannot be changed")

    async def _send(self, message: EmailMessage) -> None:
        server = self.mailbox
        await aiosmtplib.send(
            message,
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            timeout=self._letter_s,
        )


def _patience(code: int) -> RetryLater | None:
    """Return RetryLater for the codes 400 to 499, with which a server may accept the same letter later, else None."""
    return RetryLater(SMTP_RETRY_DELAY_S) if code in TEMPORARY_SMTP_CODES else None
