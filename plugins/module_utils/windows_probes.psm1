# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Questions to the network, asked from this workstation: each says no more than it must to be answered. The one
# that logs on is windows_login.psm1's.
#
# All are asked at the same time, each in a runspace of its own: there they may simply wait, and the one script block
# that .NET calls back (the verdict on a certificate) runs in a thread that has a runspace. For that, the functions
# that are named at the end use nothing but each other.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_dns
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_certificates
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_asking
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_login

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# Runspaces, so that nobody has to wait for a dead server of others; a drill asks a few dozen questions.
$script:AtOnce = 48

# Seconds a probe may take beyond its own timeout before it is left alone: its turn has to come, and a handshake that
# comes byte by byte, or looks for a revoked certificate, is bounded by nothing else.
$script:Grace = 10

# ---- time, words ---------------------------------------------------------------------------------------------------

function Get-TimeLeft {
    # Milliseconds until the deadline of a probe; past it, an error.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $left = [int]([double]$Probe.timeout * 1000 - $Clock.ElapsedMilliseconds)
    if ($left -le 0) {
        throw [System.TimeoutException]::new()
    }
    $left
}

function Get-Explanation {
    # What went wrong, in words that do not depend on the language of Windows where they can be given.
    param($Problem, $Probe)
    $cause = $Problem.Exception.GetBaseException()
    $code = ''
    if ($cause -is [System.Net.Sockets.SocketException]) {
        $code = $cause.SocketErrorCode.ToString()
    }
    if ($cause -is [System.TimeoutException] -or $code -eq 'TimedOut') {
        return "no answer in $([double]$Probe.timeout) s"
    }
    # Of UDP, Windows calls it a reset when the host says that nothing listens there.
    if ($code -eq 'ConnectionRefused' -or ($code -eq 'ConnectionReset' -and $Probe.kind -eq 'dns')) {
        return 'refused'
    }
    if ($code) {
        return [System.Text.RegularExpressions.Regex]::Replace($code, '(?<=[a-z])(?=[A-Z])', ' ').ToLowerInvariant()
    }
    # Of what is no TLS, .NET Framework says that reading or writing failed.
    $inner = $Problem.Exception.InnerException
    $failed = $inner -is [System.Security.Authentication.AuthenticationException] -or $inner -is [System.IO.IOException]
    if ($Probe.kind -eq 'https' -and $failed) {
        return "the handshake failed ($($cause.Message))"
    }
    $cause.Message
}

function Get-SourceAddress {
    # The address of this workstation from which that host is reached. Sends nothing.
    param($Probe)
    try {
        $socket = Connect-Datagram -Probe $Probe
    } catch {
        return 'no address'
    }
    try {
        $socket.LocalEndPoint.Address.ToString()
    } finally {
        $socket.Dispose()
    }
}

function Connect-Datagram {
    # A UDP socket that takes datagrams from that host and port alone.
    param($Probe)
    $socket = [System.Net.Sockets.Socket]::new('InterNetwork', 'Dgram', 'Udp')
    try {
        $socket.Connect([System.Net.IPAddress]::Parse($Probe.host), [int]$Probe.port)
    } catch {
        $socket.Dispose()
        throw
    }
    $socket
}

function Connect-Stream {
    # A TCP connection, as a stream that closes it.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $socket = [System.Net.Sockets.Socket]::new('InterNetwork', 'Stream', 'Tcp')
    try {
        $address = [System.Net.IPAddress]::Parse($Probe.host)
        $pending = $socket.BeginConnect($address, [int]$Probe.port, $null, $null)
        if (-not $pending.AsyncWaitHandle.WaitOne((Get-TimeLeft -Probe $Probe -Clock $Clock))) {
            throw [System.TimeoutException]::new()
        }
        $socket.EndConnect($pending)
        [System.Net.Sockets.NetworkStream]::new($socket, $true)
    } catch {
        $socket.Dispose()
        throw
    }
}

# ---- DNS -----------------------------------------------------------------------------------------------------------

function Test-Dns {
    # Asks twice if need be, as resolvers do.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $id = [System.BitConverter]::ToUInt16([System.Guid]::NewGuid().ToByteArray(), 0)
    $question = New-DnsQuestion -Id $id -Name $Probe.name
    $buffer = [byte[]]::new(65536)
    $stray = ''
    $answer = $null
    $socket = Connect-Datagram -Probe $Probe
    try {
        foreach ($share in @(0.5, 1.0)) {
            if ($null -ne $answer) {
                break
            }
            [void]$socket.Send($question)
            $until = [double]$Probe.timeout * 1000 * $share
            while ($null -eq $answer -and $Clock.ElapsedMilliseconds -lt $until) {
                $microseconds = [int][System.Math]::Min(1000 * ($until - $Clock.ElapsedMilliseconds) + 1000, 1e9)
                if ($socket.Poll($microseconds, [System.Net.Sockets.SelectMode]::SelectRead)) {
                    $length = $socket.Receive($buffer)
                    $message = [byte[]]::new($length)
                    [System.Array]::Copy($buffer, $message, $length)
                    try {
                        $answer = Read-DnsAnswer -Message $message -Id $id -Name $Probe.name
                    } catch {
                        $stray = "; what came was $($_.Exception.Message)"
                    }
                }
            }
        }
    } finally {
        $socket.Dispose()
    }
    if ($null -eq $answer) {
        throw "no answer in $([double]$Probe.timeout) s$stray"
    }
    Get-DnsVerdict -Answer $answer -Probe $Probe
}

function Get-DnsVerdict {
    param($Answer, $Probe)
    $cut = ''
    if ($Answer.cut) {
        $cut = ', and the answer was truncated'
    }
    if ($Answer.rcode -ne 0) {
        $names = @('NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED')
        $said = [string]$Answer.rcode
        if ($Answer.rcode -lt $names.Length) {
            $said = $names[$Answer.rcode]
        }
        throw "the server answered $said$cut"
    }
    if ($Answer.addresses.Length -eq 0) {
        throw "the server knows no IPv4 address of $($Probe.name)$cut"
    }
    @{ values = $Answer.addresses; said = ($Answer.addresses -join ', ') + $cut }
}

# ---- TCP and SSH ---------------------------------------------------------------------------------------------------

function Test-Tcp {
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $stream = Connect-Stream -Probe $Probe -Clock $Clock
    $stream.Dispose()
    @{ values = @(); said = 'connected' }
}

function Test-Ssh {
    # Reads up to the server's identification; it may say other lines before (RFC 4253, section 4.2).
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $heard = ''
    $buffer = [byte[]]::new(4096)
    $stream = Connect-Stream -Probe $Probe -Clock $Clock
    try {
        while ($heard.Length -le 16384) {
            $match = [System.Text.RegularExpressions.Regex]::Match($heard, '(?m)^(SSH-[^\n]*)\n')
            if ($match.Success) {
                $banner = ConvertTo-Printable -Text $match.Groups[1].Value.TrimEnd([char]13)
                if ($banner -cnotmatch '^SSH-(2\.0|1\.99)-') {
                    throw "the server does not speak SSH 2 but says $banner"
                }
                return @{ values = @($banner); said = $banner }
            }
            $stream.ReadTimeout = Get-TimeLeft -Probe $Probe -Clock $Clock
            $count = $stream.Read($buffer, 0, $buffer.Length)
            if ($count -eq 0) {
                throw 'connected, but it was closed before an SSH banner came'
            }
            $heard = $heard + [System.Text.Encoding]::ASCII.GetString($buffer, 0, $count)
        }
        throw 'connected, but no SSH banner came in what the server said'
    } finally {
        $stream.Dispose()
    }
}

# ---- HTTPS ---------------------------------------------------------------------------------------------------------

function Receive-Certificate {
    # Shake hands. Any certificate is accepted here, so that it can be told; nothing is ever sent over the connection.
    # Gives the certificate, those sent along, and what .NET thinks of it: its name is wrong, its chain is.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $sent = [System.Collections.Generic.List[byte[]]]::new()
    $heard = @{ problems = ''; chain = ''; sent = $sent; certificate = $null; name = '' }
    $judge = {
        param($From, $Certificate, $Chain, $Problems)
        $heard['problems'] = [string]$Problems
        foreach ($status in $Chain.ChainStatus) {
            $heard['chain'] = ($heard['chain'] + ' ' + [string]$status.Status).Trim()
        }
        foreach ($each in $Chain.ChainPolicy.ExtraStore) {
            $heard['sent'].Add($each.RawData)
        }
        $true
    }.GetNewClosure()
    $name = $Probe.name
    if (-not $name) {
        $name = $Probe.host
    }
    $stream = Connect-Stream -Probe $Probe -Clock $Clock
    try {
        $left = Get-TimeLeft -Probe $Probe -Clock $Clock
        $stream.ReadTimeout = $left
        $stream.WriteTimeout = $left
        $callback = [System.Net.Security.RemoteCertificateValidationCallback]$judge
        $tls = [System.Net.Security.SslStream]::new($stream, $false, $callback)
        try {
            # By itself, .NET under Windows PowerShell offers nothing newer than TLS 1.0.
            $protocols = [System.Security.Authentication.SslProtocols]::Tls12
            $tls.AuthenticateAsClient($name, $null, $protocols, $false)
            $bytes = $tls.RemoteCertificate.GetRawCertData()
        } finally {
            $tls.Dispose()
        }
    } finally {
        $stream.Dispose()
    }
    $heard.certificate = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]]$bytes)
    $heard.name = $name
    $heard
}

function Test-Https {
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    $authorities = $null
    if ($Probe.ca) {
        try {
            $authorities = Read-Authority -File $Probe.ca
        } catch {
            throw "the certificate authority $($Probe.ca) cannot be read ($($_.Exception.GetBaseException().Message))"
        }
    }
    $heard = Receive-Certificate -Probe $Probe -Clock $Clock
    $names = @(Get-CertificateName -Certificate $heard.certificate)
    $trusted = $heard.problems -notmatch 'RemoteCertificateChainErrors|RemoteCertificateNotAvailable'
    if (-not $trusted -and $null -ne $authorities) {
        $trusted = Test-Chain -Certificate $heard.certificate -Sent $heard.sent -Authorities $authorities
    }
    if (-not $trusted) {
        throw "the certificate is not trusted ($($heard.chain))"
    }
    if ($heard.problems -match 'RemoteCertificateNameMismatch') {
        $other = 'no name'
        if ($names.Length -gt 0) {
            $other = $names -join ', '
        }
        throw "the certificate is for $other, not for $($heard.name)"
    }
    $format = 'yyyy-MM-dd\THH:mm:ss\Z'
    $invariant = [System.Globalization.CultureInfo]::InvariantCulture
    $until = $heard.certificate.NotAfter.ToUniversalTime().ToString($format, $invariant)
    @{ values = $names + @("until $until"); said = "the certificate is for $($names -join ', '), until $until" }
}

# ---- asking --------------------------------------------------------------------------------------------------------

function Invoke-Probe {
    # One question, and what came back as it goes into the answer. What the network does is never an error.
    param($Probe)
    $attempts = @{
        dns = "DNS query for $($Probe.name) over UDP to"
        tcp = 'TCP connection to'
        ssh = 'SSH banner of'
        https = 'TLS handshake with'
        host_key = 'host keys of'
        sftp = 'SFTP login at'
    }
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $ok = $true
    try {
        if ($Probe.kind -eq 'dns') {
            $told = Test-Dns -Probe $Probe -Clock $clock
        } elseif ($Probe.kind -eq 'tcp') {
            $told = Test-Tcp -Probe $Probe -Clock $clock
        } elseif ($Probe.kind -eq 'ssh') {
            $told = Test-Ssh -Probe $Probe -Clock $clock
        } elseif ($Probe.kind -eq 'host_key') {
            $told = Test-HostKey -Probe $Probe -Clock $clock
        } elseif ($Probe.kind -eq 'resolve') {
            $told = Test-Resolver -Probe $Probe -Clock $clock
        } elseif ($Probe.kind -eq 'sftp') {
            $told = Test-Login -Probe $Probe -Clock $clock
        } else {
            $told = Test-Https -Probe $Probe -Clock $clock
        }
    } catch {
        $ok = $false
        $told = @{ values = @(); said = (Get-Explanation -Problem $_ -Probe $Probe) }
    }
    $seconds = $clock.Elapsed.TotalSeconds
    $what = "look-up of $($Probe.name) by this workstation's own resolver"
    if ($Probe.kind -ne 'resolve') {
        $what = "$($attempts[$Probe.kind]) $($Probe.host):$($Probe.port) from $(Get-SourceAddress -Probe $Probe)"
    }
    [ordered]@{ ok = $ok; what = "${what}: $($told.said)"; values = [string[]]@($told.values); seconds = $seconds }
}

function New-ProbePool {
    # Runspaces that know the functions of this file.
    param([int]$Size)
    $initial = [System.Management.Automation.Runspaces.InitialSessionState]::CreateDefault2()
    foreach ($name in $script:Functions) {
        $definition = (Get-Command -Name $name -CommandType Function).Definition
        $entry = [System.Management.Automation.Runspaces.SessionStateFunctionEntry]::new($name, $definition)
        $initial.Commands.Add($entry)
    }
    $pool = [System.Management.Automation.Runspaces.RunspaceFactory]::CreateRunspacePool(1, $Size, $initial, $Host)
    $pool.Open()
    $pool
}

function Receive-Probe {
    # What one of the runspaces found out. One that hangs is left alone.
    param($Asked)
    $limit = [int](1000 * ([double]$Asked.probe.timeout + $script:Grace))
    if (-not $Asked.pending.AsyncWaitHandle.WaitOne($limit)) {
        $what = "$($Asked.probe.kind) $($Asked.probe.host):$($Asked.probe.port): no answer, and the question hangs"
        return [ordered]@{ ok = $false; what = $what; values = [string[]]@(); seconds = $limit / 1000 }
    }
    $told = $Asked.shell.EndInvoke($Asked.pending)
    $Asked.shell.Dispose()
    $told[0].PSObject.BaseObject
}

function Get-ProbeAnswer {
    # The answers to all the questions, in their order. All are asked at the same time.
    param([object[]]$Probes)
    if ($Probes.Length -eq 0) {
        return
    }
    $pool = New-ProbePool -Size ([System.Math]::Min($Probes.Length, $script:AtOnce))
    $text = '$ErrorActionPreference = ''Stop''; Set-StrictMode -Version 2.0; Invoke-Probe -Probe $args[0]'
    $asked = @(foreach ($probe in $Probes) {
            $shell = [System.Management.Automation.PowerShell]::Create()
            $shell.RunspacePool = $pool
            [void]$shell.AddScript($text).AddArgument($probe)
            @{ probe = $probe; shell = $shell; pending = $shell.BeginInvoke() }
        })
    foreach ($one in $asked) {
        Receive-Probe -Asked $one
    }
    [void]$pool.BeginClose($null, $null) # not Close, which would wait for a question that hangs
}

$script:Functions = @(
    'Get-TimeLeft', 'ConvertTo-Printable', 'Get-Explanation', 'Get-SourceAddress', 'Connect-Datagram',
    'Connect-Stream', 'New-DnsQuestion', 'Read-Number', 'Read-DnsName', 'Read-DnsRecord', 'Read-DnsAnswer', 'Test-Dns',
    'Get-DnsVerdict', 'Test-Tcp', 'Test-Ssh', 'Read-Authority', 'Read-Der', 'Get-CertificateName', 'Test-Chain',
    'Receive-Certificate', 'Test-Https', 'Invoke-Probe', 'Get-Remainder', 'Test-Resolver', 'Test-HostKey', 'Get-KeyScan',
    'Read-HostKey', 'Test-Login', 'New-LoginFolder', 'Write-Text', 'Remove-LoginFolder', 'Get-SftpProgram',
    'Invoke-Sftp', 'Read-Printed', 'Stop-Sftp', 'Get-ReportVerdict', 'Open-Stream', 'Read-Part', 'Test-Zip',
    'Read-ZipEntry', 'Test-ZipEntry', 'Copy-Part'
)

Export-ModuleMember -Function @('Invoke-Probe', 'Get-ProbeAnswer')
