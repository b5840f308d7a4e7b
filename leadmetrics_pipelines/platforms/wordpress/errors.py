"""From an answer of WordPress that is not a success to an error of the two families.

A table: WordPress's `code` to family and advice; what has no code in it goes by status. Facts: reference/wordpress.md
(numbers in brackets) and platform_apis.md 8.5. The tests hold recorded bodies against it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PermanentError,
    PlatformUnavailable,
    RateLimited,
)
from leadmetrics_pipelines.kit.http import Answer

_MESSAGE_LENGTH = 300
_MEGABYTE = 1_000_000
_SUCCESS, _REDIRECT, _CLIENT_ERROR = 2, 3, 4
_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_NOT_THE_CONTENT = {HTTPStatus.NOT_FOUND, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
_RECONNECT = (
    "Make a new application password in the site's admin (Users, Profile, Application Passwords) "
    "and reconnect the channel with it."
)
_RIGHTS = "Give the site's user the role Author, Editor or Administrator, or connect the channel with another user."
_SIZE = "The picture is too large for the site. Make it smaller."
_IMAGE = "Replace the picture with a JPEG, PNG or WebP the site accepts."


@dataclass(frozen=True)
class Rule:
    """What a code means for us."""

    family: type[PermanentError | PlatformUnavailable]
    advice: str


CODES: Mapping[str, Rule] = {
    # [1] [2] not signed in
    "rest_not_logged_in": Rule(AccessRevoked, _RECONNECT),
    "incorrect_password": Rule(AccessRevoked, _RECONNECT),
    "invalid_username": Rule(AccessRevoked, "Check the user name. " + _RECONNECT),
    "invalid_email": Rule(AccessRevoked, "Check the e-mail address. " + _RECONNECT),
    "application_passwords_disabled": Rule(AccessRevoked, "Switch application passwords on at the site."),
    "application_passwords_disabled_for_user": Rule(AccessRevoked, "Allow this user application passwords."),
    # [4] signed in without the right, or (401) not signed in
    "rest_cannot_create": Rule(AccessRevoked, _RIGHTS),
    "rest_cannot_publish": Rule(AccessRevoked, _RIGHTS),
    "rest_cannot_edit": Rule(AccessRevoked, _RIGHTS),
    "rest_cannot_edit_others": Rule(AccessRevoked, _RIGHTS),
    "rest_cannot_assign_term": Rule(AccessRevoked, _RIGHTS),
    "rest_forbidden": Rule(AccessRevoked, _RIGHTS),
    "rest_forbidden_context": Rule(AccessRevoked, _RIGHTS),
    "rest_forbidden_status": Rule(AccessRevoked, _RIGHTS),
    "rest_user_cannot_view": Rule(AccessRevoked, _RIGHTS),
    # [5] read and refused
    "empty_content": Rule(ContentRejected, "Give the post a title, a body or an excerpt."),
    "rest_invalid_param": Rule(ContentRejected, "Change what is named here and approve the post again."),
    "rest_missing_callback_param": Rule(ContentRejected, "Fill in what is named here."),
    "rest_invalid_json": Rule(ContentRejected, "A plugin or firewall at the site changed the request; ask its admin."),
    "rest_post_exists": Rule(ContentRejected, "Look at the post on the site."),
    "rest_invalid_author": Rule(ContentRejected, "Choose another author."),
    "rest_invalid_featured_media": Rule(ContentRejected, "Place the picture again."),
    "rest_no_route": Rule(PlatformUnavailable, "A plugin at the site switched this part of its API off; switch it on."),
    # [20] [21] media: a 500 from /media can be final
    "rest_upload_sideload_error": Rule(ContentRejected, _IMAGE),
    "rest_upload_unknown_error": Rule(ContentRejected, _SIZE),
    "rest_upload_no_content_disposition": Rule(ContentRejected, _SIZE),
    "rest_upload_no_data": Rule(ContentRejected, _IMAGE),
    "rest_upload_file_too_big": Rule(ContentRejected, _SIZE),
    "rest_upload_limited_space": Rule(ContentRejected, "Free space at the site."),
    "rest_upload_user_quota_exceeded": Rule(ContentRejected, "Free space at the site."),
    "rest_upload_hash_mismatch": Rule(PlatformUnavailable, "The picture was damaged on its way; it can be sent again."),
}


def read_code(answer: Answer) -> str | None:
    """WordPress's own error code, when the answer is one of its errors."""
    return _read_error(answer)[0]


def classify(answer: Answer, *, doing: str, writing: bool, sent_bytes: int = 0) -> LeadmetricsError:
    """The error of an answer that is not the success that was hoped for.

    `writing`: whether the request could have changed the site; then a fault of the site leaves the outcome open.
    `sent_bytes`: size of the body, for messages about size.
    """
    code, message = _read_error(answer)
    rule = CODES.get(code or "")
    if code == "rest_invalid_param" and not writing:
        # [16] What we look with is always the same, so it is the statuses that a visitor may not ask for.
        rule = Rule(AccessRevoked, _RECONNECT)
    if rule:
        # [4] 401: not signed in, whatever the code says of rights.
        is_visitor = rule.family is AccessRevoked and answer.status == HTTPStatus.UNAUTHORIZED
        advice = _RECONNECT if is_visitor else rule.advice
        return rule.family(f"{doing}: {answer.where} answered {answer.status} {code} ({message}). {advice}")
    return _classify_status(answer, doing=doing, writing=writing, sent_bytes=sent_bytes) or _classify_rest(
        answer, doing=doing, writing=writing, said=f"{code} ({message})" if code else ""
    )


def _classify_rest(answer: Answer, *, doing: str, writing: bool, said: str) -> LeadmetricsError:
    """What the table does not know. `said`: the code and message, where there is one."""
    is_garbled = answer.status // 100 == _SUCCESS
    told = f"{answer.media_type or 'nothing'} that cannot be read as JSON" if is_garbled else said or answer.media_type
    what = f"{doing}: {answer.where} answered {answer.status} {told}".rstrip()
    if answer.status in _REFUSALS and not said and writing:
        # Not a matter of credentials: they were good enough to look. It is the text that a firewall took offence at.
        msg = f"{what}: a firewall or security plugin at the site stopped the request. Ask its admin to allow it."
        return ContentRejected(msg)
    if answer.status in _REFUSALS:
        return AccessRevoked(f"{what}. {_RIGHTS if answer.status == HTTPStatus.FORBIDDEN else _RECONNECT}")
    if answer.status // 100 == _CLIENT_ERROR and (said or answer.status not in _NOT_THE_CONTENT):
        return ContentRejected(f"{what}. Change the post accordingly, or ask the site's admin.")
    if writing and answer.status != HTTPStatus.NOT_FOUND:
        msg = f"{what}. The post may be there or not; the site is looked at before anything is sent again."
        return OutcomeUnknown(msg)
    return PlatformUnavailable(f"{what}. Open the site in a browser: it should be up and speak the WordPress REST API.")


def _classify_status(answer: Answer, *, doing: str, writing: bool, sent_bytes: int) -> LeadmetricsError | None:
    """Statuses that mean the same whatever the body is."""
    what = f"{doing}: {answer.where} answered {answer.status}"
    if answer.status // 100 == _REDIRECT:
        target = answer.headers.get("location", "elsewhere").partition("?")[0][:200]
        msg = f"{what} and points to {target}. Set the channel's address to where the site is."
        return InvalidInput(msg, field="url")
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        msg = f"{what}: {describe_size(sent_bytes)} are more than the site takes. Shorten the text, or raise its limit."
        return ContentRejected(msg)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimited(f"{what}: the site asks for a pause. It is tried again later.", answer.retry_after())
    # [22] WordPress says so before it reads the request. Any other 503 may come from a proxy after the site began.
    away = answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    if away and (not writing or "maintenance" in answer.text.lower()):
        msg = f"{what}: the site is in maintenance or away. Nothing was written; it is tried again later."
        return PlatformUnavailable(msg)
    return None


def describe_size(size: int) -> str:
    """A number of bytes as people read it: `5.2 MB`, `300 kB`."""
    return f"{size / _MEGABYTE:.1f} MB" if size >= _MEGABYTE else f"{size / 1000:.0f} kB"


def _read_error(answer: Answer) -> tuple[str | None, str]:
    try:
        body = answer.json()
    except ValueError:
        return None, ""
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        return None, ""
    return body["code"], _plain(_with_params(body))


def _with_params(body: dict[str, object]) -> str:
    """The message, and what WordPress says of single parameters ([5])."""
    message = str(body.get("message", ""))
    data = body.get("data")
    params = data.get("params") if isinstance(data, dict) else None
    if isinstance(params, dict):
        message += " " + " ".join(str(text) for text in params.values())
    return message


def _plain(text: str) -> str:
    """A site's words, fit for our messages: no tags, one line, not endless."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())[:_MESSAGE_LENGTH].rstrip(".")
