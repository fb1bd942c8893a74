"""The SDK's calls over aiohttp: its own way, over httpx, takes as long for one call as the rest of a turn."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    TCPConnector,
)
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

MAX_CONNECTIONS = 64


class CallNotSent(NetworkError):
    """A call that was not sent, because the connection failed."""


class CallBrokenOff(NetworkError):
    """A call whose connection broke. It is unknown whether the call arrived."""


class TelegramTransport(BaseRequest):
    """POSTs to one server; We upload no files.

    `connect_s` may pass until a connection is there, and `read_s` until more of an answer comes.

    What aiohttp raises ends here: the address is in its words, and the token in the address.
    """

    def __init__(self, server: str, read_s: float, connect_s: float) -> None:
        self._proxy = _proxy_to(server)
        self._read = read_s
        self._connect = connect_s
        self._session: ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._read

    async def initialize(self) -> None:
        """Do no work here. The first call opens the session, because it belongs to the loop that runs then."""

    async def shutdown(self) -> None:
        if self._session:
            await self._session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = None,
        *_: Any,
        **_other_times: Any,
    ) -> tuple[int, bytes]:
        """Send a request and return the status and body of the answer. Raises TimedOut, CallNotSent, CallBrokenOff.

        `read_timeout` is longer while Telegram holds a poll open; the other timeouts are our own.
        """
        read = float(read_timeout) if isinstance(read_timeout, int | float) else self._read
        data: Mapping[str, str] | None = request_data.json_parameters if request_data else None
        limits = ClientTimeout(connect=self._connect, sock_read=read)
        try:
            async with self._opened().request(method, url, data=data, allow_redirects=False, timeout=limits) as answer:
                return answer.status, await answer.read()
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            raise CallNotSent(type(error).__name__) from None
        except TimeoutError:
            raise TimedOut from None
        except (ClientError, OSError) as error:
            raise CallBrokenOff(type(error).__name__) from None

    def _opened(self) -> ClientSession:
        if self._session is None or self._session.closed:
            connector = TCPConnector(limit=MAX_CONNECTIONS)
            headers = {"User-Agent": self.USER_AGENT}
            self._session = ClientSession(connector=connector, headers=headers, proxy=self._proxy)
        return self._session


def _proxy_to(server: str) -> str | None:
    """Return the environment's proxy for the server, or None.

    It is looked up once: aiohttp would do it for each call, in a thread.
    """
    there, proxies = urlsplit(server), getproxies()
    if proxy_bypass(there.netloc):
        return None
    return proxies.get(there.scheme) or proxies.get("all")
