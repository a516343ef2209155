# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Folders of a Windows workstation with all that is below them. No junction or symbolic link is followed.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# Seconds to wait for whoever holds a file: there may be many, and each that cannot be read is told as such.
$script:Patience = 0.2

function ConvertTo-NamePattern {
    # File names with * and ? as one regular expression; no pattern: every name. Not -like, to which [ ] mean something.
    param([string[]]$Patterns)
    $parts = @($Patterns | ForEach-Object -Process {
            [System.Text.RegularExpressions.Regex]::Escape($_).Replace('\*', '.*').Replace('\?', '.')
        })
    if ($parts.Length -eq 0) {
        $parts = @('.*')
    }
    $options = [System.Text.RegularExpressions.RegexOptions]'IgnoreCase, CultureInvariant, Singleline'
    [System.Text.RegularExpressions.Regex]::new('\A(' + ($parts -join '|') + ')\z', $options)
}

function Get-Entry {
    # What is in a folder, nothing if it went away meanwhile.
    param([System.IO.DirectoryInfo]$Folder)
    try {
        $Folder.GetFileSystemInfos()
    } catch [System.IO.DirectoryNotFoundException] {
        @()
    }
}

function Test-LinkEntry {
    param([System.IO.FileSystemInfo]$Entry)
    ($Entry.Attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0
}

function Test-NoFile {
    # Whether it is a link, or a folder that could not be entered.
    param([System.IO.FileSystemInfo]$Entry)
    $Entry -is [System.IO.DirectoryInfo] -or (Test-LinkEntry -Entry $Entry)
}

function Find-TreeEntry {
    # Files and links in a folder and in the folders below. Links are told, not followed; a folder below that cannot be
    # entered is told, too.
    param([string]$Root)
    $waiting = [System.Collections.Generic.Stack[System.IO.DirectoryInfo]]::new()
    $waiting.Push([System.IO.DirectoryInfo]::new($Root))
    while ($waiting.Count -gt 0) {
        $folder = $waiting.Pop()
        $entries = @()
        try {
            $entries = @(Get-Entry -Folder $folder)
        } catch [System.UnauthorizedAccessException], [System.IO.IOException] {
            if ($folder.FullName -ceq $Root) {
                throw
            }
            $folder
        }
        Assert-NoLink -Place $folder.FullName # it may have been swapped for one since the folder above was read
        foreach ($entry in $entries) {
            if ($entry -is [System.IO.DirectoryInfo] -and -not (Test-LinkEntry -Entry $entry)) {
                $waiting.Push($entry)
            } else {
                $entry
            }
        }
    }
}

function Read-Stamp {
    # Of a file that can be opened. Its SHA-256 is empty if somebody wrote to it meanwhile.
    param([string]$File)
    $share = [System.IO.FileShare]'ReadWrite, Delete'
    $stream = Open-File -File $File -Mode Open -Access Read -Share $share -Seconds $script:Patience
    try {
        Assert-NoLink -Place $File # while it is open no folder on its way can be renamed
        $size = $stream.Length
        $written = [System.IO.File]::GetLastWriteTimeUtc($File).Ticks
        $digest = Get-StreamDigest -Stream $stream
        if ($stream.Length -ne $size -or [System.IO.File]::GetLastWriteTimeUtc($File).Ticks -ne $written) {
            $digest = ''
        }
        [ordered]@{ size = $size; written = $written; sha256 = $digest }
    } finally {
        $stream.Dispose()
    }
}

function Get-Stamp {
    # Of a file, null if it went away meanwhile. Its SHA-256 is empty if it cannot be read: locked, or kept from us.
    param([System.IO.FileInfo]$Info)
    try {
        Read-Stamp -File $Info.FullName
    } catch [System.IO.FileNotFoundException], [System.IO.DirectoryNotFoundException] {
        $null
    } catch [System.UnauthorizedAccessException], [System.IO.IOException] {
        [ordered]@{ size = $Info.Length; written = $Info.LastWriteTimeUtc.Ticks; sha256 = '' }
    }
}

function Test-Stamp {
    # Whether a file is, without reading it, what is known of it.
    param([System.IO.FileInfo]$Info, $Known)
    [long]$Known.size -eq $Info.Length -and [long]$Known.written -eq $Info.LastWriteTimeUtc.Ticks
}

function Test-Unread {
    # Whether a file has to be read: it is known and not the same any more, or not known and its name fits.
    param([System.IO.FileInfo]$Info, [string]$Below, $Known, $Pattern)
    if ($Known.ContainsKey($Below)) {
        return -not (Test-Stamp -Info $Info -Known $Known[$Below])
    }
    $Pattern.IsMatch($Info.Name)
}

function Get-PathComparer {
    if (Test-Windows) {
        return [System.StringComparer]::OrdinalIgnoreCase
    }
    [System.StringComparer]::Ordinal
}

function Measure-Tree {
    # How many files there are, and the bytes of those that have to be read. One by one: there may be millions.
    param([string]$Root, $Known, $Pattern)
    $amount = [ordered]@{ files = 0; bytes = [long]0 }
    Find-TreeEntry -Root $Root | ForEach-Object -Process {
        if (-not (Test-NoFile -Entry $_)) {
            $amount.files += 1
            $below = $_.FullName.Substring($Root.Length + 1)
            if (Test-Unread -Info $_ -Below $below -Known $Known -Pattern $Pattern) {
                $amount.bytes += $_.Length
            }
        }
    }
    $amount
}

function Read-Tree {
    # What differs from what is known: stamps of other files, known files that are gone, links and other no files.
    param([string]$Root, $Known, $Pattern)
    $stamps = [System.Collections.Generic.Dictionary[string, object]]::new()
    $links = [System.Collections.Generic.List[string]]::new()
    Find-TreeEntry -Root $Root | ForEach-Object -Process {
        $below = $_.FullName.Substring($Root.Length + 1)
        if (Test-NoFile -Entry $_) {
            $links.Add($below)
        } else {
            $there = $true
            if (Test-Unread -Info $_ -Below $below -Known $Known -Pattern $Pattern) {
                $stamp = Get-Stamp -Info $_
                $there = $null -ne $stamp
                if ($there) {
                    $stamps[$below] = $stamp
                }
            }
            if ($there) {
                [void]$Known.Remove($below) # what is left in the end is gone
            }
        }
    }
    [ordered]@{ stamps = $stamps; gone = [string[]]@($Known.Keys); links = $links.ToArray() }
}

function Get-Tree {
    # What differs from what is known, or only how much there is if that is more than asked for at most.
    # Null: there is no such folder.
    param($Tree)
    $root = [System.IO.Path]::GetFullPath($Tree.path).TrimEnd([System.IO.Path]::DirectorySeparatorChar)
    Assert-NoLink -Place $root
    if (-not [System.IO.Directory]::Exists($root)) {
        return $null
    }
    $known = [System.Collections.Generic.Dictionary[string, object]]::new((Get-PathComparer))
    foreach ($property in $Tree.known.PSObject.Properties) {
        $known[$property.Name] = $property.Value
    }
    $pattern = ConvertTo-NamePattern -Patterns $Tree.patterns
    $amount = Measure-Tree -Root $root -Known $known -Pattern $pattern
    if ($amount.files -gt $Tree.most.files -or $amount.bytes -gt $Tree.most.bytes) {
        return $amount
    }
    Read-Tree -Root $root -Known $known -Pattern $pattern
}

Export-ModuleMember -Function @('Get-Tree')
