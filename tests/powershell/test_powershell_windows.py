# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machine under these tests is a real Windows, whose hosts file, registry and adapter change and change back.

For a machine that is thrown away afterwards, run by an administrator. What the module did is judged by Windows' own
means: Python's registry and sockets, and cmdlets that the module does not use.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.hkex.drill.plugins.module_utils import concerns
from ansible_collections.hkex.drill.plugins.module_utils.model import (
    Assign,
    Key,
    Look,
    Refresh,
    Refusal,
    Seen,
    Write,
)
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.plugin_utils.windows import Windows

from tests.powershell.program import ENVIRONMENT, PROGRAM, PowerShell

HOSTS = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "drivers", "etc", "hosts")
NAME = "rap.drill.example"
KEY = r"Software\hkex-drill-test"
VALUES: list[dict[str, Any]] = [
    {"kind": "String", "data": "caf\u00e9 %TEMP%"},
    {"kind": "ExpandString", "data": "%TEMP%"},
    {"kind": "MultiString", "data": ["one", "two"]},
    {"kind": "MultiString", "data": []},
    {"kind": "DWord", "data": 0xFFFFFFFE},
    {"kind": "QWord", "data": 2**63 + 1},
    {"kind": "Binary", "data": "AP8="},
]


def windows(script: str) -> str:
    """What a PowerShell of its own says: Windows' own word."""
    command = [str(PROGRAM), "-NoProfile", "-NonInteractive", "-Command", script]
    ran = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, f"{script}: {ran.stdout}{ran.stderr}"
    return ran.stdout.strip()


@pytest.fixture
def pc(powershell: PowerShell, tmp_path: Path) -> Windows:
    return Windows(powershell.execute, str(tmp_path / "state"))


@pytest.fixture(scope="module")
def sid() -> str:
    """Of whoever runs the tests."""
    return windows("[System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value")


def assign(pc: Windows, key: Key, before: Any, after: Any) -> Seen:
    return pc.visit((Assign(key, before, after), Refresh("resolver")), Look(settings=frozenset({key})))


def told(pc: Windows, key: Key) -> Any:
    return pc.visit((), Look(settings=frozenset({key}))).settings[key]


# ---- facts -------------------------------------------------------------------------------------------------------


def test_facts_are_this_machines(pc: Windows, sid: str) -> None:
    facts = pc.visit((), Look()).facts
    assert facts.hostname.lower() == socket.gethostname().lower()
    assert os.path.normcase(facts.host_table) == os.path.normcase(HOSTS)
    own = {address for adapter in facts.adapters for address in adapter.addresses}
    assert own & set(socket.gethostbyname_ex(socket.gethostname())[2])
    (me,) = [profile for profile in facts.profiles if profile.sid == sid]
    assert os.path.normcase(me.folder) == os.path.normcase(Path.home())


# ---- the hosts file ----------------------------------------------------------------------------------------------


@pytest.fixture
def hosts() -> Iterator[Path]:
    """The machine's own, with an access list, a stream and an attribute of its own; put back afterwards."""
    content = HOSTS.read_bytes()
    security = windows(f"(Get-Acl -LiteralPath '{HOSTS}').Sddl")
    windows(f"icacls '{HOSTS}' /grant '*S-1-5-32-546:(R)'")  # guests, so that it is not what is inherited
    Path(f"{HOSTS}:drill").write_bytes(b"a stream")
    try:
        yield HOSTS
    finally:
        windows(f"attrib -R '{HOSTS}'")
        try:
            windows(
                f"$a = Get-Acl -LiteralPath '{HOSTS}'; $a.SetSecurityDescriptorSddlForm('{security}');"
                f" Set-Acl -LiteralPath '{HOSTS}' -AclObject $a"
            )
        finally:
            Path(f"{HOSTS}:drill").unlink()
            with HOSTS.open("r+b") as stream:
                stream.write(content)
                stream.truncate()


def kept(path: Path) -> tuple[str, str, bytes]:
    """What must not move."""
    shown = windows(
        f"$i = Get-Item -LiteralPath '{path}' -Force; $i.CreationTimeUtc.Ticks; [int]$i.Attributes -band 7"
    )
    return windows(f"(Get-Acl -LiteralPath '{path}').Sddl"), shown, Path(f"{path}:drill").read_bytes()


def play(pc: Windows, **asked: Any) -> dict[str, Any]:
    """What the module workstation does with these options."""
    params = {
        "host_table": None,
        "dns_servers": None,
        "rollback": False,
        "drill": "d",
        "occurrence": "o",
        **asked,
    }
    return perform(concerns.WRITERS["workstation"], pc, params, check=False, diff=False)


def point(pc: Windows, address: str) -> dict[str, Any]:
    return play(pc, host_table={"entries": [{"name": NAME, "address": address}]})


@pytest.mark.parametrize("read_only", [False, True])
def test_the_hosts_file_leads_where_it_says_and_back(pc: Windows, hosts: Path, read_only: bool) -> None:
    start = hosts.read_bytes()
    if read_only:
        windows(f"attrib +R '{hosts}'")
    before = kept(hosts)
    assert point(pc, "192.0.2.7")["changed"]
    assert hosts.read_bytes().startswith(start) and socket.gethostbyname(NAME) == "192.0.2.7"
    assert not point(pc, "192.0.2.7")["changed"]
    assert point(pc, "192.0.2.8")["changed"] and socket.gethostbyname(NAME) == "192.0.2.8"
    assert kept(hosts) == before
    assert play(pc, rollback=True)["changed"]
    assert hosts.read_bytes() == start and kept(hosts) == before
    with pytest.raises(socket.gaierror):
        socket.gethostbyname(NAME)
    assert not list(hosts.parent.glob("*.hkex-drill-*"))


# ---- what the machine tells of itself ----------------------------------------------------------------------------


def test_free_space_and_rights_are_told(pc: Windows) -> None:
    drive = os.environ["SYSTEMDRIVE"] + "\\"
    volume = told(pc, Key("volume", drive, "free"))
    assert volume["volume"] == drive and volume["free"] > 0
    assert told(pc, Key("volume", "B:\\", "free")) is None
    assert told(pc, Key("account", r"C:\ProgramData\hkex-drill", "rights")) is True  # these tests need it


# ---- the registry ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hive", ["HKLM", "HKU"])
@pytest.mark.parametrize("value", VALUES)
def test_registry_values_go_and_come(pc: Windows, sid: str, hive: str, value: Mapping[str, Any]) -> None:
    place = rf"HKLM\{KEY}" if hive == "HKLM" else rf"HKU\{sid}\{KEY}"
    key = Key("registry", place, "value")
    try:
        assert told(pc, key) is None
        seen = assign(pc, key, None, value)
        assert seen.stopped is None and seen.settings[key] == value
        stopped = assign(pc, key, None, VALUES[0]).stopped
        assert stopped is not None and "somebody changed it" in stopped.why and told(pc, key) == value
        assert assign(pc, key, value, None).settings[key] is None
    finally:
        windows(rf"Remove-Item -Path 'Registry::{place}' -Recurse -ErrorAction SilentlyContinue; exit 0")


def test_a_key_is_told_with_all_below_it(pc: Windows, sid: str) -> None:
    top = rf"HKU\{sid}\{KEY}"
    try:
        for place in (top, rf"{top}\Deep\er"):
            assign(pc, Key("registry", place, "value"), None, VALUES[4])
        keys = pc.visit((), Look(keys=frozenset({top, rf"HKLM\{KEY}"}))).keys
        everybody = pc.visit((), Look(keys=frozenset({rf"HKU\*\{KEY}"}))).keys
    finally:
        windows(rf"Remove-Item -Path 'Registry::{top}' -Recurse -ErrorAction SilentlyContinue; exit 0")
    assert keys == {
        top: {"": {"value": VALUES[4]}, "Deep": {}, r"Deep\er": {"value": VALUES[4]}},
        rf"HKLM\{KEY}": None,
    }
    assert everybody[top] == keys[top]


def test_a_file_of_everybody_is_told_by_its_real_path(pc: Windows) -> None:
    mine = Path.home() / "hkex-drill-test.txt"
    mine.write_bytes(b"mine")
    try:
        files = pc.visit((), Look(files=frozenset({r"*\hkex-drill-test.txt"}))).files
    finally:
        mine.unlink()
    (content,) = [file.content for file in files.values() if file is not None]
    assert content == b"mine"


def test_what_python_writes_is_what_the_module_reads(pc: Windows) -> None:
    if sys.platform == "win32":  # for type checkers elsewhere
        import winreg

        with winreg.CreateKey(winreg.HKEY_LOCAL_MACHINE, KEY) as opened:
            winreg.SetValueEx(opened, "value", 0, winreg.REG_DWORD, 0xFFFFFFFE)
        try:
            key = Key("registry", rf"HKLM\{KEY}", "value")
            assert told(pc, key) == {"kind": "DWord", "data": 0xFFFFFFFE}
            assign(pc, key, {"kind": "DWord", "data": 0xFFFFFFFE}, {"kind": "ExpandString", "data": "%TEMP%"})
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, KEY) as opened:
                assert winreg.QueryValueEx(opened, "value") == ("%TEMP%", winreg.REG_EXPAND_SZ)
        finally:
            winreg.DeleteKey(winreg.HKEY_LOCAL_MACHINE, KEY)


@pytest.fixture
def absent() -> Iterator[str]:
    """The SID of a person with a profile who is not logged on."""
    name, password = "hkexdrill", f"aA1!{secrets.token_hex(5)}"
    create = (
        '[DllImport("userenv.dll", CharSet = CharSet.Unicode)] public static extern int CreateProfile('
        "string sid, string name, System.Text.StringBuilder path, uint size);"
        '[DllImport("userenv.dll", CharSet = CharSet.Unicode)] public static extern bool DeleteProfile('
        "string sid, string path, string computer);"
    )
    types = f"$u = Add-Type -Name Env -Namespace Drill -PassThru -MemberDefinition '{create}'; "
    windows(f"net user {name} '{password}' /add /y")
    try:
        account = f"[System.Security.Principal.NTAccount]::new('{name}')"
        sid = windows(f"{account}.Translate([System.Security.Principal.SecurityIdentifier]).Value")
        made = f"$u::CreateProfile('{sid}', '{name}', [System.Text.StringBuilder]::new(260), 260)"
        assert windows(types + made) == "0"
        try:
            yield sid
        finally:
            assert (
                windows(f"{types} $u::DeleteProfile('{sid}', [NullString]::Value, [NullString]::Value)")
                == "True"
            )
    finally:
        windows(f"net user {name} /delete")


def test_the_hive_of_somebody_who_is_not_logged_on_is_loaded_and_unloaded(pc: Windows, absent: str) -> None:
    def loaded() -> list[str]:
        names = windows(
            "(Get-ChildItem -Path Registry::HKEY_USERS -ErrorAction SilentlyContinue).PSChildName"
        )
        return [name for name in names.split() if absent in name]

    key = Key("registry", rf"HKU\{absent}\{KEY}", "value")
    assert told(pc, key) is None and loaded() == []
    assert assign(pc, key, None, VALUES[4]).settings[key] == VALUES[4]
    assert loaded() == []
    stopped = assign(pc, key, None, VALUES[0]).stopped
    assert stopped is not None and loaded() == [] and told(pc, key) == VALUES[4]
    (profile,) = [each for each in pc.visit((), Look()).facts.profiles if each.sid == absent]
    assert profile.folder and not profile.proxy


@pytest.fixture
def internet(sid: str) -> Iterator[Callable[[str], None]]:
    """Sets the proxy of whoever runs the tests, and takes it back."""
    place = rf"Registry::HKEY_USERS\{sid}\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    was = windows(f"(Get-ItemProperty -Path '{place}').ProxyEnable")

    def switch(proxy: str) -> None:
        windows(f"Set-ItemProperty -Path '{place}' -Name ProxyServer -Value '{proxy}'")
        windows(f"Set-ItemProperty -Path '{place}' -Name ProxyOverride -Value '*.example;<local>'")
        windows(f"Set-ItemProperty -Path '{place}' -Name ProxyEnable -Value 1 -Type DWord")

    try:
        yield switch
    finally:
        windows(f"Set-ItemProperty -Path '{place}' -Name ProxyEnable -Value {was or 0} -Type DWord")
        windows(
            f"Remove-ItemProperty -Path '{place}' -Name ProxyServer, ProxyOverride"
            " -ErrorAction SilentlyContinue; exit 0"
        )


def test_a_proxy_is_told(pc: Windows, sid: str, internet: Callable[[str], None]) -> None:
    internet("proxy.example:8080")
    (me,) = [profile for profile in pc.visit((), Look()).facts.profiles if profile.sid == sid]
    assert (me.proxy, me.bypass) == ("proxy.example:8080", "*.example;<local>")


# ---- the adapter -------------------------------------------------------------------------------------------------


def test_dns_servers_of_an_adapter_are_set_and_go_back_to_dhcp(pc: Windows) -> None:
    route = "(Get-NetRoute -DestinationPrefix 0.0.0.0/0 | Sort-Object RouteMetric | Select-Object -First 1).ifIndex"
    guid = windows(f"(Get-NetAdapter -InterfaceIndex {route}).InterfaceGuid")
    key = Key("adapter", guid, "dns")
    before = pc.visit((), Look()).settings[key]
    effective = (
        f"$a = Get-NetAdapter | Where-Object InterfaceGuid -eq '{guid}';"
        " (Get-DnsClientServerAddress -InterfaceIndex $a.ifIndex -AddressFamily IPv4).ServerAddresses -join ','"
    )
    start = windows(effective)
    servers = [start.split(",")[0], "192.0.2.53"]  # the first one answers, so the machine keeps its names
    try:
        seen = assign(pc, key, before, servers)
        assert (
            seen.stopped is None and seen.settings[key] == servers and windows(effective) == ",".join(servers)
        )
        stopped = assign(pc, key, before, ["192.0.2.54"]).stopped
        assert stopped is not None and "somebody changed it" in stopped.why
    finally:
        seen = assign(pc, key, servers, before)
    assert seen.stopped is None and seen.settings[key] == before and windows(effective) == start


def test_an_adapter_that_is_not_there_is_named(pc: Windows) -> None:
    key = Key("adapter", "{00000000-0000-4000-8000-000000000000}", "dns")
    stopped = assign(pc, key, [], ["192.0.2.53"]).stopped
    assert stopped is not None and "there is none of this GUID" in stopped.why


# ---- journal and blobs -------------------------------------------------------------------------------------------


def test_only_administrators_and_system_may_enter_the_folder(pc: Windows, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    write = Write(str(tmp_path / "new"), None, b"x")
    assert pc.visit((write,), Look()).stopped is None
    rules = windows(f"(Get-Acl -LiteralPath '{tmp_path / 'state'}').Sddl")
    assert rules.startswith("O:BAG:BAD:P") and rules.count("(A;OICI;FA;;;") == 2 == rules.count("(")


def test_a_folder_that_others_may_enter_is_refused(powershell: PowerShell, tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    windows(f"icacls '{tmp_path / 'open'}' /grant '*S-1-5-32-545:(OI)(CI)(R)'")
    write = Write(str(tmp_path / "new"), None, b"x")
    stopped = Windows(powershell.execute, str(tmp_path / "open")).visit((write,), Look()).stopped
    assert stopped is not None and "not for administrators and SYSTEM alone" in stopped.why
    with pytest.raises(Refusal, match="not for administrators and SYSTEM alone"):
        Windows(powershell.execute, str(tmp_path / "open")).visit((), Look())
    assert not (tmp_path / "new").exists() and list((tmp_path / "open").iterdir()) == []


def test_the_usual_folder_is_in_program_data(powershell: PowerShell) -> None:
    usual = Path(os.environ["PROGRAMDATA"], "hkex-drill")
    there = usual.exists()
    facts = Windows(powershell.execute).visit((), Look()).facts
    assert os.path.normcase(facts.blobs) == os.path.normcase(usual / "blobs") and usual.exists() == there


def test_a_junction_is_not_followed(pc: Windows, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "hosts").write_bytes(b"1")
    windows(f"New-Item -ItemType Junction -Path '{tmp_path / 'way'}' -Target '{tmp_path / 'real'}'")
    with pytest.raises(Refusal, match="junction"):
        pc.visit((), Look(files=frozenset({str(tmp_path / "way" / "hosts")})))
