# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of the age of a RAP key, of the warning of the exchange, and of a key that was renewed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_public as public_keys
from ansible_collections.hkex.drill.plugins.module_utils import rap_key
from ansible_collections.hkex.drill.plugins.module_utils.model import Facts, Seen

from tests.unit import rap_keys as made
from tests.unit.rap_pc import ACCOUNT, NOT_MINE, TODAY, account, in_order, only, play


@pytest.fixture
def pc(tmp_path: Path) -> Path:
    return in_order(tmp_path)


# ---- age, warnings, renewal --------------------------------------------------------------------------------------


AGES = [
    ("2024-02-29", "2025-12-29", None, "2026-02-28"),
    ("2024-02-29", "2025-12-30", "warning", "runs out in 60 days"),
    ("2024-02-29", "2026-02-28", "warning", "runs out today (2026-02-28"),
    ("2024-02-29", "2026-03-01", "error", "has run out (2026-02-28"),
    ("2023-06-21", TODAY, "warning", "runs out today (2025-06-21"),
    ("2023-06-20", TODAY, "error", "has run out (2025-06-20"),
    ("2023-06-22", TODAY, "warning", "runs out tomorrow (2025-06-22"),
    (TODAY, TODAY, None, "2027-06-21"),
    ("2025-06-22", TODAY, "error", "2025-06-22 lies in the future: today is 2025-06-21"),
]


@pytest.mark.parametrize(("registered", "today", "level", "what"), AGES)
def test_a_key_lasts_two_years(pc: Path, registered: str, today: str, level: str | None, what: str) -> None:
    told = play(pc, account(pc, registered=registered), today=today)
    if level is None:
        assert told["findings"] == [] and told["rap_key"]["accounts"][0]["due"] == what
        return
    finding = only(told)
    assert (finding["level"], finding["where"]) == (level, f"{ACCOUNT}: registered")
    assert what in finding["what"] and ("05 Technical Tips" in finding["what"] or "future" in what)


def test_without_a_date_its_age_is_not_judged_and_that_is_said(pc: Path) -> None:
    told = play(pc, account(pc, registered=None))
    assert only(told)["level"] == "info" and "not judged" in only(told)["what"]
    assert told["rap_key"]["accounts"][0]["due"] is None


@pytest.mark.parametrize(
    ("renewal", "begins"), [("allowed", "Put a new public key"), ("forbidden", "Before or after")]
)
def test_how_to_renew_depends_on_whether_that_is_allowed(pc: Path, renewal: str, begins: str) -> None:
    (pc / "downloads" / "SSHKeyExpireWarning.txt").write_bytes(b"hunter2")
    told = play(pc, renewal=renewal)
    finding = only(told)
    assert finding["level"] == "warning" and "within 14 days" in finding["what"]
    assert finding["remedy"].startswith(begins) and "/key_management/publickey" in finding["remedy"]
    assert told["rap_key"]["accounts"][0]["warning_files"] == [
        str(pc / "downloads" / "SSHKeyExpireWarning.txt")
    ]


def test_a_folder_that_is_not_there_or_is_none(pc: Path) -> None:
    for folder, what in ((pc / "none", "there is no such folder"), (pc / "rap.key", "is not a folder")):
        finding = only(play(pc, account(pc, folders=[str(folder)])))
        assert finding["level"] == "warning" and what in finding["what"]


@pytest.mark.parametrize(("renewal", "level"), [("allowed", "info"), ("forbidden", "error")])
@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_a_key_that_is_not_the_recorded_one(pc: Path, renewal: str, level: str, kind: str) -> None:
    recorded = getattr(public_keys.PublicKey("", None, made.blob(NOT_MINE)), kind)
    finding = only(play(pc, account(pc, recorded=recorded), renewal=renewal))
    assert finding["level"] == level and recorded in finding["what"]
    assert level == "info" or "2024 and 2025 circulars, 3.1" in finding["what"]


# ---- the day -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "today"),
    [("2025-06-20T15:59:59Z", "2025-06-20"), ("2025-06-20T16:00:00Z", "2025-06-21"), ("", None)],
)
def test_today_is_the_workstations_in_hong_kong(clock: str, today: str | None) -> None:
    options = rap_key.parse({"accounts": [account(Path("/pc"))], "renewal": "allowed"})
    files = dict.fromkeys(rap_key.look(options, Seen()).files)
    seen = Seen(facts=Facts(clock=clock), files=files)
    assert rap_key.describe(options, seen)["today"] == today
    said = [finding.what for finding in rap_key.plan(options, seen).findings]
    assert any("tells no date" in what for what in said) == (today is None)
