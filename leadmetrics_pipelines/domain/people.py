"""People and programs: roles, what each may do, and who is acting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from leadmetrics_pipelines.errors import NotAllowed


class Role(StrEnum):
    """A person's role in one tenant, or (platform_admin) in all of them."""

    OPERATOR = "operator"
    REVIEWER = "reviewer"
    TENANT_ADMIN = "tenant_admin"
    PLATFORM_ADMIN = "platform_admin"


class Permission(StrEnum):
    """What a role or a token's scope allows. The text is also the name of the API scope."""

    READ = "read"
    PROPOSE = "propose"
    EDIT = "edit"
    DECIDE = "decide"
    COMMENT = "comment"
    UNBLOCK = "unblock"
    HOLD = "hold"
    MANAGE_CHANNELS = "channels"
    MANAGE_DELIVERABLES = "deliverables"
    MANAGE_PEOPLE = "people"
    MANAGE_PLATFORM = "platform"


_READ = {Permission.READ, Permission.COMMENT}
_AGENCY = _READ | {Permission.PROPOSE, Permission.EDIT, Permission.UNBLOCK, Permission.HOLD}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: frozenset(_AGENCY - {Permission.EDIT}),
    Role.REVIEWER: frozenset(_AGENCY | {Permission.DECIDE}),
    Role.TENANT_ADMIN: frozenset(
        _READ | {Permission.PROPOSE, Permission.EDIT, Permission.DECIDE, Permission.HOLD, Permission.MANAGE_CHANNELS,
                 Permission.MANAGE_DELIVERABLES, Permission.MANAGE_PEOPLE}
    ),
    Role.PLATFORM_ADMIN: frozenset(Permission),
}  # fmt: skip

# An agent's token can propose, never decide: no scope gives an agent more than this.
AGENT_SCOPES = frozenset({Permission.READ, Permission.PROPOSE, Permission.COMMENT})


class ActorKind(StrEnum):
    """What sort of party acts."""

    USER = "user"
    AGENT = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who is acting, by which route, with which permissions. Goes into every audit row."""

    kind: ActorKind
    id: str
    name: str
    permissions: frozenset[Permission]
    route: str = "service"
    user_id: UUID | None = None

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed, saying what is missing, unless the actor has the permission."""
        if permission not in self.permissions:
            msg = f"{self.name} may not do this: it needs the permission '{permission}'. Ask an admin of this tenant."
            raise NotAllowed(msg)

    def may(self, permission: Permission) -> bool:
        """Whether the actor has the permission."""
        return permission in self.permissions


def system_actor(name: str, route: str) -> Actor:
    """The platform itself, e.g. the publisher or the monthly schedule. It can never decide."""
    allowed = frozenset(Permission) - {Permission.DECIDE}
    return Actor(kind=ActorKind.SYSTEM, id=name, name=name, permissions=allowed, route=route)


def agent_actor(role: str, route: str) -> Actor:
    """An agent in its role."""
    return Actor(kind=ActorKind.AGENT, id=role, name=role, permissions=AGENT_SCOPES, route=route)
