# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A workstation whose browsers have bookmarks as Chrome and Edge write them, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.hkex.drill.plugins.module_utils.engine import Workstation
from ansible_collections.hkex.drill.plugins.module_utils.looks import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.model import Facts, Profile
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix

RIGHT = "https://rmcd.hkexposttrade.com.hk"
SITE = {
    "name": "rmcd.hkexposttrade.com.hk",
    "url": RIGHT,
    "addresses": ["10.243.2.32", "10.243.66.32"],
}
LOGIN = {
    "name": "sso.hkexposttrade.com.hk",
    "url": RIGHT,
    "addresses": ["10.243.2.15", "10.243.66.15"],
}
BANK = "https://bank.example/transfer?account=4711"


def url(name: str, address: str) -> dict[str, Any]:
    """A bookmark, with all that the browser keeps of it."""
    return {
        "date_added": "13350612345678901",
        "date_last_used": "0",
        "guid": "0b6d4d7c-7f0e-4bd6-9d5e-3f1c5b1f0a11",
        "id": "7",
        "meta_info": {"power_bookmark_meta": ""},
        "name": name,
        "type": "url",
        "url": address,
    }


def folder(name: str, *children: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "children": list(children),
        "date_added": "13350612345678901",
        "date_last_used": "0",
        "date_modified": "13350612345999999",
        "guid": "0bc5d13f-2cba-5d74-951f-3f233fe6c908",
        "id": "1",
        "name": name,
        "type": "folder",
    }


def bookmarks(*bar: Mapping[str, Any], other: tuple[Mapping[str, Any], ...] = ()) -> bytes:
    """The file of a profile, indented as the browser does it."""
    told = {
        "checksum": "2c6f0b6a6d1f7b6e0d1c1b1a9f8e7d6c",
        "roots": {
            "bookmark_bar": folder("Bookmarks bar", *bar),
            "other": folder("Other bookmarks", *other),
            "synced": folder("Mobile bookmarks"),
        },
        "sync_metadata": "CgIIAQ==",
        "version": 1,
    }
    return json.dumps(told, indent=3, ensure_ascii=False).encode()


def local_state(**profiles: str) -> bytes:
    """``Local State`` with these profiles: their folders (an underscore is a blank) and names."""
    cache = {
        place.replace("_", " "): {"active_time": 1706138745.1, "is_ephemeral": False, "name": name}
        for place, name in profiles.items()
    }
    return json.dumps({"browser": {"enabled_labs": []}, "profile": {"info_cache": cache}}).encode()


def put(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


class Peopled(Posix):
    """This machine with other people than it has."""

    def __init__(self, state_dir: str, *people: Profile) -> None:
        super().__init__(state_dir)
        self._people = people

    def _local(self) -> Facts:
        return super()._local()._replace(profiles=self._people)


def pc(home: Path, *names: str) -> Peopled:
    """A workstation on which these people have their homes in this folder."""
    people = [
        Profile(str(number), str(home / name), name=name) for number, name in enumerate(names, start=1001)
    ]
    return Peopled(str(home / "state"), *people)


def looked(workstation: Workstation, *sites: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """What is told, without a process of its own."""
    module = MODULES["workstation_info"]
    asked = {"bookmarks": {"sites": list(sites or [SITE, LOGIN]), **more}}
    valid = ArgumentSpecValidator(**module.takes).validate(asked)
    assert not valid.error_messages
    return perform(module, workstation, valid.validated_parameters, False, True)
