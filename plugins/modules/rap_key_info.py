#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: rap_key_info
short_description: Look at the RAP keys of a workstation
version_added: 0.1.0
description:
  - Says whether the public keys of RAP accounts are what the exchange takes. That is SSH2 form (RFC 4716), RSA of 2048
    or 4096 bits, and a file that is named after its account.
  - Says whether the private key belongs to the public one, whether only its owner may read it, and when the key is to
    be renewed.
  - Nothing private is ever told. A private key does not leave its workstation, so that on Windows, which is looked at
    from the controller, it is left alone and a finding says what to look at by hand.
  - It changes nothing, and keys that are not in order do not fail the task. See RV(findings) and RV(rap_key).
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.rap_key
  - hkex.drill.attributes
  - hkex.drill.attributes.reads
  - hkex.drill.attributes.looks
"""

EXAMPLES = r"""
---
- name: The keys of an account
  hkex.drill.rap_key_info:
    accounts:
      - name: CB99999001
        public_key: /home/chan/rap/CB99999001.pub
        private_key: /home/chan/rap/CB99999001
        registered: "2024-11-18"
        folders: [/home/chan/Downloads]
  register: keys

- name: On the day of a drill that forbids renewal (2025 circular)
  hkex.drill.rap_key_info:
    renewal: forbidden
    accounts:
      - name: CB99999001
        public_key: C:\RAP\CB99999001.pub
        private_key: C:\RAP\CB99999001.ppk
        recorded: SHA256:lqSLzsO9uV24YnkDQQWTzGrhvQQ8J2VvKzGwm1gkaQI
"""

RETURN = r"""
---
hostname:
  description: Name that the workstation gives itself.
  returned: success
  type: str
  sample: ws-01
system:
  description: Name and version of the system of the workstation.
  returned: success
  type: str
  sample: Windows 11 Enterprise 23H2 (build 22631.4460)
clock:
  description: The time on the workstation, in UTC.
  returned: success
  type: str
  sample: "2025-06-21T06:00:00Z"
people:
  description: Who has a home on the workstation.
  returned: success
  type: list
  elements: dict
  sample:
    - name: chan
      folder: C:\Users\chan
      proxy: ""
      pac: ""
adapters:
  description: Network adapters with the IPv4 addresses they really have.
  returned: success
  type: list
  elements: dict
  sample:
    - name: eth0
      addresses: [10.135.0.11]
rap_key:
  description:
    - What the keys are, account by account, and whether they are in order, which is that no finding is an error.
    - What could not be told is null.
  returned: success
  type: dict
  contains:
    today:
      description: Day by which the age was judged.
      type: str
    in_order:
      description: Whether no account has an error.
      type: bool
    as_asked:
      description: Always true, since nothing is asked to change.
      type: bool
    accounts:
      description: What was found of each account.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the account.
          type: str
        public_key:
          description: Path of the public key.
          type: str
        type:
          description: Type of the public key. Empty for one that SSH does not know.
          type: str
        bits:
          description: Length of an RSA key.
          type: int
        sha256:
          description: Fingerprint as OpenSSH and PuTTY show it.
          type: str
        md5:
          description: Older fingerprint. Null where the system does not allow MD5.
          type: str
        private_key:
          description: Path of the private key.
          type: str
        form:
          description: Form of the private key. Empty for one that is not known here.
          type: str
        encrypted:
          description: Whether the private key needs a passphrase.
          type: bool
        owner_only:
          description: Whether nobody but its owner has rights on the private key.
          type: bool
        pair:
          description: Whether the private key belongs to the public one.
          type: bool
        registered:
          description: Day on which the key was registered.
          type: str
        due:
          description: Last day of the key.
          type: str
        days:
          description: Days until then. Negative when it is over.
          type: int
        recorded:
          description: Fingerprint that the key was compared with.
          type: str
        warning_files:
          description: Paths at which the warning of the exchange lies.
          type: list
          elements: str
        in_order:
          description: Whether this account has no error.
          type: bool
  sample:
    today: "2025-06-21"
    in_order: true
    as_asked: true
    accounts:
      - name: CB99999001
        public_key: /home/chan/rap/CB99999001.pub
        type: ssh-rsa
        bits: 4096
        sha256: SHA256:lqSLzsO9uV24YnkDQQWTzGrhvQQ8J2VvKzGwm1gkaQI
        md5: 5c:1d:3e:6a:1b:0f:a2:77:80:3d:5e:9e:cc:54:0e:21
        private_key: /home/chan/rap/CB99999001
        form: an OpenSSH private key
        encrypted: true
        owner_only: true
        pair: true
        registered: "2024-11-18"
        due: "2026-11-18"
        days: 515
        recorded: null
        warning_files: []
        in_order: true
findings:
  description: What a person should know.
  returned: success
  type: list
  elements: dict
  contains:
    level:
      description: One of V(info), V(warning) and V(error).
      type: str
    where:
      description: Account and file, or option.
      type: str
    what:
      description: What is the matter with it, and the rule with the circular it comes from.
      type: str
    remedy:
      description: What to do about it.
      type: str
"""

# First: it makes what follows load once.
from ansible_collections.hkex.drill.plugins.module_utils import _loading  # noqa: F401  # pylint: disable=unused-import
from ansible_collections.hkex.drill.plugins.module_utils.looks import RAP_KEYS
from ansible_collections.hkex.drill.plugins.module_utils.posix.module import run


def main() -> None:
    run(RAP_KEYS)


if __name__ == "__main__":
    main()
