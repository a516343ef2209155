# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a Windows workstation tells of itself: free space of a volume, and what the present account is.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function Get-FreeSpace {
    # Of the drive with this root (C:\) its name, and the bytes that the account may still use; null where there is none.
    param([string]$Root)
    $drive = [System.IO.DriveInfo]::new($Root)
    if (-not $drive.IsReady) {
        return $null
    }
    [ordered]@{ volume = $drive.Name; free = $drive.AvailableFreeSpace }
}

function Test-Administrator {
    # Whether the account has the rights of an administrator now: a filtered token has not.
    if (-not (Test-Windows)) {
        return $false
    }
    $identity = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    try {
        $principal = [System.Security.Principal.WindowsPrincipal]::new($identity)
        $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
    } finally {
        $identity.Dispose()
    }
}

Export-ModuleMember -Function @('Get-FreeSpace', 'Test-Administrator')
