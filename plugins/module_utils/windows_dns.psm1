# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# DNS messages as far as one question needs them: the IPv4 addresses of a name (RFC 1035, section 4). Whatever bytes a
# network brings, reading them ends.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function New-DnsQuestion {
    # The question for the IPv4 addresses of a name, as a stub resolver asks it.
    param([int]$Id, [string]$Name)
    $bytes = [System.Collections.Generic.List[byte]]::new()
    $bytes.AddRange([byte[]]@(($Id -shr 8), ($Id -band 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0))
    foreach ($label in $Name.TrimEnd('.').Split('.')) {
        if ($label -notmatch '^[A-Za-z0-9_-]{1,63}$') {
            throw "$Name is not a host name"
        }
        $bytes.Add([byte]$label.Length)
        $bytes.AddRange([System.Text.Encoding]::ASCII.GetBytes($label))
    }
    $bytes.AddRange([byte[]]@(0, 0, 1, 0, 1))
    , $bytes.ToArray()
}

function Read-Number {
    # An unsigned number of so many bytes in network order; past the end, an error.
    param([byte[]]$Message, [int]$At, [int]$Size)
    if ($At -lt 0 -or $At + $Size -gt $Message.Length) {
        throw 'a malformed message'
    }
    $number = [long]0
    for ($index = $At; $index -lt $At + $Size; $index++) {
        $number = $number * 256 + $Message[$index]
    }
    $number
}

function Read-DnsName {
    # The name that stands there in lower case, and where the next field begins. Each pointer must lead further back
    # than the last one, so following them ends.
    param([byte[]]$Message, [int]$At)
    $labels = [System.Collections.Generic.List[string]]::new()
    $after = -1
    $back = $At
    while ($true) {
        $length = Read-Number -Message $Message -At $At -Size 1
        if ($length -ge 192) {
            $target = (Read-Number -Message $Message -At $At -Size 2) - 49152
            if ($after -lt 0) {
                $after = $At + 2
            }
            if ($target -ge $back) {
                throw 'a malformed message'
            }
            $At = $target
            $back = $target
        } elseif ($length -gt 63 -or $At + $length -ge $Message.Length) {
            throw 'a malformed message'
        } elseif ($length -eq 0) {
            if ($after -lt 0) {
                $after = $At + 1
            }
            return @{ name = ($labels -join '.').ToLowerInvariant(); after = $after }
        } else {
            $labels.Add([System.Text.Encoding]::ASCII.GetString($Message, $At + 1, $length))
            $At = $At + $length + 1
        }
    }
}

function Read-DnsRecord {
    # The addresses and aliases among the answers, by the name that they are of.
    param([byte[]]$Message, [int]$At, [long]$Count, [bool]$Cut)
    $told = @{ addresses = @{}; aliases = @{} }
    for ($number = 0; $number -lt $Count; $number++) {
        if ($Cut -and $At -ge $Message.Length) {
            break
        }
        $owner = Read-DnsName -Message $Message -At $At
        $kind = Read-Number -Message $Message -At $owner.after -Size 4 # type and class; 1 is that of the internet
        $length = Read-Number -Message $Message -At ($owner.after + 8) -Size 2
        $data = $owner.after + 10
        $At = $data + $length
        if ($At -gt $Message.Length -or ($kind -eq 0x10001 -and $length -ne 4)) {
            throw 'a malformed message'
        }
        if ($kind -eq 0x10001) { # an address (A)
            $address = ($Message[$data..($data + 3)] -join '.')
            $told.addresses[$owner.name] = @($told.addresses[$owner.name]) + $address
        } elseif ($kind -eq 0x50001) { # an alias (CNAME)
            $told.aliases[$owner.name] = (Read-DnsName -Message $Message -At $data).name
        }
    }
    $told
}

function Read-DnsAnswer {
    # What a datagram answers to the question: rcode, whether it was cut off, addresses. An answer to another: an error.
    param([byte[]]$Message, [int]$Id, [string]$Name)
    $asked = $Name.TrimEnd('.').ToLowerInvariant()
    $flags = Read-Number -Message $Message -At 2 -Size 2
    $ours = (Read-Number -Message $Message -At 0 -Size 2) -eq $Id -and ($flags -band 0xF800) -eq 0x8000
    $ours = $ours -and (Read-Number -Message $Message -At 4 -Size 2) -eq 1
    if ($ours) {
        $question = Read-DnsName -Message $Message -At 12
        $ours = $question.name -ceq $asked
        $ours = $ours -and (Read-Number -Message $Message -At $question.after -Size 4) -eq 0x10001
    }
    if (-not $ours) {
        throw 'an answer to another question'
    }
    $cut = ($flags -band 0x0200) -ne 0
    $count = Read-Number -Message $Message -At 6 -Size 2
    $told = Read-DnsRecord -Message $Message -At ($question.after + 4) -Count $count -Cut $cut
    for ($step = 0; $step -lt $count -and $told.aliases.ContainsKey($asked); $step++) {
        $asked = $told.aliases[$asked]
    }
    $addresses = @($told.addresses[$asked] | Where-Object -FilterScript { $_ })
    @{ rcode = ($flags -band 15); cut = $cut; addresses = $addresses }
}

Export-ModuleMember -Function @('New-DnsQuestion', 'Read-Number', 'Read-DnsName', 'Read-DnsRecord', 'Read-DnsAnswer')
