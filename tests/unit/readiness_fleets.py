# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets for the tests of readiness: one that obeys, and one for each rule that breaks only that one."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ansible_collections.hkex.drill.plugins.plugin_utils import fleet
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, available, load
from ansible_collections.hkex.drill.plugins.plugin_utils.participant import MARKETS
from ansible_collections.hkex.drill.plugins.plugin_utils.readiness import Verdict, judge

DRILLS = {name: load(DIRECTORY, name) for name in available(DIRECTORY)}
TEST, REHEARSAL, SESSIONS, PRACTICE, CONTINGENCY = sorted(DRILLS)

VIDEO = "OCP briefing video"
HKSCC_04 = f"{VIDEO}, 04 Preparation Arrangements - For HKSCC Participants and Designated Banks"
DERIVATIVES_04 = f"{VIDEO}, 04 Preparation Arrangements - For HKCC & SEOCH Participants"
LATER = (
    f"{VIDEO} (2025), 05 Technical Set-up, how to access RAP"  # of what an earlier circular does not print
)

KEY_A, KEY_B, KEY_C = ("SHA256:" + letter * 43 for letter in "abc")

# A participant that obeys: two workstations of each market, and a terminal without RAP.
GOOD: dict[str, Any] = {
    "name": "Broker",
    "names": {},
    "kinds": ["general_clearing", "hkcc", "seoch"],
    "hkscc": {"CB12345001": {"s1": "10.135.1.1", "s2": "10.135.2.2"}},
    "derivatives": {"DCABC001": {"d1": "10.9.8.1", "d2": "10.9.8.2"}},
    "markets": {"s1": "hkscc", "s2": "hkscc", "d1": "derivatives", "d2": "derivatives", "terminal": "hkscc"},
    # The bridge of virtual machines is 192.168.122.1 on every machine, which is nobody's fault.
    "seen": {
        "s1": ["127.0.0.1", "10.135.1.1", "192.168.122.1"],
        "s2": ["127.0.0.1", "10.135.2.2", "192.168.122.1"],
        "d1": ["127.0.0.1", "10.9.8.1", "192.168.122.1"],
        "d2": ["127.0.0.1", "10.9.8.2"],
        "terminal": ["10.176.0.1"],
    },
    "networks": ["10.9.8.0/24"],
    "fingerprints": {"CB12345001": KEY_A, "DCABC001": KEY_B},
    "keys": {"s1": {"CB12345001": KEY_A}, "s2": {"CB12345001": KEY_A}, "d1": {"DCABC001": KEY_B}},
    "rap_keys": {"s1": ["CB12345001"], "s2": ["CB12345001"], "d1": ["DCABC001"]},
    "inventory": ["s1", "s2", "d1", "d2", "terminal", "asleep"],
    "sdnet": {},
}


def but(**other: Any) -> dict[str, Any]:
    """The obeying fleet with something else in it: an entry added or replaced, or a value instead of another."""
    made = deepcopy(GOOD)
    for name, value in other.items():
        made[name] = {**made[name], **value} if value and isinstance(value, dict) else value
    return made


def judged(of: Mapping[str, Any], drill: str = CONTINGENCY) -> tuple[Verdict, ...]:
    accounts = [
        {
            "name": name,
            "market": market,
            "workstations": registered,
            "fingerprint": of["fingerprints"].get(name),
        }
        for market in MARKETS
        for name, registered in of[market].items()
    ]
    workstations = [
        fleet.workstation(
            name,
            {
                "drill_markets": [market],
                "drill_participant": {
                    "name": of["names"].get(name, of["name"]),
                    "kinds": of["kinds"],
                    "accounts": accounts,
                    "networks": of["networks"],
                },
                "drill_access": {"ccass": "dns"} if name == "terminal" else {"rap": "ip_address"},
                "drill_sdnet": of["sdnet"].get(name),
                "drill_rap_keys": {
                    account: {"public_key": f"/{account}.pub", "private_key": f"/{account}"}
                    for account in of["rap_keys"].get(name, ())
                },
            },
        )
        for name, market in of["markets"].items()
    ]
    return judge(DRILLS[drill], workstations, of["seen"], of["inventory"], of["keys"])


def hkscc(number: int) -> dict[str, Any]:
    """The obeying fleet with so many workstations registered for the hkscc account."""
    registered = {f"s{n}": f"10.135.2.{n}" for n in range(1, number + 1)}
    return but(
        hkscc={"CB12345001": registered},
        markets=dict.fromkeys(registered, "hkscc"),
        seen={name: [address] for name, address in registered.items()},
    )


def names(*accounts: str, market: str = "hkscc", **more: Any) -> dict[str, Any]:
    """The obeying fleet with accounts of these names, all for the workstations of the first."""
    (registered,) = GOOD[market].values()
    made = {**but(**more), "fingerprints": {}, "keys": {}, "rap_keys": {}}
    made[market] = dict.fromkeys(accounts, registered)
    return made


BANK: dict[str, Any] = {"kinds": ["designated_bank", "hkcc"]}

# The rule, the workstations, the drill, the fleet, and what the message says: fact, source, remedy.
BROKEN: list[tuple[str, str, str, dict[str, Any], list[str]]] = [
    (
        "outside-sdnet",
        "terminal",
        CONTINGENCY,
        but(seen={"terminal": ["192.168.1.9"]}),
        ["only 192.168.1.9", "10.176.0.0/14", f"({HKSCC_04})", "Connect it to SDNet"],
    ),
    (
        "outside-sdnet",
        "terminal",
        REHEARSAL,
        but(seen={"terminal": []}),
        ["only none at all", f"({HKSCC_04})".replace("video", "video (2025)"), "drill_markets"],
    ),
    (
        "unregistered",
        "s3",
        REHEARSAL,
        but(markets={"s3": "hkscc"}, seen={"s3": ["10.135.3.3"]}),
        ["uses RAP of hkscc", "(Information Package 3.2 b))", "Register its address"],
    ),
    (
        "unregistered",
        "d3",
        SESSIONS,
        but(markets={"d3": "derivatives"}, seen={"d3": ["10.9.8.3"]}),
        ["registered for no account of derivatives", f"({LATER})", "Register its address"],
    ),
    (
        "unknown-workstation",
        "s9",
        PRACTICE,
        but(hkscc={"CB12345001": {**GOOD["hkscc"]["CB12345001"], "s9": "10.135.9.9"}}),
        [
            "RAP account CB12345001",
            "10.135.9.9 is registered for s9",
            "05 Technical Tips",
            "Correct the name",
        ],
    ),
    (
        "address-absent",
        "s2",
        REHEARSAL,
        but(seen={"s2": ["10.135.2.3"]}),
        ["CB12345001", "10.135.2.2 is registered for s2", "but 10.135.2.3", "3.2 b)", "Give the workstation"],
    ),
    (
        "address-absent",
        "d1",
        TEST,
        but(seen={"d1": [], "asleep": ["10.9.8.1"]}),
        ["DCABC001", "but none at all; asleep has it", f"({LATER})", "Give the workstation"],
    ),
    (
        "shared-registered-address",
        "s1 s2",
        REHEARSAL,
        but(hkscc={"CB12345001": {"s1": "10.135.1.1", "s2": "10.135.1.1"}}, seen={}),
        ["registered address 10.135.1.1", "for 2 workstations, s1, s2", "from Information", "own address"],
    ),
    (
        "shared-address",
        "s1 terminal",
        REHEARSAL,
        but(seen={"terminal": ["10.135.1.1"]}),
        ["address 10.135.1.1", "2 workstations have it, s1, terminal", "3.2 b)", "Give each an address"],
    ),
    (
        "shared-address",
        "d1 d2",
        SESSIONS,
        but(seen={"d1": ["10.9.8.1", "10.9.8.99"], "d2": ["10.9.8.2", "10.9.8.99"]}),
        ["address 10.9.8.99", f"from {LATER}", "twice"],
    ),
    (
        "registered-outside-sdnet",
        "s2",
        PRACTICE,
        but(
            hkscc={"CB12345001": {"s1": "10.135.1.1", "s2": "192.0.2.5"}},
            seen={"s2": ["10.135.2.2", "192.0.2.5"]},
        ),
        ["CB12345001", "192.0.2.5, registered for s2", f"({HKSCC_04})", "Register an address of SDNet"],
    ),
    (
        "different-ranges",
        "s1 s2",
        CONTINGENCY,
        but(
            hkscc={"CB12345001": {"s1": "10.135.1.1", "s2": "10.179.2.2"}},
            seen={"s2": ["10.179.2.2"]},
        ),
        ["s1 in 10.135.0.0/16, s2 in 10.176.0.0/14", "read both ways", f"({HKSCC_04})", "Ask the exchange"],
    ),
    (
        "different-subnets",
        "d1 d2",
        CONTINGENCY,
        but(
            derivatives={"DCABC001": {"d1": "10.9.8.1", "d2": "10.9.9.2"}},
            seen={"d2": ["10.9.9.2"]},
            networks=["10.9.8.0/23"],
        ),
        ["DCABC001", "d1 has 10.9.8.1, d2 has 10.9.9.2", f"({DERIVATIVES_04})", "addresses of one subnet"],
    ),
    (
        "outside-own-networks",
        "d2",
        CONTINGENCY,
        but(networks=["10.8.0.0/16", "10.9.8.0/31"]),
        ["10.9.8.2, registered for d2", "(10.8.0.0/16, 10.9.8.0/31)", f"({DERIVATIVES_04})", "Register an"],
    ),
    (
        "own-networks-unknown",
        "d1 d2",
        SESSIONS,
        but(networks=[]),
        ["participant Broker", "was not checked", "(2025), 04", "Write the ranges"],
    ),
    (
        "workstations-per-account",
        "s1 s2 s3",
        REHEARSAL,
        hkscc(3),
        ["CB12345001", "3 workstation addresses", "of at most 2", "03 Scope", "Leave those"],
    ),
    (
        "workstations-per-account",
        "s1 s2 s3 s4 s5",
        PRACTICE,
        hkscc(5),
        ["CB12345001", "5 workstation addresses", "of at most 4", "03 Scope", "Leave those"],
    ),
    (
        "accounts-per-participant",
        "s1 s2",
        REHEARSAL,
        names("CB12345001", "CB12345002"),
        ["participant Broker", "2 RAP accounts of hkscc (CB12345001, CB12345002)", "of at most 1", "03"],
    ),
    (
        "accounts-per-participant",
        "d1 d2",
        SESSIONS,
        names("DCABC001", "DCABC002", "DCABC003", market="derivatives"),
        ["3 RAP accounts of derivatives", "of at most 2", "for HKCC & SEOCH Participants"],
    ),
    (
        "accounts-per-participant",
        "s1 s2",
        PRACTICE,
        names("CBNK001001", "CBNK001002", "CBNK001003", **BANK),
        ["3 RAP accounts of hkscc", "of at most 2", "for HKSCC Designated Banks"],
    ),
    (
        "account-name",
        "s1 s2",
        PRACTICE,
        names("cb12345001"),
        ["RAP account cb12345001", "capitals", "RAP User Account Format", "Write it as CB12345001"],
    ),
    (
        "account-name",
        "s1 s2",
        CONTINGENCY,
        names("C12345001"),
        ["RAP account C12345001", "such as CB99999001", "03 and 04 for HKSCC Participants", "registered"],
    ),
    (
        "account-name",
        "s1 s2",
        CONTINGENCY,
        names("CB12345001", **BANK),
        ["designated_bank are named by the form ^CBNK", f"({HKSCC_04})", "Give the name"],
    ),
    (
        "account-name",
        "d1 d2",
        CONTINGENCY,
        names("DCAB001", market="derivatives"),
        ["hkcc, seoch", "such as DCZZZ001", "03 and 04 for HKCC & SEOCH Participants", "Give the name"],
    ),
    (
        "account-name",
        "d1 d2",
        PRACTICE,
        names("DCABC005", market="derivatives"),
        ["by the form ^DC", "00[1-4]$", "03 and 04 for HKCC & SEOCH Participants", "Give the name"],
    ),
    (
        "key-pair",
        "d1 d2 s1 s2",
        CONTINGENCY,
        but(fingerprints={"DCABC001": f" {KEY_A}="}, keys={}),
        ["CB12345001, DCABC001", f"share the key {KEY_A}", "Arrangements, SSH keys", "Make a key pair"],
    ),
    (  # seen on the workstations, whatever the inventory says or does not say
        "key-pair",
        "d1 s1 s2",
        SESSIONS,
        but(fingerprints={}, keys={"d1": {"DCABC001": KEY_A}}),
        ["CB12345001, DCABC001", f"share the key {KEY_A}", "Arrangements, SSH keys", "Make a key pair"],
    ),
    (
        "one-key-pair",
        "s1 s2",
        CONTINGENCY,
        but(keys={"s2": {"CB12345001": KEY_C}}),
        ["CB12345001", f"s1 {KEY_A}, s2 {KEY_C}", "Arrangements, SSH keys", "Give all of them"],
    ),
    (
        "keys-of-others",
        "d1",
        CONTINGENCY,
        but(rap_keys={"d1": ["DCABC001", "CB12345001"]}),
        ["RAP account CB12345001", "not registered for", "05 Technical", "Register its address for CB1"],
    ),
    (
        "keys-of-others",
        "s1",
        REHEARSAL,
        but(rap_keys={"s1": ["CB1234501"]}),
        ["RAP account CB1234501", "no participant has", "3.2 b)", "Did you mean CB12345001"],
    ),
    (
        "keys-of-others",
        "s1",
        REHEARSAL,
        but(rap_keys={"s1": ["rap"]}),
        ["RAP account rap", "no participant has", "3.2 b)", "a name of drill_participant.accounts"],
    ),
    (
        "account-market",
        "d1 d2",
        CONTINGENCY,
        but(kinds=["general_clearing"]),
        ["RAP account DCABC001", "no kind of that market, but general_clearing", "03 Scope", "hkcc, seoch"],
    ),
    (
        "account-holder",
        "d1 d2",
        SESSIONS,
        but(names={"d2": ""}, networks=["10.9.8.0/24"]),
        ["RAP account DCABC001", "2 participants have it", "one without a name, Broker", "Leave it in"],
    ),
]
