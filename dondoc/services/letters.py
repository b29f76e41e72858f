"""Write a dispatch and commit the intent to send it, before anything leaves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.campaign import Channel
from domain.errors import NotAllowed
from domain.facts import DispatchPlanned, Event
from domain.ids import Digest
from domain.intents import PlanDispatch
from domain.kinds import DispatchKind
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.mail_letter import WrittenMail, write_mail
from dondoc.services.packet_letter import WrittenPacket, write_document
from dondoc.services.picture import running
from dondoc.services.sending import (
    Continued,
    Sending,
    next_part,
    part_of,
    sending_again,
    sending_of,
)
from schedulers.enclosing import enclosed, why_stranded
from schedulers.picture import Picture


def plan_dispatch(app: App, picture: Picture, intent: PlanDispatch, now: datetime) -> None:
    """Record the plan that an intent asks for.

    Raises ``DuplicateEvent`` when this very sending was planned before, ``NotAllowed`` when no
    mail can carry its files.
    """
    app.ledger.append(planned_events(app, picture, intent, now), recorded_at=now)


def planned_events(
    app: App, picture: Picture, intent: PlanDispatch, now: datetime
) -> Sequence[Event]:
    """Write what an intent asks for, keep the octets, and return the plan to be recorded.

    All mails of a letter are planned by one transaction, each as a dispatch of its own: after a
    stop at any place each of them goes on from where it stands, as every other dispatch does.
    Raises ``NotAllowed`` when no mail can carry its files.
    """
    if intent.channel is Channel.EXCHANGE:
        sent = _planned(app, sending_of(app, picture, intent, now))
        return [_event(replace(sent, passed=intent.passed), now)]
    mails = enclosed(picture, intent, now)
    if not mails:
        raise NotAllowed(why_stranded(picture, intent, now))
    whole = len(mails) == 1 and not mails[0].linked
    letter = sending_of(app, picture, intent, now, None if whole else mails[0])
    first = replace(_planned(app, letter), passed=intent.passed)
    facts = [first]
    if first.message_id is not None:
        continued = Continued(
            dispatch=first.dispatch,
            kind=first.kind,
            occurrence=first.occurrence,
            message_id=first.message_id,
            subject=first.subject,
        )
        facts += [
            _planned(app, part_of(app, letter, continued, mail, number))
            for number, mail in enumerate(mails[1:], start=next_part(picture, intent))
        ]
    return [_event(fact, now) for fact in facts]


def _event(fact: DispatchPlanned, now: datetime) -> Event:
    return Event(
        source="dispatch",
        source_key=f"{fact.dispatch} planned",
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
        part_of=sending.continues.dispatch if sending.continues else None,
        enclosure=sending.enclosure,
        marked=sending.marked,
    )


def written_again(app: App, dispatch: DispatchState) -> Digest:
    """Write a mail once more, marked as a possible duplicate; same Message-ID and Date."""
    # A result tells of all offices; of ten thousand letters each needs the rows of its own one.
    of_all = dispatch.kind in (DispatchKind.COMPILATION, DispatchKind.PART)
    picture = running(app, dispatch.campaign, None if of_all else dispatch.office)
    return write_mail(app, sending_again(app, picture, dispatch)).content
