# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkManager: what it knows of an adapter and its profile, and how to change their DNS servers.

A change is made under a checkpoint (NetworkManager D-Bus API, CheckpointCreate): if what was asked for does not come to
hold, or this process is killed, NetworkManager puts profile and adapter back by itself. The link stays up, and what
somebody has changed in the profile and not applied yet stays that way: only DNS settings of the adapter are changed.
"""

from __future__ import annotations

import ipaddress
import struct
import time
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils import _dns_plain
from ansible_collections.hkex.drill.plugins.module_utils._dns_networkmanager import (
    WRITES_RESOLV_CONF,
    in_force,
    with_applied,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import Key, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import files, programs, resolved
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.programs import Failed

SERVICE, ROOT = "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager"
_SETTINGS, _DNS = ROOT + "/Settings", ROOT + "/DnsManager"
_ACTIVATED = 100  # NMDeviceState
_PASSING = (40, 50, 60, 70, 80, 90, 110)  # prepare to secondaries, and deactivating
_LEASE_APART = 1.1  # seconds
_MEANT = "/run/NetworkManager/resolv.conf"  # what it would have in /etc/resolv.conf, whether it may write that or not
_UNTIL_REVERT = 20  # seconds after which NetworkManager takes back what nobody confirmed
_SETTLED = 8.0  # seconds for a change to reach the resolver


def observe(adapter: str) -> Optional[Dict[str, Any]]:
    """How NetworkManager has this adapter; None if it does not run or does not manage it.

    ``profile`` is the UUID of the profile in use, ``file`` where that is kept; ``mode`` and ``rc`` say where DNS
    servers go, ``held`` what keeps NetworkManager from writing them, and what to do about it; ``servers`` which ones
    each adapter has (without a name: which ones count instead of theirs), ``priorities`` who of them comes first,
    ``domains`` what this one has.
    """
    if not programs.owned(SERVICE):
        return None
    device = _device(adapter)
    _wait(device)
    _managed, active = programs.properties(
        SERVICE, device, SERVICE + ".Device", "Managed", "ActiveConnection"
    )
    if active == "/":
        return None
    interface = SERVICE + ".Connection.Active"
    profile, uuid = programs.properties(SERVICE, active, interface, "Connection", "Uuid")
    (kept,) = programs.properties(SERVICE, profile, SERVICE + ".Settings.Connection", "Filename")
    mode, rc, configured = programs.properties(
        SERVICE, _DNS, SERVICE + ".DnsManager", "Mode", "RcManager", "Configuration"
    )
    file = files.read(_dns_plain.PATH)
    return {
        "profile": uuid,
        "file": kept,
        "mode": mode,
        "rc": rc,
        "held": file.held if file is not None and rc in WRITES_RESOLV_CONF else None,
        "servers": _configured(configured, "nameservers"),
        "priorities": _priorities(configured),
        "domains": _configured(configured, "domains").get(adapter, []),
    }


def _configured(configured: List[Mapping[str, Any]], what: str) -> Dict[str, List[str]]:
    """The servers or domains of each adapter, from the property Configuration."""
    found: Dict[str, List[str]] = {}
    for entry in configured:
        name = _name(entry)
        found[name] = found.get(name, []) + entry.get(what, {}).get("data", [])
    return found


def _priorities(configured: List[Mapping[str, Any]]) -> Dict[str, int]:
    found: Dict[str, int] = {}
    for entry in configured:
        found[_name(entry)] = min(
            entry["priority"]["data"], found.get(_name(entry), entry["priority"]["data"])
        )
    return found


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("interface", {}).get("data", ""))


def read(key: Key) -> Any:
    """The DNS settings of a profile, and those of the adapter that uses it where they differ; None: no such profile.

    :raises Refusal: NetworkManager does not run, or somebody's checkpoint does not end
    """
    if not programs.owned(SERVICE):
        raise Refusal(
            "NetworkManager",
            f"it does not run, and nobody else knows its profile {key.place}",
            "Start it (systemctl start NetworkManager), and run again",
        )
    adapter = _adapter(key.place)
    if adapter is not None:
        _wait(_device(adapter))
    try:
        path = programs.call(
            SERVICE, _SETTINGS, SERVICE + ".Settings", "GetConnectionByUuid", "s", key.place
        )[0]
    except Failed as failed:
        if "No connection with the UUID" not in str(failed):
            raise
        return None
    profile = _dns(programs.call(SERVICE, path, SERVICE + ".Settings.Connection", "GetSettings")[0])
    return profile if adapter is None else with_applied(profile, _applied(_device(adapter)))


def _applied(device: str) -> Dict[str, Any]:
    return _dns(programs.call(SERVICE, device, SERVICE + ".Device", "GetAppliedConnection", "u", "0")[0])


def _dns(settings: Mapping[str, Mapping[str, Any]]) -> Dict[str, Any]:
    """What decides about DNS servers in a profile's settings, as D-Bus has them."""

    def of(family: str, name: str, otherwise: Any) -> Any:
        return settings.get(family, {}).get(name, {"data": otherwise})["data"]

    return {
        # As numbers in network byte order, and as bytes: the forms that every version has.
        "servers": [str(ipaddress.IPv4Address(struct.pack("=I", each))) for each in of("ipv4", "dns", [])],
        "automatic": not of("ipv4", "ignore-auto-dns", False),
        "servers6": [str(ipaddress.IPv6Address(bytes(each))) for each in of("ipv6", "dns", [])],
        "automatic6": not of("ipv6", "ignore-auto-dns", False),
        "search": of("ipv4", "dns-search", []),
    }


def assign(key: Key, before: Any, after: Any) -> None:
    """Give a profile, and the adapter that uses it, these DNS settings.

    :raises Stop: they are not what it was planned from, or did not come to hold and were taken back
    """
    if read(key) != before:
        raise Stop(f"{'/'.join(key)}: somebody changed it between look and write; it was left untouched")
    profile, adapter = ("connection", "modify", "uuid", key.place), _adapter(key.place)
    if adapter is None:
        _modify(profile, after)
        return
    device = _device(adapter)
    checkpoint = programs.call(
        SERVICE, ROOT, SERVICE, "CheckpointCreate", "aouu", "1", device, str(_UNTIL_REVERT), "0"
    )[0]
    try:
        # It overlooks that DHCP's servers are not wanted any more when the lease that it gets anew is the same, to the
        # second of its beginning (1.42).
        time.sleep(_LEASE_APART)
        _modify(("device", "modify", adapter), in_force(after))
        _check(adapter, device, in_force(after))
        _modify(profile, after)
        programs.call(SERVICE, ROOT, SERVICE, "CheckpointDestroy", "o", checkpoint)
    except (Stop, Failed) as why:
        raise Stop(f"{why}; {_revert(checkpoint)}") from why


def _revert(checkpoint: str) -> str:
    """End a checkpoint with what was there before; says what became of that."""
    try:
        programs.call(SERVICE, ROOT, SERVICE, "CheckpointRollback", "o", checkpoint)
    except Failed as failed:
        return f"NetworkManager puts profile and adapter back by itself in {_UNTIL_REVERT} seconds ({failed})"
    return "NetworkManager put profile and adapter back"


def _modify(what: Tuple[str, ...], dns: Mapping[str, Any]) -> None:
    def ignored(automatic: bool) -> str:
        return "no" if automatic else "yes"

    programs.run(
        *("nmcli", *what),
        *("ipv4.dns", " ".join(dns["servers"]), "ipv4.ignore-auto-dns", ignored(dns["automatic"])),
        *("ipv4.dns-search", " ".join(dns["search"])),
        *("ipv6.dns", " ".join(dns["servers6"]), "ipv6.ignore-auto-dns", ignored(dns["automatic6"])),
    )


def _check(adapter: str, device: str, wanted: Mapping[str, Any]) -> None:
    """Wait until the adapter is up with these settings, and the resolver asks the servers they mean.

    :raises Stop: it does not come to that
    """
    deadline = time.monotonic() + _SETTLED
    while True:
        why = _unsettled(adapter, device, wanted)
        if not why:
            return
        if time.monotonic() > deadline:
            raise Stop(f"adapter {adapter}: {why}")
        time.sleep(0.05)


def _unsettled(adapter: str, device: str, wanted: Mapping[str, Any]) -> str:
    state = _state(device)
    if state != _ACTIVATED:
        return f"it is not connected after the change (state {state})"
    if _applied(device) != wanted:
        return "the change was not applied"
    automatic = wanted["automatic"] or wanted["automatic6"]  # which servers those are, DHCP knows
    servers = [] if automatic else [*wanted["servers"], *wanted["servers6"]]
    mode, configured = programs.properties(SERVICE, _DNS, SERVICE + ".DnsManager", "Mode", "Configuration")
    if mode == "default":  # it writes the file that the C library reads
        listed = _listed(_dns_plain.PATH)
        if listed != _listed(_MEANT) or not set(servers) <= set(listed):
            return f"/etc/resolv.conf has {', '.join(listed) or 'no server'} after the change (immutable? see lsattr)"
    if automatic:
        return ""
    asked = (
        resolved.servers(adapter)
        if mode == "systemd-resolved"
        else _configured(configured, "nameservers").get(adapter, [])
    )
    if asked is None:
        return "systemd-resolved, which is to ask the servers, does not run"
    return "" if asked == servers else f"{', '.join(asked) or 'no server'} is asked after the change"


def _listed(path: str) -> Tuple[str, ...]:
    file = files.read(path)
    return _dns_plain.standing(file.content) if file is not None else ()


def _device(adapter: str) -> str:
    return str(programs.call(SERVICE, ROOT, SERVICE, "GetDeviceByIpIface", "s", adapter)[0])


def _adapter(uuid: str) -> Optional[str]:
    """The adapter that uses a profile, if one does."""
    return programs.run("nmcli", "-g", "GENERAL.DEVICES", "connection", "show", "uuid", uuid).strip() or None


def _wait(device: str) -> None:
    """Wait for the end of a checkpoint, and while the adapter is on its way into or out of a connection.

    A checkpoint of a run that was killed is about to take that run's change back, and connects the adapter anew.

    :raises Refusal: a checkpoint does not end in the time that ours have
    """
    deadline = time.monotonic() + _UNTIL_REVERT + 15
    reverted = False
    while True:
        held = any(device in _devices(checkpoint) for checkpoint in _checkpoints())
        state = _state(device)
        reverted = reverted or held
        if not held and state not in _PASSING and (state == _ACTIVATED or not reverted):
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    if held:
        raise Refusal(
            "NetworkManager",
            "another program is changing this adapter: its checkpoint has not ended",
            "Let that program finish (nmcli, nmstate, Cockpit), and run again",
        )


def _state(device: str) -> int:
    return int(programs.properties(SERVICE, device, SERVICE + ".Device", "State")[0])


def _checkpoints() -> List[str]:
    return list(programs.properties(SERVICE, ROOT, SERVICE, "Checkpoints")[0])


def _devices(checkpoint: str) -> List[str]:
    try:
        return list(programs.properties(SERVICE, checkpoint, SERVICE + ".Checkpoint", "Devices")[0])
    except Failed:
        return []  # it has just ended
