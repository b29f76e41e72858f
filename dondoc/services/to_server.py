"""Hand the octets of one dispatch to its server, and return what that said."""

import structlog

from domain.campaign import Channel
from domain.content import Content
from domain.errors import PeerUnavailable
from domain.exchange import PacketKind
from domain.facts import DispatchAccepted
from domain.ids import Address, OrganId
from domain.kinds import DispatchKind
from domain.mail import Envelope, OwnCopy
from domain.state import DispatchState
from dondoc.app import App, ExchangeDoor, MailDoor
from mappings.mail.tokens import bounce_address

log = structlog.get_logger(__name__)

_COPY_REFUSED = "our blind copy was refused, so its absence from the mailbox proves nothing"

_REDIRECTED = "a rehearsal: it went to mail.redirect_all, not to the office"


def hand_to_server(app: App, dispatch: DispatchState, content: Content) -> DispatchAccepted:
    """Send it by its channel; raises what the ports of the doors raise."""
    match dispatch.channel:
        case Channel.EXCHANGE:
            return _send_packet(app.exchange, app.unit.organ_id, dispatch, content)
        case Channel.EMAIL:
            return _send_mail(app.mail, dispatch, content)


def _send_packet(
    door: ExchangeDoor | None, sender: OrganId, dispatch: DispatchState, content: Content
) -> DispatchAccepted:
    if door is None:
        raise PeerUnavailable("the exchange", "no exchange account is configured")
    hold_in_rehearsal(door)
    asks_back = dispatch.kind is DispatchKind.RECALL
    kind = PacketKind.STATUS if asks_back else PacketKind.DOCUMENT
    doc_id = door.exchange.send(
        content,
        kind=kind,
        sender=sender,
        receivers=[OrganId(dispatch.target)],
    )
    return DispatchAccepted(
        dispatch=dispatch.dispatch,
        about=dispatch.about,
        answer="taken by the exchange",
        exchange_id=doc_id,
    )


def hold_in_rehearsal(door: ExchangeDoor) -> None:
    """Raise ``PeerUnavailable`` in a rehearsal: the exchange knows no other receiver."""
    if door.rehearsal:
        raise PeerUnavailable(door.name, "a rehearsal (mail.redirect_all): nothing is sent on it")


def _send_mail(
    door: MailDoor | None, dispatch: DispatchState, content: Content
) -> DispatchAccepted:
    if door is None:
        raise PeerUnavailable("the mail server", "no mail account is configured")
    envelope = Envelope(
        sender=bounce_address(door.address, dispatch.token, door.plus_addressing),
        recipient=Address(dispatch.target),
        blind_copies=() if door.own_copy is OwnCopy.NEVER else (door.address,),
        unless_reported=door.own_copy is OwnCopy.UNLESS_REPORTED,
        envelope_id=dispatch.token,
    )
    with door.line:
        accepted = door.transport.send(envelope, content)
    answer = accepted.answer
    if door.redirected is not None:
        answer += f"; {_REDIRECTED}"
    if accepted.refused:
        log.warning("blind_copy_refused", dispatch=dispatch.dispatch)
        answer += f"; {_COPY_REFUSED}"
    return DispatchAccepted(dispatch=dispatch.dispatch, about=dispatch.about, answer=answer)
