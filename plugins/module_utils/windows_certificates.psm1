# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Certificates of servers: where they lead, and which names they carry.

#AnsibleRequires -PowerShell ansible_collections.hkex.drill.plugins.module_utils.windows_dns

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function ConvertTo-Printable {
    # A server's words, fit for a terminal.
    param([string]$Text)
    [System.Text.RegularExpressions.Regex]::Replace($Text, '[^ -~]', '?')
}

function Read-Authority {
    # The certificates in a file, PEM (one or several) or DER.
    param([string]$File)
    $found = [System.Security.Cryptography.X509Certificates.X509Certificate2Collection]::new()
    $bytes = [System.IO.File]::ReadAllBytes($File)
    $text = [System.Text.Encoding]::ASCII.GetString($bytes)
    $between = '-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----'
    $blocks = [System.Text.RegularExpressions.Regex]::Matches($text, $between)
    foreach ($block in $blocks) {
        $der = [System.Convert]::FromBase64String($block.Groups[1].Value)
        [void]$found.Add([System.Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]]$der))
    }
    if ($blocks.Count -eq 0) {
        [void]$found.Add([System.Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]]$bytes))
    }
    , $found
}

function Read-Der {
    # A DER element (X.690): its tag, and where its content begins and ends.
    param([byte[]]$Bytes, [int]$At)
    $tag = Read-Number -Message $Bytes -At $At -Size 1
    $length = Read-Number -Message $Bytes -At ($At + 1) -Size 1
    $start = $At + 2
    if ($length -gt 128) {
        $size = $length - 128
        $length = Read-Number -Message $Bytes -At $start -Size ([System.Math]::Min($size, 4))
        $start = $start + $size
    }
    @{ tag = $tag; start = [int]$start; end = [int]($start + $length) }
}

function Get-CertificateName {
    # Host names and IPv4 addresses of a certificate (RFC 5280, section 4.2.1.6), read from its bytes: as text, .NET
    # gives them in the language of Windows.
    param([System.Security.Cryptography.X509Certificates.X509Certificate2]$Certificate)
    foreach ($extension in $Certificate.Extensions) {
        if ($extension.Oid.Value -ne '2.5.29.17') {
            continue
        }
        $bytes = $extension.RawData
        $list = Read-Der -Bytes $bytes -At 0
        $at = $list.start
        while ($at -lt $list.end) {
            $one = Read-Der -Bytes $bytes -At $at
            if ($one.tag -eq 0x82) {
                $name = [System.Text.Encoding]::ASCII.GetString($bytes, $one.start, $one.end - $one.start)
                ConvertTo-Printable -Text $name
            } elseif ($one.tag -eq 0x87 -and $one.end - $one.start -eq 4) {
                $bytes[$one.start..($one.end - 1)] -join '.'
            }
            $at = $one.end
        }
    }
}

function Test-Chain {
    # Whether a certificate leads, over those that the server sent along, to one of these authorities.
    param($Certificate, $Sent, $Authorities)
    $chain = [System.Security.Cryptography.X509Certificates.X509Chain]::new()
    try {
        $policy = $chain.ChainPolicy
        $policy.RevocationMode = 'NoCheck' # a workstation in SDNet reaches no revocation list
        $policy.VerificationFlags = 'AllowUnknownCertificateAuthority'
        foreach ($each in $Sent) {
            $sentAlong = [System.Security.Cryptography.X509Certificates.X509Certificate2]::new([byte[]]$each)
            [void]$policy.ExtraStore.Add($sentAlong)
        }
        $policy.ExtraStore.AddRange($Authorities)
        if (-not $chain.Build($Certificate)) {
            return $false
        }
        $last = $chain.ChainElements[$chain.ChainElements.Count - 1].Certificate
        foreach ($authority in $Authorities) {
            if ($authority.Thumbprint -eq $last.Thumbprint) {
                return $true
            }
        }
        $false
    } finally {
        $chain.Reset()
    }
}

Export-ModuleMember -Function @(
    'ConvertTo-Printable', 'Read-Authority', 'Read-Der', 'Get-CertificateName', 'Test-Chain'
)
