"""Paragraphs that any article may use: where the tenant works, how it works, how an article ends.

Placeholders are those of `TenantFacts.words`. Endings come by tone.
"""

from __future__ import annotations

from leadmetrics_pipelines.sandbox.anthropic.library import Section

LOCAL: tuple[Section, ...] = (
    Section(
        heading="What is different in {location}",
        body=(
            "Advice from elsewhere travels badly. In {location} the questions we hear are practical ones: how soon "
            "somebody can come by, who answers the phone in six months, and whether a promise made on the website "
            "still holds on site. Local work means that we see the result again, often for years, and that keeps "
            "everybody honest."
        ),
    ),
    Section(
        heading="Notes from our work in {location}",
        body=(
            "Most of what we know about {product} we learned on the spot, from {audience} who told us plainly what "
            "did not work. Two lessons from {location} come back again and again: decide who has the last word "
            "before you start, and keep one written list of open points. Neither costs anything, and both save weeks."
        ),
    ),
    Section(
        heading="Why local knowledge helps",
        body=(
            "A supplier who knows {location} knows the buildings, the seasons and the authorities, and does not need "
            "a week to find out. When you compare offers for {product}, ask each bidder for one recent customer "
            "nearby. A short call with that customer is worth more than a long brochure."
        ),
    ),
    Section(
        heading="How this looks in {location}",
        body=(
            "We keep a simple record of every enquiry in {location}. The pattern is steady: people who come with a "
            "clear goal and a rough budget are finished sooner and are happier with the result than people who come "
            "with a product number. So bring the goal; the right {product} can be found from there."
        ),
    ),
)

EXTRA: tuple[Section, ...] = (
    Section(
        heading="How {tenant} goes about it",
        body=(
            "We start with a conversation, not with a catalogue. You tell us what a good result would look like; we "
            "tell you what we would do, what we would leave out, and what we do not know yet. Then you get one page "
            "in writing. If {product} is not the right answer we say so, because a customer who was talked into "
            "something does not come back."
        ),
    ),
    Section(
        heading="Three short answers",
        body=(
            "**How long does it take?** Plan in weeks, not days, and ask for the slowest step first.\n\n"
            "**Can we start small?** Yes. A trial with one team or one room shows more than any presentation.\n\n"
            "**What if we change our minds?** Agree beforehand what can be changed, until when, and at what price. "
            "Then a change is a note, not an argument."
        ),
    ),
)

ENDINGS: dict[str, tuple[Section, ...]] = {
    "friendly": (
        Section(
            heading="Let's talk",
            body=(
                "Still unsure where to begin? That is completely normal. Drop us a line at {contact}, tell us in two "
                "sentences what you have in mind, and we will answer with an honest first opinion, no strings "
                "attached."
            ),
        ),
        Section(
            heading="Come and say hello",
            body=(
                "If any of this sounds like your situation, we would love to hear about it. Get in touch with "
                "{contact}, or just come by: the coffee is on us, and you will leave with a clear next step."
            ),
        ),
    ),
    "formal": (
        Section(
            heading="Your next step",
            body=(
                "For an assessment of your requirements, please contact {contact}. You will receive a written "
                "statement of options, expected effort and open questions, which you may use whether or not you "
                "decide to work with us."
            ),
        ),
        Section(
            heading="Request an assessment",
            body=(
                "We advise {audience} in {location} on {product} from the first requirement to the final acceptance. "
                "To arrange an appointment, please contact {contact} and describe your situation briefly."
            ),
        ),
    ),
    "plain": (
        Section(
            heading="Where to go from here",
            body=(
                "Take the list above, cross out what does not concern you, and bring us the rest. {contact} answers "
                "questions about {product} within one working day, and the first conversation costs nothing."
            ),
        ),
        Section(
            heading="Ask us",
            body=(
                "If you would like a second opinion on your plans for {product}, write to {contact}. Tell us what you "
                "need and by when; you will get a straight answer, even if it is that you should wait."
            ),
        ),
    ),
}


def tone_of(description: str) -> str:
    """Which endings suit a description of a tenant's tone."""
    words = description.lower()
    if any(sign in words for sign in ("friend", "warm", "play", "casual", "cheer", "personal")):
        return "friendly"
    if any(sign in words for sign in ("formal", "professional", "authorit", "serious", "expert")):
        return "formal"
    return "plain"
