"""Signing in with an application password, the way a stock WordPress 6.1 does (reference wordpress.md, 1 to 4)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from leadmetrics_pipelines.sandbox.wordpress.models import ApplicationPassword, User
from leadmetrics_pipelines.sandbox.wordpress.rest import RestError
from leadmetrics_pipelines.sandbox.wordpress.store import Site, password_digest


def sign_in(site: Site, authorization: str | None, now: datetime) -> tuple[User, str] | None:
    """The user of a Basic header and the password's uuid; None for a visitor.

    A wrong name or password is a visitor too, unless the site's security plugin looks the user up early.

    Raises:
        RestError: 401 `incorrect_password` or `invalid_username`, on sites with `strict_sign_in` only.
    """
    credentials = _read_basic(authorization)
    if credentials is None or site.settings.strips_authorization or not site.settings.application_passwords:
        return None
    login, plain = credentials
    user = _find_user(site, login)
    password = None if user is None else _find_password(user, plain)
    if user is not None and password is not None:
        return _note_use(site, user, password, now), password.uuid
    if site.settings.strict_sign_in:
        if user is None:
            raise RestError(401, "invalid_username", "Unknown username. Check again or try your email address.")
        raise RestError(401, "incorrect_password", "The provided password is an invalid application password.")
    return None


def _read_basic(authorization: str | None) -> tuple[str, str] | None:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, colon, plain = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (login, plain) if colon else None


def _find_user(site: Site, login: str) -> User | None:
    wanted = login.lower()
    return next((user for user in site.users.values() if wanted in {user.login.lower(), user.email.lower()}), None)


def _find_password(user: User, plain: str) -> ApplicationPassword | None:
    digest = password_digest(plain)
    return next((password for password in user.passwords if password.digest == digest), None)


def _note_use(site: Site, user: User, used: ApplicationPassword, now: datetime) -> User:
    # Once a day, as WordPress does: not a write per request.
    if used.last_used is not None and used.last_used.date() == now.date():
        return user
    passwords = tuple(
        password.model_copy(update={"last_used": now}) if password.uuid == used.uuid else password
        for password in user.passwords
    )
    return site.keep_user(user.model_copy(update={"passwords": passwords}))
