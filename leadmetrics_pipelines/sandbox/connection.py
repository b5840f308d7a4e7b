"""A uvicorn protocol that lets the application hang up without an answer, as a broken network would."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_HANG_UP = "sandbox.hang_up"


class DroppableConnection(H11Protocol):
    """HTTP/1.1 whose transport can be closed from the application, through the scope's state."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, _HANG_UP: self._hang_up}, _loop)

    def _hang_up(self) -> None:
        # close(), not abort(): the client then sees a clean end of stream, which httpx calls RemoteProtocolError.
        self.transport.close()


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the client's connection without a byte of answer.

    Raises:
        ConnectionAbortedError: the application is not served by `DroppableConnection` (in-process transports).
    """
    close = scope.get("state", {}).get(_HANG_UP)
    if close is None:
        raise ConnectionAbortedError("the sandbox hung up")
    close()
    # uvicorn answers 500 for an application that returns before it knows that the client is gone.
    await wait_for_disconnect(receive)


async def wait_for_disconnect(receive: Receive) -> None:
    """Return once the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
