# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What every look at a Windows workstation brings, unasked; and processes.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_registry
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_settings

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:CurrentVersion = 'SOFTWARE\Microsoft\Windows NT\CurrentVersion'
$script:InternetPolicy = 'SOFTWARE\Policies\Microsoft\Windows\CurrentVersion\Internet Settings'
$script:InternetSettings = 'Software\Microsoft\Windows\CurrentVersion\Internet Settings'

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

Export-ModuleMember -Function @('Get-Person', 'Get-Fact', 'Get-ProcessFact')
