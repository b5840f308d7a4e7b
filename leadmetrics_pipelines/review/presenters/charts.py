"""Pictures as numbers: where the lines and arcs of an SVG go. Templates draw them with attributes, never with styles.

Each picture carries its words, too: what a screen reader says, and the rows of the table behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# The drawing of a history: a frame with room for the labels of both axes.
WIDTH, HEIGHT = 560, 210
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 14, 30
TICKS = (0, 25, 50, 75, 100)
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 96, 28, 3
# More month labels than this would touch each other.
MOST_LABELS = 12


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A score as a ring of 100 parts: what is reached, what is known and missing, what is unknown (hatched)."""

    reached: float
    unknown: float
    unknown_from: float
    text: str
    words: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One point of a line, with what it says."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Label:
    """A word at an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, kw_only=True)
class LineChart:
    """A history of scores. `lines` are the unbroken stretches; a month without a score breaks the line."""

    width: int
    height: int
    lines: tuple[str, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[Label, ...]
    months: tuple[Label, ...]
    left: int
    right: int
    bottom: float
    target: float | None
    target_text: str
    words: str
    note: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Spark:
    """A small line without axes, for a card."""

    width: int
    height: int
    lines: tuple[str, ...]
    last: Dot | None
    words: str


def draw_ring(total: float | None, known: float, tone: str) -> Ring:
    """The ring of a score. Nothing known is a ring that is hatched all around, not an empty one."""
    share = known * 100
    if total is None:
        return Ring(reached=0, unknown=100, unknown_from=0, text="?", words="No score: nothing is known", tone=tone)
    words = f"Score {total:.0f} of 100" + (f"; {share:.0f} % of it is known" if known < 1 else "")
    return Ring(
        reached=round(share * total / 100, 2), unknown=round(100 - share, 2), unknown_from=round(share, 2),
        text=f"{total:.0f}", words=words, tone=tone,
    )  # fmt: skip


def draw_history(points: Sequence[tuple[str, float | None]], *, target: float | None = None) -> LineChart:
    """The line of (month, score) points, the oldest first; a missing month is a point without a score."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    step = (right - LEFT) / max(1, len(points) - 1)
    middle = (LEFT + right) / 2
    places = [(middle if len(points) == 1 else LEFT + index * step) for index in range(len(points))]
    known = [value is not None for _, value in points]
    return LineChart(
        width=WIDTH, height=HEIGHT, left=LEFT, right=right, bottom=bottom,
        lines=_stretches([(x, _height(value)) for x, (_, value) in zip(places, points, strict=True)]),
        dots=tuple(
            Dot(x=round(x, 1), y=_height(value) or 0, words=f"{month}: {value:.0f}")
            for x, (month, value) in zip(places, points, strict=True) if value is not None
        ),
        ticks=tuple(Label(x=LEFT - 8, y=_height(tick) or 0, text=str(tick)) for tick in TICKS),
        months=tuple(
            Label(x=round(x, 1), y=HEIGHT - 8, text=_short(month))
            for index, (x, (month, _)) in enumerate(zip(places, points, strict=True))
            if (len(points) - 1 - index) % (1 + len(points) // MOST_LABELS) == 0
        ),
        target=_height(target), target_text=f"Target {target:.0f}" if target is not None else "",
        words=_say(points, target), note=_note(known),
        rows=tuple((month, f"{value:.0f}" if value is not None else "unknown") for month, value in points),
    )  # fmt: skip


def draw_spark(values: Sequence[float | None]) -> Spark:
    """The small line of a card, over the range of its scores: it tells the way, not the height."""
    step = (SPARK_WIDTH - 2 * SPARK_EDGE) / max(1, len(values) - 1)
    places = [(round(SPARK_EDGE + index * step, 1), _spark_height(value, values)) for index, value in enumerate(values)]
    ends = [(x, y) for x, y in places if y is not None]
    words = ", ".join("unknown" if value is None else f"{value:.0f}" for value in values)
    return Spark(
        width=SPARK_WIDTH, height=SPARK_HEIGHT, lines=_stretches(places),
        last=Dot(x=ends[-1][0], y=ends[-1][1], words="") if ends else None, words=f"Scores so far: {words}",
    )  # fmt: skip


def _height(value: float | None) -> float | None:
    return None if value is None else round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / 100), 1)


def _spark_height(value: float | None, values: Sequence[float | None]) -> float | None:
    if value is None:
        return None
    known = [one for one in values if one is not None]
    low, high = max(0.0, min(known) - 10), min(100.0, max(known) + 10)
    return round(SPARK_EDGE + (SPARK_HEIGHT - 2 * SPARK_EDGE) * (high - value) / (high - low), 1)


def _stretches(places: Sequence[tuple[float, float | None]]) -> tuple[str, ...]:
    """Polylines of neighbouring points that are known; a point alone is a dot, not a line."""
    lines: list[list[str]] = [[]]
    for x, y in places:
        if y is None:
            lines.append([])
        else:
            lines[-1].append(f"{x:.1f},{y:.1f}")
    return tuple(" ".join(line) for line in lines if len(line) > 1)


def _say(points: Sequence[tuple[str, float | None]], target: float | None) -> str:
    known = [(month, value) for month, value in points if value is not None]
    if not known:
        return "No score so far"
    (first, begin), (last, end) = known[0], known[-1]
    told = (
        f"Score in {last}: {end:.0f}"
        if len(known) == 1
        else f"Score from {begin:.0f} in {first} to {end:.0f} in {last}"
    )
    return told + (f"; target {target:.0f}" if target is not None else "")


def _note(known: Sequence[bool]) -> str:
    if sum(known) == 1:
        return "One score so far; a line needs two."
    return "" if all(known) else "Where the line is broken there is no score."


def _short(month: str) -> str:
    name, _, year = month.partition(" ")
    return f"{name[:3]} {year[2:]}" if name == "January" else name[:3]
