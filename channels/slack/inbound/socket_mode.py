"""Socket Mode: the same requests over a connection that the app opens, for deployments that HTTP cannot reach."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType
from slack_bolt import BoltResponse
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from channels.server.time_limits import TimeLimits
from channels.slack import limits
from channels.slack.api import get_slack_error_code
from channels.slack.inbound import verification
from channels.slack.inbound.verification import check_body_shape
from channels.slack.types import SlackPayloadJson

MIN_RECONNECT_DELAY_S, MAX_RECONNECT_DELAY_S = 1.0, 60.0  # seconds between attempts to connect, growing
MIN_STEADY_CONNECTION_S = 10.0  # seconds: what ends sooner is not renewed at once

log = logging.getLogger(__name__)


@dataclass(slots=True)
class SocketModeListener:
    """`came_in` answers a request. `trouble` says why there is no connection, None while there is one.

    Slack ends each connection now and then, and says so before: then the next one is opened while the old one is
    still answered on. Several replicas share what comes in.
    """

    client: AsyncWebClient
    app_token: str
    came_in: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]
    times: TimeLimits
    trouble: str | None = "no connection yet"
    _listening: asyncio.Task[None] | None = None
    _answering: set[asyncio.Task[None]] = field(default_factory=set)
    _closing: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self) -> None:
        self._listening = asyncio.create_task(self._listen(), name="slack socket")

    async def stop_listening(self, _app: object = None) -> None:
        """Stop taking in new envelopes. Those already received are still answered."""
        if self._listening:
            self._listening.cancel()
            await asyncio.wait({self._listening})

    async def stop(self) -> None:
        await self.stop_listening()
        if self._closing:
            await asyncio.wait(self._closing)

    async def _listen(self) -> None:
        delay, clock = MIN_RECONNECT_DELAY_S, asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                connection = await self._connected()
                self.trouble = None
                await self._hear(connection)
                log.info("a new connection is due", extra={"action": "socket_renewed"})
                if clock() - began > MIN_STEADY_CONNECTION_S:
                    delay = MIN_RECONNECT_DELAY_S
                    continue
            except SlackApiError as error:
                self.trouble = f"Socket Mode: {get_slack_error_code(error)}"
            except (ClientError, OSError, ValueError, KeyError) as error:
                self.trouble = f"Socket Mode: {type(error).__name__}"
            if self.trouble:
                log.warning("no connection to Slack", extra={"action": "not_connected", "error": self.trouble})
            await asyncio.sleep(delay)
            delay = min(delay * 2, MAX_RECONNECT_DELAY_S)

    async def _connected(self) -> ClientWebSocketResponse:
        opened = await self.client.apps_connections_open(app_token=self.app_token)
        session = self.client.session
        if session is None:
            raise ConnectionError("no session")
        beat = self.times.slack_heartbeat_s
        return await session.ws_connect(str(opened["url"]), heartbeat=beat, max_msg_size=limits.BODY)

    async def _hear(self, connection: ClientWebSocketResponse) -> None:
        """Handle all envelopes of one connection until Slack ends it."""
        try:
            async for message in connection:
                if message.type != WSMsgType.TEXT:
                    break
                envelope = json.loads(message.data)
                if envelope["type"] == "disconnect":
                    break
                if "envelope_id" in envelope:
                    self._hold(self._answering, self._answer(connection, envelope))
        finally:
            self._hold(self._closing, self._close(connection, set(self._answering)))

    async def _answer(self, connection: ClientWebSocketResponse, envelope: Mapping[str, Any]) -> None:
        """Answer one envelope. If it failed on our side, leave it unacknowledged, so that Slack sends it again."""
        try:
            answer = await self._answered(envelope)
            if answer is not None:
                await connection.send_json({"envelope_id": envelope["envelope_id"]} | answer)
        except (ClientError, OSError) as error:
            log.warning("an answer was not taken", extra={"action": "answer_failed", "error": type(error).__name__})

    async def _answered(self, envelope: Mapping[str, Any]) -> SlackPayloadJson | None:
        """Return the answer to an envelope, or None if Slack should send it again."""
        try:
            check_body_shape(body := envelope["payload"])
        except verification.ODD_SHAPE_ERRORS:
            log.warning("a request has an odd shape", extra={"action": "odd_request"})
            return {}
        # the header that HTTP would carry
        headers: dict[str, str | Sequence[str]] = {"x-slack-retry-num": str(envelope.get("retry_attempt") or 0)}
        response = await self.came_in(AsyncBoltRequest(mode="socket_mode", body=body, headers=headers))
        if response.status >= 500:
            return None
        return {"payload": _payload(response)} if response.status == 200 and response.body else {}

    async def _close(self, connection: ClientWebSocketResponse, answering: set[asyncio.Task[None]]) -> None:
        """Close the connection after its pending answers, or after the time that Slack waits for them."""
        if answering:
            await asyncio.wait(answering, timeout=self.times.slack_envelopes_s)
        await connection.close()

    def _hold(self, tasks: set[asyncio.Task[None]], work: Any) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)


def _payload(response: BoltResponse) -> SlackPayloadJson:
    if str(response.headers.get("content-type", [""])[0]).startswith("application/json"):
        return dict(json.loads(response.body))
    return {"text": response.body}
