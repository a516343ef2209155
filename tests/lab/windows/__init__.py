# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Windows workstations without Windows: what stock ansible reaches over winrm and psrp, before any ``Machine``.

with WindowsFleet(folder, machines) as fleet:
    fleet.variables("pc-1", "winrm", "basic")      what an inventory says of it
    fleet.fault("pc-1", Fault(Kind.LOST))          trouble on demand
    fleet.executions("pc-1")                       what ran there
"""

from .auth import Account
from .faults import Fault, Kind
from .fleet import WindowsFleet
from .host import Execution, Machine

__all__ = ["Account", "Execution", "Fault", "Kind", "Machine", "WindowsFleet"]
