#!powershell
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The hands of the actions on a Windows workstation: carry out these steps, then look. No decisions.
# What is asked and what is answered is described in plugins/plugin_utils/windows_io.schema.json.

#AnsibleRequires -PowerShell Ansible.ModuleUtils.Legacy
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_files
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_changes
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_folders
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_store
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_registry
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_machine
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_settings
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_facts
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_trees
#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_probes

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$script:Version = 1

# ---- steps ---------------------------------------------------------------------------------------------------------

function Invoke-Restore {
    param($Step, [string]$Folder)
    if ($Step.before -ceq $Step.after) {
        Repair-File -File $Step.path
    } elseif ($null -eq $Step.after) {
        Remove-File -File $Step.path -Before $Step.before
    } else {
        $content = Read-Blob -Folder $Folder -Digest $Step.after
        Write-File -File $Step.path -Before $Step.before -Content $content
    }
}

function Invoke-Step {
    # Carry out one step; if its guard does not hold, an error.
    param($Step, [string]$Folder)
    switch -CaseSensitive ($Step.do) {
        'keep' {
            Add-Blob -Folder $Folder -File $Step.path -Digest $Step.sha256
        }
        'note' {
            Add-JournalLine -Folder $Folder -Line $Step.line -Position $Step.position
        }
        'write' {
            $content = [System.Convert]::FromBase64String($Step.content)
            Write-File -File $Step.path -Before $Step.before -Content $content
        }
        'restore' {
            Invoke-Restore -Step $Step -Folder $Folder
        }
        'assign' {
            Set-Setting -Key $Step.key -Before $Step.before -After $Step.after
        }
        'refresh' {
            Clear-DnsClientCache -ErrorAction Stop
        }
        'move' {
            Move-File -File $Step.path -Stamp $Step.stamp -To $Step.to
        }
        'make' {
            New-Folder -Folder $Step.path
        }
        'prune' {
            Remove-EmptyFolder -Folder $Step.path -Itself $Step.itself
        }
        default {
            throw "$($Step.do) is no step that this module knows"
        }
    }
}

function Invoke-StepList {
    # Carry them out in order, up to the first that cannot be.
    param([object[]]$Steps, [string]$Folder, $Result)
    for ($index = 0; $index -lt $Steps.Length; $index++) {
        try {
            $null = Invoke-Step -Step $Steps[$index] -Folder $Folder # nothing may get into the module's output
        } catch {
            $Result.answer.stopped = [ordered]@{ step = $index; why = (Get-Reason -Problem $_) }
            return
        }
        if ($Steps[$index].do -cne 'refresh') {
            $Result.changed = $true
        }
    }
}

# ---- the look ------------------------------------------------------------------------------------------------------

function New-Answer {
    # An answer that tells nothing yet; what was refused leaves it so.
    param([string]$BlobFolder)
    $facts = [ordered]@{
        hostname = ''
        clock = ''
        system = ''
        host_table = 'C:\Windows\System32\drivers\etc\hosts'
        blobs = $BlobFolder
        adapters = @()
        profiles = @()
    }
    [ordered]@{
        version = $script:Version
        refused = $null
        stopped = $null
        facts = $facts
        files = @{}
        nowhere = @()
        unreadable = @{}
        settings = @()
        probes = @()
        blobs = @{}
        trees = @()
        keys = @{}
        processes = @()
        journal = @()
    }
}

function ConvertTo-Refused {
    # Why something cannot be looked at; ``Where`` is what it was, if the error does not say.
    param($Problem, [string]$Where)
    $cause = Get-Cause -Problem $Problem
    if ($cause.Data.Contains('where')) {
        return [ordered]@{ where = $cause.Data['where']; what = $cause.Data['what']; remedy = $cause.Data['remedy'] }
    }
    $remedy = 'Correct what is asked for, or connect as an administrator'
    [ordered]@{ where = $Where; what = "cannot be looked at: $($cause.Message)"; remedy = $remedy }
}

function Add-Journal {
    param([string]$Folder, $Answer)
    try {
        $Answer.journal = [string[]](Read-Journal -Folder $Folder)
    } catch {
        $Answer.refused = ConvertTo-Refused -Problem $_ -Where $Folder
    }
}

function Get-SettingList {
    param([object[]]$Keys)
    $values = [System.Collections.Generic.List[object]]::new()
    foreach ($key in $Keys) {
        $value = Get-Setting -Key $key
        if ($null -eq $value) {
            $values.Add($null)
        } elseif ($value -is [array]) {
            $values.Add([string[]]$value)
        } else {
            $values.Add($value)
        }
    }
    , $values.ToArray()
}

function Add-Kept {
    # What the lock keeps from changing: files, blobs, settings, trees, keys.
    param($Look, [string]$Folder, $Answer)
    $files = [System.Collections.Generic.Dictionary[string, object]]::new()
    $nowhere = [System.Collections.Generic.List[string]]::new()
    $blobs = [System.Collections.Generic.Dictionary[string, object]]::new()
    $trees = [System.Collections.Generic.List[object]]::new()
    $keys = [System.Collections.Generic.Dictionary[string, object]]::new()
    $paths = [System.Collections.Generic.List[string]]::new()
    $places = [System.Collections.Generic.List[string]]::new()
    $unreadable = [System.Collections.Generic.Dictionary[string, object]]::new()
    $where = ''
    try {
        $tolerated = @($Look.tolerated)
        $paths.AddRange([string[]]@($Look.files))
        $places.AddRange([string[]]@($Look.keys))
        $where = 'profiles'
        foreach ($person in @(Get-Person)) {
            foreach ($below in $Look.everybody.files) {
                $path = [System.IO.Path]::Combine($person.folder, $below)
                $paths.Add($path)
                $tolerated += $path
            }
            foreach ($below in $Look.everybody.keys) {
                $place = "HKU\$($person.sid)\$below"
                $places.Add($place)
                $tolerated += $place
            }
        }
        foreach ($path in $paths) {
            $where = $path
            $files[$path] = $null
            try {
                $files[$path] = Get-FileLook -File $path
            } catch {
                if ($tolerated -cnotcontains $path) {
                    throw
                }
                $unreadable[$path] = ConvertTo-Refused -Problem $_ -Where $path
            }
            if (-not [System.IO.Directory]::Exists([System.IO.Path]::GetDirectoryName($path))) {
                $nowhere.Add($path)
            }
        }
        foreach ($digest in $Look.blobs) {
            $where = "blob $digest"
            try {
                $content = Read-Blob -Folder $Folder -Digest $digest
                $blobs[$digest] = [System.Convert]::ToBase64String($content)
            } catch {
                if ($tolerated -cnotcontains $digest) {
                    throw
                }
                $unreadable[$digest] = ConvertTo-Refused -Problem $_ -Where $where
            }
        }
        foreach ($tree in $Look.trees) {
            $where = $tree.path
            $trees.Add((Get-Tree -Tree $tree))
        }
        foreach ($place in $places) {
            $where = $place
            $keys[$place] = $null
            try {
                $keys[$place] = Get-RegistryTree -Place $place
            } catch {
                if ($tolerated -cnotcontains $place) {
                    throw
                }
                $unreadable[$place] = ConvertTo-Refused -Problem $_ -Where $place
            }
        }
        $where = 'settings'
        $Answer.settings = [object[]](Get-SettingList -Keys $Look.settings)
        $Answer.files = $files
        $Answer.unreadable = $unreadable
        $Answer.nowhere = $nowhere.ToArray()
        $Answer.blobs = $blobs
        $Answer.trees = $trees.ToArray()
        $Answer.keys = $keys
    } catch {
        $Answer.refused = ConvertTo-Refused -Problem $_ -Where $where
    }
}

function Add-Passing {
    # What changes by itself: facts, processes, what the network answers.
    param($Look, [string]$Folder, $Answer)
    $where = 'facts'
    try {
        $Answer.facts = Get-Fact -BlobFolder (Get-BlobFolder -Folder $Folder)
        $where = 'processes'
        $Answer.processes = @(Get-ProcessFact -Names $Look.processes)
        $where = 'probes'
        $Answer.probes = @(Get-ProbeAnswer -Probes $Look.probes)
    } catch {
        $Answer.refused = ConvertTo-Refused -Problem $_ -Where $where
    }
}

# ---- the visit -----------------------------------------------------------------------------------------------------

function Enter-Visit {
    # The lock. Where it cannot be had, no step is carried out, and a mere look is refused.
    param([string]$Folder, [bool]$Writing, $Answer)
    try {
        Enter-Store -Folder $Folder -Writing $Writing
    } catch {
        if ($Writing) {
            $Answer.stopped = [ordered]@{ step = 0; why = (Get-Reason -Problem $_) }
        } else {
            $Answer.refused = ConvertTo-Refused -Problem $_ -Where $Folder
        }
    }
}

function Exit-Registry {
    # Nobody finds their registry taken while this waits, or when it is over.
    param($Answer)
    try {
        Close-Hive
    } catch {
        if ($null -eq $Answer.refused) {
            $Answer.refused = ConvertTo-Refused -Problem $_ -Where 'HKEY_USERS'
        }
    }
}

function Invoke-Visit {
    # Other runs stay out until what was written has been looked at.
    param($Request)
    $folder = Get-StoreFolder -Given $Request.state_dir
    $answer = New-Answer -BlobFolder (Get-BlobFolder -Folder $folder)
    $result = @{ changed = $false; answer = $answer }
    $steps = @($Request.steps)
    $lock = Enter-Visit -Folder $folder -Writing ($steps.Length -gt 0) -Answer $answer
    try {
        if ($steps.Length -gt 0 -and $null -eq $answer.stopped) {
            Invoke-StepList -Steps $steps -Folder $folder -Result $result
            Exit-Registry -Answer $answer
            if ($null -eq $answer.stopped) {
                Start-Sleep -Milliseconds ([int](1000 * $Request.settle))
            }
        }
        if ($null -eq $answer.refused) {
            Add-Journal -Folder $folder -Answer $answer
        }
        if ($null -eq $answer.refused) {
            Add-Kept -Look $Request.look -Folder $folder -Answer $answer
        }
        Exit-Registry -Answer $answer
    } finally {
        if ($null -ne $lock) {
            $lock.Dispose()
        }
    }
    if ($null -eq $answer.refused) {
        Add-Passing -Look $Request.look -Folder $folder -Answer $answer
    }
    $result
}

function Invoke-Main {
    param($Arguments)
    $parameters = Parse-Args -arguments $Arguments -supports_check_mode $true
    $text = Get-AnsibleParam -obj $parameters -name 'request' -type 'str' -resultobj @{} -failifempty $true
    $check = Get-AnsibleParam -obj $parameters -name '_ansible_check_mode' -type 'bool' -default $false
    try {
        $request = ConvertFrom-Json -InputObject $text
        if ($request.version -ne $script:Version) {
            throw "the request is of version $($request.version), this module of version $($script:Version)"
        }
        if ($check -and @($request.steps).Length -gt 0) {
            throw 'steps were asked for in check mode, in which none is ever carried out'
        }
        $result = Invoke-Visit -Request $request
        $result.answer = ConvertTo-Json -InputObject $result.answer -Depth 8 -Compress
    } catch {
        Fail-Json -obj @{} -message "windows_io: $(Get-Reason -Problem $_) $($_.InvocationInfo.PositionMessage)"
    }
    Exit-Json -obj $result
}

Invoke-Main -Arguments $args
