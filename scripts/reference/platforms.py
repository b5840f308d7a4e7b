"""The page of platforms: what is known of each, with source and date."""

from __future__ import annotations

from leadmetrics_pipelines.platforms.facts import PLATFORMS, PlatformFacts
from leadmetrics_pipelines.platforms.wordpress.errors import CODES
from scripts.reference.markdown import code, page, table

_ABOUT = """
Facts are data (`leadmetrics_pipelines/platforms/facts.py`), each with where it is from and when it was checked. How
to add a platform: [add a platform](../how-to/add-a-platform.md).
"""
_CODES = """
### What WordPress's error codes mean to us

`AccessRevoked` and `ContentRejected` are permanent: nothing is tried again until a person has done something.
`PlatformUnavailable` passes. What has no code in this table goes by its HTTP status ([decision
0014](../decisions/0014-wordpress-certainly-not-written.md)).
"""


def make_page() -> str:
    """`docs/reference/platforms.md`."""
    codes = [(code(name), code(rule.family.__name__), rule.advice) for name, rule in sorted(CODES.items())]
    return page(
        "Platforms", _ABOUT, *map(_describe, PLATFORMS.values()), _CODES, table(("code", "error", "advice"), codes)
    )


def _describe(facts: PlatformFacts) -> str:
    versions = [
        (v.api, code(v.version), f"{v.sunset:%Y-%m-%d}" if v.sunset else "", v.source, f"{v.checked:%Y-%m-%d}")
        for v in facts.versions
    ]
    credentials = [(code(f.name), f.label, "yes" if f.secret else "", f.hint) for f in facts.credentials]
    limits = [
        (code(name), f"{limit.most:,} {limit.unit}", limit.source, f"{limit.checked:%Y-%m-%d}")
        for name, limit in facts.limits.items()
    ]
    return "\n\n".join([
        f"## {facts.title}",
        f"Name: {code(facts.name)}. Type: {facts.kind}.",
        table(("API", "version", "ends", "source", "checked"), versions),
        table(("credential", "label", "secret", "where it is found"), credentials),
        table(("limit", "most", "source", "checked"), limits),
    ])  # fmt: skip
