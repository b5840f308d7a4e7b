"""What a WordPress site holds. Values only; all instants are UTC, the site's zone is applied where they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PUBLIC_STATUSES = ("publish", "future", "draft", "pending", "private")
ANY_STATUSES = PUBLIC_STATUSES  # `any` leaves out the trash (reference wordpress.md, 16)
ALL_STATUSES = (*PUBLIC_STATUSES, "trash")
UNSCHEDULED = ("draft", "pending")
UNCATEGORIZED = 1

Role = Literal["administrator", "editor", "author", "contributor", "subscriber"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Post(_Value):
    """A post. `date_is_set` is False for drafts whose date still floats (WordPress keeps a zero date)."""

    id: int
    author: int
    date: datetime
    date_is_set: bool = True
    modified: datetime
    slug: str = ""
    status: str = "draft"
    title: str = ""
    content: str = ""
    excerpt: str = ""
    featured_media: int = 0
    categories: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()
    comment_status: str = "open"
    ping_status: str = "open"
    format: str = "standard"
    template: str = ""
    password: str = ""
    sticky: bool = False
    revisions: int = 0


class Media(_Value):
    """An attachment; its bytes lie beside it. `file` is the path under wp-content/uploads."""

    id: int
    author: int
    date: datetime
    modified: datetime
    slug: str
    title: str
    file: str
    mime_type: str
    size: int
    width: int = 0
    height: int = 0
    caption: str = ""
    description: str = ""
    alt_text: str = ""
    post: int = 0


class Term(_Value):
    """A category or tag."""

    id: int
    taxonomy: Literal["category", "post_tag"]
    name: str
    slug: str
    description: str = ""
    parent: int = 0


class ApplicationPassword(_Value):
    """One password of a user; only its hash is kept."""

    uuid: str
    app_id: str = ""
    name: str
    digest: str
    created: datetime
    last_used: datetime | None = None


class User(_Value):
    """Somebody who can sign in to the site."""

    id: int
    login: str
    email: str
    name: str
    role: Role
    registered: datetime
    passwords: tuple[ApplicationPassword, ...] = ()


class SiteSettings(_Value):
    """How a site is set up, the ways in which hosts differ included."""

    title: str = "A WordPress site"
    description: str = "Just another WordPress site"
    time_zone: str = "Europe/Paris"
    pretty_permalinks: bool = Field(default=True, description="False: /wp-json/ is 200 text/html, links are ?p=ID.")
    application_passwords: bool = Field(default=True, description="False: nobody can sign in, index shows [].")
    strict_sign_in: bool = Field(default=False, description="A security plugin that says incorrect_password, always.")
    strips_authorization: bool = Field(default=False, description="A web server that drops the Authorization header.")
    display_errors: bool = Field(default=False, description="PHP warnings before the JSON of some answers.")
    drops_scripts: bool = Field(
        default=False, description="Nobody may post unfiltered HTML (DISALLOW_UNFILTERED_HTML)."
    )
    insert_seconds: float = Field(default=0, ge=0, description="Time between choosing a slug and storing the post.")
    upload_max_bytes: int = 2 * 1024 * 1024
    post_max_bytes: int = 8 * 1024 * 1024
