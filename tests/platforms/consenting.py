"""What a person's browser does between `authorize_url` and the way back: reads the twin's page and presses a button."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection

import httpx

APP = "https://app.example/oauth/back"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-in-all"


def challenge_of(verifier: str) -> str:
    """PKCE S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def answer_consent(url: str, *, decision: str = "allow", without: Collection[str] = ()) -> dict[str, str]:
    """The query that comes back to the app. `without`: scopes that the person unticks."""
    # Loopback without TLS: loading the authorities' certificates for it would be most of the test's time.
    with httpx.Client(trust_env=False, verify=False) as browser:  # noqa: S501
        page = browser.get(url).raise_for_status()
        scopes = [scope for scope in re.findall(r'name="scope" value="([^"]+)"', page.text) if scope not in without]
        back = browser.post(url, data={"decision": decision, "scope": scopes})
    assert back.status_code == 302
    address = httpx.URL(back.headers["location"])
    assert str(address.copy_with(query=None)) == APP
    return dict(address.params)
