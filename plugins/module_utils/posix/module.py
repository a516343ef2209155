# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Ansible module that runs on a POSIX workstation: the only place that knows both."""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.hkex.drill.plugins.module_utils.concerns import MODULES
from ansible_collections.hkex.drill.plugins.module_utils.perform import perform
from ansible_collections.hkex.drill.plugins.module_utils.posix.workstation import Posix


def run(name: str) -> None:
    """Be the module of this name."""
    module = AnsibleModule(supports_check_mode=True, **MODULES[name].takes)
    workstation = Posix(module.params["state_dir"])
    told = perform(MODULES[name], workstation, module.params, module.check_mode, module._diff)
    if told.get("failed"):
        module.fail_json(**told)
    module.exit_json(**told)
