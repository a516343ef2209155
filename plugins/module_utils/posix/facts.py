# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every look at a Linux workstation brings: its name, its adapters with all their IPv4 addresses, its host table.

The kernel is asked over rtnetlink(7), because no other way without running a program shows secondary addresses, and a
workstation may well have its SDNet address as one.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import time
from typing import Dict, Iterator, List, Optional, Tuple

from ansible_collections.hkex.drill.plugins.module_utils.model import Adapter, Facts, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix import people

HOST_TABLE = "/etc/hosts"

# linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h
_DONE, _ERROR, _NEW_ADDRESS, _GET_ADDRESS = 3, 2, 20, 22
_REQUEST_DUMP = 0x001 | 0x300
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, adapter's index
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_IFA_ADDRESS, _IFA_LOCAL = 1, 2

_PATIENCE = 5.0  # seconds for the kernel to go on with its answer


def gather(host_table: Optional[str] = None) -> Facts:
    """The facts of this workstation.

    :param host_table: where the host table is, if not where this system keeps it
    :raises Refusal: this is not Linux, or its kernel does not tell
    """
    if not sys.platform.startswith("linux"):
        raise Refusal(
            "workstation",
            f"it runs {sys.platform}, of which the addresses cannot be read",
            "Run this on a Linux workstation, or take this one out of the inventory",
        )
    try:
        addresses = _addresses()
        names = socket.if_nameindex()
    except OSError as problem:
        raise Refusal(
            "network adapters",
            f"the kernel does not list them ({problem})",
            "Allow netlink sockets to the account that runs this (container or systemd sandboxing)",
        ) from None
    adapters = tuple(Adapter(name, tuple(addresses.get(index, ()))) for index, name in names)
    return Facts(
        socket.gethostname(),
        adapters,
        host_table or HOST_TABLE,
        profiles=people.profiles(),
        system=f"{os.uname().sysname} {os.uname().release}",
        clock=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def _addresses() -> Dict[int, List[str]]:
    """The IPv4 addresses by their adapter's index, in the kernel's order."""
    found: Dict[int, List[str]] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.settimeout(_PATIENCE)
        asked = _ADDRESS.pack(socket.AF_INET, 0, 0, 0, 0)
        kernel.sendto(
            _HEADER.pack(_HEADER.size + len(asked), _GET_ADDRESS, _REQUEST_DUMP, 1, 0) + asked, (0, 0)
        )
        done = False
        while not done:
            for kind, payload in messages(kernel.recv(1 << 16)):
                if kind == _ERROR:
                    raise OSError(-struct.unpack_from("=i", payload)[0], "netlink refused the question")
                if kind == _NEW_ADDRESS:
                    index, address = own_address(payload)
                    found.setdefault(index, []).append(address)
                done = done or kind == _DONE
    return found


def messages(datagram: bytes) -> Iterator[Tuple[int, bytes]]:
    """Type and payload of each netlink message in a datagram."""
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(datagram, at)
        yield kind, datagram[at + _HEADER.size : at + length]
        at += _aligned(max(length, _HEADER.size))


def own_address(payload: bytes) -> Tuple[int, str]:
    """Adapter's index and address of an RTM_NEWADDR message; on a point-to-point link not the peer's address."""
    index = _ADDRESS.unpack_from(payload)[4]
    values = {}
    at = _ADDRESS.size
    while at + _ATTRIBUTE.size <= len(payload):
        length, kind = _ATTRIBUTE.unpack_from(payload, at)
        values[kind] = payload[at + _ATTRIBUTE.size : at + length]
        at += _aligned(max(length, _ATTRIBUTE.size))
    return index, socket.inet_ntoa(values.get(_IFA_LOCAL) or values[_IFA_ADDRESS])


def _aligned(length: int) -> int:
    return (length + 3) & ~3
