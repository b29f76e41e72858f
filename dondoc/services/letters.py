"""Write a dispatch and commit the intent to send it, before anything leaves."""

from datetime import datetime

from domain.campaign import Channel
from domain.facts import DispatchPlanned, Event
from domain.ids import Digest
from domain.intents import PlanDispatch
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.mail_letter import write_mail
from dondoc.services.packet_letter import write_document
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
    match sending.channel:
        case Channel.EMAIL:
            mail = write_mail(app, sending)
            return DispatchPlanned(
                dispatch=sending.dispatch,
                about=sending.about,
                kind=sending.kind,
                occurrence=sending.occurrence,
                channel=sending.channel,
                target=sending.target,
                content=app.evidence.put(mail.content),
                token=sending.token,
                subject_token=sending.subject_token,
                subject=mail.subject,
                message_id=mail.message_id,
                reply_to=mail.reply_to,
            )
        case Channel.EXCHANGE:
            packet = write_document(app, sending)
            return DispatchPlanned(
                dispatch=sending.dispatch,
                about=sending.about,
                kind=sending.kind,
                occurrence=sending.occurrence,
                channel=sending.channel,
                target=sending.target,
                content=app.evidence.put(packet.content),
                token=sending.token,
                subject_token=sending.subject_token,
                subject=packet.subject,
                document_id=packet.document_id,
            )


def written_again(app: App, dispatch: DispatchState) -> Digest:
    """Write a mail once more, marked as a possible duplicate; same Message-ID and Date."""
    picture = running(app, dispatch.campaign)
    return app.evidence.put(write_mail(app, sending_again(app, picture, dispatch)).content)
