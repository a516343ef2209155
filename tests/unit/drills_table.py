# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The second table: what the circulars fix, typed from them a second time and not from the drill files."""

from __future__ import annotations

TEST = "2021-08-14-ccms-rap-connectivity-test"
REHEARSAL = "2021-11-06-ccass-failover-rehearsal"
SESSIONS = "2024-11-rrs-secondary-connectivity"
PRACTICE = "2025-06-21-rap-practice-session"
CONTINGENCY = "contingency"

# drill -> (date, weekday, registration deadline and its weekday)
OCCURRENCES = {
    TEST: (("2021-08-14", "Saturday", None, None),),
    REHEARSAL: (("2021-11-06", "Saturday", "2021-11-02", "Tuesday"),),
    SESSIONS: (
        ("2024-11-16", "Saturday", "2024-11-06", "Wednesday"),
        ("2024-11-30", "Saturday", "2024-11-20", "Wednesday"),
    ),
    PRACTICE: (("2025-06-21", "Saturday", "2025-06-13", "Friday"),),
    CONTINGENCY: (),
}

# drill -> (from, to, kind, data centre, optional)
WINDOWS = {
    TEST: (("20:30", "22:30", "serving", "primary", False),),
    REHEARSAL: (
        ("09:30", "11:30", "prepare", None, False),
        ("11:30", "12:15", "serving", "primary", False),
        ("12:15", "14:30", "failover", None, False),
        ("14:30", "16:00", "serving", "secondary", False),
        ("16:00", "22:30", "return", None, False),
        ("22:30", "23:30", "verification", "primary", True),
    ),
    SESSIONS: (
        ("10:00", "12:00", "prepare", None, False),
        ("12:00", "14:00", "serving", "secondary", False),
        ("14:00", "15:00", "return", None, False),
        ("15:00", "17:00", "serving", "primary", False),
    ),
    PRACTICE: (
        ("12:00", "14:00", "prepare", None, False),
        ("14:00", "16:00", "serving", "secondary", False),
        ("16:00", "18:00", "return", None, False),
        ("18:00", "19:00", "serving", "primary", False),
    ),
    CONTINGENCY: (),
}

_RAP_2025 = (
    ("rap", "hkscc", None, 18801, "10.243.2.141", "10.243.66.141"),
    ("rap", "hkscc", None, 18801, "10.243.2.142", "10.243.66.142"),
    ("rap", "derivatives", None, 18801, "10.151.14.141", "10.152.14.141"),
    ("rap", "derivatives", None, 18801, "10.151.14.142", "10.152.14.142"),
)

# drill -> (system, market, name, port, address at primary, address at secondary), one row an address pair
ADDRESSES = {
    TEST: (
        ("ccms", "derivatives", "www.ccass.com", 443, None, None),
        ("rap", "derivatives", None, 10022, "10.151.14.121", None),
        ("rap", "derivatives", None, 10022, "10.151.14.122", None),
    ),
    REHEARSAL: (
        ("ccass", "hkscc", "www.ccass.com", 443, None, None),
        ("rap", "hkscc", "rapcc.hkexposttrade.com.hk", None, "10.243.2.51", "10.243.66.51"),
        ("var_online", "hkscc", "rmcd.hkexposttrade.com.hk", 443, "10.243.2.32", "10.243.66.32"),
        ("var_online", "hkscc", "sso.hkexposttrade.com.hk", 443, "10.243.2.15", "10.243.66.15"),
        ("var_online", "hkscc", "idm.hkexposttrade.com.hk", 443, "10.243.2.14", "10.243.66.14"),
    ),
    SESSIONS: (
        ("rap", "derivatives", None, 18801, "10.151.14.141", "10.152.14.141"),
        ("rap", "derivatives", None, 18801, "10.151.14.142", "10.152.14.142"),
    ),
    PRACTICE: _RAP_2025,
    CONTINGENCY: _RAP_2025,
}

# (drill, system) -> ways of access, proof over the network
ACCESS = {
    (TEST, "ccms"): (("dns",), "https"),
    (TEST, "rap"): (("ip_address",), "ssh"),
    (REHEARSAL, "ccass"): (("dns",), "https"),
    (REHEARSAL, "rap"): (("dns", "host_table", "ip_address"), "ssh"),
    (REHEARSAL, "var_online"): (("dns", "host_table"), "https"),
    (SESSIONS, "rap"): (("ip_address",), "ssh"),
    (PRACTICE, "rap"): (("ip_address",), "ssh"),
    (CONTINGENCY, "rap"): (("ip_address",), "ssh"),
}

# drill -> (market, preferred, alternate, port)
DNS = {
    TEST: (),
    REHEARSAL: (("hkscc", "10.243.1.1", "10.243.65.1", 53),),
    SESSIONS: (),
    PRACTICE: (),
    CONTINGENCY: (),
}

_SDNET = (("hkscc", "10.135.0.0/16"), ("hkscc", "10.136.0.0/16"), ("hkscc", "10.176.0.0/14"))
NETWORKS = {TEST: (), REHEARSAL: _SDNET, SESSIONS: (), PRACTICE: _SDNET, CONTINGENCY: _SDNET}

_GALES = ("typhoon_8_or_above", "extreme_conditions")
_RAIN = ("black_rainstorm",)

# drill -> (signals, from, to, in force counts, effect, minutes)
WEATHER = {
    TEST: (),
    REHEARSAL: (
        (_GALES + _RAIN, "07:00", "11:30", True, "cancelled", 0),
        (_GALES, "11:30", None, False, "terminated", 15),
        (_RAIN, "11:30", None, False, "continues", 0),
    ),
    SESSIONS: (
        (_GALES + _RAIN, "09:00", "12:00", True, "cancelled", 0),
        (_GALES, "12:00", None, False, "terminated", 15),
        (_RAIN, "12:00", "17:00", False, "continues", 0),
    ),
    PRACTICE: (
        (_GALES + _RAIN, "09:00", "14:00", True, "cancelled", 0),
        (_GALES, "14:00", None, False, "terminated", 15),
        (_RAIN, "14:00", "19:00", False, "continues", 0),
    ),
    CONTINGENCY: (),
}

_PARTICIPANTS_OF_HKSCC = (
    "direct_clearing",
    "general_clearing",
    "clearing_agency",
    "custodian",
    "stock_lender",
    "stock_pledgee",
)
_TODAY = (
    ("hkscc", _PARTICIPANTS_OF_HKSCC, ("rap",), 3, 4),
    ("hkscc", ("designated_bank",), ("rap",), 2, 4),
    ("derivatives", ("hkcc", "seoch"), ("rap",), 4, 4),
)

# drill -> (market, kinds, systems, accounts of RAP, workstations per account)
PARTICIPANTS = {
    TEST: (("derivatives", ("seoch",), ("ccms", "rap"), 2, 2),),
    REHEARSAL: (
        ("hkscc", ("direct_clearing", "general_clearing"), ("ccass", "rap", "var_online"), 1, 2),
        (
            "hkscc",
            ("clearing_agency", "custodian", "stock_lender", "stock_pledgee", "designated_bank"),
            ("ccass",),
            None,
            None,
        ),
    ),
    SESSIONS: (("derivatives", ("hkcc", "seoch"), ("rap",), 2, 2),),
    PRACTICE: _TODAY,
    CONTINGENCY: _TODAY,
}

# Accounts' names: (market and a kind, names that are right, names that are not)
ACCOUNTS = (
    (
        ("hkscc", "direct_clearing"),
        ("CB99999001", "CC00001003"),
        ("cb99999001", "CB9999901", "CB99999000", "CB999990011", "DCZZZ001", "CBNK123001"),
    ),
    (
        ("hkscc", "designated_bank"),
        ("CBNK123001", "CBNK003002"),
        ("CBNK12301", "CBNK123000", "cbnk123001", "CB99999001"),
    ),
    (
        ("derivatives", "hkcc"),
        ("DCZZZ001", "DCABC004"),
        ("DCXXX005", "DCXXX000", "DCXXX014", "dczzz001", "DCZZ001", "CB99999001"),
    ),
)

# drill -> (system, window kind and data centre, words on the screen)
SCREENS = {
    TEST: (("ccms", "serving primary", "Function not available"),),
    REHEARSAL: (
        ("var_online", "serving primary", "Main view"),
        ("var_online", "serving secondary", "Main view"),
        ("var_online", "verification primary", "Authentication Failure"),
    ),
}

# drill -> codes of reports, each with the date it carries
REPORTS = {
    TEST: (),
    REHEARSAL: (
        ("CSESM01", "2021-11-05"),
        ("CSESM02", "2021-11-05"),
        ("CSEOP01", "2021-11-05"),
        ("CCLSI01", "2021-11-05"),
        ("CCLEI01", "2021-11-06"),
        ("CSEBA01", "2021-11-06"),
        ("CSESI02", "2021-11-06"),
    ),
    SESSIONS: (("TP001", None), ("TP002", None)),
    PRACTICE: (),
    CONTINGENCY: (),
}

# drill -> days and hours of deadlines
DEADLINES = {
    TEST: ("2021-08-12",),
    REHEARSAL: ("2021-11-02", "2021-11-06 11:30", "2021-11-06 18:00"),
    SESSIONS: ("2024-11-06", "2024-11-20", "2024-11-16", "2024-11-30", "2024-12-20"),
    PRACTICE: ("2025-05-30", "2025-05-30", "2025-06-13", "2025-06-20", "2025-06-20"),
    CONTINGENCY: (),
}

# drill -> (from, to) of events
EVENTS = {
    TEST: (("2021-08-16", None), ("2021-08-16", "2021-08-27")),
    REHEARSAL: (
        ("2021-11-06", None),
        ("2021-11-06 12:15", "2021-11-06 12:30"),
        ("2021-11-06 12:15", "2021-11-06 14:30"),
        ("2021-11-06 14:50", None),
        ("2021-11-06 15:00", None),
        ("2021-11-06 16:00", None),
        ("2021-11-06 16:00", "2021-11-06 22:30"),
        ("2021-11-08", None),
    ),
    SESSIONS: (("2024-10-07", None), (None, "2024-12-20")),
    PRACTICE: (
        ("2025-04-16", None),
        ("2025-05-12", None),
        ("2025-06-09", None),
        ("2025-07-16", "2025-07-31"),
        ("2025-10-01", "2025-12-31"),
    ),
    CONTINGENCY: (),
}

# drill -> digits of telephones and faxes, addresses of e-mail
REACHED_AT = {
    TEST: ("29797222", "clearingpsd@hkex.com.hk"),
    REHEARSAL: ("29797111", "22116828", "ClearingDrill@hkex.com.hk", "25790136"),
    SESSIONS: ("29797222", "clearingpsd@hkex.com.hk"),
    PRACTICE: ("29797111", "29797222", "clearingps@hkex.com.hk", "clearingpsd@hkex.com.hk"),
    CONTINGENCY: ("29797111", "29797222", "clearingps@hkex.com.hk", "clearingpsd@hkex.com.hk"),
}

# drill -> reference number, date of issue, then the earlier circulars and theirs
CIRCULARS = {
    TEST: ((None, None), (("CD/CDCO/SEOCH/156/2021", "2021-06-25"),)),
    REHEARSAL: ((None, None), ()),
    SESSIONS: (("PT/OEC/SEOCH/293/2024", "2024-10-21"), (("PT/OEC/SEOCH/239/2024", "2024-08-28"),)),
    PRACTICE: (("PT/SCS/HKCC/136/2025", "2025-05-26"), (("PT/SCS/HKCC/083/2025", "2025-03-27"),)),
    CONTINGENCY: ((None, None), ()),
}
