# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of a Linux workstation that stand outside files: the table of their stores."""

from __future__ import annotations

from typing import Any, Dict

from ansible_collections.hkex.drill.plugins.module_utils.model import Key, Refusal
from ansible_collections.hkex.drill.plugins.module_utils.posix.files import Stop

MACHINE = ("volume", "account")  # what the machine tells of itself; nobody assigns to it


def read(key: Key) -> Any:
    """The value of a setting.

    :raises Refusal: there is no such store here, or its program does not tell
    """
    if key.store in MACHINE:
        from ansible_collections.hkex.drill.plugins.module_utils.posix import machine

        return machine.read(key)
    from ansible_collections.hkex.drill.plugins.module_utils.posix import networkd, networkmanager, programs

    stores = {"link": _link, "networkmanager": networkmanager.read, "networkd": networkd.read}
    if key.store not in stores:
        raise _no_store(key)
    try:
        return stores[key.store](key)
    except programs.Failed as failed:
        raise Refusal(
            "/".join(key), f"cannot be looked at: {failed}", "Remove the cause and run again"
        ) from None


def assign(key: Key, before: Any, after: Any) -> None:
    """Give a setting the value ``after``.

    :raises Stop: its value is not ``before``, or the new one does not hold
    """
    from ansible_collections.hkex.drill.plugins.module_utils.posix import networkd, networkmanager, programs

    stores = {"networkmanager": networkmanager.assign, "networkd": networkd.assign}
    if key.store not in stores:
        raise _no_store(key)
    try:
        stores[key.store](key, before, after)
    except programs.Failed as failed:
        raise Stop(f"{'/'.join(key)}: {failed}") from None


def _link(key: Key) -> Dict[str, Any]:
    """What each program knows of an adapter (None: it does not run or does not manage it), and whose resolv.conf is."""
    from ansible_collections.hkex.drill.plugins.module_utils import _dns_plain
    from ansible_collections.hkex.drill.plugins.module_utils.posix import (
        files,
        networkd,
        networkmanager,
        resolved,
    )

    return {
        "networkmanager": networkmanager.observe(key.place),
        "networkd": networkd.observe(key.place),
        "resolved": resolved.observe(key.place),
        "resolv_conf": _dns_plain.sign(files.read(_dns_plain.PATH)),
    }


def _no_store(key: Key) -> Refusal:
    return Refusal("/".join(key), "there is no such store of settings on this system", "Ask for files only")
