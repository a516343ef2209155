# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Public keys of servers: each as OpenSSH writes it, its numbers, and its fingerprint.

fixtures/host_keys.tsv was made with ssh-keygen 9.2; the numbers are those that puttygen 0.78 tells (--dump). plink 0.78
took each of them for the key of a server that has it, and none with another last digit.
"""

from __future__ import annotations

from pathlib import Path

from ansible_collections.hkex.drill.plugins.module_utils.sftp_clients._host_keys import HostKey, parse

LINES = (Path(__file__).parent / "fixtures" / "host_keys.tsv").read_text(encoding="ascii").splitlines()
CASES = [tuple(line.split("\t")) for line in LINES]
TEXTS = {text.split()[0]: text for text, _, _ in CASES}
KEYS: dict[str, HostKey] = {kind: parse(text) for kind, text in TEXTS.items()}
ED25519, RSA = KEYS["ssh-ed25519"], KEYS["ssh-rsa"]
# Another of each of the two: the base point (RFC 8032, section 5.1), and another exponent.
OTHER = parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm")
