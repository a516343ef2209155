# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of concerns, and that of the modules that write: each concern is a module of its own, and under its name
an option of the modules for whole workstations.
"""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple

from ansible_collections.hkex.drill.plugins.module_utils.arguments import (
    DNS_SERVERS,
    HOST_TABLE,
    REHEARSAL_FILES,
    SFTP_CLIENT,
    STATE_DIR,
)
from ansible_collections.hkex.drill.plugins.module_utils.model import Concern, Refusal


class Option(NamedTuple):
    """A concern as an option: its argument spec, and how to make it of what was given."""

    arguments: Mapping[str, Any]
    concern: Callable[[Mapping[str, Any]], Concern]


# Imported where they are asked for (see ``arguments``), and by name: AnsiballZ packs static imports only.
def _host_table(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import host_table

    return host_table.concern(params)


def _dns_servers(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import dns_servers

    return dns_servers.concern(params)


def _sftp_client(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import sftp_client

    return sftp_client.concern(params)


def _rehearsal_files(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import journal, rehearsal_files

    return rehearsal_files.concern(params, journal.now())


def _rollback(params: Mapping[str, Any]) -> Concern:
    from ansible_collections.hkex.drill.plugins.module_utils import rollback

    return rollback.concern(params["drill"], params["occurrence"])


# By what the files of a drill are known.
WHOSE = {"drill": {"type": "str"}, "occurrence": {"type": "str"}}

# What a workstation can be made to be.
WRITES = {
    "host_table": Option(HOST_TABLE, _host_table),
    "dns_servers": Option(DNS_SERVERS, _dns_servers),
    "sftp_client": Option(SFTP_CLIENT, _sftp_client),
    "rehearsal_files": Option(REHEARSAL_FILES, _rehearsal_files),
}


def arguments(table: Mapping[str, Option]) -> Dict[str, Any]:
    """The options of a module that takes these concerns; no secret is among them, whatever their names say."""
    return {
        name: {"type": "dict", "options": option.arguments, "no_log": False} for name, option in table.items()
    }


def given(params: Mapping[str, Any], table: Mapping[str, Option]) -> List[Concern]:
    """The concerns whose options were given.

    :raises Refusal: an option of one of them is wrong
    """
    whose = {name: params.get(name) for name in WHOSE}
    return [
        option.concern({**params[name], **whose})
        for name, option in table.items()
        if params[name] is not None
    ]


def _asked(params: Mapping[str, Any]) -> List[Concern]:
    """What a whole workstation is to be: the concerns, or what the drill found."""
    names = [name for name in WRITES if params[name] is not None]
    if params["rollback"] and names:
        raise Refusal(
            "rollback",
            f"is asked together with {' and '.join(names)}, which it would take back",
            "Ask for the one, then for the other",
        )
    if not params["rollback"] and not names:
        raise Refusal("workstation", "nothing is asked", f"Give {', '.join(WRITES)} or rollback")
    return [_rollback(params)] if params["rollback"] else given(params, WRITES)


class Module(NamedTuple):
    """What a module takes, the concerns of its parameters (which may refuse), whether it only looks, or may log on.

    ``takes`` are the keyword arguments by which Ansible holds the parameters to their form.
    """

    takes: Mapping[str, Any]
    concerns: Callable[[Mapping[str, Any]], List[Concern]]
    looks: bool = False
    logs_on: bool = False


WRITERS = {
    "host_table": Module(
        {"argument_spec": dict(HOST_TABLE, **STATE_DIR)},
        lambda params: [_host_table(params)],
    ),
    "dns_servers": Module(
        {"argument_spec": dict(DNS_SERVERS, **STATE_DIR)},
        lambda params: [_dns_servers(params)],
    ),
    "sftp_client": Module(
        {"argument_spec": dict(SFTP_CLIENT, **STATE_DIR)},
        lambda params: [_sftp_client(params)],
    ),
    "rehearsal_files": Module(
        {
            "argument_spec": {
                **REHEARSAL_FILES,
                **WHOSE,
                "drill": {"type": "str", "required": True},
                **STATE_DIR,
            }
        },
        lambda params: [_rehearsal_files(params)],
    ),
    "workstation": Module(
        {
            "argument_spec": dict(
                arguments(WRITES),
                **WHOSE,
                rollback={"type": "bool", "default": False},
                **STATE_DIR,
            ),
            "required_if": [("rollback", True, ("drill",))],
            "required_by": {"occurrence": ("drill",)},
        },
        _asked,
    ),
}
