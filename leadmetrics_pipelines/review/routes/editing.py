"""Editing a post or a request in place; saving alone, or saving and approving in one act.

Whatever goes wrong, the form comes back with what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.responses import Response

from leadmetrics_pipelines.domain.approvals import Decision, SubjectKind
from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.contents import NewsletterContent, SocialContent, title_of
from leadmetrics_pipelines.domain.people import Permission
from leadmetrics_pipelines.errors import Conflict, InvalidInput, LeadmetricsError, NotAllowed
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.content_forms import (
    post_fields,
    read_pictures,
    read_post_form,
    typed_post,
)
from leadmetrics_pipelines.review.presenters.forms import (
    Field,
    general_error,
    read_request_form,
    request_fields,
    typed_request,
    with_error,
)
from leadmetrics_pipelines.review.presenters.frame import Crumb, Toast, fragment, page
from leadmetrics_pipelines.review.presenters.inbox import inbox_href
from leadmetrics_pipelines.review.presenters.item import Item, diff_typed
from leadmetrics_pipelines.review.presenters.previews import (
    NewsletterPreview,
    SocialPreview,
    account_of,
    present_newsletter,
    present_social,
)
from leadmetrics_pipelines.review.problems import describe
from leadmetrics_pipelines.review.routes.answers import announce, go
from leadmetrics_pipelines.review.routes.decisions import answer_decision, filter_of, item_path
from leadmetrics_pipelines.review.routes.item_context import BACK_TO_INBOX, BACK_TO_ITEM, read_subject
from leadmetrics_pipelines.review.routes.typed_post import TypedPost
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.approvals import decide
from leadmetrics_pipelines.services.posts import edit_post, store_image
from leadmetrics_pipelines.services.requests import edit_request
from leadmetrics_pipelines.services.targets import publishing_channels
from leadmetrics_pipelines.services.views.item import PostItem
from leadmetrics_pipelines.services.views.keysets import Place as ListPlace
from leadmetrics_pipelines.storage.approvals.models import Approval
from leadmetrics_pipelines.storage.database import UnitOfWork

router = APIRouter()
SAVE_AND_APPROVE = "approve"
Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]


class Sent:
    """How an editor was sent: which button, on which version, and where to go on."""

    def __init__(
        self,
        act: Text = "save",
        seen_version: Annotated[int, Form()] = 0,
        approval: Text = "",
        seal: Text = "",
        back: Text = BACK_TO_ITEM,
        filter: Text = "",  # noqa: A002 - the form's word
    ) -> None:
        self.act, self.seen_version, self.approval, self.seal = act, seen_version, approval, seal
        self.back, self.filter = back, filter


@router.get("/posts/{post_id}/edit")
def open_post_editor(place: PlaceOf, post_id: UUID) -> Response:
    """The editor of a post."""
    return _open(place, SubjectKind.POST, post_id)


@router.get("/requests/{request_id}/edit")
def open_request_editor(place: PlaceOf, request_id: UUID) -> Response:
    """The editor of a request."""
    return _open(place, SubjectKind.REQUEST, request_id)


@router.post("/posts/{post_id}/edit")
def save_post(
    place: PlaceOf,
    post_id: UUID,
    sent: Annotated[Sent, Depends()],
    typed: Annotated[TypedPost, Depends()],
    image: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Save a post, and approve it too where that was asked for."""
    if image is not None and image.filename:
        # In a transaction of its own: a picture once sent is not asked for again because a title was too long.
        try:
            with place.work() as work:
                typed.add_picture(store_image(work, image.file.read(), image.content_type or ""))
        except InvalidInput as error:
            return _refuse(place, SubjectKind.POST, post_id, sent, typed.values, error)
    return _save(place, SubjectKind.POST, post_id, sent, typed.values)


@router.post("/requests/{request_id}/edit")
def save_request(
    place: PlaceOf,
    request_id: UUID,
    sent: Annotated[Sent, Depends()],
    kind: Text = "blog",
    title: Text = "",
    target_keyword: Text = "",
    search_intent: Text = "",
    audience: Text = "",
    brief: Text = "",
    priority: Text = "",
    publish_at: Text = "",
    channel_ids: Texts = None,
) -> Response:
    """Save a request, and approve it too where that was asked for."""
    typed = {
        "kind": kind,
        "title": title,
        "target_keyword": target_keyword,
        "search_intent": search_intent,
        "audience": audience,
        "brief": brief,
        "priority": priority,
        "channel_ids": " ".join(channel_ids or ()),
        "publish_at": publish_at,
    }
    return _save(place, SubjectKind.REQUEST, request_id, sent, typed)


def _open(place: Place, kind: SubjectKind, subject_id: UUID) -> Response:
    place.actor.require(Permission.EDIT)
    asked = dict(place.request.query_params)
    sent = Sent(back=BACK_TO_INBOX if asked.pop("from", "") == BACK_TO_INBOX else BACK_TO_ITEM, filter=urlencode(asked))
    with place.work(frame=True) as work:
        item = read_subject(work, kind, subject_id)
        return _show(place, work, item, sent, _typed_now(place, item), None)


def _save(place: Place, kind: SubjectKind, subject_id: UUID, sent: Sent, typed: dict[str, str]) -> Response:
    place.actor.require(Permission.EDIT)  # before what was typed is judged
    try:
        with place.work(frame=True) as work:
            return _carry_out(place, work, kind, subject_id, sent, typed | {"zone": _zone(place)})
    except (InvalidInput, Conflict, NotAllowed) as error:
        return _refuse(place, kind, subject_id, sent, typed, error)


def _carry_out(
    place: Place, work: UnitOfWork, kind: SubjectKind, subject_id: UUID, sent: Sent, typed: Mapping[str, str]
) -> Response:
    content = read_request_form(typed) if kind is SubjectKind.REQUEST else read_post_form(typed)
    wanted = filter_of(sent.filter)
    if sent.act == SAVE_AND_APPROVE and sent.approval:
        approval = work.session.get(Approval, UUID(sent.approval))
        after = ListPlace(approval.opened_at, approval.id) if approval else None
        report = decide(work, UUID(sent.approval), Decision.APPROVE, seal=sent.seal, edit=content)
        return answer_decision(place, work, report, Decision.APPROVE, back=sent.back, wanted=wanted, after=after)
    if kind is SubjectKind.REQUEST:
        title = edit_request(work, subject_id, read_request_form(typed), seen_version=sent.seen_version).title
    else:
        edited = edit_post(work, subject_id, read_post_form(typed), seen_version=sent.seen_version)
        title = title_of(edited.content)
    work.session.flush()
    address = item_path(place, kind, subject_id)
    if sent.back == BACK_TO_INBOX:
        approval_now = read_subject(work, kind, subject_id).approval
        address = inbox_href(
            place.base, wanted, item=str(approval_now.id) if approval_now and approval_now.is_open else ""
        )
    return go(place, address, Toast(text=f"Saved: {title}"))


def _refuse(
    place: Place, kind: SubjectKind, subject_id: UUID, sent: Sent, typed: Mapping[str, str], error: LeadmetricsError
) -> Response:
    with place.work(frame=True) as work:
        item = read_subject(work, kind, subject_id)
        return _show(place, work, item, sent, {**typed, "zone": _zone(place)}, error)


def _show(
    place: Place, work: UnitOfWork, item: Item, sent: Sent, typed: Mapping[str, str], error: LeadmetricsError | None
) -> Response:
    """The editor: fresh, or with what was typed and why it was not taken."""
    kind = SubjectKind.POST if isinstance(item, PostItem) else SubjectKind.REQUEST
    path = item_path(place, kind, item.id)
    unfit = error if isinstance(error, InvalidInput) else None
    fields: tuple[Field, ...] = (
        post_fields(typed) if kind is SubjectKind.POST else request_fields(typed, publishing_channels(work))
    )
    moved_on = bool(error) and sent.seen_version not in (0, item.version)
    approval = item.approval if item.approval and item.approval.is_open else None
    four_eyes = bool(place.frame and place.frame.four_eyes and place.signed_in.user.id in item.hands)
    allowed = bool(place.frame and (place.frame.edit_and_approve or not place.frame.four_eyes))
    context = {
        "fields": with_error(fields, unfit),
        "problem": "" if error is None else general_error(fields, unfit) or ("" if unfit else str(error)),
        "path": path,
        "version": item.version,
        "moved_on": moved_on,
        "theirs": diff_typed(item, typed) if moved_on else [],
        "title_now": item.title,
        "approval": str(approval.id) if approval else "",
        "seal": approval.seal if approval else "",
        "sent": sent,
        "may_approve": approval is not None and place.may(Permission.DECIDE) and allowed and not four_eyes,
        "image_digest": typed.get("image_digest", ""),
        "is_post": kind is SubjectKind.POST,
        "kind": typed["kind"],
        **_look(place, item, typed),
        "item_id": str(item.id),
        "cancel_href": inbox_href(place.base, filter_of(sent.filter), item=str(approval.id))
        if sent.back == BACK_TO_INBOX and approval
        else path,
    }
    status = describe(error).status if error else 200
    if place.wants_fragment:
        headers = {"HX-Retarget": "#item", "HX-Reswap": "outerHTML", **(announce(say=str(error)) if error else {})}
        return respond("fragments/editor.html", fragment(place, **context), status=status, headers=headers)
    crumbs = [Crumb("Content", f"{place.base}/content"), Crumb(item.title, path), Crumb("Edit")]
    return respond("pages/editor.html", page(place, f"Edit {item.title}", "content", crumbs, **context), status=status)


def _look(place: Place, item: Item, typed: Mapping[str, str]) -> dict[str, Any]:
    """The pictures of a post, and how what is typed will look on its channel."""
    channel, kind = item.channel, typed["kind"]
    if not isinstance(item, PostItem) or channel is None or kind == ContentKind.BLOG:
        return {"pictures": (), "live": None, "preview": None}
    pictures = read_pictures(typed["pictures"]) if kind == ContentKind.SOCIAL else ()
    content = read_post_form({**typed, "publish_at": ""})
    account = account_of(channel.platform, channel.name, channel.base_url)
    preview: SocialPreview | NewsletterPreview | None = None
    if isinstance(content, SocialContent):
        preview = present_social(account, content, base=place.base)
    elif isinstance(content, NewsletterContent):
        preview = present_newsletter(account, content)
    live = {"href": f"{place.base}/previews/{channel.id}/{kind}", "kind": kind} if preview else None
    return {"pictures": pictures, "live": live, "preview": preview}


def _typed_now(place: Place, item: Item) -> dict[str, str]:
    if not isinstance(item, PostItem):
        return typed_request(item.brief, _zone(place))
    if item.present is None:
        msg = "Nothing is written yet, so there is nothing to edit."
        raise Conflict(msg)
    return typed_post(item.present.content, _zone(place))


def _zone(place: Place) -> str:
    return place.frame.time_zone if place.frame else "UTC"
