# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The registry of a Windows workstation: values, whole keys, and the hives of people who are not logged on.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:Mounted = [System.Collections.Generic.List[string]]::new() # hives that are loaded under a name of ours
$script:Patience = 30 # seconds for reg.exe
$script:Attempts = 10
$script:ProfileList = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList'

# ---- keys and values -----------------------------------------------------------------------------------------------

function Open-Hive {
    # LocalMachine or Users, the 64-bit view whatever this process is.
    param([Microsoft.Win32.RegistryHive]$Hive)
    [Microsoft.Win32.RegistryKey]::OpenBaseKey($Hive, [Microsoft.Win32.RegistryView]::Registry64)
}

function Open-Key {
    # A key for reading, null where there is none.
    param([Microsoft.Win32.RegistryHive]$Hive, [string]$Path)
    $base = Open-Hive -Hive $Hive
    try {
        $base.OpenSubKey($Path)
    } finally {
        $base.Dispose()
    }
}

function Read-Value {
    # The value with its variables expanded, null where there is none.
    param([Microsoft.Win32.RegistryHive]$Hive, [string]$Path, [string]$Name)
    $key = Open-Key -Hive $Hive -Path $Path
    if ($null -eq $key) {
        return $null
    }
    try {
        $key.GetValue($Name)
    } finally {
        $key.Dispose()
    }
}

function Read-Text {
    # The same as text, empty where there is none.
    param([Microsoft.Win32.RegistryHive]$Hive, [string]$Path, [string]$Name)
    [string](Read-Value -Hive $Hive -Path $Path -Name $Name)
}

function Get-KeyValue {
    # A value as it goes over the wire: its kind and data, null where there is none.
    param($Key, [string]$Name)
    if ($null -eq $Key -or @($Key.GetValueNames()) -notcontains $Name) {
        return $null
    }
    $kind = $Key.GetValueKind($Name).ToString()
    $data = $Key.GetValue($Name, $null, [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
    if ($kind -ceq 'DWord') { # numbers are unsigned on the wire, signed in .NET
        $data = [System.BitConverter]::ToUInt32([System.BitConverter]::GetBytes([int]$data), 0)
    } elseif ($kind -ceq 'QWord') {
        $data = [System.BitConverter]::ToUInt64([System.BitConverter]::GetBytes([long]$data), 0)
    } elseif ($kind -ceq 'Binary') {
        $data = [System.Convert]::ToBase64String([byte[]]$data)
    } elseif ($kind -ceq 'MultiString') {
        $data = [string[]]$data
    } elseif (@('String', 'ExpandString') -cnotcontains $kind) {
        throw "$($Key.Name), $Name is of a kind ($kind) that cannot be told"
    }
    [ordered]@{ kind = $kind; data = $data }
}

function Set-KeyValue {
    # The reverse; null removes the value.
    param([Microsoft.Win32.RegistryKey]$Key, [string]$Name, $Value)
    if ($null -eq $Value) {
        $Key.DeleteValue($Name, $false)
        return
    }
    $kind = [Microsoft.Win32.RegistryValueKind]$Value.kind
    $data = $Value.data
    if ($kind -eq 'DWord') {
        $data = [System.BitConverter]::ToInt32([System.BitConverter]::GetBytes([uint32]$data), 0)
    } elseif ($kind -eq 'QWord') {
        $data = [System.BitConverter]::ToInt64([System.BitConverter]::GetBytes([uint64]$data), 0)
    } elseif ($kind -eq 'Binary') {
        $data = [System.Convert]::FromBase64String([string]$data)
    } elseif ($kind -eq 'MultiString') {
        $data = [string[]]@($data)
    } else {
        $data = [string]$data
    }
    $Key.SetValue($Name, $data, $kind)
}

# ---- hives of people who are not logged on -------------------------------------------------------------------------

function Invoke-Registry {
    # reg.exe, which alone has the right to load hives switched on for it.
    param([string]$Arguments)
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'reg.exe')
    $start.Arguments = $Arguments
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true # what it says must not get into the module's output
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    try {
        if (-not $process.WaitForExit(1000 * $script:Patience)) {
            $process.Kill()
            throw "reg.exe $Arguments did not end in $($script:Patience) s"
        }
        $said = $process.StandardError.ReadToEnd().Trim()
        if ($process.ExitCode -ne 0) {
            throw "reg.exe $Arguments failed with $($process.ExitCode): $said"
        }
    } finally {
        $process.Dispose()
    }
}

function Test-Hive {
    param([string]$Name)
    $users = Open-Hive -Hive Users
    try {
        @($users.GetSubKeyNames()) -contains $Name
    } finally {
        $users.Dispose()
    }
}

function Dismount-Hive {
    # A hive cannot be unloaded while a key of it is open: .NET may close keys late, and programs that look after the
    # registry hold them for an instant.
    param([string]$Name)
    for ($attempt = 1; $true; $attempt++) {
        [System.GC]::Collect()
        [System.GC]::WaitForPendingFinalizers()
        try {
            Invoke-Registry -Arguments "unload ""HKU\$Name"""
            return
        } catch {
            if ($attempt -ge $script:Attempts) {
                throw
            }
        }
        Start-Sleep -Milliseconds 300
    }
}

function Close-Hive {
    # Unload what was loaded here: nobody can log on properly while their hive is taken.
    foreach ($name in $script:Mounted.ToArray()) {
        Dismount-Hive -Name $name
        [void]$script:Mounted.Remove($name)
    }
}

function Mount-Hive {
    # Under which name below HKEY_USERS the registry of this person is. If they are not logged on, it is loaded under
    # one of ours until Close-Hive. Null: they have none.
    param([string]$Sid)
    $name = "hkex-drill-$Sid"
    if ($script:Mounted.Contains($name)) {
        return $name
    }
    if (Test-Hive -Name $Sid) {
        return $Sid
    }
    $folder = Read-Text -Hive LocalMachine -Path "$($script:ProfileList)\$Sid" -Name 'ProfileImagePath'
    if (-not $folder) {
        throw "HKU\${Sid}: there is no profile of this SID on this workstation"
    }
    $file = [System.IO.Path]::Combine($folder, 'NTUSER.DAT')
    if (-not [System.IO.File]::Exists($file)) { # a spoilt profile has none
        return $null
    }
    Assert-NoLink -Place $file
    if (Test-Hive -Name $name) { # a run was killed here
        Dismount-Hive -Name $name
    }
    Invoke-Registry -Arguments "load ""HKU\$name"" ""$file"""
    $script:Mounted.Add($name)
    $name
}

# ---- registry values -----------------------------------------------------------------------------------------------

function Split-Place {
    # HKLM\KEY or HKU\SID\KEY as hive, SID ('' for HKLM) and the key below.
    param([string]$Place)
    $parts = $Place.Split([char[]]@('\'), 2)
    if ($parts.Length -eq 2 -and $parts[0] -eq 'HKLM') {
        return @{ hive = 'LocalMachine'; sid = ''; key = $parts[1] }
    }
    $parts = $Place.Split([char[]]@('\'), 3)
    if ($parts.Length -eq 3 -and $parts[0] -eq 'HKU') {
        return @{ hive = 'Users'; sid = $parts[1]; key = $parts[2] }
    }
    throw "${Place}: is neither HKLM\KEY nor HKU\SID\KEY"
}

function Use-RegistryPlace {
    # Do something with the key, writable or null where there is none; a hive that is not loaded is so until Close-Hive.
    param([string]$Place, [bool]$Writing, [scriptblock]$Action)
    $at = Split-Place -Place $Place
    $path = $at.key
    $mounted = $null
    if ($at.sid) {
        $mounted = Mount-Hive -Sid $at.sid
        if ($null -eq $mounted) {
            if ($Writing) {
                throw "${Place}: this person's profile has no registry"
            }
            return (& $Action $null)
        }
        $path = "$mounted\$path"
    }
    $base = $null
    $handle = $null # not $key: what is to be done sees the names used here before its own caller's
    try {
        $base = Open-Hive -Hive $at.hive
        if ($Writing) {
            $handle = $base.CreateSubKey($path)
        } else {
            $handle = $base.OpenSubKey($path)
        }
        & $Action $handle
    } finally {
        foreach ($open in @($handle, $base)) {
            if ($null -ne $open) {
                $open.Dispose()
            }
        }
        $handle = $null
        $base = $null
    }
}

function Get-RegistryTree {
    # The values of a key and of all keys below it; null where there is none. What no setting can be is left out.
    param([string]$Place)
    Use-RegistryPlace -Place $Place -Writing $false -Action {
        param($Opened)
        if ($null -eq $Opened) {
            return $null
        }
        $told = [System.Collections.Generic.Dictionary[string, object]]::new()
        Add-RegistryKey -Key $Opened -Path '' -Told $told
        , $told
    }
}

function Add-RegistryKey {
    param($Key, [string]$Path, $Told)
    $values = [System.Collections.Generic.Dictionary[string, object]]::new()
    foreach ($name in @($Key.GetValueNames())) {
        if (@('String', 'ExpandString', 'MultiString', 'DWord', 'QWord', 'Binary') -ccontains $Key.GetValueKind($name)) {
            $values[$name] = Get-KeyValue -Key $Key -Name $name
        }
    }
    $Told[$Path] = $values
    $prefix = ''
    if ($Path) {
        $prefix = "$Path\"
    }
    foreach ($name in @($Key.GetSubKeyNames())) {
        $below = $Key.OpenSubKey($name)
        if ($null -ne $below) {
            try {
                Add-RegistryKey -Key $below -Path "$prefix$name" -Told $Told
            } finally {
                $below.Dispose()
            }
        }
    }
}

Export-ModuleMember -Function @(
    'Open-Key', 'Read-Value', 'Read-Text', 'Test-Hive', 'Get-KeyValue', 'Set-KeyValue', 'Use-RegistryPlace',
    'Get-RegistryTree', 'Close-Hive'
)
