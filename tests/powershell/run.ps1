# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs the module windows_io once for each line that comes from this port of the loopback address, as Ansible's own
# wrapper runs it: in a runspace of its own, after its utilities, its options in complex_args. Each line in and out is
# Base64 of JSON, so that no encoding gets between; an empty line out: the module said nothing but errors.

param([int]$Port, [string]$Plugins, [string]$Legacy)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$utilities = @($Legacy)
$folder = [System.IO.Path]::Combine($Plugins, 'module_utils')
$utilities += @(Get-ChildItem -LiteralPath $folder -Filter 'windows_*.psm1' | ForEach-Object -Process { $_.FullName })
$module = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($Plugins, 'modules', 'windows_io.ps1'))
$import = @'
param($Name, $Text)
New-Module -Name $Name -ScriptBlock ([scriptblock]::Create($Text)) |
    Import-Module -Scope Global -DisableNameChecking -WarningAction SilentlyContinue
'@

function Invoke-Module {
    param([string]$Parameters)
    $options = @{}
    foreach ($property in (ConvertFrom-Json -InputObject $Parameters).PSObject.Properties) {
        $options[$property.Name] = $property.Value
    }
    $shell = [System.Management.Automation.PowerShell]::Create()
    try {
        $shell.Runspace.SessionStateProxy.SetVariable('ErrorActionPreference', 'Stop')
        $shell.Runspace.SessionStateProxy.SetVariable('complex_args', $options)
        foreach ($file in $utilities) {
            $name = [System.IO.Path]::GetFileNameWithoutExtension($file)
            [void]$shell.AddScript($import, $true).AddArgument($name)
            [void]$shell.AddArgument([System.IO.File]::ReadAllText($file)).AddStatement()
        }
        [void]$shell.AddScript('${function:<AnsibleModule>} = [scriptblock]::Create($args[0])').AddArgument($module)
        [void]$shell.AddStatement().AddCommand('<AnsibleModule>', $false)
        $said = @($shell.Invoke())
        foreach ($problem in $shell.Streams.Error) {
            [System.Console]::Error.WriteLine("$problem $($problem.ScriptStackTrace)")
        }
        $said -join ''
    } finally {
        $shell.Dispose()
    }
}

$client = [System.Net.Sockets.TcpClient]::new('127.0.0.1', $Port)
$encoding = [System.Text.UTF8Encoding]::new($false)
$reader = [System.IO.StreamReader]::new($client.GetStream(), $encoding)
$writer = [System.IO.StreamWriter]::new($client.GetStream(), $encoding)
while ($null -ne ($line = $reader.ReadLine())) {
    $said = Invoke-Module -Parameters $encoding.GetString([System.Convert]::FromBase64String($line))
    $writer.WriteLine([System.Convert]::ToBase64String($encoding.GetBytes($said)))
    $writer.Flush()
}
