#!/bin/sh
# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything on a workstation that a drill may change, as plain commands see it.
export LC_ALL=C
for file in /etc/hosts /etc/resolv.conf; do
    echo "$file $(readlink "$file") $(stat -L -c '%a %U:%G' "$file") $(sha256sum < "$file")"
done
find /etc/systemd /home/trader -type f -exec sha256sum {} + | sort -k 2
find /etc /home /run /tmp /var/lib -name '*hkex-drill*' -not -path '/run/systemd/*' | sort
if command -v resolvectl > /dev/null; then
    for show in dns domain default-route; do
        echo "$show"
        resolvectl "$show" | sed 's/^Link [0-9]* //'
    done
fi
# NetworkManager writes its files anew in its own way, so they are read by what they mean.
if command -v nmcli > /dev/null; then
    for name in $(nmcli -g NAME connection show --active | grep '^host' | sort); do
        nmcli -t -f connection.id,connection.uuid,connection.interface-name,ipv4,ipv6 connection show "$name"
        nmcli -t -f GENERAL.DEVICE,IP4.ADDRESS,IP4.GATEWAY,IP4.DNS device show "$name"
    done
fi
