"""A port that is ours from the moment we know it: what is merely unused now may be taken a moment later."""

import socket

from aiohttp import web
from aiohttp.test_utils import TestServer


class Port:
    """Bound on the loopback interface, and not listening before `serve` does."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def server(self, app: web.Application) -> TestServer:
        """A server that will listen here; closing it closes the port."""
        return TestServer(app, port=self.number, socket_factory=lambda *_where: self._socket)
