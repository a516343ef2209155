# Copyright (c) 2026 The hkex.drill maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SOAP envelopes of WS-Management as far as a remote shell needs them ([MS-WSMV] 2.2.4 and 3.1.4)."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
POWERSHELL = "http://schemas.microsoft.com/powershell"

ENVELOPE = (
    f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:w="{WSMAN}" '
    f'xmlns:rsp="{SHELL}" xmlns:f="{FAULT}"><s:Header>'
    "<a:Action>{action}</a:Action><a:MessageID>uuid:{message}</a:MessageID>"
    "<a:RelatesTo>{request}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
OVERHEAD = 4096  # bytes of an envelope that are not its streams


@dataclass(frozen=True)
class Request:
    """One request; ``action`` is the last word of its URI: Create, Command, Send, Receive, Signal, Delete."""

    action: str
    action_uri: str
    message_id: str
    resource: str
    shell_id: str  # "" for Create
    time_out: float  # seconds within which the client expects an answer
    envelope: int  # bytes of an answer at most
    body: ElementTree.Element

    @property
    def room(self) -> int:
        """Bytes of output, before base64, that fit into an answer."""
        return max(1024, (self.envelope - OVERHEAD) * 3 // 4)


@dataclass(frozen=True)
class Refusal:
    """A WSManFault; ``code`` is out of Windows' winerror.h."""

    code: int
    subcode: str
    reason: str


class Refused(Exception):
    """The service refuses a request."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


TIMED_OUT = Refusal(
    0x80338029,
    "w:TimedOut",
    "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.",
)
TOO_MANY_SHELLS = Refusal(
    0x803381A5,
    "w:QuotaLimit",
    "The WS-Management service cannot process the request. The maximum number of concurrent shells for this user "
    "has been exceeded. Close existing shells or raise the quota (MaxShellsPerUser) for this user.",
)
NO_SUCH_SHELL = Refusal(
    0x8033805B,
    "w:InvalidSelectors",
    "The request for the Windows Remote Shell failed because the shell or command was not found on the server.",
)
NOT_SUPPORTED = Refusal(
    0x8033801D,
    "a:ActionNotSupported",
    "The WS-Management service cannot process the request: this action or resource is not supported.",
)
BAD_REQUEST = Refusal(
    0x80338041, "w:SchemaValidationError", "The SOAP XML in the message is not what is expected."
)


def parse(message: bytes) -> Request:
    """Read a request.

    :raises Refused: it is not one
    """
    try:
        root = ElementTree.fromstring(message)
        header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
        if header is None:
            raise Refused(BAD_REQUEST)
        action = _text(header, f"{{{ADDRESSING}}}Action")
        return Request(
            action=action.rpartition("/")[2],
            action_uri=action,
            message_id=_text(header, f"{{{ADDRESSING}}}MessageID"),
            resource=_text(header, f"{{{WSMAN}}}ResourceURI"),
            shell_id=next(
                (
                    one.text or ""
                    for one in header.iter(f"{{{WSMAN}}}Selector")
                    if one.get("Name") == "ShellId"
                ),
                "",
            ).upper(),
            time_out=_seconds(header.findtext(f"{{{WSMAN}}}OperationTimeout") or "PT60S"),
            envelope=int(header.findtext(f"{{{WSMAN}}}MaxEnvelopeSize") or 153600),
            body=ElementTree.Element("none") if body is None else body,
        )
    except (ElementTree.ParseError, ValueError) as error:
        raise Refused(BAD_REQUEST) from error


def _text(header: ElementTree.Element, name: str) -> str:
    found = header.findtext(name)
    if not found:
        raise Refused(BAD_REQUEST)
    return found.strip()


def _seconds(duration: str) -> float:
    """The ISO 8601 duration that the clients send: seconds only."""
    match = re.fullmatch(r"PT(\d+(?:\.\d+)?)S", duration)
    if match is None:
        raise ValueError(duration)
    return float(match.group(1))


def answer(request: Request, body: str) -> bytes:
    """The answer to a request; ``body`` is XML with the prefixes of ``ENVELOPE``."""
    return _envelope(request.action_uri + "Response", request.message_id, body)


def fault(refusal: Refusal, request: Request | None) -> bytes:
    """The answer that refuses a request; it goes out with HTTP status 500."""
    body = (
        f"<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{refusal.subcode}</s:Value></s:Subcode>"
        f'</s:Code><s:Reason><s:Text xml:lang="en-US">{escape(refusal.reason)}</s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault Code="{refusal.code}" Machine="localhost"><f:Message>{escape(refusal.reason)}</f:Message>'
        f"</f:WSManFault></s:Detail></s:Fault>"
    )
    return _envelope(FAULT_ACTION, request.message_id if request else "", body)


def _envelope(action: str, request: str, body: str) -> bytes:
    message = str(uuid.uuid4()).upper()
    return ENVELOPE.format(action=action, message=message, request=escape(request), body=body).encode()


def created(request: Request, shell_id: str, streams: str) -> bytes:
    """Create is answered: how the shell is addressed from now on."""
    return answer(
        request,
        f"<x:ResourceCreated><a:Address>http://localhost/wsman</a:Address><a:ReferenceParameters>"
        f"<w:ResourceURI>{escape(request.resource)}</w:ResourceURI><w:SelectorSet>"
        f'<w:Selector Name="ShellId">{shell_id}</w:Selector></w:SelectorSet></a:ReferenceParameters>'
        f"</x:ResourceCreated><rsp:Shell><rsp:ShellId>{shell_id}</rsp:ShellId>"
        f"<rsp:ResourceUri>{escape(request.resource)}</rsp:ResourceUri>"
        f"<rsp:OutputStreams>{streams}</rsp:OutputStreams></rsp:Shell>",
    )


def commanded(request: Request, command_id: str) -> bytes:
    """Command is answered: how the command is addressed from now on."""
    body = f"<rsp:CommandResponse><rsp:CommandId>{command_id}</rsp:CommandId></rsp:CommandResponse>"
    return answer(request, body)


def received(
    request: Request, command_id: str, streams: list[tuple[str, str]], code: int | None, done: bool
) -> bytes:
    """Receive is answered.

    :param command_id: "" for the output of the shell itself
    :param streams: name and base64 of each piece
    :param code: the exit code; None where there is none to tell
    """
    which = f" CommandId={quoteattr(command_id)}" if command_id else ""
    pieces = "".join(f'<rsp:Stream Name="{name}"{which}>{data}</rsp:Stream>' for name, data in streams)
    state = f"{SHELL}/CommandState/{'Done' if done else 'Running'}"
    exit_code = f"<rsp:ExitCode>{code}</rsp:ExitCode>" if done and code is not None else ""
    state = f'<rsp:CommandState{which} State="{state}">{exit_code}</rsp:CommandState>' if command_id else ""
    return answer(request, f"<rsp:ReceiveResponse>{pieces}{state}</rsp:ReceiveResponse>")


def simple(request: Request) -> bytes:
    """Send, Signal and Delete are answered: it is done."""
    return answer(
        request, {"Send": "<rsp:SendResponse/>", "Signal": "<rsp:SignalResponse/>"}.get(request.action, "")
    )
