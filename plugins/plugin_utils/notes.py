# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people say of a drill's day, as records of its trail beside those of the toolkit. Pure functions.

A record of event ``note`` is a person's word, and every other one what the toolkit saw: nothing else tells the two
apart. An entry is never changed: a later one corrects it, and takes the place of all of it, also of what it attests.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import Drill
from ansible_collections.hkex.drill.plugins.plugin_utils.history import Record
from ansible_collections.hkex.drill.plugins.plugin_utils.tags import meant

NOTE = "note"  # event, phase and tag
LONGEST = 4000  # characters of a text
LONGEST_NAME = 200  # characters of who said it
# What a person may give on the command line.
VARIABLES = ("note", "note_file", "note_items", "note_workstation", "note_corrects", "note_by")

_LOST = "_raw_params"  # where Ansible leaves words of the command line that it takes for no variable

# They turn the order in which text is shown, so that it reads as something else than it is.
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def entries(records: Iterable[Record], drill: str, occurrence: str | None) -> dict[int, int | None]:
    """The entries of an occurrence in a trail, each by its number with that of the one that has taken its place."""
    found: dict[int, int | None] = {}
    for record in records:
        if (record.get("event"), record.get("drill"), record.get("occurrence")) == (NOTE, drill, occurrence):
            said = record.get("detail")
            corrects = said.get("corrects") if isinstance(said, dict) else None
            if isinstance(corrects, int) and corrects in found:
                found[corrects] = record["seq"]
            found[record["seq"]] = None
    return found


def detail(
    drill: Drill,
    earlier: Mapping[int, int | None],
    text: str,
    *,
    items: Iterable[str] = (),
    corrects: int | None = None,
    by: str | None = None,
) -> dict[str, Any]:
    """The detail of a new record.

    :param earlier: the entries of the same occurrence, see ``entries``
    :raises Refusal: a text that is none, an item that the drill does not have, a correction of what is no entry or
        has been corrected
    """
    named = held(by, "note_by", LONGEST_NAME) if by else None
    return {
        "text": held(text, NOTE, LONGEST),
        "items": _known(drill, items),
        "corrects": _correctable(earlier, corrects),
        **({"by": named} if named else {}),
    }


def held(text: str, where: str, longest: int) -> str:
    """A text without the blanks around it, if a trail can hold it and a person read it.

    :raises Refusal: it is empty or too long, or has characters that are none to be read
    """
    stripped = text.strip()
    if not stripped:
        raise Refusal(where, "it has no text", "Say what happened: -e \"note='hotline says go'\"")
    if len(stripped) > longest:
        what = f"it has {len(stripped)} characters, and {longest} is the most"
        raise Refusal(where, what, "Say it in several entries, or where the rest is kept")
    for place, char in enumerate(stripped, 1):
        if _unreadable(char) or (char == "\n" and where != NOTE):
            what = f"character {place} is {unicodedata.name(char, 'a control character')} (U+{ord(char):04X})"
            raise Refusal(where, what, "Only what a person can read goes into the trail: take it out")
    return stripped


def workstation(name: str | None, inventory: Iterable[str]) -> str | None:
    """The workstation an entry is about, None if about none.

    :raises Refusal: the inventory does not have it
    """
    names = sorted(inventory)
    if not name or name in names:
        return name or None
    remedy = f"{meant(name, names)}Name it as the inventory does"
    raise Refusal("note_workstation", f"the inventory has no {name!r}", remedy)


def words(where: str, given: object) -> str | None:
    """A text as it was given, None if none was.

    :raises Refusal: it is a list or a mapping: what of it is the text, nobody said
    """
    if given is None or isinstance(given, str):
        return given
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return str(given)
    raise Refusal(where, f"{given!r} is no text", "Put it in quotes")


def number(given: object) -> int | None:
    """The number of an entry as it was given, None if none was.

    :raises Refusal: it is none
    """
    text = words("note_corrects", given)
    if text is None or (text.isascii() and text.isdigit()):
        return None if text is None else int(text)
    remedy = "Give the number that the answer to it named, as in -e note_corrects=17"
    raise Refusal("note_corrects", f"{text!r} is no number of an entry", remedy)


def typed(given: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, str]:
    """What was given of an entry as it was typed, where Ansible took the first blank for its end.

    :param given: the inline variables of the command line, each as typed and as Ansible reads it
    :raises Refusal: which words belong to it cannot be told
    """
    found: dict[str, str] = {}
    for words, read in given:
        mine = [name for name in read if name in VARIABLES]
        others = [name for name in read if name not in VARIABLES and name != _LOST]
        if not mine or (_LOST not in read and all(_ours(name) for name in others)):
            continue
        name, _equals, text = words.lstrip().partition("=")
        if others or mine != [name]:
            raise Refusal(
                f"-e {words}",
                "where the text ends cannot be told",
                "Put it in quotes of its own: -e \"note='RAP answers at port=18801'\", or into a file: "
                "-e note_file=FILE",
            )
        found[name] = text
    return found


def misnamed(variables: Iterable[str]) -> None:
    """Nobody has mistyped what an entry is to have: it would be left out of it without a word.

    :raises Refusal: which one, and what was meant
    """
    for name in variables:
        near = get_close_matches(name, VARIABLES, 1, 0.85) if name.startswith(f"{NOTE}_") else []
        if near and name not in VARIABLES:
            raise Refusal(name, "no variable is called so", f"Did you mean {near[0]}")


def _ours(name: str) -> bool:
    return name == "drill" or name.startswith("drill_")


def _unreadable(char: str) -> bool:
    kind = unicodedata.category(char)
    return (
        kind in ("Cs", "Zl", "Zp")
        or (kind == "Cc" and char != "\n")
        or unicodedata.bidirectional(char) in _TURNING
    )


def _known(drill: Drill, items: Iterable[str]) -> list[str]:
    there = [str(item["id"]) for item in drill.data.get("checklists", ())]
    asked = list(dict.fromkeys(item.strip() for item in items if item.strip()))
    for item in asked:
        if item not in there:
            remedy = f"{meant(item, there)}Its items are {', '.join(there) or 'none'}"
            raise Refusal("note_items", f"the checklist of {drill.id} has no {item!r}", remedy)
    return asked


def _correctable(earlier: Mapping[int, int | None], seq: int | None) -> int | None:
    if seq is None:
        return None
    standing = [number for number, corrected_by in earlier.items() if corrected_by is None]
    if seq in standing:
        return seq
    if seq in earlier:
        what = f"entry {seq} has been corrected by entry {earlier[seq]}"
        raise Refusal("note_corrects", what, "Correct the one that stands")
    there = ", ".join(map(str, standing))
    remedy = f"Entries that can be corrected: {there}" if there else "There is none yet to correct"
    raise Refusal("note_corrects", f"{seq} is no entry of this drill and occurrence", remedy)
