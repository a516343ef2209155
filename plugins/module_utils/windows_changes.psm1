# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Files of a Windows workstation, replaced in one instant, moved, removed. No junction or symbolic link is followed.
#
# A file that is to change is held open meanwhile, shared for reading and deleting only: so nobody writes to it, and
# no folder on its way can be renamed, between what is checked and what is done.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# What a write leaves beside a file if it is cut off. One fixed name each, so that the next write finds it.
$script:OldSuffix = '.hkex-drill-old'
$script:NewSuffix = '.hkex-drill-new'

# What is somebody else's, and could not be put back, is left under this name.
$script:AsideSuffix = '.hkex-drill-aside'

# Programs that look after files (virus scanners, the DNS client) hold them for an instant only.
$script:Attempts = 10
$script:Pause = 100 # milliseconds

# ---- replacing -----------------------------------------------------------------------------------------------------

function Assert-State {
    # The guard of a change. ``Before`` has no type: PowerShell would make an empty text of null.
    param([string]$File, $Before)
    $state = Get-State -File $File
    if ($state -cne $Before) {
        throw "${File}: somebody changed it between look and write; it was left untouched"
    }
}

function Invoke-Patiently {
    # Do it, and again while somebody holds the file.
    param([scriptblock]$Action)
    for ($attempt = 1; $true; $attempt++) {
        try {
            return (& $Action)
        } catch {
            if (-not (Test-Busy -Problem $_) -or $attempt -ge $script:Attempts) {
                throw
            }
        }
        Start-Sleep -Milliseconds $script:Pause
    }
}

function Clear-ReadOnly {
    param([string]$File)
    $info = [System.IO.FileInfo]::new($File)
    if ($info.IsReadOnly) {
        $info.IsReadOnly = $false
    }
}

function Remove-Present {
    param([string]$File)
    if ([System.IO.File]::Exists($File)) {
        Clear-ReadOnly -File $File
        Invoke-Patiently -Action { [System.IO.File]::Delete($File) }
    }
}

function Restore-Leftover {
    # Put back what a cut-off write took away (its second half failed: ERROR_UNABLE_TO_MOVE_REPLACEMENT_2, or a kill),
    # remove what it left beside the file. Neither a link nor a folder of these names is ours.
    param([string]$File)
    $old = $File + $script:OldSuffix
    if ([System.IO.File]::Exists($old) -and -not (Test-Something -Place $File)) {
        Assert-NoLink -Place $old
        Invoke-Patiently -Action { [System.IO.File]::Move($old, $File) }
    }
    Remove-Present -File $old
    Remove-Present -File ($File + $script:NewSuffix)
}

function Get-Security {
    # Owner, group and access, and what is audited, which only who has the right to manage auditing is told.
    param([string]$File)
    try {
        Get-Acl -LiteralPath $File -Audit
    } catch {
        Get-Acl -LiteralPath $File
    }
}

function Write-Ready {
    # A complete file under the name of the new one, on disk when this returns. It gets the access of the old one while
    # it is still empty, so that nobody reads in it what they could not read there.
    param([string]$File, [byte[]]$Content, [string]$Model)
    $stream = Open-File -File $File -Mode CreateNew -Access Write -Share None
    try {
        if ($Model -and (Test-Windows)) { # an access list can be set whoever holds the file open
            Set-Acl -LiteralPath $File -AclObject (Get-Security -File $Model)
        }
        $stream.Write($Content, 0, $Content.Length)
        $stream.Flush($true)
    } finally {
        $stream.Dispose()
    }
}

function Add-File {
    param([string]$File, [byte[]]$Content)
    $new = $File + $script:NewSuffix
    Write-Ready -File $new -Content $Content
    $held = Open-File -File $new -Mode Open -Access Read -Share ([System.IO.FileShare]'Read, Delete')
    try {
        Assert-NoLink -Place $new
        Invoke-Patiently -Action { [System.IO.File]::Move($new, $File) } # fails where something came up meanwhile
    } finally {
        $held.Dispose()
    }
}

function Switch-File {
    # The instant: the file becomes the new one, and what was there the old one. Streams and creation time go along.
    param([string]$File, [string]$Before)
    $old = $File + $script:OldSuffix
    $new = $File + $script:NewSuffix
    Invoke-Patiently -Action {
        Assert-State -File $File -Before $Before
        [System.IO.File]::Replace($new, $File, $old)
    }
    if ((Get-State -File $old) -cne $Before) {
        # An editor put its own file there in the very last moment: it is that one that stays.
        Undo-Switch -File $File
        throw "${File}: somebody changed it between look and write; it was left untouched"
    }
}

function Undo-Switch {
    # The same backwards: what was there comes back as it was, with its access and streams. Where that cannot be, it is
    # put where nothing of ours is ever removed.
    param([string]$File)
    $old = $File + $script:OldSuffix
    $new = $File + $script:NewSuffix
    try {
        Invoke-Patiently -Action { [System.IO.File]::Replace($old, $File, $new) }
    } catch {
        $aside = $File + $script:AsideSuffix
        [System.IO.File]::Move($old, $aside)
        throw "${File}: what stood there is $aside now, because it cannot be put back: $(Get-Reason -Problem $_)"
    }
}

function Restore-Attribute {
    param([string]$File, [System.IO.FileAttributes]$Attributes)
    if ([System.IO.File]::Exists($File) -and [System.IO.File]::GetAttributes($File) -ne $Attributes) {
        [System.IO.File]::SetAttributes($File, $Attributes)
    }
}

function Update-File {
    param([string]$File, [string]$Before, [byte[]]$Content)
    $attributes = [System.IO.File]::GetAttributes($File)
    $was = Get-AttributeText -File $File
    Write-Ready -File ($File + $script:NewSuffix) -Content $Content -Model $File
    $held = Open-File -File $File -Mode Open -Access Read -Share ([System.IO.FileShare]'Read, Delete')
    try {
        Assert-NoLink -Place $File
        Clear-ReadOnly -File $File # a read-only file cannot be replaced
        Switch-File -File $File -Before $Before
    } catch {
        Restore-Leftover -File $File # the first half of Replace may have been all there was of it
        throw
    } finally {
        $held.Dispose()
        Restore-Attribute -File $File -Attributes $attributes
    }
    if ((Get-AttributeText -File $File) -cne $was -and (Test-Windows)) {
        Set-Acl -LiteralPath $File -AclObject (Get-Security -File ($File + $script:OldSuffix))
    }
    if ((Get-AttributeText -File $File) -cne $was) {
        Clear-ReadOnly -File $File
        Undo-Switch -File $File
        Restore-Attribute -File $File -Attributes $attributes
        throw "${File}: its attributes, owner or access cannot be kept; it was $was"
    }
    Remove-Present -File ($File + $script:OldSuffix)
}

function Write-File {
    # Make the file, whose state is ``Before`` (null: there is none), have this content.
    param([string]$File, $Before, [byte[]]$Content)
    Assert-NoLink -Place $File
    Restore-Leftover -File $File
    Assert-State -File $File -Before $Before
    try {
        if ($null -eq $Before) {
            Add-File -File $File -Content $Content
        } else {
            Update-File -File $File -Before $Before -Content $Content
        }
    } catch {
        $why = Get-Reason -Problem $_
        try {
            Restore-Leftover -File $File
        } catch {
            $why = "$why; what the write left beside it stays, too: $(Get-Reason -Problem $_)"
        }
        if (-not $why.StartsWith($File, [System.StringComparison]::Ordinal)) {
            $why = "${File}: $why"
        }
        throw $why
    }
}

function Remove-File {
    # Remove the file whose state is ``Before``. It goes by way of the backup's name, which a kill in between leaves.
    param([string]$File, $Before)
    Assert-NoLink -Place $File
    Restore-Leftover -File $File
    Assert-State -File $File -Before $Before
    if ($null -eq $Before) {
        return
    }
    $old = $File + $script:OldSuffix
    $held = Open-File -File $File -Mode Open -Access Read -Share ([System.IO.FileShare]'Read, Delete')
    try {
        Assert-NoLink -Place $File
        Invoke-Patiently -Action { [System.IO.File]::Move($File, $old) }
        if ((Get-State -File $old) -cne $Before) {
            [System.IO.File]::Move($old, $File)
            throw "${File}: somebody changed it between look and write; it was left untouched"
        }
    } finally {
        $held.Dispose()
    }
    Remove-Present -File $old
}

function Repair-File {
    # Leave the file as it is, and only tidy up beside it.
    param([string]$File)
    $folder = [System.IO.Path]::GetDirectoryName($File)
    if ([System.IO.Directory]::Exists($folder)) {
        Assert-NoLink -Place $folder
        Restore-Leftover -File $File
    }
}

# ---- moving --------------------------------------------------------------------------------------------------------

function Assert-Stamp {
    # The file in this stream is still the one that was looked at.
    param([string]$File, [System.IO.Stream]$Stream, $Stamp)
    $same = $Stream.Length -eq [long]$Stamp.size
    $same = $same -and [System.IO.File]::GetLastWriteTimeUtc($File).Ticks -eq [long]$Stamp.written
    if (-not $same -or (Get-StreamDigest -Stream $Stream) -cne $Stamp.sha256) {
        throw "${File}: somebody changed it between look and move; it was left where it is"
    }
}

function Move-File {
    # Move a file with this stamp to where nothing is, on the same volume, and make the folder for it; remove it if
    # ``To`` is null.
    param([string]$File, $Stamp, $To)
    if ($null -ne $To) {
        Assert-NoLink -Place $To
        if (Test-Something -Place $To) {
            throw "${To}: something is there already; $File was left where it is"
        }
        if ([System.IO.Path]::GetPathRoot($To) -ne [System.IO.Path]::GetPathRoot($File)) {
            throw "${To}: is on another volume than $File, which was left where it is"
        }
    }
    $held = Open-Present -File $File -Share ([System.IO.FileShare]'Read, Delete')
    if ($null -eq $held) {
        throw "${File}: is not there any more"
    }
    try {
        Assert-NoLink -Place $File
        Assert-Stamp -File $File -Stream $held -Stamp $Stamp
        if ($null -eq $To) {
            Clear-ReadOnly -File $File
            [System.IO.File]::Delete($File)
        } else {
            $null = [System.IO.Directory]::CreateDirectory([System.IO.Path]::GetDirectoryName($To))
            [System.IO.File]::Move($File, $To)
        }
    } finally {
        $held.Dispose()
    }
}

Export-ModuleMember -Function @('Write-File', 'Remove-File', 'Repair-File', 'Move-File')
