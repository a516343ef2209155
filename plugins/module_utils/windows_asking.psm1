# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Questions that others ask for us: Windows' own resolver, and the program that asks an SSH server for its keys.
# Like all questions, each runs in a runspace of its own, and the functions use nothing but each other.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function Get-Remainder {
    # Milliseconds until the deadline of a probe; past it, an error.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $left = [int]([double]$Probe.timeout * 1000 - $Clock.ElapsedMilliseconds)
    if ($left -le 0) {
        throw [System.TimeoutException]::new()
    }
    $left
}

function Test-Resolver {
    # The IPv4 addresses that programs of this workstation get for a name: with host table, cache and policies.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $pending = [System.Net.Dns]::BeginGetHostAddresses($Probe.name, $null, $null)
    if (-not $pending.AsyncWaitHandle.WaitOne((Get-Remainder -Probe $Probe -Clock $Clock))) {
        throw [System.TimeoutException]::new()
    }
    $addresses = [System.Collections.Generic.List[string]]::new()
    foreach ($address in [System.Net.Dns]::EndGetHostAddresses($pending)) {
        if ($address.AddressFamily -eq 'InterNetwork') {
            $addresses.Add($address.ToString())
        }
    }
    if ($addresses.Count -eq 0) {
        throw 'it has no IPv4 address'
    }
    @{ values = $addresses.ToArray(); said = $addresses -join ', ' }
}

function Test-HostKey {
    # The keys that an SSH server presents, each as its type and its Base64. Nobody is logged on.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $seconds = [int]([double]$Probe.timeout + 0.5) # whole ones, and one at least
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = Get-KeyScan
    $start.Arguments = "-T $seconds -t ed25519,ecdsa,rsa -p $($Probe.port) $($Probe.host)"
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    try {
        $process = [System.Diagnostics.Process]::Start($start)
    } catch {
        throw 'ssh-keyscan is not installed, or may not be started'
    }
    try {
        # It prints a few hundred bytes, which the pipe holds until it has ended.
        if (-not $process.WaitForExit((Get-Remainder -Probe $Probe -Clock $Clock))) {
            $process.Kill()
            throw [System.TimeoutException]::new()
        }
        $keys = @(Read-HostKey -Text $process.StandardOutput.ReadToEnd())
    } finally {
        $process.Dispose()
    }
    if ($keys.Length -eq 0) {
        throw 'no SSH host key came'
    }
    $types = @($keys | ForEach-Object -Process { $_.Split(' ')[0] })
    @{ values = $keys; said = "it has $($types -join ', ')" }
}

function Get-KeyScan {
    # The program, where Windows puts its own OpenSSH; else the search path says where.
    $own = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'OpenSSH\ssh-keyscan.exe')
    if ([System.IO.File]::Exists($own)) {
        return $own
    }
    'ssh-keyscan'
}

function Read-HostKey {
    # What ssh-keyscan prints: after each address a type and its Base64, beside comments.
    param([string]$Text)
    foreach ($line in $Text.Split([char]10)) {
        $match = [System.Text.RegularExpressions.Regex]::Match($line, '^[^#\s]\S* (\S+ \S+)\s*$')
        if ($match.Success) {
            $match.Groups[1].Value
        }
    }
}

Export-ModuleMember -Function @(
    'Get-Remainder', 'Test-Resolver', 'Test-HostKey', 'Get-KeyScan', 'Read-HostKey'
)
