# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry of a simulated Windows workstation, and the hives of its people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .volume import Stop


class Registry:
    """Values by key and name, whose case is not told apart; null is none.

    ``profiles`` are as a look tells them. The hive of somebody who is logged on (``loaded``) stands under
    ``HKEY_USERS``; another one is there for as long as something is done with it. ``mounted`` tells how often each was
    loaded so; ``busy`` are SIDs whose hive another program keeps open, so that it cannot be.
    """

    def __init__(self) -> None:
        self.profiles: list[dict[str, Any]] = []
        self.values: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.mounted: dict[str, int] = {}
        self.busy: set[str] = set()
        self.denied: set[str] = set()  # keys in lower case that nobody may write
        self._written: dict[str, str] = {}  # keys as they were first written
        self._names: dict[tuple[str, str], str] = {}  # likewise the names of values

    def read(self, place: str, name: str) -> Mapping[str, Any] | None:
        """:raises Stop: there is no such hive, or it cannot be loaded"""
        with self._hive(place):
            return self.values.get((place.lower(), name.lower()))

    def write(self, place: str, name: str, value: Mapping[str, Any] | None) -> None:
        """:raises Stop: as for ``read``, or nobody may write there"""
        if place.lower() in self.denied:
            raise Stop(f"{place}: access is denied")
        with self._hive(place):
            if value is None:
                self.values.pop((place.lower(), name.lower()), None)
            else:
                self.values[place.lower(), name.lower()] = value
                self._written.setdefault(place.lower(), place)
                self._names.setdefault((place.lower(), name.lower()), name)

    def below(self, place: str) -> dict[str, dict[str, Mapping[str, Any]]] | None:
        """All values of a key and of those below it; None: there is no such key.

        :raises Stop: as for ``read``
        """
        told: dict[str, dict[str, Mapping[str, Any]]] = {}
        with self._hive(place):
            for (key, name), value in self.values.items():
                if (key + "\\").startswith(place.lower() + "\\"):
                    told.setdefault(self._written[key][len(place) + 1 :], {})[self._names[key, name]] = value
        return told or None

    @contextmanager
    def _hive(self, place: str) -> Iterator[None]:
        root, _, rest = place.partition("\\")
        sid = rest.partition("\\")[0]
        if root.upper() not in ("HKLM", "HKU") or not rest:
            raise Stop(f"{place}: is neither HKLM\\KEY nor HKU\\SID\\KEY")
        if root.upper() == "HKLM":
            yield
            return
        profile = next((each for each in self.profiles if each["sid"] == sid), None)
        if profile is None:
            raise Stop(f"HKU\\{sid}: there is no profile of this SID on this workstation")
        if profile["loaded"]:
            yield
            return
        if sid in self.busy:
            raise Stop(
                f"reg.exe load failed with 1: {profile['folder']}\\NTUSER.DAT is used by another process"
            )
        self.mounted[sid] = self.mounted.get(sid, 0) + 1
        yield
