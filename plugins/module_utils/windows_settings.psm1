# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Settings of a Windows workstation outside files: registry values, DNS servers of network adapters; and what it tells of
# itself, which nobody sets.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_registry
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_machine

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:Interfaces = 'SYSTEM\CurrentControlSet\Services\{0}\Parameters\Interfaces\{1}'

# ---- network adapters ----------------------------------------------------------------------------------------------

function Get-NetworkAdapter {
    # Those that speak IPv4, by .NET: the cmdlets for it take seconds to load. Loopback has no servers of its own.
    $all = [System.Net.NetworkInformation.NetworkInterface]::GetAllNetworkInterfaces()
    foreach ($adapter in $all) {
        $speaks = $adapter.Supports([System.Net.NetworkInformation.NetworkInterfaceComponent]::IPv4)
        if ($speaks -and $adapter.NetworkInterfaceType -ne 'Loopback') {
            $adapter
        }
    }
}

function Read-StaticServer {
    # The DNS servers that are set for the adapter of this GUID, in their order; none: they are DHCP's.
    # Only the registry tells: what programs are told are the servers in use, wherever they come from.
    param([string]$Guid, [string]$Family)
    $text = Read-Text -Hive LocalMachine -Path ($script:Interfaces -f $Family, $Guid) -Name 'NameServer'
    , [string[]]@($text.Split([char[]]@(',', ' '), [System.StringSplitOptions]::RemoveEmptyEntries))
}

function Get-AdapterServer {
    param([string]$Guid)
    , (Read-StaticServer -Guid $Guid -Family 'Tcpip')
}

function Set-AdapterServer {
    # Set these servers, in this order; none: as DHCP gives them.
    # Name and index of an adapter may change at any time, so its index is asked for here.
    param([string]$Guid, [string[]]$Servers)
    $adapter = Get-NetworkAdapter | Where-Object -FilterScript { $_.Id -eq $Guid } | Select-Object -First 1
    if ($null -eq $adapter) {
        throw "network adapter ${Guid}: there is none of this GUID that speaks IPv4"
    }
    $index = $adapter.GetIPProperties().GetIPv4Properties().Index
    if ($Servers.Length -gt 0) {
        Set-DnsClientServerAddress -InterfaceIndex $index -ServerAddresses $Servers -ErrorAction Stop
        return
    }
    # Going back to DHCP takes the servers of both families; those of IPv6 are none of ours and are set again.
    $others = Read-StaticServer -Guid $Guid -Family 'Tcpip6'
    Set-DnsClientServerAddress -InterfaceIndex $index -ResetServerAddresses -ErrorAction Stop
    if ($others.Length -gt 0) {
        Set-DnsClientServerAddress -InterfaceIndex $index -ServerAddresses $others -ErrorAction Stop
    }
}

# ---- settings of either store --------------------------------------------------------------------------------------

function Get-Setting {
    # The value of a setting, null where there is none.
    param($Key)
    if ($Key.store -ceq 'adapter') {
        return , (Get-AdapterServer -Guid $Key.place)
    }
    if ($Key.store -ceq 'volume') {
        return Get-FreeSpace -Root $Key.place
    }
    if ($Key.store -ceq 'account') {
        return Test-Administrator
    }
    Use-RegistryPlace -Place $Key.place -Writing $false -Action {
        param($Opened)
        Get-KeyValue -Key $Opened -Name $Key.name
    }
}

function ConvertTo-Comparable {
    # A value as text, the same for the same value whether it was read here or came over the wire.
    param($Value)
    if ($null -eq $Value) {
        return 'nothing'
    }
    if ($Value -is [array]) {
        return ConvertTo-Json -InputObject @($Value | ForEach-Object -Process { [string]$_ }) -Compress
    }
    $data = @($Value.data | ForEach-Object -Process { [string]$_ })
    "$($Value.kind) $(ConvertTo-Json -InputObject $data -Compress)"
}

function Set-Setting {
    # Give a setting, whose value is ``Before``, the value ``After``.
    param($Key, $Before, $After)
    $now = Get-Setting -Key $Key
    if ((ConvertTo-Comparable -Value $now) -cne (ConvertTo-Comparable -Value $Before)) {
        throw "$($Key.place), $($Key.name): somebody changed it between look and write; it was left untouched"
    }
    if ($Key.store -ceq 'adapter') {
        Set-AdapterServer -Guid $Key.place -Servers ([string[]]@($After | Where-Object -FilterScript { $_ }))
        return
    }
    Use-RegistryPlace -Place $Key.place -Writing $true -Action {
        param($Opened)
        Set-KeyValue -Key $Opened -Name $Key.name -Value $After
        $Opened.Flush()
    }
}

Export-ModuleMember -Function @('Get-NetworkAdapter', 'Get-AdapterServer', 'Get-Setting', 'Set-Setting')
