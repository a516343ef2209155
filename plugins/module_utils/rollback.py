# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The concern of going back: every target is, byte for byte, what an occurrence of a drill found there.

What that was, the journal of the workstation knows; nobody has to say it.
"""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _dns_networkd
from ansible_collections.hkex.drill.plugins.module_utils.journal import (
    BEGIN,
    DONE,
    Change,
    Record,
    Target,
    changes,
    look,
    state,
)
from ansible_collections.hkex.drill.plugins.module_utils.messages import found_there
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    ERROR,
    PENDING,
    Concern,
    Finding,
    Key,
    Look,
    Plan,
    Refusal,
    Seen,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Client


class Whose(NamedTuple):
    """Whose changes are taken back. ``occurrence`` is None in contingency."""

    drill: Optional[str]
    occurrence: Optional[str]


def concern(drill: Optional[str], occurrence: Optional[str]) -> Concern:
    """Put back what this occurrence of the drill found."""
    return Concern("rollback", Whose(drill, occurrence), _look, _plan, _describe)


class History(NamedTuple):
    """All that a drill's finished transactions did to one target: ``whole`` leads from what the drill found to
    what it last left. ``foreign``: somebody changed the target between two of those transactions, into something
    that going back to the first state would lose; it no longer counts where the drill found the first state again.
    A target that has gone back to its first state begins anew: what is found there next is the first state then.
    """

    whole: Change
    foreign: bool


def histories(records: Sequence[Record], whose: Whose) -> Tuple[History, ...]:
    """The histories of an occurrence, in the order in which it first touched their targets."""
    last = {record["transaction"]: record["event"] for record in records}
    found: Dict[Target, History] = {}
    for record in records:
        if record["event"] != BEGIN or last[record["transaction"]] != DONE:
            continue
        if (record["drill"], record["occurrence"]) != whose:
            continue
        for change in changes(record):
            known = found.get(change.target)
            if known is None or known.whole.before == known.whole.after:
                found[change.target] = History(change, False)  # nothing of the drill stands there
                continue
            found[change.target] = History(
                Change(change.target, known.whole.before, change.after),
                change.before != known.whole.before and (known.foreign or change.before != known.whole.after),
            )
    return tuple(found.values())


def decide(known: Iterable[History], seen: Seen) -> Tuple[Tuple[Change, ...], Tuple[Change, ...]]:
    """The changes that lead back to before the drill, and those that would lose somebody else's edit.

    Back to the first state wherever the present state is ours; anywhere else it is a conflict.
    """
    back: List[Change] = []
    conflicts: List[Change] = []
    for history in known:
        present = state(seen, history.whole.target)
        if history.whole.before in (present, history.whole.after):
            continue  # nothing of the drill stands there
        ours = present == history.whole.after and not history.foreign
        (back if ours else conflicts).append(history.whole.reversed())
    return tuple(back), tuple(conflicts)


def _networkd(target: Target) -> bool:
    return isinstance(target, Key) and target.store == _dns_networkd.STORE


def _look(whose: Whose, seen: Seen) -> Look:
    whole = [history.whole for history in histories(seen.journal, whose)]
    owners = [owner for owner in (_owner(change.target) for change in whole) if owner]
    return look(whole) | Look(processes=frozenset(name for owner in owners for name in owner.programs))


def _owner(target: Target) -> Optional[Client]:
    """The SFTP client that would overwrite this when it is closed."""
    from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.registered import CLIENTS

    place = target.place if isinstance(target, Key) else target
    return next((client for client in CLIENTS if client.keeps and client.owns(place)), None)


def _waiting(change: Change, seen: Seen) -> Optional[Finding]:
    """Why this cannot go back now: its client is running, whosever it is."""
    owner = _owner(change.target)
    running = [each for name in owner.programs for each in seen.processes[name]] if owner else []
    if not running:
        return None
    return Finding(
        PENDING,
        str(change),
        f"{running[0].name} (process {running[0].id}) is running, and would overwrite what is put back",
        "Close it, and run the rollback again",
    )


def _plan(whose: Whose, seen: Seen) -> Plan:
    """What somebody changed since is left alone and named, and so is what a running client would overwrite; neither
    keeps the rest from going back.

    :raises Refusal: nothing can go back, because somebody changed all that the drill did
    """
    whole, conflicts = decide(histories(seen.journal, whose), seen)
    # The settings of systemd-networkd go back together or not at all: one without the others is half a way.
    torn = next((change for change in conflicts if _networkd(change.target)), None)
    bound = tuple(change for change in whole if torn and _networkd(change.target))
    reasons = [(change, _waiting(change, seen)) for change in whole if change not in bound]
    back = tuple(change for change, why in reasons if why is None)
    left = tuple(_left_alone(change, seen) for change in conflicts)
    left += tuple(_with(change, torn) for change in bound if torn)
    if left and not reasons:
        raise Refusal(
            ", ".join(finding.where for finding in left),
            left[0].what,
            "; ".join(dict.fromkeys(finding.remedy for finding in left)),
        )
    return Plan(
        tuple(change.edit() for change in back),
        frozenset({"resolver"}) if back else frozenset(),
        left + tuple(why for _change, why in reasons if why is not None),
    )


def _left_alone(change: Change, seen: Seen) -> Finding:
    found = found_there(change.target, change.after, seen)
    remedy = f"Compare it with what the drill found there ({found}), and put back by hand what belongs there"
    if isinstance(change.target, Key) and _networkd(change.target):
        remedy = _dns_networkd.put_right(change.target)
    return Finding(
        ERROR,
        str(change),
        "changed by somebody since the drill last wrote it; a rollback would lose that change, and left it alone",
        remedy,
    )


def _with(change: Change, torn: Change) -> Finding:
    return Finding(
        ERROR,
        str(change),
        f"goes back only together with {torn}, which somebody changed, and was left as the drill set it",
        _dns_networkd.put_right(Key(*torn.target)),
    )


def _describe(whose: Whose, seen: Seen) -> Dict[str, Any]:
    return {"targets": [str(history.whole) for history in histories(seen.journal, whose)]}
