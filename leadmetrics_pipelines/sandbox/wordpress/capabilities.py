"""Who may do what: WordPress's roles and the capabilities that the REST API asks for."""

from __future__ import annotations

from leadmetrics_pipelines.sandbox.wordpress.models import Role, User

_SUBSCRIBER = frozenset({"read"})
_CONTRIBUTOR = _SUBSCRIBER | {"edit_posts", "delete_posts"}
_AUTHOR = _CONTRIBUTOR | {"publish_posts", "edit_published_posts", "delete_published_posts", "upload_files"}
_EDITOR = _AUTHOR | {
    "edit_others_posts", "delete_others_posts", "edit_private_posts", "read_private_posts", "manage_categories",
    "unfiltered_html", "moderate_comments",
}  # fmt: skip
_ADMINISTRATOR = _EDITOR | {"list_users", "edit_users", "manage_options"}

CAPABILITIES: dict[Role, frozenset[str]] = {
    "subscriber": _SUBSCRIBER,
    "contributor": _CONTRIBUTOR,
    "author": _AUTHOR,
    "editor": _EDITOR,
    "administrator": _ADMINISTRATOR,
}


def may(user: User, capability: str) -> bool:
    """Whether the user's role has the capability."""
    return capability in CAPABILITIES[user.role]
