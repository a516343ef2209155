# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Journal, blobs and lock of a Windows workstation, in a folder that only administrators and SYSTEM may enter.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_changes

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# BUILTIN\Administrators and SYSTEM by their SIDs, because their names are translated on Windows in other languages.
$script:Owners = @('S-1-5-32-544', 'S-1-5-18')

# Owner and group Administrators; nothing inherited; all for the two, here and below.
$script:Security = 'O:BAG:BAD:P(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)'

# Seconds to wait for another run on this workstation; a visit takes far less.
$script:Patience = 30

# ---- the folder ----------------------------------------------------------------------------------------------------

function Get-StoreFolder {
    # ``Given`` has no type: null asks for the usual place.
    param($Given)
    if ($null -ne $Given) {
        return [string]$Given
    }
    [System.IO.Path]::Combine([System.Environment]::GetFolderPath('CommonApplicationData'), 'hkex-drill')
}

function New-StoreFolder {
    # Make it with its access list in one call: made first and closed later, a user could come in between.
    param([string]$Folder)
    if (-not (Test-Windows)) {
        [void][System.IO.Directory]::CreateDirectory($Folder)
        return
    }
    $security = [System.Security.AccessControl.DirectorySecurity]::new()
    $security.SetSecurityDescriptorSddlForm($script:Security)
    if ($PSVersionTable.PSEdition -eq 'Core') {
        [void][System.IO.FileSystemAclExtensions]::CreateDirectory($security, $Folder)
    } else {
        [void][System.IO.Directory]::CreateDirectory($Folder, $security)
    }
}

function Get-Stranger {
    # Who else than administrators and SYSTEM owns the folder or may do something with it; null: nobody.
    param([string]$Folder)
    $sids = [System.Security.Principal.SecurityIdentifier]
    $acl = Get-Acl -LiteralPath $Folder
    $owner = $acl.GetOwner($sids).Value
    if ($script:Owners -cnotcontains $owner) {
        return "$owner owns it"
    }
    if (-not $acl.AreAccessRulesProtected) {
        return 'it inherits the access to the folder above it'
    }
    foreach ($rule in $acl.GetAccessRules($true, $true, $sids)) {
        $who = $rule.IdentityReference.Value
        if ($rule.AccessControlType -eq 'Allow' -and $script:Owners -cnotcontains $who) {
            return "$who may enter it"
        }
    }
    $null
}

function Assert-StoreFolder {
    # Whoever could write here could have us put any content anywhere; whoever could read would see clients' secrets.
    param([string]$Folder)
    Assert-NoLink -Place $Folder
    if (-not (Test-Windows)) {
        return
    }
    $stranger = Get-Stranger -Folder $Folder
    if ($null -ne $stranger) {
        $what = "is not for administrators and SYSTEM alone ($stranger), and journal and blobs may hold secrets"
        $remedy = 'Look at what is in it and move it away, then run again; or give another state_dir'
        throw (New-Refusal -Where $Folder -What $what -Remedy $remedy)
    }
}

function Initialize-Store {
    param([string]$Folder)
    try {
        if (-not [System.IO.Directory]::Exists($Folder)) {
            New-StoreFolder -Folder $Folder
        }
        Assert-StoreFolder -Folder $Folder
        [void][System.IO.Directory]::CreateDirectory((Get-BlobFolder -Folder $Folder))
    } catch {
        throw (ConvertTo-StoreRefusal -Problem $_ -Folder $Folder)
    }
}

function ConvertTo-StoreRefusal {
    param($Problem, [string]$Folder)
    $cause = Get-Cause -Problem $Problem
    if ($cause.Data.Contains('where')) {
        return $cause
    }
    $what = "journal and blobs cannot be kept or read here: $($cause.Message)"
    New-Refusal -Where $Folder -What $what -Remedy 'Connect as an administrator, or give another state_dir'
}

# ---- the lock ------------------------------------------------------------------------------------------------------

function Enter-Store {
    # Keep other runs from writing on this workstation until the stream that this returns is closed.
    # Who only looks makes nothing and waits for a writer: its transaction must not pass for one that was cut off.
    # Null: nobody ever wrote here.
    param([string]$Folder, [bool]$Writing)
    if ($Writing) {
        Initialize-Store -Folder $Folder
    } elseif ([System.IO.Directory]::Exists($Folder)) {
        Assert-StoreFolder -Folder $Folder # as the write will: what a check mode lets pass must be true
    }
    $lock = [System.IO.Path]::Combine($Folder, 'lock')
    try {
        if ($Writing) {
            return (Open-File -File $lock -Mode OpenOrCreate -Access ReadWrite -Share None -Seconds $script:Patience)
        }
        Open-File -File $lock -Mode Open -Access Read -Share Read -Seconds $script:Patience
    } catch [System.IO.FileNotFoundException], [System.IO.DirectoryNotFoundException] {
        $null
    } catch {
        if (Test-Busy -Problem $_) {
            $what = 'another run is at work on this workstation'
            throw (New-Refusal -Where $Folder -What $what -Remedy 'Wait for it and run again')
        }
        throw (ConvertTo-StoreRefusal -Problem $_ -Folder $Folder)
    }
}

# ---- the journal ---------------------------------------------------------------------------------------------------

function Get-JournalFile {
    param([string]$Folder)
    [System.IO.Path]::Combine($Folder, 'journal.jsonl')
}

function ConvertTo-Line {
    # The whole lines in these bytes. What follows the last line end was being written when a run was killed.
    param([byte[]]$Content)
    $parts = [System.Text.UTF8Encoding]::new($false).GetString($Content).Split([char]10)
    if ($parts.Length -lt 2) {
        return , [string[]]@()
    }
    , [string[]]$parts[0..($parts.Length - 2)]
}

function Read-Journal {
    param([string]$Folder)
    $content = Read-File -File (Get-JournalFile -Folder $Folder)
    if ($null -eq $content) {
        return , [string[]]@()
    }
    , (ConvertTo-Line -Content $content)
}

function Add-JournalLine {
    # Append a line to the journal, which must hold ``Position`` lines; it is on disk when this returns.
    param([string]$Folder, [string]$Line, [int]$Position)
    $file = Get-JournalFile -Folder $Folder
    $stream = Open-File -File $file -Mode OpenOrCreate -Access ReadWrite -Share Read
    try {
        $memory = [System.IO.MemoryStream]::new()
        $stream.CopyTo($memory)
        $content = $memory.ToArray()
        if ((ConvertTo-Line -Content $content).Length -ne $Position) {
            throw "${file}: another run wrote on this workstation in between"
        }
        $bytes = [System.Text.UTF8Encoding]::new($false).GetBytes($Line + [char]10)
        $stream.SetLength([System.Array]::LastIndexOf($content, [byte]10) + 1)
        [void]$stream.Seek(0, [System.IO.SeekOrigin]::End)
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
}

# ---- the blobs -----------------------------------------------------------------------------------------------------

function Get-BlobFolder {
    param([string]$Folder)
    [System.IO.Path]::Combine($Folder, 'blobs')
}

function Get-BlobFile {
    param([string]$Folder, [string]$Digest)
    [System.IO.Path]::Combine((Get-BlobFolder -Folder $Folder), $Digest)
}

function Read-Blob {
    # What was kept under this SHA-256.
    param([string]$Folder, [string]$Digest)
    $file = Get-BlobFile -Folder $Folder -Digest $Digest
    $content = Read-File -File $file
    if ($null -eq $content -or (Get-Digest -Content $content) -cne $Digest) {
        $remedy = 'Restore the file that it belongs to from a backup of this workstation'
        throw (New-Refusal -Where $file -What 'is missing or damaged' -Remedy $remedy)
    }
    , $content
}

function Add-Blob {
    # Copy the file, whose SHA-256 must be this, into the blobs.
    param([string]$Folder, [string]$File, [string]$Digest)
    Assert-NoLink -Place $File
    Repair-File -File $File # it may stand under its backup's name, where a look sees it
    $content = Read-File -File $File
    if ($null -eq $content -or (Get-Digest -Content $content) -cne $Digest) {
        throw "${File}: somebody changed it between look and write; it was left untouched"
    }
    $blob = Get-BlobFile -Folder $Folder -Digest $Digest
    $kept = Get-State -File $blob
    if ($kept -cne $Digest) {
        Write-File -File $blob -Before $kept -Content $content
    }
}

Export-ModuleMember -Function @(
    'Get-StoreFolder', 'Enter-Store', 'Read-Journal', 'Add-JournalLine', 'Get-BlobFolder', 'Read-Blob', 'Add-Blob'
)
