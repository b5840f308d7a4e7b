"""One site's content in memory, written through to the journal. Rules live in the modules that change things."""

from __future__ import annotations

import hashlib
import secrets
import string
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic import BaseModel

from leadmetrics_pipelines.sandbox.state import Journal
from leadmetrics_pipelines.sandbox.wordpress.models import (
    UNCATEGORIZED,
    ApplicationPassword,
    Media,
    Post,
    Role,
    SiteSettings,
    Term,
    User,
)

Value = TypeVar("Value", bound=BaseModel)

DEFAULT_SITE = "acme"
#: Sign-ins that every new site starts with: login, role, application password.
DEFAULT_USERS: tuple[tuple[str, Role, str], ...] = (
    ("editor", "administrator", "demo demo demo demo demo demo"),
    ("author", "author", "auth auth auth auth auth auth"),
)


class Site:
    """A WordPress site. Posts and media draw their ids from one sequence, as in `wp_posts`."""

    def __init__(self, *, name: str, journal: Journal) -> None:
        self.name = name
        self._journal = journal
        self.settings = SiteSettings()
        self.posts: dict[int, Post] = {}
        self.media: dict[int, Media] = {}
        self.terms: dict[int, Term] = {}
        self.users: dict[int, User] = {}
        self._last_object_id = 0

    def next_object_id(self) -> int:
        """The next id of a post or an attachment; never given twice."""
        self._last_object_id = max(self._last_object_id, 10, *self.posts, *self.media) + 1
        return self._last_object_id

    def next_term_id(self) -> int:
        """The next id of a term."""
        return max(self.terms, default=0) + 1

    def keep_settings(self, settings: SiteSettings) -> None:
        """Store how the site is set up."""
        self.settings = settings
        self._journal.put("site", f"{self.name}/", settings.model_dump_json())

    def keep_post(self, post: Post) -> Post:
        """Store a post."""
        return self._keep("post", self.posts, post.id, post)

    def keep_media(self, media: Media, data: bytes | None = None) -> Media:
        """Store an attachment, with its bytes when it is new."""
        return self._keep("media", self.media, media.id, media, data)

    def keep_term(self, term: Term) -> Term:
        """Store a term."""
        return self._keep("term", self.terms, term.id, term)

    def keep_user(self, user: User) -> User:
        """Store a user."""
        return self._keep("user", self.users, user.id, user)

    def drop_post(self, post_id: int) -> None:
        """Delete a post for good."""
        self._drop("post", self.posts, post_id)

    def drop_media(self, media_id: int) -> None:
        """Delete an attachment for good."""
        self._drop("media", self.media, media_id)

    def drop_term(self, term_id: int) -> None:
        """Delete a term."""
        self._drop("term", self.terms, term_id)

    def media_bytes(self, media_id: int) -> bytes:
        """The uploaded file."""
        return self._journal.data("media", self._key(media_id)) or b""

    def load(self) -> None:
        """Read back what the journal holds."""
        for text in self._journal.load("site", f"{self.name}/"):
            self.settings = SiteSettings.model_validate_json(text)
            break
        self.posts = {post.id: post for post in self._read("post", Post.model_validate_json)}
        self.media = {media.id: media for media in self._read("media", Media.model_validate_json)}
        self.terms = {term.id: term for term in self._read("term", Term.model_validate_json)}
        self.users = {user.id: user for user in self._read("user", User.model_validate_json)}

    def _read(self, kind: str, parse: Callable[[str], Value]) -> list[Value]:
        return [parse(text) for text in self._journal.load(kind, f"{self.name}/")]

    def _key(self, number: int) -> str:
        return f"{self.name}/{number:09d}"

    def _keep(self, kind: str, shelf: dict[int, Value], number: int, value: Value, data: bytes | None = None) -> Value:
        self._journal.put(kind, self._key(number), value.model_dump_json(), data)
        shelf[number] = value
        return value

    def _drop(self, kind: str, shelf: dict[int, Value], number: int) -> None:
        self._journal.remove(kind, self._key(number))
        shelf.pop(number, None)


class Sites:
    """All sites of the sandbox."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._sites: dict[str, Site] = {}

    def load(self, now: datetime) -> None:
        """Read every site from the journal; make the default one when it is not there."""
        names = [str(name) for name in self._journal.load("site-name")]
        for name in names:
            site = Site(name=name, journal=self._journal)
            site.load()
            self._sites[name] = site
        if DEFAULT_SITE not in self._sites:
            self.make(DEFAULT_SITE, now)

    def get(self, name: str) -> Site | None:
        """A site by name."""
        return self._sites.get(name)

    def all(self) -> list[Site]:
        """Every site, by name."""
        return [self._sites[name] for name in sorted(self._sites)]

    def make(self, name: str, now: datetime) -> Site:
        """The site of that name, made with its default users when there is none."""
        existing = self._sites.get(name)
        if existing is not None:
            return existing
        site = Site(name=name, journal=self._journal)
        self._journal.put("site-name", name, name)
        site.keep_settings(SiteSettings(title=name.replace("-", " ").title()))
        site.keep_term(Term(id=UNCATEGORIZED, taxonomy="category", name="Uncategorized", slug="uncategorized"))
        for login, role, password in DEFAULT_USERS:
            user = make_user(site, login=login, role=role, now=now)
            give_password(site, user, name="sandbox", password=password, now=now)
        self._sites[name] = site
        return site

    def forget(self, now: datetime) -> None:
        """Empty the sandbox, the default site excepted, which starts anew."""
        self._journal.clear()
        self._sites.clear()
        self.make(DEFAULT_SITE, now)


def make_user(site: Site, *, login: str, role: Role, now: datetime) -> User:
    """A new user of the site, without a password."""
    user = User(
        id=max(site.users, default=0) + 1,
        login=login,
        email=f"{login}@{site.name}.example",
        name=login.title(),
        role=role,
        registered=now,
    )
    return site.keep_user(user)


def give_password(
    site: Site, user: User, *, name: str, now: datetime, password: str | None = None, app_id: str = ""
) -> tuple[str, ApplicationPassword]:
    """A new application password: what the user sees once, and what is kept. Spaces do not count."""
    letters = string.ascii_letters + string.digits
    plain = password or "".join(secrets.choice(letters) for _ in range(24))
    kept = ApplicationPassword(
        uuid=str(uuid.uuid4()), app_id=app_id, name=name, digest=password_digest(plain), created=now
    )
    site.keep_user(user.model_copy(update={"passwords": (*user.passwords, kept)}))
    grouped = plain if password else " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    return grouped, kept


def password_digest(plain: str) -> str:
    """Hash of an application password; everything but letters and digits is ignored, as WordPress does."""
    return hashlib.sha256("".join(char for char in plain if char.isalnum()).encode()).hexdigest()
