# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of an inventory's variables, and of what somebody meant to be one of them."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal

# Every variable that an inventory may set (inventory/example explains them), and the one that the playbooks set.
VARIABLES = (
    "drill_access",
    "drill_batch",
    "drill_browser_dir",
    "drill_browsers",
    "drill_ca",
    "drill_directory",
    "drill_download_folders",
    "drill_failure_limit",
    "drill_force",
    "drill_holidays",
    "drill_host_keys",
    "drill_host_table",
    "drill_keep_days",
    "drill_log_on",
    "drill_markets",
    "drill_occurrence",
    "drill_participant",
    "drill_phase",
    "drill_ports",
    "drill_pretend_now",
    "drill_purge_unmatched",
    "drill_rap_keys",
    "drill_rap_reports",
    "drill_rehearsal_folder",
    "drill_remove_leftovers",
    "drill_resolv_conf",
    "drill_sandbox",
    "drill_schedule",
    "drill_sdnet",
    "drill_sftp_config_dir",
    "drill_sftp_users",
    "drill_state_dir",
    "drill_takes_part",
    "drill_test_files",
    "drill_timeout",
    "drill_weather",
)


def check_names(name: str, variables: Iterable[str]) -> None:
    """Nobody has mistyped the name of one of our variables: its value would be passed over without a word.

    :raises Refusal: which one, and what was meant
    """
    for variable in variables:
        if meant := _meant(variable):
            raise Refusal(f"{name}, {variable}", "no variable is called so", f"Did you mean {meant}")


@cache
def _meant(variable: str) -> str:
    """Which of our variables this one was meant to be; empty: it is right, or nobody's business.

    One letter too many, too few, wrong or elsewhere is a slip wherever it is; more than that only behind ``drill_``.
    """
    if variable in VARIABLES:
        return ""
    slips = [_SHORTENED[each] for each in _shortened(variable.lower()) if each in _SHORTENED]
    if not slips and variable.startswith("drill_"):
        slips = get_close_matches(variable, VARIABLES, 1, 0.85)
    return min(slips, default="")


def _shortened(name: str) -> set[str]:
    """The name, and the name without one of its letters: two names that share one of these differ by a letter."""
    return {name, *(name[:at] + name[at + 1 :] for at in range(len(name)))}


_SHORTENED = {short: name for name in VARIABLES for short in _shortened(name)}
