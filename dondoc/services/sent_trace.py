"""What our own mailbox shows of a letter whose outcome is uncertain, and what that is called."""

from domain.ids import MessageId
from domain.mail import Trace
from domain.ports import SentTrace
from domain.state import DispatchState
from dondoc.app import MailDoor


def sent_trace(door: MailDoor, dispatch: DispatchState) -> Trace:
    """Return what the server says of a letter, or whether our blind copy of it has come.

    Raises ``PeerUnavailable`` and ``PeerRefused`` when it cannot be found out now.
    """
    if dispatch.message_id is None:
        return Trace.UNKNOWN
    if isinstance(door.transport, SentTrace):
        return door.transport.trace(dispatch.message_id)
    return Trace.SENT if _own_copy_lies_in(door, dispatch.message_id) else Trace.UNKNOWN


def proof(door: MailDoor) -> str:
    """Say what proves that a letter was sent."""
    if isinstance(door.transport, SentTrace):
        return "its copy lies among the sent items"
    return "our own blind copy lies in the mailbox"


def no_trace(door: MailDoor | None) -> str:
    """Say that a repeated letter has left no trace either, and what was looked for."""
    if door is not None and isinstance(door.transport, SentTrace):
        why = "neither its draft nor a sent copy can be found"
    elif door is not None and door.copy_to_self:
        why = "our blind copy has not come"
    else:
        why = "no blind copy is asked for (copy_to_self)"
    return f"it was repeated once, marked as a possible duplicate, and nothing proves it: {why}"


def _own_copy_lies_in(door: MailDoor, message_id: MessageId) -> bool:
    if not door.copy_to_self:
        return False
    inbox = door.inbox
    return any(inbox.mailbox.contains(folder, message_id) for folder in inbox.searched)
