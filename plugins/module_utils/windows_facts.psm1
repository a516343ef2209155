# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What every look at a Windows workstation brings, unasked; and trees of files, and processes.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_registry
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_settings

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:CurrentVersion = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$script:InternetPolicy = 'SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings'
$script:InternetSettings = 'Software\Microsoft\Windows\CurrentVersion\Internet Settings'

# Seconds to wait for whoever holds a file of a tree: there may be many, and each that cannot be read is told as such.
$script:Patience = 0.2

# ---- facts ---------------------------------------------------------------------------------------------------------

function Get-SystemName {
    if (-not (Test-Windows)) {
        return [System.Environment]::OSVersion.VersionString
    }
    $told = @{}
    foreach ($name in @('ProductName', 'DisplayVersion', 'CurrentBuild', 'UBR')) {
        $told[$name] = Read-Text -Hive LocalMachine -Path $script:CurrentVersion -Name $name
    }
    if ([int]$told['CurrentBuild'] -ge 22000) { # Windows 11 still says 10 there
        $told['ProductName'] = $told['ProductName'].Replace('Windows 10', 'Windows 11')
    }
    '{0} {1} (build {2}.{3})' -f $told['ProductName'], $told['DisplayVersion'], $told['CurrentBuild'], $told['UBR']
}

function Get-HostTable {
    $folder = ''
    if (Test-Windows) {
        $path = 'SYSTEM\CurrentControlSet\Services\Tcpip\Parameters'
        $folder = Read-Text -Hive LocalMachine -Path $path -Name 'DataBasePath'
        if (-not $folder) {
            $folder = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'drivers\etc')
        }
    } else {
        $folder = '/etc'
    }
    [System.IO.Path]::Combine($folder, 'hosts')
}

function Select-IPv4 {
    # Those of these addresses that are of IPv4, as texts.
    param([System.Net.IPAddress[]]$Addresses)
    $texts = [System.Collections.Generic.List[string]]::new()
    foreach ($address in $Addresses) {
        if ($address.AddressFamily -eq 'InterNetwork') {
            $texts.Add($address.ToString())
        }
    }
    , $texts.ToArray()
}

function Get-AdapterFact {
    param($Adapter)
    $properties = $Adapter.GetIPProperties()
    $own = @($properties.UnicastAddresses | ForEach-Object -Process { $_.Address })
    $guid = $Adapter.Id.ToUpperInvariant()
    [ordered]@{
        guid = $guid
        name = $Adapter.Name
        addresses = [string[]](Select-IPv4 -Addresses $own)
        dns = [string[]](Get-AdapterServer -Guid $guid)
        effective = [string[]](Select-IPv4 -Addresses @($properties.DnsAddresses))
    }
}

function Get-Person {
    # SID and folder of everybody who has a profile.
    if (-not (Test-Windows)) {
        return
    }
    foreach ($sid in @(Get-PersonSid)) {
        $path = "$($script:CurrentVersion)\ProfileList\$sid"
        @{ sid = $sid; folder = (Read-Text -Hive LocalMachine -Path $path -Name 'ProfileImagePath') }
    }
}

function Get-ProfileFact {
    # Of one person, and while they are logged on through what their programs reach the network.
    param([string]$Sid, [string]$Folder)
    $told = [ordered]@{ sid = $Sid; folder = $Folder; loaded = (Test-Hive -Name $Sid); proxy = ''; bypass = ''; pac = '' }
    $hive = 'Users'
    $path = "$Sid\$($script:InternetSettings)"
    if ((Read-Value -Hive LocalMachine -Path $script:InternetPolicy -Name 'ProxySettingsPerUser') -eq 0) {
        $hive = 'LocalMachine' # by policy, those of the machine are everybody's
        $path = $script:InternetSettings
    }
    if ($told.loaded -or $hive -eq 'LocalMachine') {
        if ((Read-Value -Hive $hive -Path $path -Name 'ProxyEnable') -eq 1) {
            $told.proxy = Read-Text -Hive $hive -Path $path -Name 'ProxyServer'
            $told.bypass = Read-Text -Hive $hive -Path $path -Name 'ProxyOverride'
        }
        $told.pac = Read-Text -Hive $hive -Path $path -Name 'AutoConfigURL'
    }
    $told
}

function Get-PersonSid {
    # Of people, whether of this workstation, a domain or Entra ID; not of services, and not of spoilt profiles (.bak).
    $key = Open-Key -Hive LocalMachine -Path "$($script:CurrentVersion)\ProfileList"
    try {
        @($key.GetSubKeyNames()) -match '^S-1-(5-21|12-1)(-[0-9]+)+$'
    } finally {
        $key.Dispose()
    }
}

function Get-Fact {
    # Adapters and profiles there are on Windows only.
    param([string]$BlobFolder)
    $adapters = @()
    if (Test-Windows) {
        $adapters = @(Get-NetworkAdapter | ForEach-Object -Process { Get-AdapterFact -Adapter $_ })
    }
    $profiles = @(Get-Person | ForEach-Object -Process { Get-ProfileFact -Sid $_.sid -Folder $_.folder })
    $invariant = [System.Globalization.CultureInfo]::InvariantCulture
    [ordered]@{
        hostname = [System.Net.Dns]::GetHostName()
        clock = [System.DateTime]::UtcNow.ToString('yyyy-MM-dd\THH:mm:ss\Z', $invariant)
        system = (Get-SystemName)
        host_table = (Get-HostTable)
        blobs = $BlobFolder
        adapters = $adapters
        profiles = $profiles
    }
}

# ---- trees ---------------------------------------------------------------------------------------------------------

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

function Get-PathComparer {
    if (Test-Windows) {
        return [System.StringComparer]::OrdinalIgnoreCase
    }
    [System.StringComparer]::Ordinal
}

function Get-Tree {
    # What differs from what is known: stamps of other files, known files that are gone, links and other no files.
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
    $stamps = [System.Collections.Generic.Dictionary[string, object]]::new()
    $links = [System.Collections.Generic.List[string]]::new()
    foreach ($entry in @(Find-TreeEntry -Root $root)) {
        $below = $entry.FullName.Substring($root.Length + 1)
        if ($entry -is [System.IO.DirectoryInfo] -or (Test-LinkEntry -Entry $entry)) {
            $links.Add($below)
        } elseif ($known.ContainsKey($below) -or $pattern.IsMatch($entry.Name)) {
            $there = $true
            if (-not $known.ContainsKey($below) -or -not (Test-Stamp -Info $entry -Known $known[$below])) {
                $stamp = Get-Stamp -Info $entry
                $there = $null -ne $stamp
                if ($there) {
                    $stamps[$below] = $stamp
                }
            }
            if ($there) {
                [void]$known.Remove($below) # what is left in the end is gone
            }
        }
    }
    [ordered]@{ stamps = $stamps; gone = [string[]]@($known.Keys); links = $links.ToArray() }
}

# ---- processes -----------------------------------------------------------------------------------------------------

function Get-ProcessFact {
    # The processes of these programs, and whose they are; only an administrator is told the latter.
    param([string[]]$Names)
    if ($Names.Length -eq 0) {
        return
    }
    $told = $true
    try {
        $found = @(Get-Process -Name $Names -IncludeUserName -ErrorAction SilentlyContinue)
    } catch {
        $told = $false
        $found = @(Get-Process -Name $Names -ErrorAction SilentlyContinue)
    }
    foreach ($process in $found) {
        $user = ''
        if ($told) {
            $user = [string]$process.UserName
        }
        [ordered]@{ name = $process.ProcessName; id = $process.Id; user = $user }
    }
}

Export-ModuleMember -Function @('Get-Person', 'Get-Fact', 'Get-Tree', 'Get-ProcessFact')
