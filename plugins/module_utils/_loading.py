# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes what is imported after it load once.

Ansible sends a module as a zip, and Python's own importer compiles each file in there twice: once only to learn under
which name to load it, which needs no compiling. That was a third of what our code costs on a workstation, on every
visit (docs/performance.md). This changes nothing about what is loaded, or from where.
"""

from __future__ import annotations

import os
import sys
import zipimport


class Importer(zipimport.zipimporter):
    """Python's own, but for how it learns the file name of a module."""

    def get_filename(self, fullname: str) -> str:
        """The path of a module's source in the zip."""
        path = f"{self.archive}{os.sep}{self.prefix}" + fullname.rpartition(".")[2]
        return path + (os.sep + "__init__.py" if self.is_package(fullname) else ".py")


def install() -> None:
    """Use it for every folder of a zip that is on the path, also for those that were imported from already."""
    if Importer not in sys.path_hooks:
        sys.path_hooks.insert(0, Importer)
        for path, finder in list(sys.path_importer_cache.items()):
            if isinstance(finder, zipimport.zipimporter):
                del sys.path_importer_cache[path]


install()
