# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Folders of a Windows workstation, made, and removed where they are empty. No junction or symbolic link is followed.
#
# A file that is open in a folder keeps that folder, and those on the way to it, from being renamed, and so from being
# swapped for a link between what is checked and what is done.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The file that is open meanwhile. Windows removes it when it is closed, by a kill too.
$script:HoldName = '.hkex-drill-hold'

function Open-Hold {
    # Keep a folder where it is until the stream that this returns is closed.
    param([string]$Folder)
    Assert-NoLink -Place $Folder
    $file = [System.IO.Path]::Combine($Folder, $script:HoldName)
    $mode = [System.IO.FileMode]::CreateNew
    $access = [System.IO.FileAccess]::Write
    $share = [System.IO.FileShare]::None
    $options = [System.IO.FileOptions]::DeleteOnClose
    $hold = [System.IO.FileStream]::new($file, $mode, $access, $share, 4096, $options)
    try {
        Assert-NoLink -Place $file
    } catch {
        $hold.Dispose()
        throw
    }
    $hold
}

function New-Folder {
    # Make a folder, unless it is there, in one that is there. Its access is what the folder above gives to new ones.
    param([string]$Folder)
    Assert-NoLink -Place $Folder
    if ([System.IO.Directory]::Exists($Folder)) {
        return
    }
    if ([System.IO.File]::Exists($Folder)) {
        throw "${Folder}: is a file, where a folder is to be made"
    }
    $above = [System.IO.Path]::GetDirectoryName($Folder)
    if (-not [System.IO.Directory]::Exists($above)) {
        throw "${Folder}: its folder does not exist"
    }
    $hold = Open-Hold -Folder $above
    try {
        [void][System.IO.Directory]::CreateDirectory($Folder)
        Assert-NoLink -Place $Folder # what somebody put there in this instant is not taken for ours
    } finally {
        $hold.Dispose()
    }
}

function Get-Subfolder {
    # The folders in a folder that are no links.
    param([string]$Folder)
    foreach ($entry in [System.IO.DirectoryInfo]::new($Folder).GetFileSystemInfos()) {
        $link = ($entry.Attributes -band [System.IO.FileAttributes]::ReparsePoint) -ne 0
        if ($entry -is [System.IO.DirectoryInfo] -and -not $link) {
            $entry.FullName
        }
    }
}

function Remove-EmptyFolder {
    # Remove the empty folders below a folder, and that folder ``Itself``. What cannot be removed stays, and so does what
    # lies in more folders than ``Deepest``.
    param([string]$Folder, [bool]$Itself, [int]$Deepest = 100)
    try {
        if ($Deepest -gt 0 -and @(Get-Subfolder -Folder $Folder).Length -gt 0) {
            $hold = Open-Hold -Folder $Folder
            try {
                foreach ($inner in @(Get-Subfolder -Folder $Folder)) {
                    Remove-EmptyFolder -Folder $inner -Itself $true -Deepest ($Deepest - 1)
                }
            } finally {
                $hold.Dispose()
            }
        }
        if ($Itself) {
            Assert-NoLink -Place $Folder
            [System.IO.Directory]::Delete($Folder) # refused by Windows where something is in it
        }
    } catch [System.IO.IOException], [System.UnauthorizedAccessException], [System.InvalidOperationException] {
        return
    }
}

Export-ModuleMember -Function @('New-Folder', 'Remove-EmptyFolder')
