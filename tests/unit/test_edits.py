# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What edits make of a file: only what they name moves, and an edit that does not fit is refused."""

from __future__ import annotations

from random import Random

import pytest
from ansible_collections.hkex.drill.plugins.module_utils.edits import apply, splice, touched
from ansible_collections.hkex.drill.plugins.module_utils.journal import Change
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Assign,
    File,
    Key,
    Refusal,
    Restore,
    Seen,
    Splice,
    sha256,
)
from hypothesis import given
from hypothesis import strategies as st

PATH, OTHER = "/etc/hosts", "/etc/resolv.conf"
KEY = Key("registry", "HKLM", "NameServer")

# A file as stretches, of which some get a replacement: the splices follow from it, and so does the result.
STRETCHES = st.lists(st.tuples(st.binary(max_size=6), st.none() | st.binary(max_size=6)), max_size=8)


def cut(stretches: list[tuple[bytes, bytes | None]]) -> tuple[bytes, list[Splice], bytes]:
    """The content, its splices, and what must become of it."""
    content, result = b"", b""
    splices = []
    for old, new in stretches:
        if new is not None:
            splices.append(Splice(PATH, len(content), old, new))
        content += old
        result += old if new is None else new
    return content, splices, result


@given(STRETCHES)
def test_what_no_splice_names_stays_where_it_is(stretches: list[tuple[bytes, bytes | None]]) -> None:
    content, splices, result = cut(stretches)
    file = File(content, "0640 7:7", "/real")
    assert splice(file, splices) == result
    after = apply(Seen(files={PATH: file, OTHER: File(b"x")}), splices)
    assert after.files == {PATH: file._replace(content=result), OTHER: File(b"x")}


@given(STRETCHES.map(cut).filter(lambda each: len(each[1]) > 1), st.randoms())
def test_the_order_of_splices_at_different_places_does_not_matter(
    made: tuple[bytes, list[Splice], bytes], random: Random
) -> None:
    content, splices, _result = made
    distinct = list({(each.start, bool(each.old)): each for each in splices}.values())
    shuffled = list(distinct)
    random.shuffle(shuffled)
    assert splice(File(content), shuffled) == splice(File(content), distinct)


@given(st.binary(max_size=9), st.integers(0, 9), st.lists(st.binary(max_size=3), max_size=4))
def test_what_is_inserted_at_one_place_keeps_its_order(content: bytes, at: int, new: list[bytes]) -> None:
    at = min(at, len(content))
    inserted = splice(File(content), [Splice(PATH, at, b"", each) for each in new])
    assert inserted == content[:at] + b"".join(new) + content[at:]


@given(st.binary(min_size=2, max_size=9), st.data())
def test_overlapping_splices_are_refused(content: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(content) - 2))
    end = data.draw(st.integers(start + 2, len(content)))
    inside = data.draw(st.integers(start + 1, end - 1))
    longer = data.draw(st.integers(inside, len(content)))
    splices = [
        Splice(PATH, inside, content[inside:longer], b"two"),
        Splice(PATH, start, content[start:end], b"one"),
    ]
    with pytest.raises(Refusal, match=f"{PATH}, byte {inside}: two changes want the same place"):
        splice(File(content), splices)


@given(st.binary(max_size=9), st.integers(-3, 12), st.binary(max_size=3))
def test_a_splice_that_does_not_find_what_it_replaces_is_refused(content: bytes, at: int, old: bytes) -> None:
    one = Splice(PATH, at, old, b"new")
    if 0 <= at <= len(content) and content[at:].startswith(old):
        assert splice(File(content), [one]) == content[:at] + b"new" + content[at + len(old) :]
    else:
        with pytest.raises(Refusal, match=f"{PATH}, byte {at}"):
            splice(File(content), [one])


def test_a_splice_makes_a_file_that_does_not_exist() -> None:
    after = apply(Seen(files={PATH: None}), [Splice(PATH, 0, b"", b"new")])
    assert after.files == {PATH: File(b"new")}


def test_a_refused_splice_tells_nothing_of_the_contents() -> None:
    with pytest.raises(Refusal) as refused:
        splice(File(b"Pass=hunter2"), [Splice(PATH, 0, b"Pass=hunter3", b"Pass=x", secret=True)])
    assert "hunter" not in str(refused.value)


CONTENTS = st.none() | st.binary(max_size=4)


@given(CONTENTS, CONTENTS, CONTENTS)
def test_restore_puts_a_blob_back_and_refuses_where_something_else_stands(
    present: bytes | None, before: bytes | None, after: bytes | None
) -> None:
    digest = [None if each is None else sha256(each) for each in (before, after)]
    seen = Seen(
        files={PATH: None if present is None else File(present, "0600")},
        blobs={sha256(each): each for each in (before, after) if each is not None},
    )
    edit = Restore(PATH, digest[0], digest[1])
    if before == after:
        assert apply(seen, [edit]) == seen
    elif present != before:
        with pytest.raises(Refusal, match=PATH):
            apply(seen, [edit])
    else:
        restored = apply(seen, [edit]).files[PATH]
        assert (None if restored is None else restored.content) == after
        assert restored is None or restored.attributes == ("" if present is None else "0600")


@given(st.integers(), st.integers(), st.integers())
def test_assign_follows_what_was_seen(present: int, before: int, after: int) -> None:
    seen = Seen(settings={KEY: present})
    if present == before:
        assert apply(seen, [Assign(KEY, before, after)]).settings == {KEY: after}
        assert apply(seen, [Assign(KEY, before, after), Assign(KEY, after, 0)]).settings == {KEY: 0}
    else:
        with pytest.raises(Refusal, match="two changes want the same setting"):
            apply(seen, [Assign(KEY, before, after)])


def test_apply_leaves_what_was_seen_as_it_was() -> None:
    seen = Seen(files={PATH: File(b"old")}, settings={KEY: 1})
    apply(seen, [Splice(PATH, 0, b"old", b"new"), Assign(KEY, 1, 2)])
    assert seen == Seen(files={PATH: File(b"old")}, settings={KEY: 1})


def test_only_what_really_changes_is_touched_in_the_order_of_its_first_edit() -> None:
    before = Seen(files={PATH: File(b"ab"), OTHER: None}, settings={KEY: 1})
    edits = (
        Assign(KEY, 1, 2),
        Splice(PATH, 0, b"a", b"b"),
        Splice(OTHER, 0, b"", b"new"),
        Splice(PATH, 1, b"b", b"b"),
    )
    assert touched(edits, before, apply(before, edits)) == (
        Change(KEY, 1, 2),
        Change(PATH, sha256(b"ab"), sha256(b"bb")),
        Change(OTHER, None, sha256(b"new")),
    )
    same = (Splice(PATH, 0, b"ab", b"ab"), Assign(KEY, 1, 1))
    assert touched(same, before, apply(before, same)) == ()
