# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For all tests."""

from __future__ import annotations

import signal

from hypothesis import settings

# No deadline: a machine that has other work to do must not fail a property.
settings.register_profile("usual", deadline=None)
settings.register_profile("brief", deadline=None, max_examples=20)
settings.load_profile("usual")

# A shell lets what it starts in the background ignore SIGINT, and programs inherit that: none would hear its Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
