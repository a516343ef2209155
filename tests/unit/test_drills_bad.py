# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A wrong drill file gives file, field, what was expected and what was found."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.hkex.drill.plugins.plugin_utils import drill_checks
from ansible_collections.hkex.drill.plugins.plugin_utils.drill_checks import DrillError
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import load, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import drills_table as table
from tests.unit.drills_bad import BAD, GONE

DRILLS = Path(__file__).parents[2] / "drills"


@cache
def pristine(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((DRILLS / f"{name}.yml").read_text(encoding="utf-8"))
    return data


def steps(field: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", field)]


def mutated(name: str, field: str, value: object) -> dict[str, Any]:
    data = copy.deepcopy(pristine(name))
    *way, last = steps(field)
    at: Any = data
    for step in way:
        at = at[step]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return data


def message(name: str, data: object) -> str:
    with pytest.raises(DrillError) as caught:
        parse(data, f"/somewhere/{name}.yml")
    return str(caught.value)


@pytest.mark.parametrize(("name", "field", "value", "named", "expected", "found"), BAD)
def test_message(name: str, field: str, value: object, named: str, expected: str, found: str) -> None:
    text = message(name, mutated(name, field, value))
    assert text.startswith(f"/somewhere/{name}.yml: {named}: expected ")
    said, _, seen = text.rpartition(", found ")
    assert expected in said
    assert found in seen


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_a_file_that_is_no_mapping(data: object) -> None:
    assert message(table.PRACTICE, data).startswith(f"/somewhere/{table.PRACTICE}.yml: expected a drill file")


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, Mapping):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [(*path, key) for key, _ in items] + [
        found for key, inner in items for found in paths(inner, (*path, key))
    ]


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({"a": [1]})
)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_field_it_is_taken_or_named(draw: st.DataObject) -> None:
    """No other exception than the one with the message, wherever a value of another sort stands."""
    name = draw.draw(st.sampled_from([table.REHEARSAL, table.CONTINGENCY]))
    data = copy.deepcopy(pristine(name))
    *way, last = draw.draw(st.sampled_from(paths(data)))
    at: Any = data
    for step in way:
        at = at[step]
    at[last] = draw.draw(JUNK)
    try:
        assert parse(data, f"{name}.yml").id == name
    except DrillError as error:
        assert re.match(rf"{name}\.yml: [a-z].*: expected .+, found .+", str(error), re.DOTALL)


# --- files ------------------------------------------------------------------------------------------------------


def test_an_unknown_drill_gets_the_closest_one() -> None:
    with pytest.raises(DrillError) as caught:
        load(DRILLS, "2025-06-21-rap-practise-session")
    text = str(caught.value)
    assert f"Did you mean {table.PRACTICE}?" in text
    assert all(name in text for name in table.OCCURRENCES)


def test_who_names_no_drill_is_told_how_to() -> None:
    with pytest.raises(DrillError, match=r"nobody said which one is meant\. Give -e drill=ID.*contingency"):
        load(DRILLS, "")


@pytest.mark.parametrize("drill_id", ["schema", "../drills/contingency", "contingency.yml"])
def test_only_a_name_that_is_listed_is_read(drill_id: str) -> None:
    with pytest.raises(DrillError, match="There is no drill"):
        load(DRILLS, drill_id)


def test_a_folder_without_drills(tmp_path: Path) -> None:
    with pytest.raises(DrillError, match=r"Available: none$"):
        load(tmp_path / "none", "contingency")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"id: x\nid: y\n", "the key 'id' for the second time"),
        (b"systems:\n  - {id: rap, id: ccass}\n", "the key 'id' for the second time"),
        (b"id: [\n", "line 2"),
        (b"id: caf\xe9\n", "utf-8"),
        (b"", "expected a drill file"),
        (b"id: !!python/object:os.system x\n", "python/object"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "mine.yml"
    file.write_bytes(content)
    with pytest.raises(DrillError) as caught:
        load(tmp_path, "mine")
    assert str(caught.value).startswith(f"{file}: expected ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("quoted", "bare", "found"),
    [
        ('from: "11:30"', "from: 11:30", "690 without quotes"),
        ('date: "2021-11-06"', "date: 2021-11-06", "the unquoted date 2021-11-06"),
    ],
)
def test_forgotten_quotes_are_named(tmp_path: Path, quoted: str, bare: str, found: str) -> None:
    text = (DRILLS / f"{table.REHEARSAL}.yml").read_text(encoding="utf-8")
    file = tmp_path / f"{table.REHEARSAL}.yml"
    file.write_text(text.replace(quoted, bare, 1), encoding="utf-8")
    with pytest.raises(DrillError) as caught:
        load(tmp_path, table.REHEARSAL)
    assert "in quotes" in str(caught.value)
    assert str(caught.value).endswith(f"found {found}")


def test_without_jsonschema_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    drill_checks._validator.cache_clear()
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(DrillError, match=r"pip install jsonschema"):
        load(DRILLS, table.CONTINGENCY)
