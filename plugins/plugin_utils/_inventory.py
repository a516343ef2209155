# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the variables of a workstation are read: each by its form, and refused with workstation and variable."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ansible_collections.hkex.drill.plugins.module_utils._forms import is_absolute
from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal


class Reader:
    """The variables of one workstation, and how to refuse one of them."""

    def __init__(self, name: str, variables: Mapping[str, Any]) -> None:
        self.name = name
        self._variables = variables

    def refuse(self, variable: str, what: str, remedy: str) -> Refusal:
        return Refusal(f"{self.name}, {variable}", what, remedy)

    def get(self, variable: str) -> Any:
        return self._variables.get(variable)

    def text(self, variable: str) -> str | None:
        value = self.get(variable)
        if value is not None and not isinstance(value, str):
            raise self.refuse(variable, f"{value!r} is no text", "Give a path in quotes")
        return value or None

    def texts(self, variable: str) -> tuple[str, ...]:
        value = self.get(variable)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or not all(isinstance(each, str) for each in value):
            raise self.refuse(variable, f"{value!r} is no list of names", "Write it as [chan, li]")
        if isinstance(value, str):
            raise self.refuse(variable, f"{value!r} is no list", f"Write it as [{value}]")
        return tuple(value)

    def filled(self, variable: str, otherwise: str) -> Reader:
        """Refuse an empty list where it would mean what no list means."""
        value = self.get(variable)
        if isinstance(value, Sequence) and not value:
            raise self.refuse(
                variable,
                f"it is empty, which does not mean none: without it {otherwise} would be meant",
                f"List at least one, or leave the variable out for {otherwise}",
            )
        return self

    def folder(self, variable: str) -> str | None:
        value = self.text(variable)
        if value is not None and not is_absolute(value):
            raise self.refuse(variable, f"{value!r} is not an absolute path", "Give the folder's full path")
        return value

    def boolean(self, variable: str, default: bool) -> bool:
        value = self.get(variable)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(
                variable, f"{value!r} is neither true nor false", "Write true or false, without quotes"
            )
        return value

    def networks(self, variable: str) -> tuple[str, ...]:
        """IPv4 networks in CIDR notation."""
        value = self.get(variable)
        if value is None:
            return ()
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self.refuse(variable, f"{value!r} is no list", "List networks such as 10.135.0.0/16")
        for index, network in enumerate(value):
            try:
                ipaddress.IPv4Network(str(network))
            except (ValueError, TypeError) as error:
                raise self.refuse(
                    f"{variable}[{index}]",
                    f"{network!r} is no IPv4 network ({error})",
                    "Write it as 10.135.0.0/16",
                ) from None
        return tuple(str(network) for network in value)

    def seconds(self, variable: str, default: float) -> float:
        value = self.get(variable)
        try:  # on the command line it is a text
            number = default if value is None else float(value)
        except (TypeError, ValueError):
            number = 0.0
        if isinstance(value, bool) or not 0 < number < float("inf"):
            raise self.refuse(
                variable, f"{value!r} is no time to wait", "Give a number of seconds, such as 5"
            )
        return number

    def mapping(self, variable: str) -> Mapping[str, Any]:
        value = self.get(variable)
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self.refuse(variable, f"{value!r} is no mapping", "See inventory/example")
        return value

    def only(self, where: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
        """Refuse a key that nobody reads: what stands there would be passed over without a word."""
        for key in given:
            self.choice(f"{where}.{key}", key, known)

    def choices(self, variable: str, known: Sequence[str]) -> tuple[str, ...]:
        value = self.get(variable)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise self.refuse(
                variable, f"a list is needed, and {value!r} stands there", f"List some of {words(known)}"
            )
        return tuple(self.choice(f"{variable}[{index}]", each, known) for index, each in enumerate(value))

    def choice(self, where: str, value: Any, known: Sequence[str]) -> str:
        if value in known:
            return str(value)
        near = get_close_matches(str(value), known, 1)
        hint = f"Did you mean {near[0]}" if near else f"Give {words(known)}"
        raise self.refuse(where, f"{value!r} is none of {words(known)}", hint)


def words(several: Sequence[str]) -> str:
    return ", ".join(several)
