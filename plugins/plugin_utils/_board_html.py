# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of HTML that need nothing but themselves: what escapes, the frame and the looks.

Everything that is not ``Html`` is escaped, so that forgetting it is not possible; a template engine would add files
and a way to switch that off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Text that is HTML already; made by ``tag`` and ``joined`` alone."""

    __slots__ = ()


_VOID = frozenset({"br", "hr", "meta"})

# Also every end of a line but \n, which a browser or a mail program might take for one.
_HIDDEN = (*range(9), *range(11, 32), *range(127, 160), 0x2028, 0x2029)
_SHOWN = dict.fromkeys(_HIDDEN, "\N{REPLACEMENT CHARACTER}")


def text(value: object) -> Html:
    """Anything, as it reads."""
    if isinstance(value, Html):
        return value
    return Html(escape(readable(str(value))))


def readable(said: str) -> str:
    """Without what no page and no letter may hold: control characters, halves of characters."""
    return said.translate(_SHOWN).encode("utf-8", "replace").decode("utf-8")


def joined(parts: Iterable[object], between: str = "") -> Html:
    return Html(escape(between).join(text(part) for part in parts))


def tag(element: str, /, *content: object, **attributes: object) -> Html:
    """An element. An attribute that is None is left out; ``class_`` is ``class`` and ``data_label`` ``data-label``."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if element in _VOID:
        return Html(f"<{element}{given}>")
    return Html(f"<{element}{given}>{joined(content)}</{element}>")


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Html]], *, even: bool = False
) -> Html:
    """A table whose rows are cells of ``head`` and ``cell``; each says its column where there are none.

    :param even: columns of one width, which a browser has not to look at a thousand rows to know
    """
    heads = joined(tag("th", column, scope="col") for column in columns)
    body = joined(tag("tr", *row) for row in rows)
    return tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", heads)),
        tag("tbody", body),
        class_="even" if even else None,
    )


def head(*content: object, **attributes: object) -> Html:
    """The cell that names its row."""
    return tag("th", *content, scope="row", **attributes)


def cell(column: str, *content: object, **attributes: object) -> Html:
    return tag("td", *content, data_label=column, **attributes)


def section(name: str, title: str, *content: object) -> Html:
    """A part of the page under a heading of its own."""
    return tag("section", tag("h2", title, id=name), *content, aria_labelledby=name)


def page(title: str, *content: object, style: str = "") -> str:
    """A whole page. It allows itself no script, no network and no form."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    top = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(STYLE + style)),
    )
    body = tag("body", tag("main", *content))
    return f"<!DOCTYPE html>\n{tag('html', top, body, lang='en')}\n"


GOOD, WAIT, BAD, SAID = "good", "wait", "bad", "said"  # STYLE has a shape for each

NAMED = 20  # workstations named in one cell; the fleet's table has the numbers of the findings of each


def sign(state: str, word: str) -> Html:
    """A word with the shape of its state before it, which a screen reader leaves out."""
    return tag("span", word, class_=f"s-{state}")


def count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def records(seqs: tuple[int, int]) -> str:
    return f"record {seqs[0]}" if seqs[0] == seqs[1] else f"records {seqs[0]} to {seqs[1]}"


def names(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def natural(name: str) -> list[tuple[int, str]]:
    """ws-2 before ws-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", name)]


# Dark text on white, and tints that need not print: every meaning is a word and a shape, too.
STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#1a1a1a;font:16px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif;
overflow-wrap:anywhere}
main{max-width:80rem;margin:0 auto;padding:1rem}
h1{font-size:1.6rem;line-height:1.2;margin:.2rem 0 .6rem}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:2px solid #1a1a1a}
p,ul{margin:.4rem 0;max-width:60rem}
small{font-size:.85em;color:#444}
table{border-collapse:collapse;width:100%;margin:.6rem 0 1.2rem;font-size:.95rem}
caption{text-align:left;color:#444;padding:.2rem 0}
th,td{border:1px solid #767676;padding:.3rem .45rem;text-align:left;vertical-align:top;min-width:7rem}
thead th{background:#eee;overflow-wrap:break-word}
tbody th{font-weight:600}
td>small,th>small{display:block;white-space:pre-line;font-weight:400}
.s-bad,.s-wait,.s-good,.s-said{font-weight:700}
.s-good::before{content:"\\25CF\\A0";content:"\\25CF\\A0"/""}
.s-wait::before{content:"\\25B3\\A0";content:"\\25B3\\A0"/""}
.s-bad::before{content:"\\2715\\A0";content:"\\2715\\A0"/""}
.s-said::before{content:"\\25C7\\A0";content:"\\25C7\\A0"/""}
.even{table-layout:fixed}
td.bad{background:#fbe9e7}td.wait{background:#fff6d6}td.good{background:#e9f5ea}
.said{white-space:pre-line}
.box{border:2px solid #1a1a1a;padding:.5rem .8rem;margin:.8rem 0}
.scroll{overflow-x:auto}
.day{width:100%;min-width:46rem;height:auto;display:block}
svg text{font:13px system-ui,sans-serif;fill:#1a1a1a}
@media screen and (max-width:52rem){
table,caption,tbody,tr,td,tbody th{display:block;width:100%}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{border:1px solid #767676;margin:0 0 .7rem}
td,tbody th{border:0;border-bottom:1px solid #ccc}
td{display:flow-root;padding-left:7.5rem;min-height:2rem}
td::before{content:attr(data-label);float:left;width:6.6rem;margin-left:-7.05rem;color:#444;font-size:.85rem}
}
@media print{
body{font-size:10.5pt}main{max-width:none;padding:0}
td,thead th{background:none!important}
thead{display:table-header-group}tr,svg,.box{break-inside:avoid}h2{break-after:avoid}
table{font-size:9pt}small,caption{color:#000}.day{min-width:0}th,td{min-width:5.6rem;padding:.2rem .3rem}
}
"""
