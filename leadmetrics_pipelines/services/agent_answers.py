"""From what a role answers to what the use cases take: briefs (with a day) from plans, content from drafts.

What then happens with it is in `outcomes.py`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from leadmetrics_pipelines.agents.schemas import (
    BlogDraft,
    CalendarEntry,
    ContentCalendar,
    NewsletterDraft,
    SocialDraft,
    Topic,
    TopicList,
)
from leadmetrics_pipelines.domain.contents import AnyContent, BlogContent, NewsletterContent, SocialContent
from leadmetrics_pipelines.services.contents import read_post
from leadmetrics_pipelines.services.requests import ProposedTopic, RequestBrief
from leadmetrics_pipelines.services.work import get_activity
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from leadmetrics_pipelines.storage.deliverables.models import Deliverable, DeliverablePeriod
from leadmetrics_pipelines.storage.tenants.models import Tenant

AnyAnswer = TopicList | ContentCalendar | BlogDraft | SocialDraft | NewsletterDraft
AnyDraft = BlogDraft | SocialDraft | NewsletterDraft

# The time of day of an entry, on the tenant's clock, until somebody gives it a slot.
USUAL_TIME = time(9, 0)


def read_plan(work: UnitOfWork, activity_id: UUID, answer: TopicList | ContentCalendar) -> list[ProposedTopic]:
    """The topics or entries as briefs."""
    if isinstance(answer, TopicList):
        return [_topic(topic) for topic in answer.topics]
    period = work.session.get_one(DeliverablePeriod, get_activity(work, activity_id).period_id)
    deliverable = work.session.get_one(Deliverable, period.deliverable_id)
    channels = [work.session.get_one(Channel, one) for one in deliverable.channel_ids]
    return [_entry(work, entry, channels) for entry in answer.entries]


def read_draft(work: UnitOfWork, activity: Activity, answer: AnyDraft) -> AnyContent:
    """The draft as content. What writers do not decide stays as it was: the time, the pictures, who it is from."""
    post = work.session.get_one(Post, activity.post_id)
    last = read_post(work, post.id).content if post.version else None
    if isinstance(answer, SocialDraft):
        images = last.images if isinstance(last, SocialContent) else ()
        return SocialContent(
            text=answer.text, link=answer.link or None, images=images, first_comment=answer.first_comment,
            publish_at=post.publish_at,
        )  # fmt: skip
    if isinstance(answer, NewsletterDraft):
        from_name, reply_to = _sender(work, last)
        return NewsletterContent(
            subject=answer.subject, preview_text=answer.preview_text, body_markdown=answer.body_markdown,
            from_name=from_name, reply_to=reply_to, publish_at=post.publish_at,
        )  # fmt: skip
    earlier = last if isinstance(last, BlogContent) else None
    return BlogContent(
        title=answer.title, slug=answer.slug, excerpt=answer.excerpt, body_markdown=answer.body_markdown,
        image_digest=earlier.image_digest if earlier else None, image_alt=earlier.image_alt if earlier else "",
        categories=earlier.categories if earlier else (), tags=earlier.tags if earlier else (),
        publish_at=post.publish_at,
    )  # fmt: skip


def _topic(topic: Topic) -> ProposedTopic:
    brief = RequestBrief(
        title=topic.title, target_keyword=topic.target_keyword, search_intent=topic.search_intent,
        audience=topic.audience, brief=topic.brief,
    )  # fmt: skip
    return ProposedTopic(brief=brief, replaces=UUID(topic.replaces) if topic.replaces else None)


def _entry(work: UnitOfWork, entry: CalendarEntry, channels: list[Channel]) -> ProposedTopic:
    brief = RequestBrief(
        title=entry.title, audience=entry.audience,
        brief=f"Format: {entry.format.replace('_', ' ')}.\n\n{entry.brief}",
        channel_ids=tuple(channel.id for channel in channels if channel.platform in entry.platforms),
        publish_at=_instant(work, entry.date),
    )  # fmt: skip
    return ProposedTopic(brief=brief, replaces=UUID(entry.replaces) if entry.replaces else None)


def _instant(work: UnitOfWork, day: date) -> datetime | None:
    """Morning of the day where the tenant is; None, as soon as it is approved, when that has passed."""
    zone = ZoneInfo(work.session.get_one(Tenant, work.tenant_id).time_zone)
    at = datetime.combine(day, USUAL_TIME, tzinfo=zone).astimezone(UTC)
    return at if at > work.now else None


def _sender(work: UnitOfWork, last: AnyContent | None) -> tuple[str, str]:
    """Who a newsletter is from: as in the last version, else the tenant by its profile. Reviewers see both."""
    if isinstance(last, NewsletterContent):
        return last.from_name, last.reply_to
    tenant = work.session.get_one(Tenant, work.tenant_id)
    host = (urlsplit(tenant.website_url).hostname or "example.com").removeprefix("www.")
    return tenant.name, str(tenant.profile.get("contact_email") or f"info@{host}")
