# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate on PowerShell source: each rule has a text that trips it and its neighbour that does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.powershell import gate, problems
from tests.checks.powershell_allowed import Allowed, allowed, ill_documented
from tests.checks.powershell_syntax import HEADER, LEGACY, SHEBANG
from tests.checks.powershell_tree import QUOTED, Source, above

API = "https://learn.microsoft.com/en-us/dotnet/api/"
CMDLETS = "https://learn.microsoft.com/en-us/powershell/module/"
ABOUT = CMDLETS + "microsoft.powershell.core/about/"

LIST = f"""
commands:
  Get-Item:
    doc: {CMDLETS}microsoft.powershell.management/get-item
    parameters: [LiteralPath]
    switches: [Force]
  ForEach-Object:
    doc: {CMDLETS}microsoft.powershell.core/foreach-object
    positional: 1
  Set-StrictMode:
    doc: {CMDLETS}microsoft.powershell.core/set-strictmode
    parameters: [Version]
  Export-ModuleMember:
    doc: {CMDLETS}microsoft.powershell.core/export-modulemember
    parameters: [Function]
  reg.exe:
    doc: https://learn.microsoft.com/en-us/windows-server/administration/windows-commands/reg
    positional: -1
types:
  System.IO.File: {{doc: "{API}system.io.file", static: [Exists, Replace]}}
  System.IO.FileShare: {{doc: "{API}system.io.fileshare", values: [Read, Delete]}}
  System.Collections.Generic.List:
    doc: {API}system.collections.generic.list-1
    static: [new]
    instance: [Add, Count]
short:
  doc: {ABOUT}about_type_accelerators
  names: {{string: System.String, switch: System.Management.Automation.SwitchParameter}}
variables:
  doc: {ABOUT}about_automatic_variables
  names: [_, args, "true", "false", "null"]
common:
  doc: {ABOUT}about_commonparameters
  names: [ErrorAction]
"""
FIELDS = '{"properties": {"folder": {"items": {"properties": {"stamp": {"type": "object"}}}}}}'

TOP = "\n".join([SHEBANG, *HEADER, "", f"#AnsibleRequires {LEGACY}"])
USES = "#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.helper"
STRICT = "\nSet-StrictMode -Version 2.0\n$ErrorActionPreference = 'Stop'\n"
HELPER = (
    "\n".join(HEADER)
    + f"""
{STRICT}
function Get-Shared {{
    param([string]$Name, [switch]$Quick)
    $Name
    $Quick
}}

function Get-Hidden {{
    $null
}}

Export-ModuleMember -Function @('Get-Shared')
"""
)
BODY = """
function Get-Own {
    param(
        [string]$File = 'x',
        [System.IO.FileShare]$Share = 'Read',
        [switch]$Quick
    )
    "${File}: $Share $Quick"
}

function Test-It {
    param($a, $b)
    %s
}
"""


@pytest.fixture(name="root")
def a_checkout(tmp_path: Path) -> Path:
    """A collection with one module of its own."""
    for folder in ("modules", "module_utils"):
        (tmp_path / "plugins" / folder).mkdir(parents=True)
    (tmp_path / "plugins/module_utils/helper.psm1").write_text(HELPER)
    return tmp_path


def listed(root: Path, text: str = LIST) -> Allowed:
    """An allow-list of this text."""
    (root / "list.yml").write_text(text)
    (root / "schema.json").write_text(FIELDS)
    return allowed(root / "list.yml", root / "schema.json")


def found(root: Path, text: str | bytes, name: str = "modules/it.ps1") -> list[str]:
    """What the gate says about a file of this text."""
    path = root / "plugins" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return problems(path, listed(root), root)


def inside(snippet: str) -> str:
    """A module with this in a function that has $a and $b."""
    return f"{TOP}\n{USES}\n{STRICT}" + BODY % snippet


PAIRS = {
    # parsed
    "brace": ("if ($a) { $b", "if ($a) { $b }", "not understood"),
    "quote": ("'x", "'x'", "not understood"),
    # unknown to 5.1
    "==": ("if ($a == $b) { 1 }", "if ($a -eq $b) { 1 }", "use -eq"),
    "!=": ("if ($a != $b) { 1 }", "if ($a -ne $b) { 1 }", "`!=`"),
    "??": ("$c = $a ?? $b", "$c = '?? $b'", "`??`"),
    "??=": ("$a ??= $b", "$a += $b", "`??=`"),
    "?? in a string": ('"$($a ?? $b)"', '"$a ?? $b"', "`??`"),
    "ternary": ("$c = $a ? 1 : 2", "$c = if ($a) { 1 } else { 2 }", "use if and else"),
    "&&": ("Get-Own && Get-Own", "Get-Own; Get-Own", "`&&`"),
    "||": ("Get-Own || Get-Own", "$a -or $b # a || b", "`||`"),
    "?.": ("$a?.Count", "$a.Count", "no ?."),
    "?[]": ("${a}?[0]", "$a[0]", "no ?."),
    "background": ("Get-Own &", "& $a", "no & behind"),
    "-Parallel": ("$a | ForEach-Object -Parallel { $_ }", "$a | ForEach-Object { $_ }", "-Parallel is"),
    "leading pipe": ("$a\n    | ForEach-Object { $_ }", "$a |\n    ForEach-Object { $_ }", "begins with |"),
    "core variable": ("$IsWindows", "$a", "does not exist in 5.1"),
    "class": ("class A { [string]$x }", "$a", "use functions"),
    "trap": ("trap { $a }", "try { $a } catch { $b }", "use try"),
    # nothing left to guess
    "alias": ("gi -LiteralPath $a", "Get-Item -LiteralPath $a", "`gi` is an alias"),
    "alias %": ("$a | % { $_ }", "$a | ForEach-Object { $_ }", "`%` is an alias"),
    "alias ?": ("$a | ? { $_ }", "$a % $b", "`?` is an alias"),
    "-Path": ("Get-Item -Path $a", "Get-Item -LiteralPath $a", "use -LiteralPath"),
    "backtick": ("Get-Own `\n    -File $a", "Get-Own -File (\n    $a)", "a backtick"),
    "backtick in a comment": ("Get-Own ` \n    -File $a", "$a # as in `\n    $b", "a backtick"),
    "iex": ("Invoke-Expression $a", "& $a", "call the command itself"),
    "host": ("Write-Host $a", "$a", "Write-Host is not used"),
    "dot": (". $a", "& $a", "a dot brings in"),
    "drive": ('"$a: text"', '"${a}: text $a. $script:ErrorActionPreference"', "read as a drive"),
    "positional": ("Get-Item $a", "Get-Item -LiteralPath $a", "given 1 values without a name, 0 may be"),
    "two positional": ("$a | ForEach-Object { 1 } { 2 }", "$a | ForEach-Object { 1 }", "given 2 values"),
    "behind a switch": (
        "Get-Item -LiteralPath $a -Force $b",
        "Get-Item -Force -LiteralPath $a",
        "given 1 values",
    ),
    # commands
    "command": ("Get-Nothing", "Get-Own", "Get-Nothing is neither"),
    "spelling": ("get-own", "Get-Own", "get-own is neither"),
    "not handed out": ("Get-Hidden", "Get-Shared -Quick", "Get-Hidden is neither"),
    "parameter": (
        "Get-Item -LiteralPath $a -Depth 3",
        "Get-Item -LiteralPath $a -Force",
        "no parameter -Depth",
    ),
    "short parameter": ("Get-Item -Lit $a", "Get-Item -LiteralPath $a", "no parameter -Lit"),
    "own parameter": ("Get-Own -Name $a", "Get-Own -File $a -Quick", "no parameter -Name"),
    "after a default": ("Get-Own -Shape Read", "Get-Own -Share Read", "no parameter -Shape"),
    "operator": ("if (Get-Own -and $a) { 1 }", "if ((Get-Own) -and $a) { 1 }", "no parameter -and"),
    "shared parameter": ("Get-Shared -File $a", "Get-Shared -Name $a", "no parameter -File"),
    "common": ("Get-Own -ErrorAction Stop", "Get-Item -LiteralPath $a -ErrorAction Stop", "-ErrorAction"),
    "no value": ("Get-Own -File -Quick", "Get-Own -Quick:$true -File $a", "-File gets no value"),
    "no value at the end": ("Get-Own -File", "Get-Own -Quick", "-File gets no value"),
    "splat": ("$c = @{ Name = 1 }; Get-Own @c", "$c = @{ File = 1 }; Get-Own @c", "no parameter -Name"),
    "unseen splat": ("Get-Own @a", "Get-Own -File $a", "nobody can see which parameters @a holds"),
    "program": ("& 'net.exe' use", "& 'reg.exe' load $a b", "net.exe is neither"),
    "unseen call": ("& (Get-Own) -File $a", "& { $a }", "nobody can see what"),
    # types and members
    "type": ("[System.IO.Fyle]::Exists($a)", "[System.IO.File]::Exists($a)", "[System.IO.Fyle] is not"),
    "short type": ("[IO.Fyle]::Exists($a)", "[IO.File]::Exists($a)", "[IO.Fyle] is not"),
    "cast": ("[int]$a", "[string]$a", "[int] is not"),
    "caught": ("try { $a } catch [Oops] { $b }", "try { $a } catch { $b }", "[Oops] is not"),
    "within": (
        "[System.Collections.Generic.List[int]]::new()",
        "[System.Collections.Generic.List[string]]::new()",
        "[int]",
    ),
    "static": ("[System.IO.File]::Kill($a)", "[System.IO.File]::Replace($a, $b, $b)", "::Kill is not"),
    "case": ("[System.IO.File]::replace($a)", "[System.IO.File]::Exists($a)", "::replace is not"),
    "unseen type": ("$a::Exists", "[System.IO.File]::Exists($a)", "nobody can see which type"),
    "member": ("$a.Size", "$a.Count", ".Size is no member"),
    "method": ("$a.Append($b)", "$a.Add($b)", ".Append is no member"),
    "chained": ("$a.Count.Size", "$a[0].Count", ".Size is no member"),
    "in a string": ('"$($a.Size)"', '"$($a.Count)"', ".Size is no member"),
    "field": ("$a.stump", "$a.stamp", ".stump is no member"),
    "key": (
        "$c = @{ one = 1 }; $c.two",
        "$c = @{ one = 1 }; $c['two'] = 2; $c.one + $c.two",
        ".two is no member",
    ),
    "unseen member": ("$a.$b", "$a[$b]", "nobody can see which member"),
    "value": (
        "[System.IO.FileShare]'Read, Write'",
        "[System.IO.FileShare]'Read, Delete'",
        "Write is no value",
    ),
    "value of a parameter": ("Get-Own -Share Write", "Get-Own -Share Read", "Write is no value"),
    # variables
    "variable": ("$c", "$c = 1; $c", "$c is read here, but not set"),
    "script variable": ("$script:Kept", "$script:Kept = 1; $script:Kept", "$script:Kept is read"),
    "another's variable": ("$File", "$a", "$File is read"),
    "loop": ("foreach ($c in $a) { $d }", "foreach ($c in $a) { $c }", "$d is read"),
    "element": ("$c['x'] = 1", "$c = @{ }; $c['x'] = 1", "$c is read"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_rule_and_its_neighbour(root: Path, name: str) -> None:
    bad, good, word = PAIRS[name]
    said = found(root, inside(bad))
    assert any(word in line for line in said), said
    assert found(root, inside(good)) == []


def test_a_problem_names_its_line(root: Path) -> None:
    text = inside("Get-Nothing")
    (line,) = found(root, text)
    where = text[: text.index("Get-Nothing")].count("\n") + 1
    assert line.startswith(f"plugins/modules/it.ps1:{where}: Get-Nothing is neither")


WHOLE = inside("$a")
LAYOUT = {
    "not ASCII": (WHOLE + "# \u00e9\n", "not ASCII"),
    "byte order mark": ("\ufeff" + WHOLE, "not ASCII"),
    "tab": (WHOLE + "\t$null\n", "a tab"),
    "trailing space": (WHOLE + "$null \n", "spaces at the end"),
    "CRLF": (WHOLE.replace("\n", "\r\n"), "CRLF"),
    "no line end": (WHOLE.rstrip("\n"), "write one"),
    "empty line at the end": (WHOLE + "\n", "write one"),
    "first line": (WHOLE.replace(SHEBANG, "# PowerShell"), "another first line"),
    "licence": (WHOLE.replace(HEADER[2], "#"), "no licence"),
    "helpers": (WHOLE.replace(f"#AnsibleRequires {LEGACY}\n", ""), "does not bring its helpers"),
    "strict": (
        WHOLE.replace("Set-StrictMode -Version 2.0", "Set-StrictMode -Version 1.0"),
        "write Set-StrictMode",
    ),
    "stop": (WHOLE.replace("'Stop'", "'Continue'"), "write $ErrorActionPreference = 'Stop'"),
    "missing module": (WHOLE.replace("module_utils.helper", "module_utils.gone"), "no such module"),
    "C#": (WHOLE.replace(USES, "#AnsibleRequires -CSharpUtil Ansible.Basic"), "no such module"),
    "using": ("using namespace System.IO\n" + WHOLE, "full name"),
    "handed out": (WHOLE + "Export-ModuleMember -Function @('Get-Lost')\n", "hands out Get-Lost"),
}


@pytest.mark.parametrize("name", LAYOUT)
def test_what_every_file_has(root: Path, name: str) -> None:
    text, word = LAYOUT[name]
    assert any(word in line for line in found(root, text))
    assert found(root, WHOLE) == []


def test_a_module_util_needs_no_first_line(root: Path) -> None:
    assert found(root, HELPER, "module_utils/helper.psm1") == []


def test_the_allow_list_holds_nothing_idle(root: Path) -> None:
    path = root / "plugins/modules/it.ps1"
    path.write_text(inside("Get-Item -LiteralPath $a; $a.Count; [System.IO.File]::Exists($a)"))
    said = gate([path], listed(root), root)
    assert "powershell_allowed.yml: commands: Get-Item: Force: nothing uses it; remove it" in said
    assert "powershell_allowed.yml: types: System.IO.File: Replace: nothing uses it; remove it" in said
    assert "powershell_allowed.yml: commands: reg.exe: nothing uses it; remove it" in said
    assert not any("LiteralPath" in line or "Exists" in line or "Count" in line for line in said)
    path.write_text(f"{TOP}\n{STRICT}")
    idle = ("types: System.IO.File", "short: string", "variables: _", "common: ErrorAction")
    assert {f"powershell_allowed.yml: {each}: nothing uses it; remove it" for each in idle} <= set(
        gate([path], listed(root), root)
    )
    assert gate([], listed(root), root) == []


def test_every_entry_of_the_allow_list_is_documented() -> None:
    assert ill_documented() == []


BAD_ENTRIES = {
    "another cmdlet": ("commands", "Get-Item", {"doc": f"{CMDLETS}x/get-acl"}, "another cmdlet"),
    "another type": ("types", "System.IO.File", {"doc": f"{API}system.io.path"}, "another type"),
    "another's site": ("commands", "Get-Item", {"doc": "https://example.org/get-item"}, "not its vendor's"),
    "alias": ("commands", "gi", {"doc": f"{CMDLETS}x/gi"}, "an alias"),
    "wildcards": (
        "commands",
        "Get-Item",
        {"doc": f"{CMDLETS}x/get-item", "parameters": ["Path"]},
        "-LiteralPath",
    ),
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
def test_an_entry_that_is_not_documented(root: Path, name: str) -> None:
    kind, entry, given_, word = BAD_ENTRIES[name]
    there = yaml.safe_load(LIST)
    (root / "list.yml").write_text(yaml.safe_dump(there))
    assert ill_documented(root / "list.yml") == []
    there[kind][entry] = given_
    (root / "list.yml").write_text(yaml.safe_dump(there))
    (line,) = ill_documented(root / "list.yml")
    assert word in line


SOUND = inside(
    """$list = [System.Collections.Generic.List[string]]::new()
    foreach ($one in @($a | ForEach-Object { $_.Count })) {
        if (($one -gt 3) -and -not ($b['x'] -eq "it's $($one) (or ${b})")) {
            $list.Add([string]$one)
        } elseif ([System.IO.File]::Exists('a')) {
            [System.IO.File]::Replace($a, "$b", 'old')
        }
    }
    @{ one = @(1, 2); two = { $a[0] } }"""
)
DELIMITERS = [at for at, mark in enumerate(SOUND) if mark in "(){}[]'\"" and at > SOUND.index("function")]


def in_a_text(at: int) -> bool:
    """Whether this character is said rather than done: inside of quotes, but not one of them."""
    node = Source("it.ps1", SOUND.encode()).root.descendant_for_byte_range(at, at + 1)
    texts = [each for each in (node, *above(node)) if each and each.type in QUOTED] if node else []
    return any(each.start_byte < at < each.end_byte - 1 for each in texts)


def test_a_lost_delimiter_is_noticed(root: Path) -> None:
    """82 of 87 here; of a sample of 540 in the collection's own files 529, 506 of them by the parser alone."""
    assert found(root, SOUND) == []
    missed = [at for at in DELIMITERS if not found(root, SOUND[:at] + SOUND[at + 1 :])]
    assert all(in_a_text(at) for at in missed), [SOUND[at - 9 : at + 9] for at in missed]
    assert len(missed) / len(DELIMITERS) <= 0.1


@pytest.fixture(scope="module", name="kept")
def a_checkout_for_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as ``root``, made once."""
    place = tmp_path_factory.mktemp("many")
    (place / "plugins/modules").mkdir(parents=True)
    return place


@settings(deadline=None, max_examples=60)
@given(snippet=st.text(alphabet="$a(){}[]'\"|&;.:-=@ \n#`", max_size=60))
def test_any_text_gets_an_answer(kept: Path, snippet: str) -> None:
    text = inside(snippet)
    said = found(kept, text)
    assert all(re.match(r"plugins/modules/it\.ps1:\d+: ", line) for line in said)
    assert [int(line.split(":")[1]) for line in said] == sorted(int(line.split(":")[1]) for line in said)
