"""What our own mailbox shows of a letter whose outcome is uncertain, and what that is called."""

from dataclasses import dataclass

from domain.errors import MalformedDocument
from domain.mail import Trace
from domain.ports import MailSearch, SentTrace
from domain.reading import MailContent
from domain.state import DispatchState
from dondoc.app import App, MailDoor
from dondoc.services.lost_letters import proving_tokens
from mappings.mail.take_apart import take_apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What became of a letter, and what proves it where it was sent."""

    trace: Trace
    proof: str = ""


_NOTHING = Shown(trace=Trace.UNKNOWN)


def sent_trace(app: App, door: MailDoor, dispatch: DispatchState) -> Shown:
    """Return what the server says of a letter, or whether a message in our mailbox proves it.

    Such a one is a copy of it, a report about its delivery or an answer to it, whatever was asked
    for when it was sent. Raises ``PeerUnavailable`` and ``PeerRefused`` when it cannot be found out
    now.
    """
    if isinstance(door.transport, SentTrace):
        if dispatch.message_id is None:
            return _NOTHING
        trace = door.transport.trace(dispatch.message_id)
        sent = trace is Trace.SENT
        return Shown(trace=trace, proof="its copy lies among the sent items" if sent else "")
    box = door.inbox.mailbox
    if not isinstance(box, MailSearch):
        return _NOTHING
    for folder in door.inbox.searched:
        found = map(_content, box.mentioning(folder, dispatch.token))
        # A later letter names it too, whether or not it has left itself.
        if any(one and dispatch.token in proving_tokens(app, one) for one in found):
            return Shown(trace=Trace.SENT, proof=f"mail in {folder} proves it")
    return _NOTHING


def no_trace(door: MailDoor | None) -> str:
    """Say that a repeated letter has left no trace either, and what was looked for."""
    if door is not None and isinstance(door.transport, SentTrace):
        why = "neither its draft nor a sent copy can be found"
    else:
        why = "our mailbox has no copy of it, no report about it and no answer to it"
    return f"it was repeated once, marked as a possible duplicate, and nothing proves it: {why}"


def _content(raw: bytes) -> MailContent | None:
    try:
        return take_apart(raw)
    except MalformedDocument:
        # What cannot be read was set aside, or is, where it is read as a message.
        return None
