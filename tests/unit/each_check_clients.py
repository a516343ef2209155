# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks of what SFTP clients keep, a line each."""

from __future__ import annotations

from collections.abc import Callable

from tests.lab.windows.volume import WindowsFile
from tests.unit import filezilla_person
from tests.unit.each_check_pc import HOME, RAP, SETTINGS, SITES, Linux
from tests.unit.each_check_spoils import INFO, NOTHING, PENDING, WARNING, Row, both, gone, inventory, put
from tests.unit.each_check_windows import CHAN, OnWindows
from tests.unit.host_keys import OTHER

NAME, SECONDARY = "rapcc.hkexposttrade.com.hk", "10.243.66.51"
BY_NAME = inventory(drill_access={"rap": "dns", "var_online": "dns", "ccass": "dns"})
BY_ADDRESS = inventory(drill_access={"rap": "ip_address", "var_online": "dns", "ccass": "dns"})
NO_KEYS = inventory(drill_host_keys={})

# ---- FileZilla -----------------------------------------------------------------------------------------------------

EVERYBODYS = "/usr/share/filezilla/fzdefaults.xml"


def server(host: str, port: int | None = 22, protocol: int = 1) -> str:
    at = "" if port is None else f"<Port>{port}</Port>"
    limit = f"<{filezilla_person.LIMIT}>1</{filezilla_person.LIMIT}>"
    return f"<Name>RAP</Name><Host>{host}</Host>{at}<Protocol>{protocol}</Protocol>{limit}"


def beside(other: str) -> Callable[[Linux], object]:
    """Another site beside the right one."""
    return put(SITES, filezilla_person.sites(server(RAP), other))


def release(number: str) -> Callable[[Linux], object]:
    return put(SETTINGS, f'<FileZilla3 version="{number}" platform="*nix"/>')


LOCATION = '<FileZilla3><Settings><Setting name="Config Location">$X/fz/</Setting></Settings></FileZilla3>'
FILEZILLA = [
    Row("protocol", Linux, WARNING, "by another protocol than SFTP", NOTHING, beside(server(RAP, protocol=0))),
    Row("port", Linux, WARNING, "port and address do not belong", NOTHING, beside(server(RAP, 18802))),
    Row("no port", Linux, WARNING, "but has no port", NOTHING, beside(server(RAP, None))),
    Row("earlier", Linux, WARNING, "an address of an earlier generation", NOTHING,
        both(BY_NAME, put(SITES, filezilla_person.sites(server(RAP))))),
    Row("a copy", Linux, WARNING, "puts this copy in its place", NOTHING,
        both(BY_NAME, gone(SITES), put(f"{SITES}~", filezilla_person.sites(server(NAME))))),
    Row("laid down", Linux, WARNING, "is not edited here", NOTHING,
        put(EVERYBODYS, filezilla_person.sites(server(SECONDARY)))),
    Row("elsewhere", Linux, WARNING, "has a variable that is not known", NOTHING, put(EVERYBODYS, LOCATION)),
    Row("no release", Linux, WARNING, "do not say which release", NOTHING, gone(SETTINGS)),
    Row("host keys damaged", Linux, WARNING, "not a whole XML file", NOTHING,
        both(release("3.70.0"), put(SITES.replace("sitemanager", "hostkeys"), "<"))),
    Row("another host key", Linux, WARNING, "holds another ssh-ed25519 key", NOTHING,
        put(f"{HOME}/.config/putty/sshhostkeys", f"ssh-ed25519@22:{RAP} {OTHER.putty}\n")),
    Row("no host key", Linux, INFO, "has no host key of", NOTHING,
        both(NO_KEYS, put(SITES, filezilla_person.sites(server(SECONDARY))))),
]  # fmt: skip

# ---- OpenSSH and others --------------------------------------------------------------------------------------------

CONFIG, SYSTEM = f"{HOME}/.ssh/config", "/etc/ssh/ssh_config"
SHARED = "  ControlMaster auto\n  ControlPath ~/.ssh/%C\n  ControlPersist 60\n"


def host(address: str, more: str = SHARED) -> str:
    return f"Host rap\n  HostName {address}\n  Port 22\n{more}"


OPENSSH = [
    Row("everybody's", Linux, WARNING, "the file is everybody's", NOTHING, put(SYSTEM, host(SECONDARY))),
    Row("each a login", Linux, WARNING, "every run of sftp is a login of its own", NOTHING, put(SYSTEM, host(RAP, ""))),
    Row("still open", Linux, INFO, "is the same for every address", NOTHING,
        both(NO_KEYS, put(CONFIG, host(RAP, SHARED.replace("%C", "one"))))),
    Row("typed", Linux, WARNING, "people type the address", NOTHING, put(CONFIG, f"Host {SECONDARY}\n")),
    Row("left", Linux, WARNING, "and was not moved", NOTHING, put(CONFIG, f"Host x\n  ProxyJump me@{SECONDARY}:22\n")),
    Row("included", Linux, INFO, "it includes other files", NOTHING,
        both(NO_KEYS, put(CONFIG, host(RAP) + "Include x\n"))),
    Row("on Windows", OnWindows, INFO, "cannot share a login", NOTHING,
        lambda pc: pc.box.put(r"C:\Users\chan\.ssh\config", WindowsFile(host(NAME, "").encode()))),
    Row("lftp", Linux, WARNING, f"leads to {SECONDARY}", NOTHING,
        put(f"{HOME}/.lftp/bookmarks", f"rap sftp://me@{SECONDARY}:22/\n")),
]  # fmt: skip

# ---- WinSCP --------------------------------------------------------------------------------------------------------

ROAMING = r"C:\Users\chan\AppData\Roaming\WinSCP.ini"
BESIDE = r"C:\Program Files (x86)\WinSCP\WinSCP.ini"
OVERRIDE = rf"HKU\{CHAN}\Software\Martin Prikryl\WinSCP 2 Override"


def ini(path: str, address: str, more: str = "") -> Callable[[OnWindows], object]:
    site = f"[Sessions\\RAP]\r\nHostName={address}\r\n{more}"
    return lambda pc: pc.box.put(path, WindowsFile(site.encode()))


WINSCP = [
    Row("password", OnWindows, PENDING, "a password is stored with it", NOTHING,
        both(BY_ADDRESS, ini(ROAMING, SECONDARY, "Password=A35C\r\n"))),
    Row("passed over", OnWindows, WARNING, "settings that it passes over", NOTHING,
        both(BY_ADDRESS, ini(BESIDE, RAP), ini(ROAMING, SECONDARY))),
    Row("chosen", OnWindows, WARNING, "which cannot be found from here", NOTHING,
        lambda pc: pc.box.registry.write(OVERRIDE, "IniFile", {"kind": "String", "data": r"Z:\WinSCP.ini"})),
]  # fmt: skip

CLIENTS = [*FILEZILLA, *OPENSSH, *WINSCP]
