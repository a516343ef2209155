# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.hkex.drill.plugins.plugin_utils.table import (
    COLUMNS,
    FAILED,
    Client,
    Files,
    Found,
    Row,
    Trouble,
    render,
)
from hypothesis import given
from hypothesis import strategies as st

GONE = Trouble("unreachable", "no route to host")


def moved(name: str, system: str = "rap", points_at: str = "secondary", service: str = "deferred") -> Row:
    return Row(name, system, "host_table", points_at, "-", True, "ok", service)


def test_a_fleet_on_one_page() -> None:
    rows = [
        moved("ws-01"),
        Row("ws-01", "var_online", "dns", "secondary", "10.1.1.1, 10.2.1.1", False, "ok", "ok"),
        moved("ws-02", points_at="primary"),
        Row("ws-02", "var_online", "dns", "secondary", "10.1.1.1, 10.2.1.1", False, "ok", "failed"),
    ]
    findings = [Found("ws-02", "warning", "/etc/hosts line 3", "the name stands there twice", "Remove one.")]
    text = render(rows, findings, {"ws-03": GONE}, ["ws-04"])
    lines = [
        "Workstation  System      Access      Data centre  DNS                 Changed  Configuration  Service",
        "-----------  ----------  ----------  -----------  ------------------  -------  -------------  --------",
        "ws-01        RAP         host_table  secondary    -                   yes      ok             deferred",
        "ws-01        VaR Online  dns         secondary    10.1.1.1, 10.2.1.1  no       ok             ok",
        "ws-02        RAP         host_table  primary      -                   yes      ok             deferred",
        "ws-02        VaR Online  dns         secondary    10.1.1.1, 10.2.1.1  no       ok             failed",
        "ws-03        -           -           -            -                   no       pending        -",
        "",
        "pending: unreachable: no route to host (ws-03)",
        "warning: /etc/hosts line 3: the name stands there twice (ws-02)",
        "    Remove one.",
        "",
        "3 workstations: 1 on secondary; 1 mixed: ws-02; 1 pending (unreachable): ws-03; service proof failed on 1:"
        " ws-02; 1 without a report: ws-04",
    ]
    assert text == "\n".join(lines)


def test_clients_stand_in_a_table_of_their_own() -> None:
    chan = {
        "user": "chan",
        "client": "filezilla",
        "version": "3.63.0",
        "points_at": "secondary",
        "one_login": "yes",
    }
    clients = [
        Client.read("ws-01", {**chan, "left": "close it"}),
        Client.read("ws-02", {"user": "", "client": "lftp\x1b", "points_at": "-"}),
    ]
    text = render([moved("ws-01")], clients=clients)
    assert text.splitlines()[3:] == [
        "",
        "Workstation  User  SFTP client  Version  Data centre  One login  Left to do",
        "-----------  ----  -----------  -------  -----------  ---------  ----------",
        "ws-01        chan  filezilla    3.63.0   secondary    yes        close it",
        "ws-02        -     lftp?        -        -            -          -",
        "",
        "1 workstation: 1 on secondary",
    ]


def test_nothing_to_say_says_nothing() -> None:
    assert render([], [Found("ws-01", "error", "a", "b")], {}, ["ws-01"]) == ""


def test_check_mode_is_said_first() -> None:
    assert render([moved("ws-01")], check=True).startswith("Check mode: nothing was changed")


def test_a_thousand_workstations_stay_readable() -> None:
    rows = [moved(f"ws-{n:04}", system) for n in range(1000) for system in ("rap", "var_online", "ccms")]
    findings = [Found(f"ws-{n:04}", "warning", "/etc/hosts", "stale line", "Remove it.") for n in range(1000)]
    text = render(rows, findings)
    lines = text.splitlines()
    assert sum(line.startswith("ws-") for line in lines) == 3000
    assert [line for line in lines if "stale" in line] == [
        "warning: /etc/hosts: stale line (1000 workstations: ws-0000, ws-0001, ws-0002, ws-0003, ws-0004 and 995 more)"
    ]
    assert lines[-1] == "1000 workstations: 1000 on secondary"
    assert max(len(line) for line in lines) < 120


def test_findings_by_gravity_without_infos_and_each_workstation_once() -> None:
    found = [
        Found("a", "info", "here", "fine"),
        Found("a", "warning", "here", "odd"),
        Found("b", "error", "there", "bad"),
        Found("a", "error", "there", "bad"),
        Found("a", "error", "there", "bad"),
        Found("a", "pending", "client", "runs", "Close it."),
    ]
    text = render([moved("a"), moved("b")], found)
    assert text.split("\n\n")[1] == (
        "error: there: bad (2 workstations: b, a)\npending: client: runs (a)\n    Close it.\nwarning: here: odd (a)"
    )


def test_a_proof_completes_what_the_write_reported() -> None:
    write = Row.read(
        "ws", {"system": "rap", "points_at": "secondary", "changed": True, "configuration": "ok"}
    )
    proof = Row.read("ws", {"system": "rap", "changed": False, "service": "ok", "points_at": "-"})
    assert write.then(proof) == Row("ws", "rap", "-", "secondary", "-", True, "ok", "ok")


def test_dns_servers_as_a_list_are_one_cell() -> None:
    assert Row.read("ws", {"dns": ["10.1.1.1", "10.2.1.1"]}).dns == "10.1.1.1, 10.2.1.1"


def test_a_workstation_lost_after_the_write_keeps_its_row_and_counts_as_pending() -> None:
    text = render([moved("ws-07", service="-")], troubles={"ws-07": GONE})
    cells = next(line for line in text.splitlines() if line.startswith("ws-07")).split()
    assert cells[-2:] == ["ok", "pending"]
    assert text.endswith("1 workstation: 1 pending (unreachable): ws-07")


def test_of_a_workstation_that_failed_nobody_asked_its_services() -> None:
    text = render([moved("ws-07", service="-")], troubles={"ws-07": Trouble(FAILED, "why")})
    cells = next(line for line in text.splitlines() if line.startswith("ws-07")).split()
    assert cells[-2:] == ["ok", "-"]
    assert text.endswith("1 workstation: 1 failed: ws-07")


def test_where_nobody_looked_no_data_centre_is_named() -> None:
    assert render([Row("ws", "rap", "host_table", changed=True)]).endswith(
        "1 workstation: 1 not looked at: ws"
    )


def test_verdicts_of_the_summary() -> None:
    rows = [
        moved("none", points_at="none"),
        moved("half", points_at="mixed"),
        Row("client", "rap", configuration="pending"),
        Row("undone", "rap", configuration="failed"),
        moved("home", points_at="primary"),
    ]
    assert render(rows).splitlines()[-1] == (
        "5 workstations: 1 on primary; 1 pointing nowhere: none; 1 mixed: half; 1 pending: client; 1 failed: undone"
    )


@given(st.lists(st.tuples(st.text(min_size=1), st.text(), st.text(), st.booleans()), min_size=1, max_size=8))
def test_whatever_the_names_every_column_starts_at_its_place(
    given_rows: list[tuple[str, str, str, bool]],
) -> None:
    rows = [Row(a, b or "-", points_at=c or "-", changed=d) for a, b, c, d in given_rows]
    lines = render(rows).split("\n")
    starts = [lines[0].index(column) for column in COLUMNS]
    for row, line in zip(rows, lines[2:], strict=False):
        for start, cell in zip(starts, row.cells(), strict=True):
            assert line[start:].startswith(cell.rstrip() if start == starts[-1] else cell)
    assert all(char.isprintable() or char == "\n" for char in "\n".join(lines))


def test_a_roll_call_names_everybody_who_is_not_on_primary() -> None:
    away = [moved(f"ws-{n:02}") for n in range(1, 12)]
    rows = [*away, moved("ws-12", points_at="primary"), moved("ws-13", points_at="mixed")]
    rows.append(moved("ws-00", points_at="unknown"))
    text = render(rows, (), {"ws-14": GONE}, ["ws-15"], roll_call=True, clean={"ws-11": True, "ws-12": False})
    lines = text.splitlines()
    names = ", ".join(row.workstation for row in away)
    assert f"not on primary (12): {names}, ws-13" in lines
    assert "clean (1): ws-11" in lines
    assert "not clean (1): ws-12" in lines
    assert "not known where it points (1): ws-00" in lines
    assert "not known (2): ws-14, ws-15" in lines
    assert "not on primary" not in render(rows)


def test_who_is_clean_is_not_among_those_of_whom_nothing_is_known() -> None:
    rows = [moved("ws-01", points_at="unknown"), moved("ws-02", points_at="primary")]
    text = render(
        rows, (), {"ws-03": GONE, "ws-04": GONE}, roll_call=True, clean={"ws-01": True, "ws-04": False}
    )
    assert text.splitlines()[-6:-2] == [
        "clean (1): ws-01",
        "not clean (1): ws-04",
        "not known where it points (2): ws-01, ws-04",
        "not known (1): ws-03",
    ]


def test_what_became_of_files_is_a_line_for_each_workstation() -> None:
    told = {"taken": 12, "put_back": 1, "gone": 0, "left": 0, "quarantine": "/q/1", "until": "2021-11-16"}
    files = [Files.read("ws-01", told), Files.read("ws-02", {"taken": 0, "gone": 3, "left": 1})]
    lines = render([moved("ws-01"), moved("ws-02")], files=files).splitlines()
    at = lines.index("Workstation  Taken  Put back  Gone  Left  Quarantine  Until")
    assert lines[at + 2 : at + 5] == [
        "ws-01        12     1         -     -     /q/1        2021-11-16",
        "ws-02        -      -         3     1     -           -",
        "",
    ]


def test_a_roll_call_of_a_fleet_on_primary_is_silent() -> None:
    rows = [moved("ws-01", points_at="primary"), moved("ws-02", points_at="by DNS")]
    text = render(rows, roll_call=True)
    assert "not on primary" not in text
    assert "not known" not in text
