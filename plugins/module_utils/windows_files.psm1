# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Files of a Windows workstation, read. No junction or symbolic link is followed.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# What was there before a write that was cut off stands under this name.
$script:OldSuffix = '.hkex-drill-old'

# Bytes. A host table or a client's settings are far smaller; a larger file is not one of them.
$script:Largest = 64MB

# ---- words ---------------------------------------------------------------------------------------------------------

function Test-Windows {
    [System.Environment]::OSVersion.Platform -eq [System.PlatformID]::Win32NT
}

function New-Refusal {
    # An exception that says where, what is wrong there, and what to do about it.
    param([string]$Where, [string]$What, [string]$Remedy)
    $refusal = [System.InvalidOperationException]::new("${Where}: $What. $Remedy")
    $refusal.Data['where'] = $Where
    $refusal.Data['what'] = $What
    $refusal.Data['remedy'] = $Remedy
    $refusal
}

function Get-Cause {
    # .NET exceptions arrive wrapped in one of PowerShell's own.
    param($Problem)
    $Problem.Exception.GetBaseException()
}

function Get-Reason {
    param($Problem)
    (Get-Cause -Problem $Problem).Message
}

function Test-Busy {
    # Whether somebody else holds the file at the moment: sharing or lock violation, ERROR_UNABLE_TO_REMOVE_REPLACED.
    # The last one is what .NET says on POSIX (EAGAIN).
    param($Problem)
    $code = '{0:X8}' -f (Get-Cause -Problem $Problem).HResult
    @('80070020', '80070021', '80070497', '0000000B') -ccontains $code
}

# ---- what is there -------------------------------------------------------------------------------------------------

function Test-Link {
    # Whether a junction, symbolic link or another reparse point stands here.
    param([string]$Place)
    try {
        $attributes = [System.IO.File]::GetAttributes($Place)
    } catch [System.IO.FileNotFoundException], [System.IO.DirectoryNotFoundException] {
        return $false
    }
    ($attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0
}

function Assert-NoLink {
    # Neither the place nor a folder on the way to it is a junction or symbolic link: a user's could lead anywhere.
    param([string]$Place)
    $at = [System.IO.Path]::GetFullPath($Place)
    while ($at) {
        if (Test-Link -Place $at) {
            $what = "is not followed, because $at is a junction or symbolic link"
            throw (New-Refusal -Where $Place -What $what -Remedy 'Give the real path')
        }
        $at = [System.IO.Path]::GetDirectoryName($at)
    }
}

function Test-Something {
    param([string]$Place)
    [System.IO.File]::Exists($Place) -or [System.IO.Directory]::Exists($Place)
}

function Open-File {
    # A FileStream, waiting until whoever holds the file lets it go, but not longer than so many seconds.
    param(
        [string]$File,
        [System.IO.FileMode]$Mode,
        [System.IO.FileAccess]$Access,
        [System.IO.FileShare]$Share,
        [double]$Seconds = 1
    )
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($true) {
        try {
            return [System.IO.FileStream]::new($File, $Mode, $Access, $Share)
        } catch {
            if (-not (Test-Busy -Problem $_) -or $clock.Elapsed.TotalSeconds -gt $Seconds) {
                throw
            }
        }
        Start-Sleep -Milliseconds 50
    }
}

function Open-Present {
    # A stream for reading, null where there is no file.
    param([string]$File, [System.IO.FileShare]$Share)
    if ([System.IO.Directory]::Exists($File)) {
        throw (New-Refusal -Where $File -What 'is a folder' -Remedy 'Give the path of a file')
    }
    try {
        Open-File -File $File -Mode Open -Access Read -Share $Share
    } catch [System.IO.FileNotFoundException], [System.IO.DirectoryNotFoundException] {
        $null
    }
}

function Read-Stream {
    param([System.IO.Stream]$Stream, [string]$File)
    if ($Stream.Length -gt $script:Largest) {
        $what = "is larger than $($script:Largest) bytes"
        throw (New-Refusal -Where $File -What $what -Remedy 'It cannot be what it is taken for; give the right path')
    }
    $memory = [System.IO.MemoryStream]::new()
    $Stream.CopyTo($memory)
    , $memory.ToArray() # the comma keeps PowerShell from handing the bytes out one by one
}

function Read-File {
    # The bytes of a file, null where there is none. Whoever writes to it or removes it is not kept from it.
    param([string]$File)
    $stream = Open-Present -File $File -Share ([System.IO.FileShare]'ReadWrite, Delete')
    if ($null -eq $stream) {
        return $null
    }
    try {
        , (Read-Stream -Stream $stream -File $File)
    } finally {
        $stream.Dispose()
    }
}

function ConvertTo-Hexadecimal {
    param([byte[]]$Bytes)
    [System.BitConverter]::ToString($Bytes).Replace('-', '').ToLowerInvariant()
}

function Get-Digest {
    # SHA-256 of bytes. Not SHA256.Create: under the FIPS policy .NET Framework before 4.8 gives one that refuses.
    param([byte[]]$Content)
    $hash = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
    try {
        ConvertTo-Hexadecimal -Bytes $hash.ComputeHash($Content)
    } finally {
        $hash.Dispose()
    }
}

function Get-StreamDigest {
    param([System.IO.Stream]$Stream)
    $hash = [System.Security.Cryptography.SHA256CryptoServiceProvider]::new()
    try {
        ConvertTo-Hexadecimal -Bytes $hash.ComputeHash($Stream)
    } finally {
        $hash.Dispose()
    }
}

function Get-State {
    # SHA-256 of a file, null where there is none.
    param([string]$File)
    $stream = Open-Present -File $File -Share ([System.IO.FileShare]'ReadWrite, Delete')
    if ($null -eq $stream) {
        return $null
    }
    try {
        Get-StreamDigest -Stream $stream
    } finally {
        $stream.Dispose()
    }
}

function Get-AttributeText {
    # What must not move besides the content: attributes (but Archive, which every write sets), owner, group and access.
    param([string]$File)
    # The bits stay a number: newer ones (of cloud folders) have no names in .NET Framework.
    $moving = [int][System.IO.FileAttributes]::Archive -bor [int][System.IO.FileAttributes]::Normal
    $attributes = 'attributes {0:x}' -f ([int][System.IO.File]::GetAttributes($File) -band (-bnot $moving))
    if (-not (Test-Windows)) {
        return $attributes
    }
    $sections = [System.Security.AccessControl.AccessControlSections]'Owner, Group, Access'
    $sddl = (Get-Acl -LiteralPath $File).GetSecurityDescriptorSddlForm($sections)
    # Whether entries were inherited by the automatic rules (AI) is a note to editors, which a replacement drops.
    "$attributes; $($sddl -creplace '(D:P?(?:AR)?)AI', '$1')"
}

function Get-FileLook {
    # A file as it goes into the answer. If a cut-off write took it away, it is what stands under the backup's name.
    param([string]$File)
    Assert-NoLink -Place $File
    foreach ($place in @($File, ($File + $script:OldSuffix))) {
        $content = Read-File -File $place
        if ($null -ne $content) {
            return [ordered]@{
                content = [System.Convert]::ToBase64String($content)
                attributes = (Get-AttributeText -File $place)
            }
        }
    }
    $null
}

Export-ModuleMember -Function @(
    'Test-Windows', 'New-Refusal', 'Get-Cause', 'Get-Reason', 'Test-Busy', 'Assert-NoLink', 'Test-Something',
    'Open-File', 'Open-Present', 'Read-File', 'Get-Digest', 'Get-StreamDigest', 'Get-State',
    'Get-AttributeText', 'Get-FileLook'
)
