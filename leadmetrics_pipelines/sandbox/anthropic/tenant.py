"""The tenant as the facts of a prompt describe it, with something to say where they are silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TenantFacts:
    """Who the writing is for. Nothing is empty."""

    name: str
    website: str
    industry: str
    products: tuple[str, ...]
    audience: str
    tone: str
    location: str

    @classmethod
    def read(cls, facts: Mapping[str, object]) -> TenantFacts:
        """From `facts["tenant"]`; missing or odd parts are replaced."""
        tenant = facts.get("tenant")
        given = tenant if isinstance(tenant, Mapping) else {}
        products = given.get("products")
        listed = [str(product).strip() for product in products] if isinstance(products, list | tuple) else []
        industry = str(given.get("industry") or "our trade")
        return cls(
            name=str(given.get("name") or "our team"),
            website=str(given.get("website") or ""),
            industry=industry,
            products=tuple(product for product in listed if product) or (industry,),
            audience=str(given.get("audience") or "our customers"),
            tone=str(given.get("tone") or ""),
            location=str(given.get("location") or "your area"),
        )

    def words(self, product: str, keyword: str = "") -> dict[str, str]:
        """What the placeholders of an article stand for."""
        mid = within_sentence(product)
        return {
            "product": mid,
            "Product": at_start(product),
            "tenant": self.name,
            "industry": within_sentence(self.industry),
            "audience": within_sentence(self.audience),
            "Audience": at_start(self.audience),
            "location": self.location,
            "website": self.website,
            "contact": f"[{self.name}]({self.website})" if self.website.startswith("http") else self.name,
            "keyword": keyword or mid,
        }


def within_sentence(phrase: str) -> str:
    """A phrase as it stands in the middle of a sentence: names and abbreviations keep their capitals."""
    first, _, rest = phrase.partition(" ")
    is_plain = first[:1].isupper() and first[1:].islower() and rest == rest.lower()
    return phrase[:1].lower() + phrase[1:] if is_plain else phrase


def at_start(phrase: str) -> str:
    """A phrase as it stands at the start of a sentence."""
    return phrase[:1].upper() + phrase[1:]
