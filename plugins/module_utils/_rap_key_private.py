# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private key file, as far as it can be told without a passphrase. Nothing private is ever kept of it."""

from typing import Dict, List, NamedTuple, Optional

from ansible_collections.hkex.drill.plugins.module_utils import _rap_key_forms as forms
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_forms import Form
from ansible_collections.hkex.drill.plugins.module_utils._rap_key_wire import (
    Malformed,
    rsa_public_part,
    string,
)

_MAGIC = b"openssh-key-v1\0"


class PrivateKey(NamedTuple):
    """What is told of a private key: its form, and whether it needs a passphrase.

    ``form`` is empty and ``encrypted`` None where the form is not known here. ``public`` is the public key that
    belongs to it as SSH sends it, None where that does not stand in the clear.
    """

    form: str
    encrypted: Optional[bool]
    public: Optional[bytes]


def read(content: bytes) -> PrivateKey:
    """What a private key file is.

    :raises Malformed: it is a public key, or a damaged private one
    """
    text = forms.lines(content)
    form = forms.form(content)
    if form is None:
        return PrivateKey("", None, None)
    if not form.private:
        raise Malformed(f"it is {form.name}, not a private one", "Give the path of the private key")
    if form == forms.OTHER:
        raise Malformed(
            f"it is {form.name}, and RAP takes only RSA", "Give the path of the account's own key"
        )
    if form == forms.OPENSSH_PRIVATE:
        return _openssh(form, text)
    if form == forms.PUTTY:
        return _putty(form, text)
    if form in (forms.PKCS1, forms.PKCS8):
        return _pem(form, text)
    return PrivateKey(form.name, True, None)  # PKCS8_ENCRYPTED and TECTIA


def _openssh(form: Form, text: List[bytes]) -> PrivateKey:
    """Source: PROTOCOL.key of OpenSSH. The public key stands before the private one, which may be encrypted."""
    data = forms.unarmoured(_body(text))
    if not data.startswith(_MAGIC):
        raise Malformed("it is not the key that its first line says")
    cipher, at = string(data, len(_MAGIC))
    _derived_by, at = string(data, at)
    _derived_how, at = string(data, at)
    if data[at : at + 4] != b"\0\0\0\1":
        raise Malformed("it does not hold one key")
    public, _end = string(data, at + 4)
    return PrivateKey(form.name, cipher != b"none", public)


def _putty(form: Form, text: List[bytes]) -> PrivateKey:
    """Source: PuTTY's manual, appendix C. Versions 2 and 3 do not differ in what is read here."""
    begin = next(index for index, line in enumerate(text) if line.strip())
    headers: Dict[bytes, bytes] = {}
    for index in range(begin, min(begin + 16, len(text))):
        tag, _colon, value = text[index].partition(b": ")
        headers[tag] = value
        if tag == b"Public-Lines":
            count = int(value) if value.isdigit() and len(value) < 5 else 0
            public = forms.unarmoured(text[index + 1 : index + 1 + count])
            return PrivateKey(form.name, headers.get(b"Encryption") != b"none", public)
    raise Malformed("it has no public part, which a PuTTY key has")


def _pem(form: Form, text: List[bytes]) -> PrivateKey:
    """Source: RFC 1421 (the frame); of an encrypted one nothing can be read."""
    if any(line.startswith(b"Proc-Type:") and b"ENCRYPTED" in line for line in text):
        return PrivateKey(form.name, True, None)
    return PrivateKey(form.name, False, rsa_public_part(forms.unarmoured(_body(text))))


def _body(text: List[bytes]) -> List[bytes]:
    """The lines between the two marks of a PEM file.

    :raises Malformed: there is no second one
    """
    marks = [index for index, line in enumerate(text) if line.startswith(b"-----")]
    if len(marks) < 2:
        raise Malformed("it is cut off")
    return [line.strip() for line in text[marks[0] + 1 : marks[1]]]
