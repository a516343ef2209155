# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of documentation that several modules share."""

from __future__ import annotations

import re
from textwrap import indent


def as_option(name: str, description: str, fragment: str) -> str:
    """A fragment whose one option has those of ``fragment`` as suboptions, and names them so where it refers to them.

    Give the attribute that it becomes a type: ansible-test takes one without for a text that needs no making.
    """
    suboptions = re.sub(r"\bO\(", f"O({name}.", fragment.partition("options:\n")[2])
    return f"""
options:
  {name}:
    description: {description}
    type: dict
    suboptions:
{indent(suboptions, "    ")}"""
