# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# One session of OpenSSH's sftp with the settings and the commands that it is given, and whether zip files are whole.
# Like all questions, each runs in a runspace of its own, and the functions use nothing but each other.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_asking

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# ---- the session ---------------------------------------------------------------------------------------------------

function Test-Login {
    # What the program printed and what came of the reports. The folder with all of it is gone at the end.
    param($Probe, [System.Diagnostics.Stopwatch]$Clock)
    if (-not [System.IO.File]::Exists($Probe.login.private_key)) {
        throw "the private key $($Probe.login.private_key) is not on this workstation"
    }
    $folder = [System.IO.Path]::Combine([System.IO.Path]::GetTempPath(), "hkex-drill-$([System.Guid]::NewGuid())")
    New-LoginFolder -Folder $folder
    try {
        $free = [System.IO.DriveInfo]::new([System.IO.Path]::GetPathRoot($folder)).AvailableFreeSpace
        if ($free -lt $Probe.login.room) {
            throw "there is no space for $($Probe.login.room) bytes in $([System.IO.Path]::GetTempPath())"
        }
        Write-Text -Folder $folder -Name 'config' -Text $Probe.login.config
        Write-Text -Folder $folder -Name 'known_hosts' -Text $Probe.login.known_hosts
        Write-Text -Folder $folder -Name 'batch' -Text $Probe.login.batch
        $values = [System.Collections.Generic.List[string]]::new()
        foreach ($said in (Invoke-Sftp -Folder $folder -Probe $Probe -Clock $Clock)) {
            $values.Add($said)
        }
        $number = 0
        foreach ($zip in $Probe.login.zips) {
            $report = [System.IO.Path]::Combine($folder, "report$number")
            $values.Add((Get-ReportVerdict -File $report -Zip $zip -Probe $Probe -Clock $Clock))
            $number++
        }
    } finally {
        Remove-LoginFolder -Folder $folder
    }
    @{ values = $values.ToArray(); said = 'sftp ended' }
}

function New-LoginFolder {
    # For administrators and SYSTEM alone from the start, as the folder of journal and blobs is.
    param([string]$Folder)
    if ([System.Environment]::OSVersion.Platform -ne [System.PlatformID]::Win32NT) {
        [void][System.IO.Directory]::CreateDirectory($Folder)
        return
    }
    $security = [System.Security.AccessControl.DirectorySecurity]::new()
    $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)')
    if ($PSVersionTable.PSEdition -eq 'Core') {
        [void][System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Folder)
    } else {
        [void][System.IO.Directory]::CreateDirectory($Folder, $security)
    }
}

function Write-Text {
    param([string]$Folder, [string]$Name, [string]$Text)
    $utf8 = [System.Text.UTF8Encoding]::new($false)
    [System.IO.File]::WriteAllText([System.IO.Path]::Combine($Folder, $Name), $Text, $utf8)
}

function Remove-LoginFolder {
    # An antivirus program may hold on to a file for a moment.
    param([string]$Folder)
    for ($tries = 1; $true; $tries++) {
        try {
            [System.IO.Directory]::Delete($Folder, $true)
            return
        } catch {
            if ($tries -eq 10) {
                $why = $_.Exception.GetBaseException().Message
                throw "what came could not be removed ($why): delete $Folder by hand"
            }
        }
        Start-Sleep -Milliseconds 300
    }
}

function Get-SftpProgram {
    # The program, where Windows puts its own OpenSSH; else the search path says where.
    $own = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'OpenSSH\sftp.exe')
    if ([System.IO.File]::Exists($own)) {
        return $own
    }
    'sftp'
}

function Invoke-Sftp {
    # Its exit code, what it printed, what it complained of. No settings of anybody's: those of the folder alone.
    param([string]$Folder, $Probe, [System.Diagnostics.Stopwatch]$Clock)
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = Get-SftpProgram
    $start.Arguments = "-F config -b batch -P $($Probe.port) $($Probe.host)"
    $start.WorkingDirectory = $Folder
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [System.Text.UTF8Encoding]::new($false)
    try {
        $process = [System.Diagnostics.Process]::Start($start)
    } catch {
        throw 'sftp is not installed, or may not be started'
    }
    try {
        $complaint = $process.StandardError.ReadToEndAsync()
        $printed = Read-Printed -Process $process -Probe $Probe -Clock $Clock
        $ended = $process.WaitForExit((Get-Remainder -Probe $Probe -Clock $Clock))
        if (-not $ended -or -not $complaint.Wait((Get-Remainder -Probe $Probe -Clock $Clock))) {
            throw [System.TimeoutException]::new()
        }
        @([string]$process.ExitCode, $printed, $complaint.Result)
    } catch [System.TimeoutException] {
        throw "it did not end in time, which is $([int]$Probe.timeout) s"
    } finally {
        Stop-Sftp -Process $process
        $process.Dispose()
    }
}

function Read-Printed {
    # All that the program prints until it closes its output.
    param($Process, $Probe, [System.Diagnostics.Stopwatch]$Clock)
    $text = [System.Text.StringBuilder]::new()
    $buffer = [char[]]::new(65536)
    do {
        $reading = $Process.StandardOutput.ReadAsync($buffer, 0, $buffer.Length)
        if (-not $reading.Wait((Get-Remainder -Probe $Probe -Clock $Clock))) {
            throw [System.TimeoutException]::new()
        }
        [void]$text.Append($buffer, 0, $reading.Result)
        if ($text.Length -gt 4194304) {
            throw 'logged on, but the server lists without end'
        }
    } while ($reading.Result -gt 0)
    $text.ToString()
}

function Stop-Sftp {
    # It and the ssh that it has started, which would keep the account logged on.
    param($Process)
    if ($Process.HasExited) {
        return
    }
    $start = [System.Diagnostics.ProcessStartInfo]::new()
    $start.FileName = [System.IO.Path]::Combine([System.Environment]::SystemDirectory, 'taskkill.exe')
    $start.Arguments = "/PID $($Process.Id) /T /F"
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    try {
        $killer = [System.Diagnostics.Process]::Start($start)
        [void]$killer.WaitForExit(3000)
        $killer.Dispose()
    } catch {
        $Process.Kill() # no Windows: its ssh ends by itself, because nobody listens any more
    }
    [void]$Process.WaitForExit(3000)
}

# ---- reports -------------------------------------------------------------------------------------------------------

function Get-ReportVerdict {
    # How many bytes came, and how a zip file opens.
    param([string]$File, [bool]$Zip, $Probe, [System.Diagnostics.Stopwatch]$Clock)
    if (-not [System.IO.File]::Exists($File)) {
        return '-1 '
    }
    $size = [System.IO.FileInfo]::new($File).Length
    if (-not $Zip) {
        return "$size "
    }
    try {
        $stream = Open-Stream -File $File -Mode Open -Access Read -Share Read
    } catch {
        return "$size closed"
    }
    try {
        "$size $(Test-Zip -Stream $stream -Scratch "$File.gz" -Probe $Probe -Clock $Clock)"
    } catch [System.TimeoutException] {
        throw "it did not end in time, which is $([int]$Probe.timeout) s"
    } catch {
        "$size damaged"
    } finally {
        $stream.Dispose()
    }
}

function Open-Stream {
    param([string]$File, [System.IO.FileMode]$Mode, [System.IO.FileAccess]$Access, [System.IO.FileShare]$Share)
    [System.IO.FileStream]::new($File, $Mode, $Access, $Share)
}

function Read-Part {
    # So many bytes from there; it is an error if there are fewer.
    param([System.IO.Stream]$Stream, [long]$From, [int]$Count)
    $bytes = [byte[]]::new($Count)
    [void]$Stream.Seek($From, [System.IO.SeekOrigin]::Begin)
    $have = 0
    while ($have -lt $Count) {
        $more = $Stream.Read($bytes, $have, $Count - $have)
        if ($more -eq 0) {
            throw [System.IO.EndOfStreamException]::new()
        }
        $have += $more
    }
    , $bytes
}

function Test-Zip {
    # Read every file in it to its end. Its directory (APPNOTE.TXT, 4.3.12 and 4.3.16) says what there is to be.
    param([System.IO.Stream]$Stream, [string]$Scratch, $Probe, [System.Diagnostics.Stopwatch]$Clock)
    $length = [int][System.Math]::Min($Stream.Length, [long]65557)
    $tail = Read-Part -Stream $Stream -From ($Stream.Length - $length) -Count $length
    $at = $length - 22
    while ([System.BitConverter]::ToUInt32($tail, $at) -ne 0x06054b50) {
        $at-- # below zero that is an error
    }
    $count = [System.BitConverter]::ToUInt16($tail, $at + 10)
    $size = [System.BitConverter]::ToUInt32($tail, $at + 12)
    $begin = [System.BitConverter]::ToUInt32($tail, $at + 16)
    if ($count -gt $Probe.login.most.files -or $begin -eq 4294967295) {
        return 'large'
    }
    $from = $Stream.Length - $length + $at - $size
    $directory = Read-Part -Stream $Stream -From $from -Count $size
    $here = 0
    $bytes = [long]0
    for ($number = 0; $number -lt $count; $number++) {
        $entry = Read-ZipEntry -Directory $directory -Here $here
        $entry.from += $from - $begin
        $here += $entry.length
        $bytes += $entry.size
        if ($bytes -gt $Probe.login.most.bytes -or $entry.packed -eq 4294967295) {
            return 'large'
        }
        $word = Test-ZipEntry -Stream $Stream -Entry $entry -Scratch $Scratch -Probe $Probe -Clock $Clock
        if ($word -cne 'whole') {
            return $word
        }
    }
    'whole'
}

function Read-ZipEntry {
    # What the directory says of a file, and where that begins.
    param([byte[]]$Directory, [int]$Here)
    if ([System.BitConverter]::ToUInt32($Directory, $Here) -ne 0x02014b50) {
        throw 'its directory is damaged'
    }
    $length = 46 + [System.BitConverter]::ToUInt16($Directory, $Here + 28)
    $length += [System.BitConverter]::ToUInt16($Directory, $Here + 30)
    $length += [System.BitConverter]::ToUInt16($Directory, $Here + 32)
    @{
        length = $length
        flags = [System.BitConverter]::ToUInt16($Directory, $Here + 8)
        method = [System.BitConverter]::ToUInt16($Directory, $Here + 10)
        sum = [System.BitConverter]::ToUInt32($Directory, $Here + 16)
        packed = [System.BitConverter]::ToUInt32($Directory, $Here + 20)
        size = [System.BitConverter]::ToUInt32($Directory, $Here + 24)
        from = [long][System.BitConverter]::ToUInt32($Directory, $Here + 42)
    }
}

function Test-ZipEntry {
    # .NET Framework tells no CRC-32, but ends what it packs as gzip with it (RFC 1952, 2.3.1): so pack it again.
    param([System.IO.Stream]$Stream, $Entry, [string]$Scratch, $Probe, [System.Diagnostics.Stopwatch]$Clock)
    if ($Entry.flags -band 1) {
        return 'encrypted'
    }
    if ($Entry.method -ne 0 -and $Entry.method -ne 8) {
        return 'method'
    }
    $head = Read-Part -Stream $Stream -From $Entry.from -Count 30
    if ([System.BitConverter]::ToUInt32($head, 0) -ne 0x04034b50) {
        return 'damaged'
    }
    $begin = $Entry.from + 30 + [System.BitConverter]::ToUInt16($head, 26) + [System.BitConverter]::ToUInt16($head, 28)
    [void]$Stream.Seek($begin, [System.IO.SeekOrigin]::Begin)
    $source = $Stream
    if ($Entry.method -eq 8) {
        $unpack = [System.IO.Compression.CompressionMode]::Decompress # a word could be a level, too
        $source = [System.IO.Compression.DeflateStream]::new($Stream, $unpack, $true)
    }
    $target = Open-Stream -File $Scratch -Mode Create -Access ReadWrite -Share None
    try {
        $fast = [System.IO.Compression.CompressionLevel]::Fastest
        $packing = [System.IO.Compression.GZipStream]::new($target, $fast, $true)
        try {
            Copy-Part -Source $source -Target $packing -Count $Entry.size -Probe $Probe -Clock $Clock
        } finally {
            $packing.Dispose()
        }
        $sum = [uint32]0 # of nothing, for which some versions write nothing
        if ($Entry.size -gt 0) {
            $end = Read-Part -Stream $target -From ($target.Length - 8) -Count 8
            $sum = [System.BitConverter]::ToUInt32($end, 0)
        }
    } finally {
        $target.Dispose()
    }
    if ($sum -ne $Entry.sum) {
        return 'sum'
    }
    'whole'
}

function Copy-Part {
    # So many bytes; it is an error if there are fewer.
    param($Source, $Target, [long]$Count, $Probe, [System.Diagnostics.Stopwatch]$Clock)
    $buffer = [byte[]]::new(65536)
    while ($Count -gt 0) {
        $null = Get-Remainder -Probe $Probe -Clock $Clock
        $more = $Source.Read($buffer, 0, [int][System.Math]::Min($Count, [long]$buffer.Length))
        if ($more -eq 0) {
            throw [System.IO.EndOfStreamException]::new()
        }
        $Target.Write($buffer, 0, $more)
        $Count -= $more
    }
}

Export-ModuleMember -Function @(
    'Test-Login', 'New-LoginFolder', 'Write-Text', 'Remove-LoginFolder', 'Get-SftpProgram', 'Invoke-Sftp',
    'Read-Printed', 'Stop-Sftp', 'Get-ReportVerdict', 'Open-Stream', 'Read-Part', 'Test-Zip', 'Read-ZipEntry',
    'Test-ZipEntry', 'Copy-Part'
)
