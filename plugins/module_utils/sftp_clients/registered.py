# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SFTP clients that are known: a next one is a file of its own and a line here."""

from typing import Tuple

from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients import (
    filezilla,
    openssh,
    others,
    winscp,
)
from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients.client import Client

CLIENTS: Tuple[Client, ...] = (filezilla.CLIENT, winscp.CLIENT, openssh.CLIENT, *others.clients())
