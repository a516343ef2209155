# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of the concerns, as Ansible's argument specs: of their own modules and of those that take several.

They stand apart from the concerns so that a visit loads only those that it is asked for: compiling code is most of
what a visit costs on the workstation.
"""

from typing import Any, Dict

HOST_TABLE: Dict[str, Any] = {
    "path": {"type": "str"},
    "entries": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {"name": {"type": "str", "required": True}, "address": {"type": "str"}},
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "leftovers": {"type": "list", "elements": "str", "default": []},
    "leftovers_state": {"type": "str", "choices": ["reported", "absent"], "default": "reported"},
}

DNS_SERVERS: Dict[str, Any] = {
    "servers": {"type": "list", "elements": "str", "required": True},
    "networks": {"type": "list", "elements": "str"},
    "domains": {"type": "list", "elements": "str", "default": []},
    "adapter": {"type": "str"},
    "backend": {"type": "str", "choices": ["auto", "plain"], "default": "auto"},
    "path": {"type": "path"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

_PLACE = {"host": {"type": "str", "required": True}, "port": {"type": "int", "required": True}}

SFTP_CLIENT: Dict[str, Any] = {
    "clients": {"type": "list", "elements": "str", "default": ["auto"]},
    "max_connections": {"type": "int", "default": 1},
    "sites": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "known": {"type": "list", "elements": "dict", "required": True, "options": _PLACE},
            **_PLACE,
            # They are public: without a word Ansible might take them for secrets, by the name.
            "host_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        },
    },
    "stale": {"type": "list", "elements": "str", "default": []},
    "users": {"type": "list", "elements": "str", "default": []},
    "config_dir": {"type": "str"},
    "local_folder": {
        "type": "dict",
        "options": {
            "path": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        "required_if": [("state", "present", ["path"])],
    },
    "if_running": {"type": "str", "choices": ["pending", "fail"], "default": "pending"},
}

REHEARSAL_FILES: Dict[str, Any] = {
    "state": {"type": "str", "choices": ["baseline", "purged"], "required": True},
    "folders": {"type": "list", "elements": "str", "default": []},
    "rehearsal_folder": {"type": "str"},
    "patterns": {"type": "list", "elements": "str", "default": []},
    "keep_days": {"type": "int", "default": 10},
    "purge_unmatched": {"type": "bool", "default": False},
}

SERVICES: Dict[str, Any] = {
    "endpoints": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "kind": {"type": "str", "choices": ["tcp", "ssh", "https"], "required": True},
            "name": {"type": "str"},
            "address": {"type": "str"},
            "access": {"type": "str", "choices": ["dns", "host_table"], "default": "dns"},
            "port": {"type": "int", "required": True},
            "host_keys": {"type": "list", "elements": "str", "default": [], "no_log": False},
        },
    },
    "host_table": {"type": "path"},
    "servers": {"type": "list", "elements": "str", "default": []},
    "server_port": {"type": "int", "default": 53},
    "ca": {"type": "path"},
    "own_resolver": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 5.0},
}

_LOGIN = {
    "account": {"type": "str", "required": True},
    "private_key": {"type": "str", "required": True, "no_log": False},
    "reports": {"type": "list", "elements": "str", "required": True},
    "how_many": {"type": "str", "choices": ["none", "1", "2", "all"], "default": "2"},
}

ENDPOINTS: Dict[str, Any] = {
    **SERVICES,
    "endpoints": {
        **SERVICES["endpoints"],
        "options": {**SERVICES["endpoints"]["options"], "login": {"type": "dict", "options": _LOGIN}},
    },
}

RAP_KEY: Dict[str, Any] = {
    "accounts": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            # They are paths: without a word Ansible might take them for secrets, by the name.
            "public_key": {"type": "str", "required": True, "no_log": False},
            "private_key": {"type": "str", "required": True, "no_log": False},
            "registered": {"type": "str"},
            "recorded": {"type": "str"},
            "folders": {"type": "list", "elements": "str", "default": []},
        },
    },
    "renewal": {"type": "str", "choices": ["allowed", "forbidden"], "default": "allowed"},
    "today": {"type": "str"},
}

BOOKMARKS: Dict[str, Any] = {
    "sites": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "url": {"type": "str", "required": True},
            "addresses": {"type": "list", "elements": "str", "default": []},
        },
    },
    "browsers": {"type": "list", "elements": "str", "default": []},
    "users": {"type": "list", "elements": "str", "default": []},
    "config_dir": {"type": "str"},
}

MACHINE: Dict[str, Any] = {
    "now": {"type": "str"},
    "tolerance": {"type": "int", "default": 60},
    "free_mb": {"type": "int", "default": 500},
    "names": {"type": "list", "elements": "str", "default": []},
}

# Where journal and blobs lie; every module has it.
STATE_DIR: Dict[str, Any] = {"state_dir": {"type": "path"}}
