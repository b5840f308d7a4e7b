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
    Section(
        heading="Seen in {location} this year",
        body=(
            "Something has changed in {location} over the last twelve months: people ask fewer questions about "
            "features "
            "and more about what happens when plans change. We think that is healthy. Flexibility is easier to "
            "agree on "
            "beforehand than to negotiate afterwards, and suppliers who work here all year round rarely refuse it."
        ),
    ),
    Section(
        heading="A remark for readers in {location}",
        body=(
            "If you are in {location}, you have one advantage that is easily forgotten: you can go and look. Ask "
            "to see "
            "{product} in daily use at somebody else's place, without a salesperson in the room. Ten minutes there "
            "answer what ten e-mails do not, and the visit usually ends with a recommendation or a warning. Both help."
        ),
    ),
    Section(
        heading="{location}, in particular",
        body=(
            "Distances are short in {location}, and word travels fast. That works in favour of {audience}: a "
            "supplier who "
            "disappoints one customer meets the next one at the baker's. Use it. Mention openly whom you have "
            "spoken to, "
            "and ask who else nearby decided on {product} recently."
        ),
    ),
)

EXTRA: tuple[Section, ...] = (
    Section(
        heading="How {tenant} goes about it",
        body=(
            "We start with a conversation, not with a catalogue. You tell us what a good result would look like; we "
            "tell you what we would do, what we would leave out, and what we do not know yet. Then you get one page "
            "in writing. If {product} would be the wrong answer, we say so, because a customer who was talked into "
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
    Section(
        heading="If you only have ten minutes",
        body=(
            "Do one thing today: write down who will be affected by {product} and what each of them would call a "
            "success. "
            "Send the list to those people and ask for corrections by the end of the week. Most projects that go wrong "
            "went wrong here, silently, long before anything was ordered. The list costs ten minutes and gives you "
            "something to point at when opinions drift apart."
        ),
    ),
    Section(
        heading="A short conversation we often have",
        body=(
            '"We need {product}." "What for?" "Well, what everybody needs it for." At this point we put the '
            "catalogue away and ask about last week instead: what took long, what was annoying, what had to be done "
            "twice. After a quarter of an hour the request usually has a different shape, and quite often a smaller "
            "one. Try the same conversation with a colleague before you call anybody."
        ),
    ),
    Section(
        heading="What we would do in your place",
        body=(
            "We would set a date first, then a limit for the budget, and only then look at {product} in detail. A date "
            "keeps the search from growing, a limit keeps the wishes in order. Within those two, we would spend "
            "generously on whatever is hard to change later and modestly on everything else. And we would tell "
            "one critical person about the plan, early, and listen."
        ),
    ),
    Section(
        heading="One last check",
        body=(
            "Before you go ahead, explain your plan for {product} to somebody who has nothing to do with it: a "
            "neighbour, a "
            "friend, an apprentice. If you need more than three minutes, something is still unclear, and you have just "
            "found out what. If the other person asks a question that you cannot answer, be glad. It is the cheapest "
            "moment to hear it."
        ),
    ),
    Section(
        heading="Where people lose time",
        body=(
            "Not where they expect. Hardly anybody loses time over the choice itself; it is lost between the "
            "steps, while "
            "an answer is awaited, a measurement is missing or a colleague is on holiday. Note for each open point who "
            "is waiting for whom. The moment that list is on the table, half of the points settle themselves, and the "
            "plan for {product} gains a week without any effort."
        ),
    ),
    Section(
        heading="For the file",
        body=(
            "Keep four things together in one place: the request in your own words, the offer as agreed, a "
            "photograph of "
            "the state on the first day, and the name of the person to call. Nobody enjoys filing, but with "
            "these four at "
            "hand every later conversation about {product} is short. Without them, it begins with a search and ends "
            "with an argument about who said what."
        ),
    ),
    Section(
        heading="What {audience} told us afterwards",
        body=(
            "We like to call customers half a year later and ask a single question: what would you do differently? The "
            'most frequent answer is "start earlier", closely followed by "ask more people". Hardly anybody wishes '
            "for a bigger solution; many would have been content with a smaller one. With {product}, it seems, "
            "regret is "
            "mostly about the preparation and seldom about the thing itself."
        ),
    ),
    Section(
        heading="Small print worth reading",
        body=(
            "Three lines in any agreement about {product} deserve a second reading: what counts as delivered, what "
            "happens when a date is missed, and how either side can leave. If one of them is not there at all, ask "
            "for it. It is rarely bad will; most templates were simply written by people who never had to use them, "
            "and a sentence added now replaces a long exchange of messages later."
        ),
    ),
    Section(
        heading="Who should be in the room",
        body=(
            "For most decisions about {product} three people are enough: one who will use it, one who pays for it and "
            "one who has to live with the mess if it goes wrong. Invite them together, once, for forty minutes. "
            "Separate talks take longer and produce three versions of the truth. If somebody important cannot come, "
            "move the meeting rather than inform them afterwards."
        ),
    ),
    Section(
        heading="How to brief a supplier in five sentences",
        body=(
            "What is the situation today? What should be different, and for whom? What must not change? By when is it "
            "needed, and why then? Roughly how much may it cost? Five sentences answer these, and they fit in an "
            "e-mail. A supplier of {product} who replies with a good question has understood you; one who replies with "
            "a catalogue has not read it."
        ),
    ),
    Section(
        heading="A habit for the long run",
        body=(
            "Twice a year, in quiet weeks, spend half an hour on {product} although nothing is wrong. What has become "
            "a nuisance? What did we stop using? What do new colleagues ask? Most improvements that people thank you "
            "for are small and come from this half hour, not from a project. Put the two dates in the calendar now; "
            "nobody does it later."
        ),
    ),
    Section(
        heading="When to ask for help",
        body=(
            "Much of this can be done without anybody's help, and should be. Ask for it when the same question "
            "has been on "
            "the agenda three times, when two colleagues quote different figures for the same thing, or when a wrong "
            "decision about {product} could not be undone within a month. In those three cases an hour with somebody "
            "who has seen it before is the cheapest part of the whole undertaking."
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
        Section(
            heading="Over to you",
            body=(
                "Which of these points made you nod? Start with that one this week. And if you would like company on "
                "the way, {contact} is a message away; we enjoy the tricky cases just as much as the simple ones."
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
