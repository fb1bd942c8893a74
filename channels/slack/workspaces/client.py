"""A client of one of several workspaces: each call goes out with the token that is good just then."""

from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from channels.slack import api


class WorkspaceClient(AsyncWebClient):
    """`current` gives the token, or raises SlackApiError as Slack does; the session is that of `like`."""

    def __init__(self, like: AsyncWebClient, current: Callable[[], Awaitable[str]]) -> None:
        super().__init__(
            base_url=like.base_url,
            timeout=like.timeout,
            session=like.session,
            logger=api.log.getChild("sdk"),
            retry_handlers=like.retry_handlers,
        )
        self._current = current

    async def api_call(
        self,
        api_method: str,
        *,
        http_verb: str = "POST",
        files: Any = None,
        data: Any = None,
        params: Any = None,
        json: Any = None,
        headers: Any = None,
        auth: Any = None,
    ) -> AsyncSlackResponse:
        self.token = await self._current()
        return await super().api_call(
            api_method,
            http_verb=http_verb,
            files=files,
            data=data,
            params=params,
            json=json,
            headers=headers,
            auth=auth,
        )
