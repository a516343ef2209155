# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gate: whether a phase may run now, and what its proof can expect."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import DIRECTORY, Drill, load
from ansible_collections.hkex.drill.plugins.plugin_utils.gate import (
    NEVER_BLOCKED,
    PHASES,
    GateError,
    GateRefusal,
    decide,
    or_refusal,
)
from ansible_collections.hkex.drill.plugins.plugin_utils.weather import Signal, parse_weather
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gate_drills import (
    CONTINGENCY,
    DRILLS,
    REHEARSAL,
    SECOND,
    SERVING,
    SESSIONS,
    SPANS,
    TEST,
    Reading,
    at,
    extreme,
    two_readings,
    typhoon,
)


@two_readings
@pytest.mark.parametrize(("name", "occurrence", "phase", "opens", "closes"), SPANS)
def test_every_edge_of_every_window(
    read: Reading, name: str, occurrence: str, phase: str, opens: str, closes: str | None
) -> None:
    def allowed(now: datetime) -> bool:
        return decide(read(name), occurrence, phase, now=now).allowed

    start = at(opens)
    assert [allowed(start + step) for step in (-SECOND, 0 * SECOND, SECOND)] == [False, True, True]
    if closes is None:
        assert allowed(start + timedelta(days=3650))
    else:
        end = at(closes)
        assert [allowed(end + step) for step in (-SECOND, 0 * SECOND, SECOND)] == [True, False, False]


@two_readings
@pytest.mark.parametrize(("name", "occurrence", "edges"), SERVING)
def test_every_edge_of_what_serves(
    read: Reading, name: str, occurrence: str, edges: list[tuple[str, str | None]]
) -> None:
    before: str | None = "primary"
    for edge, after in edges:
        moment = at(f"{name[:4]}-{edge}")
        seen = [
            decide(read(name), occurrence, "status", now=moment + step)
            for step in (-SECOND, 0 * SECOND, SECOND)
        ]
        assert [each.serving for each in seen] == [before, after, after]
        assert [each.deferred for each in seen] == [each.serving is None for each in seen]
        before = after
    assert decide(read(name), occurrence, "status", now=moment + timedelta(days=30)).serving == "primary"


@pytest.mark.parametrize(
    ("phase", "now", "until"),
    [
        ("to-secondary", "2021-11-06T12:20", "2021-11-06T14:30"),
        ("to-primary", "2021-11-06T12:20", "2021-11-06T22:30"),
        ("status", "2021-11-06T12:20", "2021-11-06T14:30"),
        ("to-primary", "2021-11-06T15:00", "2021-11-06T22:30"),
        ("to-primary", "2021-11-06T16:30", "2021-11-06T22:30"),
        ("pre-drill", "2021-11-06T09:00", "2021-11-06T11:30"),
    ],
)
def test_a_proof_waits_for_the_data_centre_it_is_about(phase: str, now: str, until: str) -> None:
    decision = decide(DRILLS[REHEARSAL], None, phase, now=at(now))
    assert decision.deferred
    assert decision.deferred_until == at(until)
    assert until[-5:] in decision.why


def test_a_proof_of_what_serves_does_not_wait() -> None:
    decision = decide(DRILLS[REHEARSAL], None, "to-secondary", now=at("2021-11-06T14:30"))
    assert (decision.serving, decision.deferred, decision.deferred_until) == ("secondary", False, None)
    assert decision.why == "The secondary data centre serves until Sat 2021-11-06 16:00"
    assert not decision.notes


def test_a_proof_of_what_never_serves_again_waits_without_end() -> None:
    late = decide(
        DRILLS[REHEARSAL], None, "to-secondary", now=at("2021-11-06T17:00"), force="one left behind"
    )
    assert (late.deferred, late.deferred_until) == (True, None)
    assert "does not serve again" in late.why


def test_a_refused_window_names_both_times_and_the_wait() -> None:
    early = decide(DRILLS[REHEARSAL], None, "to-secondary", now=at("2021-11-06T10:05"))
    assert str(early.refusals[0]) == (
        "to-secondary of 2021-11-06-ccass-failover-rehearsal on 2021-11-06: open from Sat 2021-11-06 12:15 until "
        "Sat 2021-11-06 16:00 Hong Kong time; now it is Sat 2021-11-06 10:05, it opens in 2 h 10 min. "
        "Run to-secondary again then, or give drill_force the reason why it must be now"
    )
    late = decide(DRILLS[REHEARSAL], None, "to-secondary", now=at("2021-11-07T17:00"))
    assert "it closed 1 d 1 h ago" in late.refusals[0].what
    assert "contingency" in late.refusals[0].remedy
    purge = decide(DRILLS[REHEARSAL], None, "cleanup", now=at("2021-11-06T15:59:59"))
    assert "open from Sat 2021-11-06 16:00 on Hong Kong time" in purge.refusals[0].what
    assert "it opens in 1 s" in purge.refusals[0].what


def test_without_a_date_of_issue_or_any_preparation_the_session_itself_opens() -> None:
    sessions = DRILLS[SESSIONS]
    bare = replace(sessions, windows=sessions.windows[1:], data={})
    assert not decide(bare, "2024-11-16", "to-secondary", now=at("2024-11-16T11:59:59")).allowed
    assert decide(bare, "2024-11-16", "to-secondary", now=at("2024-11-16T12:00")).allowed
    assert not decide(bare, "2024-11-16", "pre-drill", now=at("2024-10-16T23:59:59")).allowed
    assert decide(bare, "2024-11-16", "pre-drill", now=at("2024-10-17T00:00")).allowed


# --- what no force passes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drill", "occurrence", "phase", "where", "text"),
    [
        (DRILLS[TEST], None, "to-secondary", "to-secondary", "no session at the secondary data centre"),
        (CONTINGENCY, None, "cleanup", "cleanup", "none may be purged"),
        (CONTINGENCY, "2025-06-21", "to-primary", "occurrence", "contingency has no dates"),
        (DRILLS[SESSIONS], None, "to-primary", "occurrence", "Choose one: 2024-11-16, 2024-11-30"),
        (DRILLS[SESSIONS], "2024-11-17", "status", "occurrence", "Did you mean 2024-11-16?"),
        (DRILLS[REHEARSAL], "2024-11-16", "rollback", "occurrence", "This drill is on 2021-11-06"),
        (DRILLS[REHEARSAL], None, "to-secondry", "phase", "Did you mean to-secondary?"),
        (DRILLS[REHEARSAL], None, "schedule", "phase", "Phases are pre-drill, to-secondary"),
    ],
)
def test_validity_is_not_forced(
    drill: Drill, occurrence: str | None, phase: str, where: str, text: str
) -> None:
    for force in (None, "the head of operations said so"):
        decision = decide(drill, occurrence, phase, now=at("2024-11-16T12:30"), force=force)
        assert not decision.allowed
        assert not decision.overridden
        assert decision.refusals[0].where.startswith(where)
        assert text in str(decision.refusals[0])
        assert (decision.serving, decision.deferred, decision.why) == (None, False, "")


def test_the_only_occurrence_need_not_be_named() -> None:
    decision = decide(DRILLS[REHEARSAL], "", "to-secondary", now=at("2021-11-06T13:00"))
    assert decision.allowed
    assert decision.occurrence == "2021-11-06"


def test_a_time_without_zone_decides_nothing() -> None:
    with pytest.raises(GateError, match="has no time zone"):
        decide(DRILLS[REHEARSAL], None, "status", now=at("2021-11-06T13:00").replace(tzinfo=None))


# --- force ----------------------------------------------------------------------------------------------------


def test_a_force_records_what_it_overrode() -> None:
    decision = decide(
        DRILLS[REHEARSAL],
        None,
        "to-secondary",
        now=at("2021-11-06T16:30"),
        weather=[typhoon("2021-11-06T16:20")],
        force=" HKEX asked by phone ",
    )
    assert decision.allowed
    assert decision.reason == "HKEX asked by phone"
    assert [refusal.where.split()[0] for refusal in decision.overridden] == ["to-secondary", "drill_weather"]


def test_a_force_without_need_is_said() -> None:
    decision = decide(
        DRILLS[REHEARSAL], None, "to-secondary", now=at("2021-11-06T13:00"), force="just in case"
    )
    assert decision.allowed
    assert not decision.overridden
    assert "nothing that it could override" in decision.notes[0]


@pytest.mark.parametrize("blank", ["", "  ", "\t\n", "false", "True", "no", "0", " YES "])
@pytest.mark.parametrize("now", ["2021-11-06T10:00", "2021-11-06T13:00"])
def test_a_blank_reason_and_a_mere_yes_or_no_are_refused(blank: str, now: str) -> None:
    decision = decide(DRILLS[REHEARSAL], None, "to-secondary", now=at(now), force=blank)
    assert not decision.allowed
    assert not decision.overridden
    assert decision.reason is None
    assert decision.refusals[-1].where == "drill_force"


def test_what_cannot_be_read_refuses_but_not_the_way_back() -> None:
    def wrong() -> tuple[Signal, ...]:
        return parse_weather("x")

    fair: tuple[Signal, ...] = ()
    signals, unread = or_refusal(wrong, fair)
    assert signals == () and unread is not None and unread.where == "drill_weather" and not unread.overridable
    now = at("2021-11-06T13:00")
    for phase in ("to-secondary", "pre-drill", "cleanup"):
        assert unread in decide(DRILLS[REHEARSAL], None, phase, now=now, fleet=[unread], force="go").refusals
    for phase in ("to-primary", "rollback", "status"):
        decision = decide(DRILLS[REHEARSAL], None, phase, now=now, fleet=[unread])
        assert decision.allowed and any("'x' is no list of signals" in note for note in decision.notes)
    assert or_refusal(lambda: 7, 0) == (7, None)


def test_the_fleet_stops_going_on_but_not_going_back() -> None:
    lost = GateRefusal("failure bound", "3 of 4 are lost", "Look at the first")
    absent = GateRefusal("canary pc-1", "it cannot be reached", "Power it on", overridable=True)
    now = at("2021-11-06T13:00")
    over = decide(DRILLS[REHEARSAL], None, "to-secondary", now=now, fleet=[None, lost, absent], force="go")
    assert over.refusals == (lost,)
    assert over.overridden == (absent,)
    for phase in NEVER_BLOCKED:
        back = decide(DRILLS[REHEARSAL], None, phase, now=now, fleet=[lost, absent])
        assert back.allowed
        assert f"This does not block {phase}: failure bound: 3 of 4 are lost" in back.notes


# --- contingency ----------------------------------------------------------------------------------------------


@two_readings
@pytest.mark.parametrize("phase", [phase for phase in PHASES if phase != "cleanup"])
def test_in_contingency_all_but_cleanup_is_open_at_any_time(read: Reading, phase: str) -> None:
    decision = decide(
        read("contingency"),
        None,
        phase,
        now=at("2026-03-04T03:04"),
        weather=[typhoon("2026-03-04T01:00", level=10)],
    )
    assert decision.allowed
    assert (decision.serving, decision.deferred) == ("secondary", False)
    assert bool(decision.notes) == (phase == "pre-drill"), "preparing for a failover rehearses nothing"


@pytest.mark.parametrize(
    ("switched", "centre"),
    [(None, "primary"), ("to-secondary", "secondary"), ("to-primary", "primary"), ("rollback", "primary")],
)
def test_without_windows_the_fleet_should_point_where_it_was_last_sent(
    switched: str | None, centre: str
) -> None:
    decision = decide(CONTINGENCY, None, "status", now=at("2026-03-04T03:04"), switched=switched)
    assert decision.as_dict()["wanted"] == centre
    assert decision.wanted.sentence in decision.as_dict()["notes"]


@pytest.mark.parametrize(
    ("moment", "holidays", "late"),
    [
        ("2021-11-06T16:05", (), False),
        ("2021-11-08T07:00", (), True),
        ("2021-11-08T07:00", (date(2021, 11, 8),), False),
        ("2021-11-09T07:00", (date(2021, 11, 8),), True),
    ],
)
def test_a_cleanup_after_production_has_begun_again_is_told_what_else_would_go(
    moment: str, holidays: tuple[date, ...], late: bool
) -> None:
    drill = load(DIRECTORY, REHEARSAL)
    notes = decide(drill, None, "cleanup", now=at(moment), holidays=holidays).notes
    assert any("production downloads reports of the same names" in note for note in notes) == late
    assert not any("same names" in note for note in decide(drill, None, "status", now=at(moment)).notes)


# --- properties -----------------------------------------------------------------------------------------------

ANY_DRILL = st.sampled_from(
    [(drill, occurrence.id) for drill in DRILLS.values() for occurrence in drill.occurrences]
    + [(CONTINGENCY, None)]
)
ON_THE_DAYS = st.sampled_from([at(f"{each[1]}T00:00") for each in SERVING])
NOW = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.builds(lambda day, minutes: day + timedelta(minutes=minutes), ON_THE_DAYS, st.integers(-600, 2000)),
)
SIGNALS = st.lists(
    st.one_of(
        st.builds(Signal, st.just("typhoon"), st.sampled_from([1, 3, 8, 9, 10]), NOW, st.none()),
        st.builds(
            Signal, st.sampled_from(["extreme_conditions", "black_rainstorm"]), st.none(), NOW, st.none()
        ),
    ),
    max_size=3,
)
FLEET = st.lists(st.just(GateRefusal("failure bound", "all are lost", "Look", False)), max_size=1)


@given(
    ANY_DRILL, st.sampled_from(sorted(NEVER_BLOCKED)), NOW, SIGNALS, FLEET, st.sampled_from([None, "", "why"])
)
@settings(max_examples=150)
def test_the_way_back_is_never_blocked(
    which: tuple[Drill, str | None],
    phase: str,
    now: datetime,
    weather: list[Signal],
    fleet: list[GateRefusal],
    force: str | None,
) -> None:
    drill, occurrence = which
    decision = decide(drill, occurrence, phase, now=now, weather=weather, fleet=fleet, force=force)
    assert decision.allowed
    assert decision.reason is None


@given(st.sampled_from([each for each in SPANS if each[2] == "to-secondary"]), NOW, SIGNALS)
@settings(max_examples=150)
def test_to_secondary_outside_its_window_needs_a_force(
    span: tuple[str, str, str, str, str | None], now: datetime, weather: list[Signal]
) -> None:
    name, occurrence, phase, opens, closes = span
    assert closes
    plain = decide(DRILLS[name], occurrence, phase, now=now, weather=weather)
    if not at(opens) <= now < at(closes):
        assert not plain.allowed
    forced = decide(DRILLS[name], occurrence, phase, now=now, weather=weather, force="a reason")
    assert forced.allowed
    assert forced.overridden == plain.refusals
    told = json.loads(json.dumps(forced.as_dict()))
    assert told["overridden"] == [f"{each.where}: {each.what}" for each in plain.refusals]


@given(ANY_DRILL, st.sampled_from(PHASES), NOW, SIGNALS, st.integers(-12 * 60, 14 * 60))
@settings(max_examples=150)
def test_the_zone_of_the_controller_does_not_matter(
    which: tuple[Drill, str | None], phase: str, now: datetime, weather: list[Signal], offset: int
) -> None:
    drill, occurrence = which
    elsewhere = now.astimezone(timezone(timedelta(minutes=offset)))
    here, there = (
        decide(drill, occurrence, phase, now=each, weather=weather).as_dict() for each in (now, elsewhere)
    )
    assert {**here, "now": None} == {**there, "now": None}


# --- weather at the gate --------------------------------------------------------------------------------------


def test_weather_stops_what_leads_in_and_opens_cleanup() -> None:
    storm = [typhoon("2021-11-06T14:40")]

    def seen(phase: str, now: str) -> tuple[bool, str | None]:
        decision = decide(DRILLS[REHEARSAL], None, phase, now=at(now), weather=storm)
        return decision.allowed, decision.serving

    assert seen("to-secondary", "2021-11-06T14:39:59") == (True, "secondary")
    assert seen("to-secondary", "2021-11-06T14:40:00") == (False, "secondary")
    assert seen("to-primary", "2021-11-06T14:54:59") == (True, "secondary")
    assert seen("to-primary", "2021-11-06T14:55:00") == (True, None)
    assert seen("cleanup", "2021-11-06T14:54:59") == (False, "secondary")
    assert seen("cleanup", "2021-11-06T14:55:00") == (True, None)
    assert seen("status", "2021-11-06T23:00:00") == (True, None)
    assert seen("status", "2021-11-07T00:00:00") == (True, "primary")


@pytest.mark.parametrize(
    ("now", "lowered", "expected"),
    [
        ("08:09:59", None, False),
        ("08:10", None, True),
        ("08:59:59", "09:01", True),
        ("08:30", "09:00", False),
        ("08:31", "08:30", False),
    ],
)
def test_only_what_may_be_up_when_it_counts_forebodes(now: str, lowered: str | None, expected: bool) -> None:
    storm = typhoon("2024-11-16T08:10", f"2024-11-16T{lowered}" if lowered else None)
    moment = at(f"2024-11-16T{now}")
    decision = decide(DRILLS[SESSIONS], "2024-11-16", "status", now=moment, weather=[storm])
    assert bool(decision.notes) == expected


def test_a_cancelled_drill_prepares_nothing_more() -> None:
    storm = [extreme("2024-11-16T08:00", "2024-11-16T09:30")]
    before = decide(DRILLS[SESSIONS], "2024-11-16", "pre-drill", now=at("2024-11-16T08:59:59"), weather=storm)
    assert before.allowed
    assert before.notes[0].startswith("If it is still up at Sat 2024-11-16 09:00: Extreme Conditions")
    after = decide(DRILLS[SESSIONS], "2024-11-16", "pre-drill", now=at("2024-11-16T10:00"), weather=storm)
    assert "to-primary, which is always open" in after.refusals[0].remedy
    other = decide(DRILLS[SESSIONS], "2024-11-30", "pre-drill", now=at("2024-11-16T10:00"), weather=storm)
    assert other.allowed
