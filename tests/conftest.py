# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

settings.register_profile("brief", max_examples=20)

# A shell lets what it starts in the background ignore SIGINT, and programs inherit that: none would hear its Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
