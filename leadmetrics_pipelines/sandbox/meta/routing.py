"""From a path of the Graph API to what answers it: the kind of node decides, then the edge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadmetrics_pipelines.sandbox.meta.facebook import Facebook
from leadmetrics_pipelines.sandbox.meta.graph import VERSIONS, Call, GraphRefusal, check_token, need, pick
from leadmetrics_pipelines.sandbox.meta.instagram import Instagram
from leadmetrics_pipelines.sandbox.meta.models import BUSINESS, Page, Post
from leadmetrics_pipelines.sandbox.meta.signing_in import SigningIn, view_person
from leadmetrics_pipelines.sandbox.meta.store import Store, instagram_of, page_of
from leadmetrics_pipelines.sandbox.oauth import Consents, Token

_Steps = Mapping[tuple[str, str], Callable[[], dict[str, Any]]]
"""By method and edge."""
_RATE_CODE, _FULL = 32, 100


class Router:
    """Answers calls, or raises GraphRefusal."""

    def __init__(self, store: Store, consents: Consents, access: SigningIn) -> None:
        self._store = store
        self._consents = consents
        self._access = access
        self._facebook = Facebook(store)
        self._instagram = Instagram(store)

    def answer(self, call: Call) -> dict[str, Any]:
        """What the API says."""
        version, *rest = call.path
        if version not in VERSIONS:
            raise GraphRefusal(2500, f"Unknown path components: /{version}")
        if rest == ["oauth", "access_token"]:
            return self._access.issue_token(call)
        token = check_token(call, self._consents, self._store.setup)
        token = self._without_missing(token)
        if self._store.setup.usage_percent >= _FULL and call.method == "POST":
            raise GraphRefusal(_RATE_CODE, "(#32) Page request limit reached")
        node, edge = rest[0] if rest else "", rest[1] if len(rest) > 1 else ""
        found = self._dispatch(call, token, node, edge)
        if found is None:
            raise GraphRefusal(
                100, f"Unsupported {call.method.lower()} request. Object with ID '{node}' does not exist, cannot be "
                "loaded due to missing permissions, or does not support this operation", subcode=33,
            )  # fmt: skip
        return found

    def _dispatch(self, call: Call, token: Token, node: str, edge: str) -> dict[str, Any] | None:
        step = (call.method, edge)
        container = self._store.container(node)
        if container is not None:
            return self._instagram.view_container(call, container)
        found = (
            self._on_person(call, token, node).get(step)
            or self._on_page(call, token, node).get(step)
            or self._on_account(call, token, node).get(step)
            or self._on_post(call, token, node).get(step)
        )
        return found() if found is not None else None

    def _on_person(self, call: Call, token: Token, node: str) -> _Steps:
        access = self._access
        if node == BUSINESS:
            return {
                ("GET", "owned_pages"): lambda: access.owned_pages(call, token),
                ("GET", "client_pages"): lambda: {"data": []},
            }
        if node.startswith("act_"):
            return {("GET", ""): lambda: access.ad_account(call, token, node)}
        if node != "me":
            return {}
        page = page_of(token.note.get("page", ""))
        return {
            ("GET", ""): lambda: self._facebook.view_page(call, token, page) if page else view_person(),
            ("GET", "permissions"): lambda: access.permissions(self._consents.find(token.value) or token),
            ("DELETE", "permissions"): lambda: access.revoke(token),
            ("GET", "accounts"): lambda: access.pages(call, token),
            ("GET", "businesses"): lambda: access.businesses(call, token),
            ("GET", "adaccounts"): lambda: access.ad_accounts(call, token),
        }

    def _on_page(self, call: Call, token: Token, node: str) -> _Steps:
        page, facebook = self._reachable(page_of(node), token), self._facebook
        if page is None:
            return {}
        return {
            ("GET", ""): lambda: self._show_page(call, token, page),
            ("POST", "feed"): lambda: facebook.post_feed(call, token, page),
            ("POST", "photos"): lambda: facebook.post_photo(call, token, page),
            ("GET", "published_posts"): lambda: facebook.list_posts(call, token, page),
            ("GET", "insights"): lambda: facebook.insights(call, token, page),
            ("GET", "ratings"): lambda: facebook.ratings(call, token),
            ("GET", "conversations"): lambda: facebook.conversations(call, token, page),
        }

    def _on_account(self, call: Call, token: Token, node: str) -> _Steps:
        page, instagram = self._reachable(instagram_of(node), token), self._instagram
        if page is None:
            return {}
        need(token, "instagram_basic", code=10)
        return {
            ("GET", ""): lambda: instagram.view_account(call, page),
            ("POST", "media"): lambda: instagram.make_container(call, token, page),
            ("POST", "media_publish"): lambda: instagram.publish(call, token, page),
            ("GET", "media"): lambda: instagram.list_media(call, page),
            ("GET", "content_publishing_limit"): lambda: instagram.quota(call, token, page),
            ("GET", "insights"): lambda: instagram.insights(call, token, page),
            ("GET", "stories"): lambda: instagram.stories(call, token),
        }

    def _on_post(self, call: Call, token: Token, node: str) -> _Steps:
        post = self._store.post(node)
        page = self._owner(post, token) if post is not None else None
        if post is None or page is None or post.is_deleted:
            return {}
        instagram, facebook = self._instagram, self._facebook
        if post.is_instagram:
            return {
                ("GET", ""): lambda: pick(instagram.view_medium(call, post), call.fields),
                ("POST", "comments"): lambda: instagram.comment(call, token, post, page),
                ("GET", "comments"): lambda: instagram.list_comments(call, token, post),
                ("GET", "insights"): lambda: instagram.medium_insights(call, token, post),
                ("DELETE", ""): lambda: facebook.delete(token, post),
            }
        need(token, "pages_read_engagement", code=10)
        return {
            ("GET", ""): lambda: pick(facebook.view_post(call, post), call.fields),
            ("POST", ""): lambda: facebook.edit(call, token, post),
            ("POST", "comments"): lambda: facebook.comment(call, token, post),
            ("GET", "comments"): lambda: facebook.list_comments(call, token, post),
            ("DELETE", ""): lambda: facebook.delete(token, post),
        }

    def _show_page(self, call: Call, token: Token, page: Page) -> dict[str, Any]:
        found = self._facebook.view_page(call, token, page)
        is_person = "page" not in token.note
        asks_token = "access_token" in call.fields
        return found | ({"access_token": self._access.page_token(page, token)} if asks_token and is_person else {})

    def _owner(self, post: Post, token: Token) -> Page | None:
        return self._reachable(instagram_of(post.account) if post.is_instagram else page_of(post.account), token)

    def _reachable(self, page: Page | None, token: Token) -> Page | None:
        """The Page, unless the token is another Page's or the role on it is lost."""
        if page is None or page.id in self._store.setup.lost_pages:
            return None
        return page if token.note.get("page") in {None, page.id} else None

    def _without_missing(self, token: Token) -> Token:
        missing = set(self._store.setup.missing_scopes)
        return token.model_copy(update={"scopes": tuple(scope for scope in token.scopes if scope not in missing)})
