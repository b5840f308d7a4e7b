"""What the browser tests show beside blog posts: two social accounts and a mailing list, each with work in review."""

from __future__ import annotations

import functools
import math
import struct
import zlib
from datetime import timedelta
from uuid import UUID

from leadmetrics_pipelines.domain.activities import ActivityStatus
from leadmetrics_pipelines.domain.approvals import Decision
from leadmetrics_pipelines.domain.channels import ChannelStatus
from leadmetrics_pipelines.domain.content import ContentKind
from leadmetrics_pipelines.domain.contents import AnyContent, NewsletterContent, Picture, SocialContent
from leadmetrics_pipelines.domain.people import agent_actor
from leadmetrics_pipelines.domain.pipelines import WRITE
from leadmetrics_pipelines.kit.ids import new_id
from leadmetrics_pipelines.services.outcomes import take_draft
from leadmetrics_pipelines.services.posts import store_image
from leadmetrics_pipelines.services.requests import RequestBrief, raise_request
from leadmetrics_pipelines.services.work import claim_work, finish_claim
from leadmetrics_pipelines.storage.activities.models import Activity
from leadmetrics_pipelines.storage.channels.models import Channel
from leadmetrics_pipelines.storage.content.models import Post
from leadmetrics_pipelines.storage.database import UnitOfWork
from tests.builders import TESTER, UNDO, BlogMonth

LINK = "https://acme.example/heating-check"
LONG = f"""Your boiler is 20 years old, and the first frosty morning is three weeks away. 🥶

Before you call anybody, do this on a cold weekend: turn the flow temperature down to 55 °C and walk through every \
room in the evening.

→ All rooms warm? Your house is ready for a heat pump, as it stands.
→ One or two lag behind? Those are the radiators to replace, and no others.

We have measured 312 houses built before 1980. In 187 of them nothing had to change but the heating itself.

Book a heating check: {LINK}

#HeatPump #Renovation @acmeheating"""
SHORT = """One weekend, one dial, one honest answer. 🌡️

Turn your boiler down to 55 °C and see which rooms stay warm. That is all it takes to know whether an old house suits \
a heat pump, before anybody sells you anything.

Save this for the first frost.

#heatpump #oldhouse #renovation #heatingcheck"""
ACCOUNTS = {
    "linkedin": ("Acme Heating", "https://www.linkedin.com/company/acme-heating"),
    "instagram": ("acmeheating", "https://www.instagram.com/acmeheating/"),
    "mailchimp": ("Acme newsletter", "https://us1.admin.mailchimp.com"),
}


def add_social(month: BlogMonth) -> dict[str, UUID]:
    """The posts by platform. All wait for approval; the requests they come from are approved."""
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=TESTER) as work:
        *channels, mailing = [_channel(work, platform) for platform in ACCOUNTS]
        pictures = [store_image(work, draw_picture(hue), "image/png") for hue in (0, 1, 2)]
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=month.second) as work:
        brief = RequestBrief(
            title="The 55 °C weekend test", kind=ContentKind.SOCIAL, audience="Owners of old houses",
            brief="Make people try it before the first frost.", channel_id=channels[0], channel_ids=tuple(channels),
        )  # fmt: skip
        letter = RequestBrief(title="Three weeks to the frost", kind=ContentKind.NEWSLETTER, channel_id=mailing)
        raised = {raise_request(work, one).id for one in (brief, letter)}
    for asked in month.open_approvals("request"):
        if asked.subject_id in raised:
            month.decide(asked, Decision.APPROVE)
    month.clock.advance(seconds=UNDO.total_seconds() + 1)
    with month.runtime.unit_of_work(tenant=month.tenant.id, actor=agent_actor("social-copywriter", "dagster")) as work:
        return dict(_write(work, pictures))


def _channel(work: UnitOfWork, platform: str) -> UUID:
    name, address = ACCOUNTS[platform]
    channel = Channel(
        id=new_id(), tenant_id=work.tenant_id, platform=platform, name=name, base_url=address, account_id=platform,
        status=ChannelStatus.CONNECTED, created_at=work.now,
    )  # fmt: skip
    work.session.add(channel)
    work.session.flush()
    return channel.id


def _write(work: UnitOfWork, pictures: list[str]) -> list[tuple[str, UUID]]:
    found = []
    for claim in claim_work(work, worker="worker-1", limit=4, lease=timedelta(minutes=5)):
        if claim.step_key != WRITE:
            continue
        post = work.session.get_one(Post, work.session.get_one(Activity, claim.activity_id).post_id)
        platform = work.session.get_one(Channel, post.channel_id).platform
        content = _content(platform, pictures)
        take_draft(work, finish_claim(work, claim, ActivityStatus.AWAITING_APPROVAL), content)
        found.append((platform, post.id))
    return found


def _content(platform: str, pictures: list[str]) -> AnyContent:
    if platform == "linkedin":
        return SocialContent(text=LONG, link=LINK, first_comment="What did your rooms say? Tell us below.")
    if platform == "instagram":
        images = [Picture(digest=digest, alt=f"Hills, picture {n}") for n, digest in enumerate(pictures, 1)]
        return SocialContent(text=SHORT, images=tuple(images))
    return NewsletterContent(
        subject="The first frost is three weeks away: is your heating ready?",
        preview_text="One weekend test that tells you whether your house suits a heat pump.", from_name="Acme Heating",
        reply_to="hello@acme.example",
        body_markdown="Turn your boiler down to **55 °C** and walk through every room.\n\n## What it tells you\n\n"
        "- All rooms warm: your house is ready.\n- One lags behind: replace that radiator.\n\n"
        f"[Book a heating check]({LINK})",
    )  # fmt: skip


@functools.cache
def draw_picture(hue: int, width: int = 384, height: int = 480) -> bytes:
    """A PNG of hills under a morning sky."""
    skies = ((255, 214, 170), (186, 215, 242), (236, 196, 214))
    rows = bytearray()
    for y in range(height):
        light = y / height
        red, green, blue = (round(tone - 70 * (1 - light)) for tone in skies[hue])
        row = bytearray(bytes((red, green, blue)) * width)
        for layer, base in enumerate((0.58, 0.7, 0.82)):
            hill = bytes((92 - 26 * layer, 122 - 22 * layer, 104 - 20 * layer))
            for x in range(0, width, 2):
                top = base + 0.055 * math.sin(x / (42 + 18 * layer) + layer * 2 + hue)
                if light > top:
                    row[x * 3 : (x + 2) * 3] = hill * 2
        rows += b"\x00" + row
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
