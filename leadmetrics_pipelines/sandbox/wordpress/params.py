"""Checks and conversions of REST parameters, with WordPress's messages (`rest_invalid_param`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from leadmetrics_pipelines.sandbox.wordpress.rest import Params, RestError


@dataclass(frozen=True)
class Invalid(Exception):
    """One parameter's fault."""

    code: str
    message: str


Check = Callable[[str, object], object]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE)


def check(params: Params, checks: Mapping[str, Check]) -> Params:
    """The known parameters, converted.

    Raises:
        RestError: 400 `rest_invalid_param` naming each faulty parameter.
    """
    clean: Params = {}
    faults: dict[str, Invalid] = {}
    for name, convert in checks.items():
        if name not in params:
            continue
        try:
            clean[name] = convert(name, params[name])
        except Invalid as fault:
            faults[name] = fault
    if faults:
        raise RestError(
            400,
            "rest_invalid_param",
            f"Invalid parameter(s): {', '.join(faults)}",
            params={name: fault.message for name, fault in faults.items()},
            details={
                name: {"code": fault.code, "message": fault.message, "data": None} for name, fault in faults.items()
            },
        )
    return clean


def require(params: Params, *names: str) -> None:
    """Insist on parameters.

    Raises:
        RestError: 400 `rest_missing_callback_param`.
    """
    missing = [name for name in names if name not in params]
    if missing:
        text = f"Missing parameter(s): {', '.join(missing)}"
        raise RestError(400, "rest_missing_callback_param", text, params=missing)


def parse_php(text: str) -> Params:
    """A query string or form body as PHP reads it: `a[]=1` makes lists, `a[b]=1` maps, else the last one wins."""
    found: Params = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        add_php(found, key, value)
    return found


def add_php(found: Params, key: str, value: object) -> None:
    """Add one `key=value` the PHP way."""
    nested = re.fullmatch(r"([^\[]+)\[([^\]]*)\]", key)
    if nested is None:
        found[key] = value
        return
    name, inner = nested.groups()
    if not inner or inner.isdigit():
        items = found.setdefault(name, [])
        if isinstance(items, list):
            items.append(value)
    else:
        fields = found.setdefault(name, {})
        if isinstance(fields, dict):
            fields[inner] = value


def integer(low: int | None = None, high: int | None = None) -> Check:
    """A whole number within bounds."""

    def convert(name: str, value: object) -> int:
        if isinstance(value, bool) or not re.fullmatch(r"-?\d+", str(value).strip()):
            raise Invalid("rest_invalid_type", f"{name} is not of type integer.")
        number = int(str(value))
        if low is not None and high is not None and not low <= number <= high:
            raise Invalid("rest_out_of_bounds", f"{name} must be between {low} (inclusive) and {high} (inclusive)")
        if low is not None and number < low:
            raise Invalid("rest_out_of_bounds", f"{name} must be greater than or equal to {low}")
        return number

    return convert


def text(name: str, value: object) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Invalid("rest_invalid_type", f"{name} is not of type string.")
    return value


def raw_text(name: str, value: object) -> str:
    """A string, or an object with `raw`, as title, content and excerpt take it."""
    if isinstance(value, dict):
        return str(value.get("raw", ""))
    if not isinstance(value, str):
        raise Invalid("rest_invalid_type", f"{name} is not of type object,string.")
    return value


def boolean(name: str, value: object) -> bool:
    """A boolean, or its usual spellings."""
    spellings = {"true": True, "1": True, "false": False, "0": False, "": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() in spellings:
        return spellings[str(value).lower()]
    raise Invalid("rest_invalid_type", f"{name} is not of type boolean.")


def one_of(*allowed: str) -> Check:
    """One of some words."""
    listed = f"{', '.join(allowed[:-1])}{',' if len(allowed) > 2 else ''} and {allowed[-1]}"  # noqa: PLR2004 - grammar

    def convert(name: str, value: object) -> str:
        if value not in allowed:
            raise Invalid("rest_not_in_enum", f"{name} is not one of {listed}.")
        return str(value)

    return convert


def integers(name: str, value: object) -> tuple[int, ...]:
    """Numbers, as a list or separated by commas."""
    parts = parse_list(value)
    number = integer()
    return tuple(int(str(number(f"{name}[{index}]", part))) for index, part in enumerate(parts))


def strings(_name: str, value: object) -> tuple[str, ...]:
    """Words, as a list or separated by commas and spaces."""
    return tuple(str(part) for part in parse_list(value))


def date(name: str, value: object) -> str | None:
    """A date as it was sent; its zone depends on the parameter. None resets."""
    if value is None:
        return None
    if not isinstance(value, str) or not _DATE.fullmatch(value) or parse_date(value) is None:
        raise Invalid("rest_invalid_date", "Invalid date.")
    del name
    return value


def parse_date(value: str) -> datetime | None:
    """The instant, aware when the text had an offset. None for an impossible one."""
    try:
        return datetime.fromisoformat(value.replace(" ", "T", 1).replace("z", "Z"))
    except ValueError:
        return None


def utc(value: str) -> datetime:
    """A checked date text, naive taken for UTC."""
    parsed = parse_date(value)
    if parsed is None:
        raise Invalid("rest_invalid_date", "Invalid date.")
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def anything(_name: str, value: object) -> object:
    """Any value."""
    return value


def parse_list(value: object) -> list[object]:
    """`wp_parse_list`: a list as it is, a scalar split at commas and spaces."""
    if isinstance(value, list):
        return list(value)
    return [part for part in re.split(r"[\s,]+", str(value)) if part]
