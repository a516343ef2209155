# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema of the drill files is one, and says something about every field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.unit import drills_table as table

DRILLS = Path(__file__).parents[2] / "drills"
SCHEMA = json.loads((DRILLS / "schema.json").read_text(encoding="utf-8"))


def schemas(value: Any, path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every field of every object that the schema knows."""
    if isinstance(value, Mapping):
        for name, field in value.get("properties", {}).items():
            if isinstance(field, Mapping):
                yield f"{path}.{name}", field
        for key, inner in value.items():
            yield from schemas(inner, f"{path}.{key}")


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_field_has_a_sentence() -> None:
    described = [(path, field) for path, field in schemas(SCHEMA) if ".if." not in path and path[1:3] != "if"]
    described += [(f"$defs.{name}", field) for name, field in SCHEMA["$defs"].items()]
    assert len(described) > 120
    assert [
        path for path, field in described if not re.fullmatch(r"[A-Z].*\.", field.get("description", ""))
    ] == []


def test_no_object_lets_an_unknown_field_through() -> None:
    objects = [SCHEMA]
    objects += [
        inner
        for _, field in schemas(SCHEMA)
        for inner in (field, field.get("items", {}))
        if inner.get("type") == "object"
    ]
    assert len(objects) > 15
    assert all(item["additionalProperties"] is False for item in objects)


@pytest.mark.parametrize("name", table.OCCURRENCES)
def test_editors_find_the_schema(name: str) -> None:
    lines = (DRILLS / f"{name}.yml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=schema.json"
    assert lines[3] == "---"
