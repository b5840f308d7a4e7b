"""The business accounts and locations that dana sees, with their profiles."""

from __future__ import annotations

from typing import Any

from leadmetrics_pipelines.sandbox.google.desk import Desk

ACME = "Acme Garden Furniture"
ACCOUNTS: tuple[dict[str, Any], ...] = (
    {
        "name": "accounts/101", "accountName": "Dana Berg", "type": "PERSONAL", "role": "PRIMARY_OWNER",
        "verificationState": "UNVERIFIED",
    },
    {
        "name": "accounts/102", "accountName": ACME, "type": "LOCATION_GROUP", "role": "MANAGER",
        "verificationState": "VERIFIED",
    },
    # An invitation that dana has not accepted yet.
    {"name": "accounts/103", "accountName": "Lakeside Terraces", "type": "LOCATION_GROUP"},
)  # fmt: skip
#: The shop shows in the personal account, too, as it does for an owner who is in a group as well.
LOCATIONS_OF = {
    "accounts/101": ("locations/201",),
    "accounts/102": ("locations/201", "locations/202", "locations/203"),
    "accounts/103": ("locations/204",),
}
_TITLES = {
    "locations/201": (f"{ACME} Zürich", "Seestrasse 12", "Zürich"),
    "locations/202": (f"{ACME} Winterthur", "Marktgasse 4", "Winterthur"),
    "locations/203": (f"{ACME} Warehouse", "Industriestrasse 30", "Schlieren"),
    "locations/204": ("Lakeside Terraces", "Uferweg 1", "Rapperswil"),
}
_NEVER_VERIFIED = {"locations/203"}
_WORKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY")
_DESCRIPTION = (
    "Acme builds garden furniture of larch and steel in its own workshop, and shows it in its garden by the lake. Bring"
    " your measures: tables and benches are made to fit."
)
PHOTOS = {"locations/201": 27, "locations/202": 6, "locations/203": 0, "locations/204": 12}


def accounts_of(desk: Desk) -> list[dict[str, Any]]:
    """The accounts that are listed."""
    return [account for account in ACCOUNTS if account["name"] not in desk.set_up.lost]


def find_location(desk: Desk, name: str, gateway: str) -> dict[str, Any] | None:
    """A location's whole profile."""
    if name not in _TITLES:
        return None
    title, street, town = _TITLES[name]
    metadata: dict[str, Any] = {
        "placeId": f"ChIJ{name[-3:]}", "mapsUri": f"{gateway}/local.google.com/place?id={name[-3:]}",
        "newReviewUri": f"{gateway}/local.google.com/review?id={name[-3:]}", "canDelete": True,
    }  # fmt: skip
    if name not in _NEVER_VERIFIED and name not in desk.set_up.unverified:
        metadata["hasVoiceOfMerchant"] = True
    basics: dict[str, Any] = {
        "name": name, "title": title, "languageCode": "de-CH", "metadata": metadata, "openInfo": {"status": "OPEN"},
        "storefrontAddress": {
            "regionCode": "CH", "postalCode": "8000", "locality": town, "addressLines": [street]
        },
        "categories": {"primaryCategory": _category("furniture_store", "Furniture store")},
    }  # fmt: skip
    if name in desk.set_up.bare:
        return basics
    return basics | {
        "websiteUri": "https://acme.example/",
        "phoneNumbers": {"primaryPhone": "044 555 01 01"},
        "profile": {"description": _DESCRIPTION},
        "regularHours": {"periods": [_open_on(day) for day in _WORKDAYS]},
        "categories": {
            **basics["categories"],
            "additionalCategories": [_category("garden_center", "Garden center")],
        },
    }


def _open_on(day: str) -> dict[str, Any]:
    return {"openDay": day, "openTime": {"hours": 9}, "closeDay": day, "closeTime": {"hours": 18, "minutes": 30}}


def _category(key: str, name: str) -> dict[str, str]:
    return {"name": f"categories/gcid:{key}", "displayName": name}
