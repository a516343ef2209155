# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a drill file right: the JSON Schema for each field, and what fields must be to each other.

Every check yields ``Problem``s: the field, what was expected, what was found. The first becomes the message.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cache
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, NamedTuple, cast

SCHEMA = Path(__file__).parents[2] / "drills" / "schema.json"

KINDS_OF_MARKET = {
    "hkscc": (
        "direct_clearing",
        "general_clearing",
        "clearing_agency",
        "custodian",
        "stock_lender",
        "stock_pledgee",
        "designated_bank",
    ),
    "derivatives": ("hkcc", "seoch"),
}

# Lists whose items carry an id by which messages, results and the trail speak of them.
_WITH_ID = (
    "windows",
    "systems",
    "rules",
    "forbidden",
    "weather",
    "events",
    "deadlines",
    "contacts",
    "checklists",
    "discrepancies",
)

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
}


class DrillError(Exception):
    """A drill cannot be used; the message says where, what was found and what was expected."""


class Problem(NamedTuple):
    field: str
    expected: str
    found: str


def hold(data: object, file_name: str) -> Mapping[str, Any]:
    """The data itself, once it is known to be right.

    :raises DrillError: with the first problem
    """
    for problem in _schema_problems(data):
        raise _error(file_name, problem)
    held = cast(Mapping[str, Any], data)  # the schema has just said so
    for problem in _problems(held, file_name):
        raise _error(file_name, problem)
    return held


def _error(file_name: str, problem: Problem) -> DrillError:
    where = f"{file_name}: {problem.field}" if problem.field else file_name
    return DrillError(f"{where}: expected {problem.expected}, found {problem.found}")


# --- each field by itself: the schema ---------------------------------------------------------------------------


@cache
def _validator() -> Any:
    try:
        from jsonschema import Draft202012Validator, FormatChecker
    except ImportError as error:
        raise DrillError(
            "Drill files are checked with the Python library jsonschema, which the Python of ansible-playbook lacks. "
            "Install it there (pip install jsonschema)."
        ) from error
    formats: Any = FormatChecker(formats=("date", "ipv4", "regex"))
    # The schema's patterns fix the shape; these ask whether such a thing exists.
    own: Mapping[str, Callable[[str], object]] = {
        "clock": time.fromisoformat,
        "moment": datetime.fromisoformat,
        "network": IPv4Network,
    }
    for name, read in own.items():
        formats.checks(name, raises=ValueError)(_exists(read))
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")), format_checker=formats)


def _exists(read: Callable[[str], object]) -> Callable[[object], bool]:
    """A format check: text that ``read`` takes without a ValueError. What is no text is the type's business."""

    def check(value: object) -> bool:
        if isinstance(value, str):
            read(value)
        return True

    return check


def _schema_problems(data: object) -> Iterator[Problem]:
    validator = _validator()  # has said so already if jsonschema is not there
    from jsonschema.exceptions import best_match

    error = best_match(validator.iter_errors(data))
    if error is None:
        return
    path = list(error.absolute_path)
    fields: Mapping[str, Any] = (
        error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    )
    if error.validator == "additionalProperties":
        unknown = next((key for key in error.instance if key not in fields), "")
        yield Problem(_field([*path, unknown]), "one of the fields " + ", ".join(fields), "an unknown field")
    elif error.validator == "required":
        missing = next((key for key in error.validator_value if key not in error.instance), "")
        yield Problem(_field([*path, missing]), _phrase(fields.get(missing, {})), "nothing")
    else:
        yield Problem(_field(path), _expected(error), _shown(error.instance))


def _expected(error: Any) -> str:
    text = _phrase(error.schema)
    limits: Mapping[str, Callable[[Any], str]] = {
        "enum": lambda value: "one of " + ", ".join(map(str, value)),
        "const": str,
        "minItems": lambda value: f"at least {value} of them",
        "maxItems": lambda value: f"at most {value} of them",
        "uniqueItems": lambda value: "each of them once",
        "minimum": lambda value: f"at least {value}",
        "maximum": lambda value: f"at most {value}",
        "type": lambda value: " or ".join(
            _TYPES[kind] for kind in ([value] if isinstance(value, str) else value)
        ),
    }
    limit = limits.get(error.validator)
    return f"{text} ({limit(error.validator_value)})" if limit else text


def _phrase(schema: Mapping[str, Any]) -> str:
    """A description as part of a sentence."""
    description: str = schema.get("description", "something else")
    return description[:1].lower() + description[1:].rstrip(".")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else value[:57] + "...")
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, date):
        return f"the unquoted date {value}"
    return f"{value!r} without quotes"


def _field(path: Iterable[Hashable]) -> str:
    return re.sub(r"^\.", "", "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path))


# --- the fields to each other -----------------------------------------------------------------------------------


def _problems(data: Mapping[str, Any], file_name: str) -> Iterator[Problem]:
    stem = Path(file_name).stem
    if data["id"] != stem:
        yield Problem("id", f"the file's name, {stem!r}", repr(data["id"]))
    yield from _repeated(data)
    yield from _out_of_order(data)
    yield from _dangling(data)
    for at, system in enumerate(data["systems"]):
        for index, endpoint in enumerate(system["endpoints"]):
            yield from _endpoint_problems(data, f"systems[{at}].endpoints[{index}]", endpoint)


def _repeated(data: Mapping[str, Any]) -> Iterator[Problem]:
    keyed = [(name, "id") for name in _WITH_ID] + [("occurrences", "date")]
    for name, key in keyed:
        yield from _once((f"{name}[{at}].{key}", item[key]) for at, item in enumerate(data[name]))
    yield from _once(
        (f"systems[{at}].endpoints[{index}].addresses.{centre}[{position}]", address)
        for at, system in enumerate(data["systems"])
        for index, endpoint in enumerate(system["endpoints"])
        for centre, addresses in endpoint.get("addresses", {}).items()
        for position, address in enumerate(addresses)
    )


def _once(values: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for field, value in values:
        if value in first:
            yield Problem(
                field, "a value that stands nowhere else", f"{value!r}, which is {first[value]} too"
            )
        first.setdefault(value, field)


def _out_of_order(data: Mapping[str, Any]) -> Iterator[Problem]:
    for at, item in enumerate(data["occurrences"]):
        if item.get("registration_deadline", item["date"]) > item["date"]:
            field = f"occurrences[{at}].registration_deadline"
            yield Problem(field, f"a date up to {item['date']}", repr(item["registration_deadline"]))
    for name in ("windows", "weather", "events"):
        for at, item in enumerate(data[name]):
            if "from" in item and "to" in item and item["to"] <= item["from"]:
                yield Problem(
                    f"{name}[{at}].to", f"something later than from, {item['from']!r}", repr(item["to"])
                )
    for at, (before, item) in enumerate(zip(data["windows"], data["windows"][1:], strict=False), start=1):
        if item["from"] < before["to"]:
            expected = f"nothing before {before['to']!r}, when the window {before['id']} ends"
            yield Problem(f"windows[{at}].from", expected, repr(item["from"]))


def _dangling(data: Mapping[str, Any]) -> Iterator[Problem]:
    """References to a market, or by id to another item, that the file does not have."""
    known = {
        name[:-1]: [item["id"] for item in data[name]]
        for name in ("windows", "systems", "deadlines", "contacts")
    }
    known["market"] = data["markets"]
    for path, value in _leaves(data, ()):
        # A reference is a field named for what it refers to, or a list of ids in one that has the plural.
        kind = str(path[-2]).removesuffix("s") if isinstance(path[-1], int) else path[-1]
        if kind in known and value not in known[kind]:
            expected = f"a {kind} of this drill ({', '.join(known[kind]) or 'it has none'})"
            yield Problem(_field(path), expected, repr(value))
    for at, item in enumerate(data["participants"]):
        for index, kind in enumerate(item["kinds"]):
            if kind not in KINDS_OF_MARKET[item["market"]]:
                expected = ", ".join(sorted(KINDS_OF_MARKET[item["market"]]))
                yield Problem(
                    f"participants[{at}].kinds[{index}]", f"a kind of {item['market']} ({expected})", kind
                )


def _leaves(value: object, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _leaves(inner, (*path, at))
    else:
        yield path, value


def _endpoint_problems(data: Mapping[str, Any], at: str, endpoint: Mapping[str, Any]) -> Iterator[Problem]:
    contingency = data["kind"] == "contingency"
    addresses: Mapping[str, list[str]] = endpoint.get("addresses", {})
    count = Counter({centre: len(found) for centre, found in addresses.items()})
    has_secondary = contingency or any(item.get("data_centre") == "secondary" for item in data["windows"])
    if contingency and "name" in endpoint:
        yield Problem(
            f"{at}.name", "no name, because a contingency never writes a host table", repr(endpoint["name"])
        )
    if "name" not in endpoint and {"dns", "host_table"} & set(endpoint["access"]):
        yield Problem(
            f"{at}.name", "a host name, because access by dns or host_table goes by name", "nothing"
        )
    if not addresses and {"host_table", "ip_address"} & set(endpoint["access"]):
        yield Problem(
            f"{at}.addresses", "addresses, because access by host_table or ip_address needs them", "nothing"
        )
    if "host_table" in endpoint["access"] and count["primary"] > 1:
        yield Problem(
            f"{at}.addresses.primary",
            "one address, because a host table gives a name one",
            str(count["primary"]),
        )
    if "secondary" in addresses and count["secondary"] != count["primary"]:
        expected = (
            f"as many addresses as primary has ({count['primary']}), because they correspond by position"
        )
        yield Problem(f"{at}.addresses.secondary", expected, str(count["secondary"]))
    if addresses and has_secondary and "secondary" not in addresses:
        yield Problem(
            f"{at}.addresses.secondary", "addresses, because this drill goes to secondary", "nothing"
        )
