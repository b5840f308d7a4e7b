"""Campaigns, audiences and reports in the form that Mailchimp gives them. Figures are made up, the same each time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from leadmetrics_pipelines.sandbox.mailchimp.models import Audience, Campaign

ARCHIVE_HOST = "us1.campaign-archive.com"
_ACTIVITY_DAYS = 180


def view_campaign(campaign: Campaign, gateway: str) -> dict[str, Any]:
    """As `GET /campaigns/{id}` shows it."""
    return {
        "id": campaign.id,
        "web_id": campaign.web_id,
        "type": "regular",
        "create_time": _time(campaign.created),
        "archive_url": f"{gateway}/{ARCHIVE_HOST}/{campaign.id}",
        "long_archive_url": f"{gateway}/{ARCHIVE_HOST}/?u=sandbox&id={campaign.id}",
        "status": campaign.status,
        "emails_sent": campaign.emails_sent,
        "send_time": _time(campaign.sent_at),
        "content_type": "html" if campaign.html else "template",
        "recipients": {"list_id": campaign.list_id},
        "settings": campaign.settings,
    }


def view_audience(audience: Audience, sent: list[Campaign]) -> dict[str, Any]:
    """As `GET /lists/{id}` shows it. `sent`: its campaigns that went out."""
    last = max((campaign.sent_at for campaign in sent if campaign.sent_at), default=None)
    stats = {
        "member_count": audience.members, "unsubscribe_count": audience.members // 50,
        "campaign_count": len(sent), "campaign_last_sent": _time(last),
    }  # fmt: skip
    return {"id": audience.id, "name": audience.name, "stats": stats}


def view_report(campaign: Campaign) -> dict[str, Any]:
    """As `GET /reports/{id}` shows it: a third opens, a twentieth clicks."""
    mails = campaign.emails_sent
    opens, clicks = mails // 3, mails // 20
    return {
        "id": campaign.id,
        "list_id": campaign.list_id,
        "campaign_title": campaign.settings.get("title", ""),
        "subject_line": campaign.settings.get("subject_line", ""),
        "emails_sent": mails,
        "send_time": _time(campaign.sent_at),
        "unsubscribed": mails // 400,
        "bounces": {"hard_bounces": mails // 500, "soft_bounces": mails // 250, "syntax_errors": 0},
        "opens": {"opens_total": opens * 2, "unique_opens": opens, "open_rate": _rate(opens, mails)},
        "clicks": {"clicks_total": clicks * 2, "unique_subscriber_clicks": clicks, "click_rate": _rate(clicks, mails)},
    }


def view_activity(audience: Audience, sent: list[Campaign], today: date, count: int) -> list[dict[str, Any]]:
    """Daily rows, newest first; today's is there, unfinished."""
    days = (today - timedelta(days=back) for back in range(min(count, _ACTIVITY_DAYS)))
    return [_activity(audience, [c for c in sent if c.sent_at and c.sent_at.date() == day], day) for day in days]


def _activity(audience: Audience, sent: list[Campaign], day: date) -> dict[str, Any]:
    mails = sum(campaign.emails_sent for campaign in sent)
    return {
        "day": day.isoformat(),
        "emails_sent": mails,
        "unique_opens": mails // 3,
        "recipient_clicks": mails // 20,
        "hard_bounce": mails // 500,
        "soft_bounce": mails // 250,
        "subs": day.toordinal() % 5 if audience.members else 0,
        "unsubs": day.toordinal() % 2,
        "other_adds": 0,
        "other_removes": 0,
    }


def view_growth(audience: Audience, month: str) -> dict[str, Any]:
    """A month of the audience."""
    added = audience.members // 40
    return {
        "list_id": audience.id, "month": month, "existing": 0, "imports": 0, "optins": added,
        "subscribed": added, "unsubscribed": audience.members // 200, "cleaned": audience.members // 400,
    }  # fmt: skip


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _time(moment: datetime | None) -> str:
    return moment.isoformat(timespec="seconds") if moment else ""
