# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a result tells what becomes of files: names that any terminal and any JSON can show, and a reason each."""

from typing import Any, Dict, Union

from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_manifest import shown
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_options import NAME
from ansible_collections.hkex.drill.plugins.module_utils._rehearsal_story import quarantine
from ansible_collections.hkex.drill.plugins.module_utils.model import Mark, Move, Seen, sha256


def edit(each: Union[Mark, Move], seen: Seen) -> Dict[str, Any]:
    """A file that moves, with its reason; or where the whole list of them is kept."""
    if isinstance(each, Mark):
        lists = f"{seen.facts.blobs}/{sha256(each.contents[0])}"
        told = {"path": NAME, "new": f"{each.record['kind']}, listed in {lists}", "list": lists}
        if each.record.get("keep_days"):
            told["quarantine"] = quarantine(seen, each.record["quarantine"])
        return told
    new = "as it was at the baseline" if each.instead else shown(each.to) if each.to else "removed"
    to = shown(each.to) if each.to else None
    return {"path": shown(each.path), "to": to, "why": each.why, "new": f"{new} ({each.why})"}
