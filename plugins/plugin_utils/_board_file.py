# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writing a page into the evidence folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from ansible_collections.hkex.drill.plugins.module_utils.model import Refusal


def write_owned(path: Path, content: str | bytes) -> Path:
    """Replace a file by this content: whole or not at all, for its owner alone, through no link.

    :raises Refusal: it cannot be written; what stood there still does
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # for its owner alone
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(fd)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Refusal(
            str(path),
            f"it cannot be written: {error.strerror or error}",
            "The trail is not concerned. Put this right and run status again",
        ) from error
    return path
