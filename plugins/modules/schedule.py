#!/usr/bin/python
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of an action plugin: all of it runs on the controller (plugins/action/schedule.py)."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: schedule
short_description: Plan what runs by itself after a drill
version_added: 0.1.0
description:
  - Plans C(cleanup), hourly from 20 minutes after the last session that is not optional until 07:00 of Hong Kong on the
    next business day, and one C(status) at that hour. A drill whose circular asks for no files to be removed has the
    C(status) alone. Nothing that switches a workstation is ever planned.
  - Tells the files with which systemd or cron starts them on this controller, which of these are there, and which are
    left of another date or keeper. It writes and removes none; the role C(hkex.drill.schedule) does.
  - Takes the command over from the one that is running, as the words of its command line. Refuses those that could hold
    a secret, would need a person or would hold for the controller itself.
  - Runs on the controller and contacts no workstation. Use it with C(run_once).
options:
  state:
    description:
      - What the answer is for. With V(install), a schedule of which everything is over is refused.
      - With V(remove), nothing is refused that only a run would need. Neither the file of the drill nor its date is.
    type: str
    choices: [show, install, remove]
    default: show
  drill:
    description: Id of the drill. V(contingency) has no timetable and is refused.
    type: str
    required: true
  occurrence:
    description: Date of the drill, for one that has several.
    type: str
  directory:
    description: Folder with the files of the drills. Defaults to those of the collection.
    type: path
  holidays:
    description: Dates that are no business days in Hong Kong, besides Saturdays and Sundays.
    type: raw
    default: []
  pretend_now:
    description: Time to pretend it is. Only an inventory whose hosts all set C(drill_sandbox) to true may.
    type: str
  keeper:
    description: Who starts the runs. V(auto) is systemd where it runs, else cron.
    type: str
    choices: [auto, systemd, cron]
    default: auto
  folder:
    description: Folder for the files. Defaults to that of the system for root, to that of the user's own systemd, or
      to the user's crontab.
    type: path
author:
  - The hkex.drill maintainers (@hkex-drill)
extends_documentation_fragment:
  - hkex.drill.attributes
  - hkex.drill.attributes.reads
seealso:
  - module: hkex.drill.gate
"""

EXAMPLES = r"""
---
- name: What would run by itself after the practice session
  hkex.drill.schedule:
    drill: 2025-06-21-rap-practice-session
    holidays: ["2025-07-01"]
  run_once: true
  register: schedule_plan
"""

RETURN = r"""
---
state:
  description: As it was asked for.
  returned: success
  type: str
drill:
  description: Id of the drill.
  returned: success
  type: str
occurrence:
  description: Date of the drill.
  returned: when it is planned
  type: str
keeper:
  description: Who starts the runs, V(systemd) or V(cron).
  returned: success
  type: str
scope:
  description: Whose systemd it is, that of the V(system) or of the V(user).
  returned: success
  type: str
folder:
  description: Folder of the files.
  returned: success
  type: str
files:
  description: Path and content of each file to be written.
  returned: success
  type: list
  elements: dict
there:
  description: Those of these paths that are there already, all of them made by hkex.drill.
  returned: success
  type: list
  elements: str
timers:
  description: Those of these paths that are timers to be started.
  returned: success
  type: list
  elements: str
entries:
  description: Entries of the user's crontab to be written.
  returned: success
  type: list
  elements: dict
gone:
  description: Paths to be removed, for V(install) those of other dates and keepers.
  returned: success
  type: list
  elements: str
gone_timers:
  description: Names of the timers to be stopped, where systemd can be asked.
  returned: success
  type: list
  elements: str
gone_entries:
  description: Names of the entries to be removed from the user's crontab.
  returned: success
  type: list
  elements: str
planned:
  description: When what runs by which command, for a person.
  returned: success
  type: list
  elements: str
standing:
  description: What of it is installed, for a person.
  returned: success
  type: list
  elements: str
hints:
  description: What else a person should know.
  returned: success
  type: list
  elements: str
"""
