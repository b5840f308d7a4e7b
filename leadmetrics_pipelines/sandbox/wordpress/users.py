"""The routes of users and of their application passwords."""

from __future__ import annotations

from leadmetrics_pipelines.sandbox.wordpress import params
from leadmetrics_pipelines.sandbox.wordpress.capabilities import CAPABILITIES
from leadmetrics_pipelines.sandbox.wordpress.listing import PAGE_CHECKS, chosen, paged
from leadmetrics_pipelines.sandbox.wordpress.models import ApplicationPassword, User
from leadmetrics_pipelines.sandbox.wordpress.params import check, require
from leadmetrics_pipelines.sandbox.wordpress.rendering import gmt
from leadmetrics_pipelines.sandbox.wordpress.rest import Answer, Call, RestError, refuse, router
from leadmetrics_pipelines.sandbox.wordpress.store import give_password

_USER = r"/wp/v2/users/(?P<id>\d+|me)"
_PASSWORDS = f"{_USER}/application-passwords"
_PASSWORD = rf"{_PASSWORDS}/(?P<uuid>[\w-]{{36}})"
_CONTEXT = {"context": PAGE_CHECKS["context"]}


@router.on("GET", "/wp/v2/users")
async def list_users(call: Call) -> Answer:
    """`GET /wp/v2/users`: visitors see who has published."""
    asked = check(call.params, PAGE_CHECKS)
    context = str(asked.get("context", "view"))
    if context == "edit" and not call.can("list_users"):
        refuse(call, "rest_forbidden_context", "Sorry, you are not allowed to list users.")
    writers = {post.author for post in call.site.posts.values() if post.status == "publish"}
    users = [
        user for user in call.site.users.values()
        if (call.can("list_users") or user.id in writers) and chosen(asked, user.id)
    ]  # fmt: skip
    return paged(call, asked, users, noun="user", show=lambda user: user_json(call, user, context))


@router.on("GET", _USER)
async def read_user(call: Call) -> Answer:
    """`GET /wp/v2/users/{id}` and `/users/me`."""
    asked = check(call.params, _CONTEXT)
    user = _named_user(call)
    context = str(asked.get("context", "view"))
    is_own = call.user is not None and call.user.id == user.id
    if context == "edit" and not is_own and not call.can("edit_users"):
        refuse(call, "rest_user_cannot_view", "Sorry, you are not allowed to edit this user.")
    writers = {post.author for post in call.site.posts.values() if post.status == "publish"}
    if not is_own and not call.can("list_users") and user.id not in writers:
        refuse(call, "rest_user_cannot_view", "Sorry, you are not allowed to view this user.")
    return Answer(body=user_json(call, user, context))


@router.on("GET", f"{_PASSWORDS}/introspect")
async def introspect_password(call: Call) -> Answer:
    """Which application password this very call used."""
    user = _password_owner(call, "list")
    for password in user.passwords:
        if password.uuid == call.password_uuid:
            return Answer(body=password_json(password))
    raise RestError(404, "rest_no_authenticated_app_password", "Cannot introspect application password.")


@router.on("GET", _PASSWORDS)
async def list_passwords(call: Call) -> Answer:
    """`GET .../application-passwords`."""
    return Answer(body=[password_json(password) for password in _password_owner(call, "list").passwords])


@router.on("POST", _PASSWORDS)
async def create_password(call: Call) -> Answer:
    """`POST .../application-passwords`: the password is shown this once."""
    require(call.params, "name")
    asked = check(call.params, {"name": params.text, "app_id": params.text})
    user = _password_owner(call, "create")
    name = str(asked["name"]).strip()
    if not name:
        raise RestError(400, "application_password_empty_name", "An application name is required.")
    if any(password.name == name for password in user.passwords):
        raise RestError(409, "application_password_duplicate_name", "Each application name should be unique.")
    plain, kept = give_password(call.site, user, name=name, now=call.now, app_id=str(asked.get("app_id", "")))
    return Answer(status=201, body={**password_json(kept), "password": plain})


@router.on("GET", _PASSWORD)
async def read_password(call: Call) -> Answer:
    """`GET .../application-passwords/{uuid}`."""
    return Answer(body=password_json(_named_password(call, _password_owner(call, "list"))))


@router.on("DELETE", _PASSWORD)
async def revoke_password(call: Call) -> Answer:
    """`DELETE .../application-passwords/{uuid}`: at once."""
    user = _password_owner(call, "delete")
    gone = _named_password(call, user)
    _replace(call, user, tuple(password for password in user.passwords if password.uuid != gone.uuid))
    return Answer(body={"deleted": True, "previous": password_json(gone)})


@router.on("DELETE", _PASSWORDS)
async def revoke_all_passwords(call: Call) -> Answer:
    """`DELETE .../application-passwords`."""
    user = _password_owner(call, "delete")
    _replace(call, user, ())
    return Answer(body={"deleted": True, "count": len(user.passwords)})


def user_json(call: Call, user: User, context: str) -> dict[str, object]:
    """A user as the REST API shows them."""
    shown: dict[str, object] = {
        "id": user.id,
        "name": user.name,
        "url": "",
        "description": "",
        "link": f"{call.url}/author/{user.login}/",
        "slug": user.login,
        "avatar_urls": {},
        "meta": [],
    }
    if context == "edit":
        granted = dict.fromkeys(sorted(CAPABILITIES[user.role]), True)
        shown |= {
            "username": user.login,
            "first_name": "",
            "last_name": "",
            "email": user.email,
            "locale": "en_US",
            "nickname": user.login,
            "registered_date": f"{gmt(user.registered)}+00:00",
            "roles": [user.role],
            "capabilities": {**granted, user.role: True},
            "extra_capabilities": {user.role: True},
        }
    return shown


def password_json(password: ApplicationPassword) -> dict[str, object]:
    """An application password without the password."""
    return {
        "uuid": password.uuid,
        "app_id": password.app_id,
        "name": password.name,
        "created": gmt(password.created),
        "last_used": gmt(password.last_used) if password.last_used else None,
        "last_ip": "127.0.0.1" if password.last_used else None,
    }


def _named_user(call: Call) -> User:
    if call.ids["id"] == "me":
        if call.user is None:
            raise RestError(401, "rest_not_logged_in", "You are not currently logged in.")
        return call.user
    user = call.site.users.get(int(call.ids["id"]))
    if user is None:
        raise RestError(404, "rest_user_invalid_id", "Invalid user ID.")
    return user


def _password_owner(call: Call, verb: str) -> User:
    if not call.site.settings.application_passwords:
        message = "Application passwords are not available."
        raise RestError(501, "application_passwords_disabled", message)
    user = _named_user(call)
    if (call.user is None or call.user.id != user.id) and not call.can("edit_users"):
        refuse(
            call, f"rest_cannot_{verb}_application_passwords",
            f"Sorry, you are not allowed to {verb} application passwords for this user.",
        )  # fmt: skip
    return user


def _named_password(call: Call, user: User) -> ApplicationPassword:
    for password in user.passwords:
        if password.uuid == call.ids["uuid"]:
            return password
    raise RestError(404, "rest_application_password_not_found", "Application password not found.")


def _replace(call: Call, user: User, passwords: tuple[ApplicationPassword, ...]) -> None:
    call.site.keep_user(user.model_copy(update={"passwords": passwords}))
