"""Who calls the JSON API: a bearer token gives the tenant and the actor. No address ever names a tenant."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from leadmetrics_pipelines.domain.people import Permission, system_actor
from leadmetrics_pipelines.services.runtime import Runtime
from leadmetrics_pipelines.services.tokens import ResolvedToken, TokenRefused, resolve_token
from leadmetrics_pipelines.storage.database import UnitOfWork, all_tenants

_bearer = HTTPBearer(
    scheme_name="token", auto_error=False,
    description="A token of `leadmetrics tokens create`: `Authorization: Bearer lmp_...`. It belongs to one tenant.",
)  # fmt: skip
_SELF = system_actor("api", "api")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The token behind a request, and the way to work in its name."""

    runtime: Runtime
    token: ResolvedToken

    def work(self) -> AbstractContextManager[UnitOfWork]:
        """One transaction of the caller's tenant, in the caller's name."""
        return self.runtime.unit_of_work(tenant=self.token.tenant_id, actor=self.token.actor)


def hand_down(runtime: Runtime) -> Callable[[Request], None]:
    """A dependency that gives every route the runtime."""

    def provide(request: Request) -> None:
        request.state.runtime = runtime

    return provide


@functools.cache
def needs(permission: Permission) -> Callable[..., Caller]:
    """A dependency: the caller, who has this permission. Raises TokenRefused or NotAllowed before a body is judged."""

    def caller(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        if credentials is None:
            raise TokenRefused("Send a token: `Authorization: Bearer lmp_...`. `leadmetrics tokens create` makes one.")
        runtime: Runtime = request.state.runtime
        with runtime.unit_of_work(tenant=all_tenants, actor=_SELF) as work:
            token = resolve_token(work, credentials.credentials)
        token.actor.require(permission)
        return Caller(runtime=runtime, token=token)

    caller.__dict__["permission"] = permission
    return caller


Reader = Annotated[Caller, Depends(needs(Permission.READ))]
Proposer = Annotated[Caller, Depends(needs(Permission.PROPOSE))]
Editor = Annotated[Caller, Depends(needs(Permission.EDIT))]
Decider = Annotated[Caller, Depends(needs(Permission.DECIDE))]
Commenter = Annotated[Caller, Depends(needs(Permission.COMMENT))]
Unblocker = Annotated[Caller, Depends(needs(Permission.UNBLOCK))]
Holder = Annotated[Caller, Depends(needs(Permission.HOLD))]
ChannelManager = Annotated[Caller, Depends(needs(Permission.MANAGE_CHANNELS))]
DeliverableManager = Annotated[Caller, Depends(needs(Permission.MANAGE_DELIVERABLES))]
PeopleManager = Annotated[Caller, Depends(needs(Permission.MANAGE_PEOPLE))]
