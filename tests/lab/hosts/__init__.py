# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab of real Linux workstations and the exchange, in namespaces of its own on one machine.

    with Lab() as lab:
        lab.cut("primary")
        assert lab.run("nm-resolved", "getent hosts rapcc.hkexposttrade.com.hk").stdout == ""

From a shell: ``python -m tests.lab.hosts up``, and ``list``, ``down`` and so on.
"""

from .folder import Folder, LabError
from .lab import Lab
from .layout import HOSTS, WORKSTATIONS, Adapter, Backend, Workstation
from .requirements import missing

__all__ = [
    "HOSTS",
    "WORKSTATIONS",
    "Adapter",
    "Backend",
    "Folder",
    "Lab",
    "LabError",
    "Workstation",
    "missing",
]
