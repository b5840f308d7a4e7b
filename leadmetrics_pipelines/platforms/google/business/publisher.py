"""Publishes local posts on one location of Google Business Profile (reference platform_apis.md 7).

Google has no key against doubles and refuses none: after a lost answer the list of posts is searched for the text, from
the time of the call on. An answer of 200 is not yet a public post: `state` decides, which Google sets some seconds
later. The photo is fetched by Google from its public address, so nothing is placed beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from leadmetrics_pipelines.errors import AccessRevoked, ContentRejected, InvalidInput, OutcomeUnknown
from leadmetrics_pipelines.kit.clock import Clock
from leadmetrics_pipelines.kit.http import HttpClients
from leadmetrics_pipelines.kit.origins import Origins
from leadmetrics_pipelines.platforms.connecting import Credentials
from leadmetrics_pipelines.platforms.google.business.payloads import (
    INFORMATION_URL,
    POSTS_URL,
    LocalPost,
    PreparedLocalPost,
    Profile,
    build_local_post,
    is_same_text,
    list_differences,
    read_local_post,
)
from leadmetrics_pipelines.platforms.google.client import GoogleClient, Page
from leadmetrics_pipelines.platforms.google.errors import NotThere
from leadmetrics_pipelines.platforms.publishing import (
    Accepted,
    Account,
    AnyOutgoing,
    Handles,
    Keep,
    LivePost,
    Look,
    OutgoingSocial,
    Prepared,
    Quota,
    RemoteState,
    Traits,
    refuse_kind,
)

#: The one handle: the post's name, once Google has said it.
POST = "local_post"
_LIVE, _REJECTED = "LIVE", "REJECTED"
_LOOK_AFTER = 10.0
_PAGES = 50
# Between our clock and Google's, after both are set against each other by the answer's Date (whole seconds).
_TOLERANCE = timedelta(minutes=2)
_REFUSAL = (
    "Google took the post in and then rejected it, without a reason. Frequent ones: a phone number in the text, many"
    " capitals or emojis, regulated goods, an unsuitable picture. Change it and approve it again."
)
_TITLE = "Google Business Profile"


class GoogleBusinessPublisher:
    """A `Publisher` of one location. `account_id`: `locations/2`."""

    # One at a time: two posts with one text could not be told apart after a lost answer.
    traits = Traits(looks_first=False, resends=True, settles_after=60, at_once=1)

    def __init__(
        self, *, account_id: str, credentials: Credentials, http: HttpClients, origins: Origins, clock: Clock
    ) -> None:
        self._location = account_id
        self._account = credentials.get("account_name", "")
        self._language = credentials.get("language_code", "")
        self._clock = clock
        self._client = GoogleClient(credentials=credentials, http=http, origins=origins)

    def verify(self) -> Account:
        doing = f"Asking {_TITLE} for the location"
        mask = [("readMask", "name,title,websiteUri,openInfo,metadata")]
        location = Profile(self._client.get(f"{INFORMATION_URL}/{self._location}", doing=doing, params=mask).content)
        if not location.is_verified:
            msg = f"{location.title} on {_TITLE} is not verified (any more): verify it at business.google.com."
            raise AccessRevoked(msg)
        if location.is_closed:
            msg = f"{location.title} on {_TITLE} is permanently closed: open it again at business.google.com."
            raise AccessRevoked(msg)
        # Another API and another right than the location's: a post can be refused where the location is shown.
        self._client.get(self._posts_url(), doing=f"Asking {_TITLE} for posts", params=[("pageSize", "1")])
        return Account(
            name=location.title, can_publish=True, site_name=location.title,
            site_url=location.public_url or location.website, facts={"website": location.website},
        )  # fmt: skip

    def quota(self) -> Quota | None:
        return None

    def prepare(self, item: AnyOutgoing, handles: Handles) -> PreparedLocalPost:  # noqa: ARG002  nothing is placed
        if not isinstance(item, OutgoingSocial):
            raise refuse_kind(_TITLE, item)
        return build_local_post(item, language=self._language)

    def place(self, prepared: Prepared, handles: Handles, keep: Keep) -> Handles:  # noqa: ARG002  nothing is placed
        return handles

    def send(self, prepared: Prepared, handles: Handles) -> LivePost | Accepted:
        if not isinstance(prepared, PreparedLocalPost):
            raise InvalidInput("This was not prepared for Google Business Profile.")
        doing = f"Publishing on {_TITLE}"
        page = self._client.write(self._posts_url(), prepared.body, doing=doing)
        post = read_local_post(page.content)
        if post is None:
            raise OutcomeUnknown(f"{doing}: Google answered without the post's name. It is looked for.")
        if post.state == _REJECTED:
            raise ContentRejected(_REFUSAL)
        if post.state == _LIVE:
            return _live(post, list_differences(prepared, post))
        detail = f"Google is at work on it ({post.state or 'no state yet'})."
        return Accepted(handles={**handles, POST: post.name}, detail=detail, look_after=_LOOK_AFTER)

    def look(self, item: AnyOutgoing, handles: Handles, *, since: datetime | None, thorough: bool) -> Look:
        if not isinstance(item, OutgoingSocial):
            raise refuse_kind(_TITLE, item)
        if POST in handles:
            return self._look_at(item, handles[POST])
        if since is None:
            return Look()
        for page in self._posts(most=_PAGES if thorough else 1):
            ours = [post for post in _read_posts(page) if _is_ours(post, item, self._on_their_clock(since, page))]
            if ours:
                # One that was rejected earlier must not hide the one that is live.
                first = min(ours, key=lambda post: (post.state == _REJECTED, post.created_at or since, post.name))
                return self._judge(item, first)
            if not page.next_token:
                return Look()
        return Look(is_certain=not thorough, detail="There are more posts than were read.")

    def read_back(self, remote_id: str) -> RemoteState:
        try:
            post = self._fetch(remote_id)
        except NotThere:
            return RemoteState(state="deleted", detail=f"{_TITLE} has no such post any more.")
        if post.state == _REJECTED:
            return RemoteState(state="rejected", detail=_REFUSAL, text=post.summary)
        return RemoteState(state="live", detail="" if post.state == _LIVE else post.state, text=post.summary)

    def _look_at(self, item: OutgoingSocial, name: str) -> Look:
        try:
            return self._judge(item, self._fetch(name))
        except NotThere:
            # Not "it is not there": Google had it, so it must not be sent again by a machine.
            return Look(
                refusal=f"{_TITLE} took the post in, and somebody or Google deleted it. Look there, then decide."
            )

    def _judge(self, item: OutgoingSocial, post: LocalPost) -> Look:
        if post.state == _REJECTED:
            return Look(refusal=_REFUSAL)
        if post.state == _LIVE:
            return Look(ours=_live(post, list_differences(self.prepare(item, {}), post)))
        return Look(is_certain=False, detail=f"Google is at work on it ({post.state or 'no state yet'}).")

    def _fetch(self, remote_id: str) -> LocalPost:
        """A post by its name; by our account, should the location have moved to another one since."""
        name = remote_id.rpartition("/")[2]
        page = self._client.get(f"{self._posts_url()}/{name}", doing=f"Reading a post on {_TITLE}")
        post = read_local_post(page.content)
        if post is None:
            raise NotThere(f"{_TITLE} answered without the post.")
        return post

    def _posts(self, *, most: int) -> Iterator[Page]:
        doing = f"Looking for the post on {_TITLE}"
        return self._client.pages(self._posts_url(), doing=doing, params=[("pageSize", "100")], most=most)

    def _on_their_clock(self, since: datetime, page: Page) -> datetime:
        """An instant of ours as Google's clock showed it, by the Date of an answer that came just now."""
        ahead = page.answered_at - self._clock.now() if page.answered_at else timedelta()
        return since + ahead - _TOLERANCE

    def _posts_url(self) -> str:
        if not self._account:
            msg = f"The channel does not know its account on {_TITLE}. Connect it again and choose the location."
            raise AccessRevoked(msg)
        return f"{POSTS_URL}/{self._account}/{self._location}/localPosts"


def _read_posts(page: Page) -> list[LocalPost]:
    return [post for raw in page.rows("localPosts") if (post := read_local_post(raw)) is not None]


def _is_ours(post: LocalPost, item: OutgoingSocial, earliest: datetime) -> bool:
    # A post without a time could be ours: rather adopted than sent twice.
    return (post.created_at is None or post.created_at >= earliest) and is_same_text(post.summary, item.text)


def _live(post: LocalPost, differences: tuple[str, ...]) -> LivePost:
    return LivePost(remote_id=post.name, url=post.url, status=post.state, differences=differences)
