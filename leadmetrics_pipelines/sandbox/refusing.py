"""Routes of a twin whose refusals are raised as exceptions and answered in the platform's own words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from fastapi.routing import APIRoute


class Refusal(Exception):
    """A call that is answered with an error; each twin derives its own."""

    def answer(self) -> Response:
        """The error as it goes out."""
        raise NotImplementedError


class RefusingRoute(APIRoute):
    """A route whose refusals become answers: `APIRouter(route_class=RefusingRoute)`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                return refusal.answer()

        return answer
