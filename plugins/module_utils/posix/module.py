# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Ansible module that runs on a POSIX workstation: the only place that knows both."""

from typing import Optional

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hkex.drill.plugins.module_utils.concerns import Module
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Ask, Posix


def run(module: Module, ask: Optional[Ask] = None) -> None:
    """Be this module; one that asks the network brings along how."""
    ansible = AnsibleModule(supports_check_mode=True, **module.takes)
    state_dir = ansible.params["state_dir"]
    workstation = Posix(state_dir, ask) if ask else Posix(state_dir)
    told = perform(module, workstation, ansible.params, ansible.check_mode, ansible._diff)
    if told.get("failed"):
        ansible.fail_json(**told)
    ansible.exit_json(**told)
