#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What anybody's custom module costs that reads a file, changes it and puts it in place: the bar's other side."""

from __future__ import annotations

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True}, "text": {"type": "str"}}
    )
    path = module.params["path"]
    with open(path, "rb") as stream:
        before = stream.read()
    after = module.params["text"].encode()
    if before != after:
        descriptor, ready = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(after)
        module.atomic_move(ready, path)
    module.exit_json(changed=before != after)


if __name__ == "__main__":
    main()
