# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""NetworkManager: what it knows of an adapter and its profile, and how to change their DNS servers.

A change is made under a checkpoint (NetworkManager D-Bus API, CheckpointCreate): if what was asked for does not come to
hold, or this process is killed, NetworkManager puts profile and adapter back by itself. The link stays up: ``reapply``
changes an active adapter in place.
"""

from __future__ import annotations

import ipaddress
import struct
import time
from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.hkex.drill.plugins.module_utils import _dns_plain
from ansible_collections.hkex.drill.plugins.module_utils._dns_networkmanager import APPLIED
from ansible_collections.hkex.drill.plugins.module_utils.model import Key, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import files, programs, resolved
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop
from ansible_collections.hkex.drill.plugins.module_utils.posix.programs import Failed

SERVICE, ROOT = "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager"
_SETTINGS, _DNS = ROOT + "/Settings", ROOT + "/DnsManager"
_ACTIVATED = 100  # NMDeviceState
_UNTIL_REVERT = 20  # seconds after which NetworkManager takes back what nobody confirmed
_SETTLED = 8.0  # seconds for a change to reach the resolver


def observe(adapter: str) -> Optional[Dict[str, Any]]:
    """How NetworkManager has this adapter; None if it does not run or does not manage it.

    ``profile`` is the UUID of the profile in use, ``file`` where that is kept; ``mode`` and ``rc`` say where DNS
    servers go, ``servers`` which ones each adapter has, ``domains`` which domains this one has.
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
    (file,) = programs.properties(SERVICE, profile, SERVICE + ".Settings.Connection", "Filename")
    mode, rc, configured = programs.properties(
        SERVICE, _DNS, SERVICE + ".DnsManager", "Mode", "RcManager", "Configuration"
    )
    return {
        "profile": uuid,
        "file": file,
        "mode": mode,
        "rc": rc,
        "servers": _configured(configured, "nameservers"),
        "domains": _configured(configured, "domains").get(adapter, []),
    }


def _configured(configured: List[Mapping[str, Any]], what: str) -> Dict[str, List[str]]:
    """The servers or domains of each adapter, from the property Configuration."""
    found: Dict[str, List[str]] = {}
    for entry in configured:
        name = entry.get("interface", {}).get("data", "")
        found[name] = found.get(name, []) + entry.get(what, {}).get("data", [])
    return found


def read(key: Key) -> Any:
    """The DNS settings of a profile, or those applied to an adapter.

    :raises Refusal: somebody's checkpoint does not end
    """
    adapter = key.place if key.name == APPLIED else _adapter(key.place)
    if adapter is not None:
        _wait(_device(adapter))
    if key.name == APPLIED:
        device = _device(key.place)
        return _dns(programs.call(SERVICE, device, SERVICE + ".Device", "GetAppliedConnection", "u", "0")[0])
    profile = programs.call(SERVICE, _SETTINGS, SERVICE + ".Settings", "GetConnectionByUuid", "s", key.place)[
        0
    ]
    return _dns(programs.call(SERVICE, profile, SERVICE + ".Settings.Connection", "GetSettings")[0])


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
    """Give a profile these DNS settings and the adapter that uses it the same; or the adapter alone.

    :raises Stop: it is not what it was planned from, or did not come to hold and was taken back
    """
    present = read(key)
    if present == after:
        return  # the adapter, after its profile
    if present != before:
        raise Stop(f"{'/'.join(key)}: somebody changed it between look and write; it was left untouched")
    adapter = key.place if key.name == APPLIED else _adapter(key.place)
    if adapter is None:
        _modify(key.place, after)
        return
    device = _device(adapter)
    checkpoint = programs.call(
        SERVICE, ROOT, SERVICE, "CheckpointCreate", "aouu", "1", device, str(_UNTIL_REVERT), "0"
    )[0]
    try:
        if key.name != APPLIED:
            _modify(key.place, after)
        programs.run("nmcli", "device", "reapply", adapter)
        _check(adapter, device, after)
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


def _modify(uuid: str, dns: Mapping[str, Any]) -> None:
    def ignored(automatic: bool) -> str:
        return "no" if automatic else "yes"

    programs.run(
        *("nmcli", "connection", "modify", "uuid", uuid),
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
    applied = programs.call(SERVICE, device, SERVICE + ".Device", "GetAppliedConnection", "u", "0")[0]
    if _dns(applied) != wanted:
        return "the change was not applied"
    if wanted["automatic"] or wanted["automatic6"]:
        return ""  # which servers those are, DHCP knows
    mode, configured = programs.properties(SERVICE, _DNS, SERVICE + ".DnsManager", "Mode", "Configuration")
    servers = [*wanted["servers"], *wanted["servers6"]]
    if mode == "default":  # it writes the file that the C library reads
        file = files.read(_dns_plain.PATH)
        listed = _dns_plain.standing(file.content) if file is not None else ()
        if not set(servers) <= set(listed):
            return f"/etc/resolv.conf has {', '.join(listed) or 'no server'} after the change (immutable? see lsattr)"
    asked = (
        resolved.servers(adapter)
        if mode == "systemd-resolved"
        else _configured(configured, "nameservers").get(adapter, [])
    )
    return "" if asked == servers else f"{', '.join(asked or []) or 'no server'} is asked after the change"


def _device(adapter: str) -> str:
    return str(programs.call(SERVICE, ROOT, SERVICE, "GetDeviceByIpIface", "s", adapter)[0])


def _adapter(uuid: str) -> Optional[str]:
    """The adapter that uses a profile, if one does."""
    return programs.run("nmcli", "-g", "GENERAL.DEVICES", "connection", "show", "uuid", uuid).strip() or None


def _wait(device: str) -> None:
    """Wait for the end of a checkpoint: one of a run that was killed is about to take that run's change back.

    :raises Refusal: it does not end in the time that ours have
    """
    deadline = time.monotonic() + _UNTIL_REVERT + 15
    reverted = False
    while any(device in _devices(checkpoint) for checkpoint in _checkpoints()) or (
        reverted and _state(device) != _ACTIVATED  # what reverts is activated anew
    ):
        reverted = True
        if time.monotonic() > deadline:
            raise Refusal(
                "NetworkManager",
                "another program is changing this adapter: its checkpoint has not ended",
                "Let that program finish (nmcli, nmstate, Cockpit), and run again",
            )
        time.sleep(0.5)


def _state(device: str) -> int:
    return int(programs.properties(SERVICE, device, SERVICE + ".Device", "State")[0])


def _checkpoints() -> List[str]:
    return list(programs.properties(SERVICE, ROOT, SERVICE, "Checkpoints")[0])


def _devices(checkpoint: str) -> List[str]:
    try:
        return list(programs.properties(SERVICE, checkpoint, SERVICE + ".Checkpoint", "Devices")[0])
    except Failed:
        return []  # it has just ended
