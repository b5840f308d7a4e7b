"""What is being typed, as its platform would show and count it. Nothing is stored, and nothing is refused."""

from __future__ import annotations

from itertools import zip_longest
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from leadmetrics_pipelines.domain.contents import NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.errors import NotFound
from leadmetrics_pipelines.review.place import Place, PlaceOf
from leadmetrics_pipelines.review.presenters.frame import fragment
from leadmetrics_pipelines.review.presenters.previews import Account, account_of, present_newsletter, present_social
from leadmetrics_pipelines.review.templating import respond
from leadmetrics_pipelines.services.channels import get_channel

router = APIRouter()
Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]
# Far more than any platform takes: whoever pastes a book sees its beginning, and the count of that.
MOST_TYPED = 100_000
_MOST_PICTURES = 40
_SOON = "Not saved yet"


@router.post("/previews/{channel_id}/social")
def preview_social(
    place: PlaceOf,
    channel_id: UUID,
    text: Text = "",
    link: Text = "",
    first_comment: Text = "",
    image_digest: Texts = None,
    image_alt: Texts = None,
    drop: Texts = None,
) -> Response:
    """The post that is being typed, without the pictures in `drop`.

    Raises NotFound for a channel that is not there, or that shows no posts.
    """
    pairs = zip_longest((image_digest or [])[:_MOST_PICTURES], image_alt or [], fillvalue="")
    pictures = tuple(Picture(digest=digest, alt=alt) for digest, alt in pairs if digest and digest not in (drop or ()))
    content = SocialContent(
        text=_typed(text), link=link.strip()[:MOST_TYPED] or None, images=pictures, first_comment=_typed(first_comment)
    )
    account = _account(place, channel_id)
    preview = present_social(account, content, base=place.base, when=_SOON)
    if preview is None:
        msg = f"{account.name} shows no posts of this kind, so there is no preview of it."
        raise NotFound(msg)
    return respond("fragments/preview_social.html", fragment(place, preview=preview))


@router.post("/previews/{channel_id}/newsletter")
def preview_newsletter(
    place: PlaceOf,
    channel_id: UUID,
    subject: Text = "",
    preview_text: Text = "",
    from_name: Text = "",
    reply_to: Text = "",
) -> Response:
    """The head of the newsletter that is being typed; its body has a frame of its own. Raises NotFound."""
    content = NewsletterContent(
        subject=_typed(subject), preview_text=_typed(preview_text), body_markdown="", from_name=_typed(from_name),
        reply_to=_typed(reply_to),
    )  # fmt: skip
    preview = present_newsletter(_account(place, channel_id), content, when=_SOON)
    return respond("fragments/preview_newsletter.html", fragment(place, preview=preview))


def _account(place: Place, channel_id: UUID) -> Account:
    with place.work() as work:
        channel = get_channel(work, channel_id)
        return account_of(channel.platform, channel.name, channel.base_url)


def _typed(text: str) -> str:
    # As it would be stored, and so counted: forms send line ends as CR LF, and the ends are trimmed.
    return text[:MOST_TYPED].replace("\r\n", "\n").strip()
