"""Write a dispatch and commit the intent to send it, before anything leaves."""

from datetime import datetime

from domain.campaign import Channel
from domain.facts import DispatchPlanned, Event
from domain.ids import Digest
from domain.intents import PlanDispatch
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.mail_letter import WrittenMail, write_mail
from dondoc.services.packet_letter import WrittenPacket, write_document
from dondoc.services.picture import running
from dondoc.services.sending import Sending, sending_again, sending_of
from schedulers.picture import Picture


def plan_dispatch(app: App, picture: Picture, intent: PlanDispatch, now: datetime) -> None:
    """Record the plan that an intent asks for.

    Raises ``DuplicateEvent`` when this very sending was planned before.
    """
    app.ledger.append([planned_event(app, picture, intent, now)], recorded_at=now)


def planned_event(app: App, picture: Picture, intent: PlanDispatch, now: datetime) -> Event:
    """Write what an intent asks for, keep the octets, and return the plan to be recorded."""
    sending = sending_of(app, picture, intent, now)
    fact = _planned(app, sending)
    return Event(
        source="dispatch",
        source_key=f"{sending.dispatch} planned",
        occurred_at=now,
        fact=fact,
        evidence=fact.content,
    )


def _planned(app: App, sending: Sending) -> DispatchPlanned:
    mail = packet = None
    written: WrittenMail | WrittenPacket
    match sending.channel:
        case Channel.EMAIL:
            written = mail = write_mail(app, sending)
        case Channel.EXCHANGE:
            written = packet = write_document(app, sending)
    return DispatchPlanned(
        dispatch=sending.dispatch,
        about=sending.about,
        kind=sending.kind,
        occurrence=sending.occurrence,
        channel=sending.channel,
        target=sending.target,
        content=written.content,
        token=sending.token,
        subject_token=sending.subject_token,
        subject=written.subject,
        message_id=mail.message_id if mail else None,
        reply_to=mail.reply_to if mail else None,
        document_id=packet.document_id if packet else None,
        edition=sending.edition,
        recalls=sending.recalls.dispatch if sending.recalls else None,
    )


def written_again(app: App, dispatch: DispatchState) -> Digest:
    """Write a mail once more, marked as a possible duplicate; same Message-ID and Date."""
    picture = running(app, dispatch.campaign)
    return write_mail(app, sending_again(app, picture, dispatch)).content
