"""The formulas of mail platforms (facts: each room's `reporter.py`). Rates are of the month's campaigns."""

from __future__ import annotations

from leadmetrics_pipelines.domain.scoring.shapes import often, rate, recent
from leadmetrics_pipelines.domain.scoring.values import Dimension, Formula, Term

_GROWTH = Dimension(
    key="list_growth", title="List growth", weight=10,
    terms=(
        Term(
            fact="members_added", points=((0, 0), (20, 100)), words="new subscribers in 30 days", paced=True,
        ),
        Term(fact="members_lost", points=((0, 100), (20, 0)), words="lost subscribers in 30 days", paced=True),
    ),
)  # fmt: skip


def _make(platform: str, title: str, *more: Dimension) -> Formula:
    return Formula(
        platform=platform,
        version=1,
        dimensions=(
            Dimension(
                key="send_frequency", title="Send frequency", weight=35 - sum(one.weight for one in more),
                terms=(
                    often(
                        "campaigns_sent", 2, f"Send {{wanted}} newsletters a month with {title}",
                        words="campaigns in 30 days",
                    ),
                    recent(
                        "days_since_last_campaign", 14, 60, f"Send a newsletter with {title} again",
                        words="days since the last campaign",
                    ),
                ),
            ),
            Dimension(
                key="open_rate", title="Open rate", weight=25,
                terms=(
                    rate(
                        "open_rate", ((0, 0), (0.2, 60), (0.4, 100)), "opened mails over sent",
                        f"Try other subject lines with {title}", how="{value} of the mails were opened.",
                    ),
                ),
            ),
            Dimension(
                key="click_rate", title="Click rate", weight=20,
                terms=(
                    rate(
                        "click_rate", ((0, 0), (0.02, 60), (0.05, 100)), "clicked mails over sent",
                        f"Give each newsletter in {title} one clear next step", how="{value} of them were clicked.",
                    ),
                ),
            ),
            Dimension(
                key="list_health", title="List health", weight=20,
                terms=(
                    rate(
                        "bounce_rate", ((0.005, 100), (0.05, 0)), "bounced mails over sent",
                        f"Clean the list in {title} of dead addresses", how="{value} of the mails bounced.",
                    ),
                    rate(
                        "unsubscribe_rate", ((0.002, 100), (0.02, 0)), "unsubscribed over sent",
                        f"Find out why people leave the list in {title}", how="{value} of the mails cost a reader.",
                    ),
                ),
            ),
            *more,
        ),
    )  # fmt: skip


MAILCHIMP = _make("mailchimp", "Mailchimp", _GROWTH)
KLAVIYO = _make("klaviyo", "Klaviyo")
