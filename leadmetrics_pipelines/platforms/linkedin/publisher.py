"""The publisher of LinkedIn Pages: pictures first, one call that publishes, then a look at what LinkedIn kept.

Numbers in brackets are sections of reference/platform_apis.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from leadmetrics_pipelines.errors import (
    AccessRevoked,
    ContentRejected,
    InvalidInput,
    LeadmetricsError,
    OutcomeUnknown,
    PassingError,
    PlatformUnavailable,
)
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.digests import canonical_json
from leadmetrics_pipelines.kit.http import Answer, HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.linkedin.client import LinkedInClient, encode
from leadmetrics_pipelines.platforms.linkedin.errors import is_duplicate, read_duplicate
from leadmetrics_pipelines.platforms.linkedin.facts import POSTING_ROLES
from leadmetrics_pipelines.platforms.linkedin.little_text import is_cut_of, is_same_text, unescape_text
from leadmetrics_pipelines.platforms.linkedin.payloads import (
    PreparedLinkedInPost,
    add_link,
    compare_text,
    media_of,
    name_image,
    prepare_comment,
    prepare_post,
    read_moment,
)
from leadmetrics_pipelines.platforms.publishing import (
    Account,
    AnyOutgoing,
    Handles,
    Image,
    Keep,
    LivePost,
    Look,
    OutgoingSocial,
    Prepared,
    Quota,
    RemoteState,
    StillProcessing,
    Traits,
    refuse_kind,
)

_PUBLISHING = "Publishing the post on LinkedIn"
_LOOKING = "Looking for the post on LinkedIn"
_PLACING = "Placing the picture on LinkedIn"
_COMMENTING = "Commenting on LinkedIn"
_PAGE = 50
_MOST_PAGES = 4
# Clocks differ, and createdAt may be a little before the answer's own time.
_SKEW = timedelta(minutes=5)
_EDIT = timedelta(seconds=60)
_POLL_SECONDS = 2.0


class LinkedInPublisher:
    """One page on LinkedIn, as a `Publisher` and a `Commenter`.

    Handles: `image:<digest>` holds the URN of each picture from its registration on.
    """

    traits = Traits(looks_first=False, resends=True, settles_after=60, at_once=2)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        if not account_id.isdigit():
            msg = f"{account_id!r} is no number of a LinkedIn page."
            raise InvalidInput(msg, field="account_id")
        self._page = account_id
        self._author = f"urn:li:organization:{account_id}"
        self._origins = origins
        self._clock = clock
        self._client = LinkedInClient(credentials=credentials, http=http, origins=origins, clock=clock)

    def verify(self) -> Account:
        doing = "Checking the access to the LinkedIn page"
        roles = self._read_roles(doing)
        if not roles & POSTING_ROLES.keys():
            held = ", ".join(sorted(roles)) or "none"
            raise AccessRevoked(
                f"The connected person may not publish on LinkedIn page {self._page} any more (role: {held}). Ask an "
                "admin of the page to make them Super admin or Content admin, or connect with another person."
            )
        about = self._client.read_if_there(f"/organizations/{self._page}", doing=doing) or {}
        name = str(about.get("localizedName") or f"Page {self._page}")
        vanity = str(about.get("vanityName") or "")
        url = self._origins.at(f"https://www.linkedin.com/company/{vanity or self._page}/")
        return Account(name=name, can_publish=True, site_name=name, site_url=url, facts={"roles": sorted(roles)})

    def quota(self) -> Quota | None:
        """None: LinkedIn shows its quotas in the developer portal only ([2.6])."""
        return None

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedLinkedInPost:  # noqa: ARG002 - URNs come last
        return prepare_post(_social(item), author=self._author)

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:
        placed = dict(handles)
        for image in _own(prepared).images:
            if not self._is_placed(placed.get(name_image(image))):
                self._upload(image, placed, keep)
        return placed

    def send(self, prepared: Prepared, handles: Handles) -> LivePost:
        post = _own(prepared)
        try:
            body = post.body_with(handles)
        except KeyError:
            raise PlatformUnavailable(f"{_PUBLISHING}: a picture is not placed yet. Nothing was sent.") from None
        answer = self._client.write("/posts", body)
        if is_duplicate(answer):
            return self._adopt(answer, post)
        if answer.status != HTTPStatus.CREATED:
            raise self._client.error_of(answer, doing=_PUBLISHING, writing=True)
        urn = answer.headers.get("x-restli-id", "")
        if not urn.startswith("urn:li:"):
            raise OutcomeUnknown(f"{_PUBLISHING}: the answer 201 names no post. The page is looked at first.")
        return self._show(urn, "PUBLISHED", self._compare(urn, post.text))

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        social = _social(item)
        if since is None:
            return Look(detail="Nothing was sent yet.")
        images = {urn for name, urn in handles.items() if name.startswith("image:")}
        wanted = add_link(social)
        for post in self._list_posts(since, pages=_MOST_PAGES if thorough else 1):
            if _is_ours(post, wanted, images):
                text = unescape_text(str(post.get("commentary") or ""))
                live = self._show(str(post["id"]), str(post.get("lifecycleState")), compare_text(wanted, text))
                return Look(ours=live)
        settled = self._clock.now() - since >= timedelta(seconds=self.traits.settles_after)
        return Look(is_certain=settled, detail="" if settled else "LinkedIn's list may lag behind; ask again.")

    def read_back(self, remote_id: str) -> RemoteState:
        post = self._client.read_if_there(f"/posts/{encode(remote_id)}", doing="Reading a post on LinkedIn")
        if post is None:
            return RemoteState(state="deleted", detail="The post is not on LinkedIn any more.")
        text = unescape_text(str(post.get("commentary") or ""))
        lifecycle = str(post.get("lifecycleState"))
        if lifecycle != "PUBLISHED":
            return RemoteState(state="rejected", detail=f"LinkedIn holds the post as {lifecycle}.", text=text)
        made, changed = read_moment(post.get("publishedAt")), read_moment(post.get("lastModifiedAt"))
        if made and changed and changed - made > _EDIT:
            return RemoteState(
                state="edited", detail=f"Changed on LinkedIn at {changed:%Y-%m-%d %H:%M} UTC.", text=text
            )
        return RemoteState(state="live", text=text)

    def comment(self, remote_id: str, text: str) -> LivePost:
        body = prepare_comment(actor=self._author, post=remote_id, text=text)
        answer = self._client.write(f"/socialActions/{encode(remote_id)}/comments", body)
        if answer.status != HTTPStatus.CREATED:
            raise self._client.error_of(answer, doing=_COMMENTING, writing=True)
        made = _comment_id(answer)
        if not made:
            raise OutcomeUnknown(f"{_COMMENTING}: the answer 201 names no comment. The post is looked at first.")
        return LivePost(remote_id=made, url=self._address(remote_id), status="PUBLISHED")

    def find_comment(self, remote_id: str, text: str) -> Look:
        for comment in self._list_comments(remote_id):
            said = str((comment.get("message") or {}).get("text") or "")
            if comment.get("actor") == self._author and is_same_text(said, text):
                url = self._address(remote_id)
                return Look(ours=LivePost(remote_id=str(comment["id"]), url=url, status="PUBLISHED"))
        return Look()

    def _read_roles(self, doing: str) -> set[str]:
        answer = self._client.read(
            "/organizationAcls", "q=roleAssignee&state=APPROVED&start=0&count=100", doing=doing, finder=True
        )
        elements = answer.get("elements") or []
        return {str(acl.get("role")) for acl in elements if acl.get("organization") == self._author}

    def _is_placed(self, urn: str | None) -> bool:
        """Whether a picture may be used. Raises StillProcessing; False when it has to be uploaded (again)."""
        if urn is None:
            return False
        found = self._client.read_if_there(f"/images/{encode(urn)}", doing=_PLACING)
        match (found or {}).get("status"):
            case "AVAILABLE":
                return True
            case "PROCESSING":
                raise StillProcessing(f"{_PLACING}: LinkedIn is still processing it.", _POLL_SECONDS)
            case "PROCESSING_FAILED":
                raise ContentRejected(f"{_PLACING}: LinkedIn cannot process the picture. Replace it with another file.")
            case _:
                return False

    def _upload(self, image: Image, placed: dict[str, str], keep: Keep) -> None:
        """[2.4] Register, keep the URN, put the bytes. The place to upload to is not kept: it is asked for anew."""
        body = canonical_json({"initializeUploadRequest": {"owner": self._author}})
        answer = self._client.place("/images?action=initializeUpload", body, doing=_PLACING)
        value = answer.get("value") or {}
        urn, url = str(value.get("image") or ""), str(value.get("uploadUrl") or "")
        if not urn.startswith("urn:li:") or not url:
            raise PlatformUnavailable(f"{_PLACING}: LinkedIn named no picture. It is tried again later.")
        placed[name_image(image)] = urn
        keep(dict(placed))
        self._client.upload(url, image.data, image.media_type, doing=_PLACING)
        if not self._is_placed(urn):
            raise StillProcessing(f"{_PLACING}: LinkedIn has not seen the upload yet.", _POLL_SECONDS)

    def _adopt(self, answer: Answer, post: PreparedLinkedInPost) -> LivePost:
        """[2.6] Refused as duplicate: the post that is named may be our own, lost on an earlier way."""
        urn = read_duplicate(answer)
        if urn is None:
            raise self._client.error_of(answer, doing=_PUBLISHING, writing=True)
        try:
            found = self._client.read_if_there(f"/posts/{encode(urn)}", doing=_LOOKING)
        except PassingError as error:
            raise OutcomeUnknown(f"{_PUBLISHING}: LinkedIn has the text already as {urn}. {error}") from error
        if found is None:
            raise ContentRejected(
                f"{_PUBLISHING}: LinkedIn still remembers a deleted post with this text ({urn}) and refuses it for up "
                "to 48 hours. Change the text, or publish it later."
            )
        # An attempt of ours that was lost, or another item with the same words: people are told.
        made = read_moment(found.get("publishedAt"))
        when = f" since {made:%Y-%m-%d %H:%M} UTC" if made else ""
        same = f"LinkedIn has had this text live{when} and takes no second post with it: that one counts as this."
        differences = (*compare_text(post.text, unescape_text(str(found.get("commentary") or ""))), same)
        return self._show(urn, str(found.get("lifecycleState") or "PUBLISHED"), differences)

    def _compare(self, urn: str, sent: str) -> tuple[str, ...]:
        """[2.3] LinkedIn cuts texts in silence, so what it kept is read."""
        try:
            found = self._client.read_if_there(f"/posts/{encode(urn)}", doing="Reading the new post on LinkedIn")
        except LeadmetricsError:
            # It is live: whatever this read says, it must not make a refusal of it.
            found = None
        if found is None:
            return ("LinkedIn took the post but did not show it, so its text could not be compared. Look at it there.",)
        return compare_text(sent, unescape_text(str(found.get("commentary") or "")))

    def _list_posts(self, since: datetime, *, pages: int) -> list[dict[str, Any]]:
        """The page's posts since then, newest change first."""
        found: list[dict[str, Any]] = []
        for number in range(pages):
            query = f"q=author&author={encode(self._author)}&start={number * _PAGE}&count={_PAGE}&sortBy=LAST_MODIFIED"
            elements = self._client.read("/posts", query, doing=_LOOKING, finder=True).get("elements") or []
            found += [post for post in elements if (read_moment(post.get("createdAt")) or since) >= since - _SKEW]
            oldest = read_moment(elements[-1].get("lastModifiedAt")) if elements else None
            if len(elements) < _PAGE or (oldest is not None and oldest < since - _SKEW):
                break
        return found

    def _list_comments(self, remote_id: str) -> Iterator[dict[str, Any]]:
        path = f"/socialActions/{encode(remote_id)}/comments"
        for number in range(_MOST_PAGES):
            query = f"start={number * _PAGE}&count={_PAGE}"
            found = self._client.read_if_there(path, query, doing="Looking for a comment on LinkedIn")
            elements = (found or {}).get("elements") or []
            yield from elements
            if len(elements) < _PAGE:
                return

    def _show(self, urn: str, status: str, differences: tuple[str, ...]) -> LivePost:
        return LivePost(remote_id=urn, url=self._address(urn), status=status, differences=differences)

    def _address(self, urn: str) -> str:
        return self._origins.at(f"https://www.linkedin.com/feed/update/{urn}/")


def _social(item: AnyOutgoing) -> OutgoingSocial:
    if not isinstance(item, OutgoingSocial):
        raise refuse_kind("LinkedIn", item)
    return item


def _own(prepared: Prepared) -> PreparedLinkedInPost:
    if not isinstance(prepared, PreparedLinkedInPost):
        raise InvalidInput(f"{type(prepared).__name__} was not prepared for LinkedIn.")
    return prepared


def _is_ours(post: dict[str, Any], text: str, images: set[str]) -> bool:
    """A post is ours by its pictures, which nobody else has, or by its text, even if LinkedIn cut that."""
    held = {str(picture.get("id")) for picture in media_of(post.get("content") or {})}
    came = unescape_text(str(post.get("commentary") or ""))
    return bool(held & images) or is_same_text(came, text) or is_cut_of(text, came)


def _comment_id(answer: Answer) -> str:
    named = answer.headers.get("x-restli-id", "")
    if named:
        return named
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("id") or "") if isinstance(body, dict) else ""
