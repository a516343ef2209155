# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of a drill's day: its windows, the runs and the present. Pure functions.

Kinds of window differ by pattern, data centres by letter; the tables below the picture say all of it in words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from ansible_collections.hkex.drill.plugins.plugin_utils._board_html import Html, count, joined, tag
from ansible_collections.hkex.drill.plugins.plugin_utils.day import Day, DayWindow
from ansible_collections.hkex.drill.plugins.plugin_utils.drills import SECONDARY

Place = Callable[[datetime], float]  # where in the picture a time is

_WIDTH, _LEFT = 1000.0, 24.0
_TOP, _HIGH = 30.0, 44.0  # of the windows
_LANE, _APART = 20.0, 34.0  # height of a lane of runs; how far apart the marks of one lane stand at least
_LANES = 8  # more runs than stand side by side share the last one

_PATTERNS = Html(
    '<defs><pattern id="p-lines" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path d="M0 0V7" stroke="#767676" stroke-width="2"/></pattern>'
    '<pattern id="p-dots" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<circle cx="2" cy="2" r="1.4" fill="#767676"/></pattern></defs>'
)


def timeline(known: Day) -> Html:
    """Nothing where there is neither window nor run. Runs of other days are in the table alone."""
    span = _span(known)
    if span is None:
        return Html()
    start, end = span

    def at(moment: datetime) -> float:
        return _LEFT + (_WIDTH - 2 * _LEFT) * ((moment - start) / (end - start))

    marks = [(number, at(run.start)) for number, run in enumerate(known.runs, 1) if start <= run.start <= end]
    lanes = _lanes([place for _number, place in marks])
    base = _TOP + _HIGH + 26
    high = base + _LANE * (max(lanes, default=0) + 1) + 8
    drawn = [
        _hours(start, end, at),
        *(_window(number, each, at) for number, each in enumerate(known.windows, 1)),
    ]
    drawn += [_run(number, x, base + _LANE * lane) for (number, x), lane in zip(marks, lanes, strict=True)]
    if start <= known.now <= end:
        drawn.append(_now(at(known.now), high))
    apart = len(known.runs) - len(marks)
    said = f"{len(known.windows)} windows and {len(marks)} runs from {start:%H:%M} to {end:%H:%M}; see the tables below"
    picture = tag(
        "svg",
        _PATTERNS,
        *drawn,
        role="img",
        aria_label=said,
        viewBox=f"0 0 {_WIDTH:.0f} {high:.0f}",
        class_="day",
    )
    legend = (
        "Blank: the primary data centre serves (P). Lines: the secondary one serves (S). Dots: none surely serves. "
        "R1, R2, …: runs, at their start."
    )
    legend += f" In the table only: {count(apart, 'run')} on other days." if apart else ""
    # It scrolls sideways on a phone, so it has to be reachable by keyboard.
    scroll = tag("div", picture, class_="scroll", tabindex="0", role="group", aria_label="Picture of the day")
    return joined([scroll, tag("p", tag("small", legend))])


def _span(known: Day) -> tuple[datetime, datetime] | None:
    """What the picture shows: the windows and an hour around them; without windows, the runs."""
    hour = timedelta(hours=1)
    if known.windows:
        start, end = known.windows[0].start - hour, known.windows[-1].end + hour
    elif known.runs:
        start, end = min(run.start for run in known.runs), max(run.last for run in known.runs) + hour
    else:
        return None
    return start.replace(minute=0, second=0, microsecond=0), end


def _lanes(places: Sequence[float]) -> list[int]:
    """The lane of each mark, so that none covers another; the last lane takes what finds no room."""
    ends: list[float] = []
    lanes = []
    for place in places:
        lane = next((number for number, end in enumerate(ends) if end + _APART <= place), len(ends))
        lane = min(lane, _LANES - 1)
        ends[lane : lane + 1] = [place]
        lanes.append(lane)
    return lanes


def _hours(start: datetime, end: datetime, at: Place) -> Html:
    step = max(1, round((end - start) / timedelta(hours=14)))
    hours = range(0, int((end - start) / timedelta(hours=1)) + 1, step)
    return joined(_hour(start + timedelta(hours=hour), at) for hour in hours)


def _hour(moment: datetime, at: Place) -> Html:
    x = f"{at(moment):.1f}"
    line = tag("path", d=f"M{x} {_TOP - 8:.0f}V{_TOP + _HIGH + 8:.0f}", stroke="#767676")
    return joined([line, tag("text", f"{moment:%H:%M}", x=x, y=_TOP - 12, text_anchor="middle")])


def _window(number: int, each: DayWindow, at: Place) -> Html:
    x, wide = at(each.start), at(each.end) - at(each.start)
    centre = each.window.data_centre
    fill = "url(#p-dots)" if centre is None else "url(#p-lines)" if centre == SECONDARY else "#fff"
    box = {"x": f"{x:.1f}", "y": _TOP, "width": f"{wide:.1f}", "height": _HIGH}
    dash = "6 3" if each.window.optional else None
    frame = tag("rect", **box, fill=fill, stroke="#1a1a1a", stroke_width="2", stroke_dasharray=dash)
    words = f"{number} {centre[0].upper()}" if centre else f"{number}"
    middle = x + wide / 2
    # A plate under the number: it has to be read on any pattern.
    half = 5 + 4 * len(words)
    plate = tag("rect", x=f"{middle - half:.1f}", y=_TOP + 12, width=2 * half, height="20", fill="#fff")
    label = tag("text", words, x=f"{middle:.1f}", y=_TOP + 27, text_anchor="middle", font_weight="bold")
    return tag(
        "g", tag("title", f"{each.window.id}, {each.start:%H:%M} to {each.end:%H:%M}"), frame, plate, label
    )


def _run(number: int, x: float, y: float) -> Html:
    arrow = tag("path", d=f"M{x:.1f} {y - 12:.1f}l5 9h-10z", fill="#1a1a1a")
    return joined([arrow, tag("text", f"R{number}", x=f"{x + 6:.1f}", y=f"{y:.1f}")])


def _now(x: float, high: float) -> Html:
    line = tag(
        "path",
        d=f"M{x:.1f} {_TOP - 8:.0f}V{high:.1f}",
        stroke="#1a1a1a",
        stroke_width="2",
        stroke_dasharray="2 3",
    )
    return joined([line, tag("text", "now", x=f"{x + 4:.1f}", y=f"{high - 2:.1f}", font_style="italic")])
