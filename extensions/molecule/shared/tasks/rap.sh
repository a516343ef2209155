# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# sh -s NAME ACCOUNT DATA_CENTRE, as the user who has the account's key: sftp as the traders use it lists and fetches a
# report that comes from this data centre, and a second login beside the first one is refused.
set -eu
name=$1 account=$2 data_centre=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkfifo asked
login() { timeout 20 sftp -o BatchMode=yes -i "/home/trader/.ssh/rap_$account" -b - "$account@$name"; }

login < asked > told 2>&1 &
exec 3> asked
printf 'ls inbox\nget inbox/TP001.zip\n' >&3
for _ in $(seq 100); do
    [ ! -s TP001.zip ] || break
    sleep 0.1
done
grep -q inbox/TP002.zip told || { cat told; echo "nothing was listed"; exit 1; }
python3 -m zipfile -t TP001.zip
python3 -m zipfile -e TP001.zip .
grep "from the $data_centre data centre" TP001.TXT

if login < /dev/null > second 2>&1; then
    echo "a second login was let in"
    exit 1
fi
grep "concurrent login is not allowed" second
echo bye >&3
exec 3>&-
wait
