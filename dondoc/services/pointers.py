"""Which of our dispatches a pointer of the exchange means (ResponseFor, QCVN 102:2016).

A DocumentId of ours names one dispatch. Many programs fill in less: the Code of the letter, or the
DocumentId under which the letter first travelled. Such a pointer names the letter; with the
sender's identifier it leads to the assignment of that office. The promulgation date is wrong in
real traffic: it is compared only where a Code gives the number without its notation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from domain.campaign import Channel
from domain.directive import Directive
from domain.exchange import Packet, ResponseFor
from domain.ids import OfficeId, OrganId
from domain.kinds import LETTERS
from domain.office import Office
from domain.reading import LiveRound
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.bearers import may_bear, sent_in
from dondoc.services.live import ANSWERABLE
from dondoc.services.organs import is_one_of, same_organ
from mappings.edxml.bare_number import day_of_identifier, days_given, gives_number_only
from mappings.edxml.identifiers import issued_as, same_code, same_document
from mappings.reply.numbers import cited_numbers

_NEVER_LEFT = frozenset({DispatchStatus.PLANNED, DispatchStatus.CANCELLED})


def pointers_of(app: App, packet: Packet) -> tuple[ResponseFor, ...]:
    """Return what a document says it answers, without what cannot be meant.

    Some programs point a document at itself, or name its own sender as the one who is answered.
    """
    sender = packet.sender.organ_id
    return tuple(
        replace(a, organ_id=None) if a.organ_id and same_organ(app, a.organ_id, sender) else a
        for a in packet.response_for
        if not _itself(packet, a)
    )


def _itself(packet: Packet, answer: ResponseFor) -> bool:
    if answer.document_id.strip():
        return same_document(answer.document_id, packet.document_id)
    own = f"{packet.code_number}/{packet.code_notation}"
    return bool(packet.code_number) and same_code(answer.code, own)


def dispatch_of(app: App, document_id: str) -> DispatchState | None:
    """Return the dispatch that carries a DocumentId; programs write UUIDs in capitals, too.

    Some give the exchange's own docId instead, which is as good; not so that of a sending of the
    e-office, which went to many.
    """
    for written in dict.fromkeys((document_id, document_id.strip().strip("{}").lower())):
        for column in ("document_id", "exchange_id") if written else ():
            for dispatch in app.ledger.select(DispatchState, **{column: written}):
                if not dispatch.followed:
                    return dispatch
    return None


def letters_meant(
    app: App,
    sender: OrganId,
    answer: ResponseFor,
    rounds: Iterable[LiveRound],
    at: datetime | None,
) -> list[DispatchState]:
    """Return what went to the sender with the letter that a pointer names, one per assignment.

    ``at`` is when the sender wrote: among several letters of one assignment the latest before it.
    """
    found: list[DispatchState] = []
    for live in rounds:
        named = {n for n, v in enumerate(live.versions, 1) if names_letter(app, answer, v)}
        if not named:
            continue
        all_got = _got(app, live, sender)
        # Some name the first version when they have only the second one.
        got = [d for d in all_got if d.edition in named] or all_got
        offices = dict.fromkeys(d.office for d in got)
        found += [latest_letter([d for d in got if d.office == o], at) for o in offices]
    return found


def latest_letter(found: Sequence[DispatchState], at: datetime | None) -> DispatchState:
    """Return the letter that was the last one at an instant, the first one if all came later.

    Reminders carry the letter's number too, but a status or an answer that names only the number
    speaks of the letter.
    """
    letters = [d for d in found if d.kind in LETTERS] or list(found)
    ordered = sorted(letters, key=lambda d: (d.planned_at, d.occurrence))
    before = [d for d in ordered if at is None or d.planned_at <= at]
    return before[-1] if before else ordered[0]


def is_receiver(app: App, dispatch: DispatchState, organ: OrganId) -> bool:
    """Tell whether an identifier is one of the office that a dispatch went to, old or new."""
    office = app.directory.get(dispatch.office)
    target = (OrganId(dispatch.target),) if dispatch.channel is Channel.EXCHANGE else ()
    return is_one_of(app, organ, (*target, *(_identifiers(office) if office else ())))


def assigned_senders(
    app: App, organ: OrganId, rounds: Sequence[LiveRound], day: date
) -> list[OfficeId]:
    """Return the offices of live rounds that an identifier names, mostly one or none.

    An office that left an identifier to its successor gives way to the one that exists on ``day``.
    One whose identifier was changed in the directory is known by what was sent to it.
    """
    assigned = [o for o in may_bear(app, organ) if any(o.id in live.offices for live in rounds)]
    named = [o for o in assigned if carries(app, o, organ)]
    if named:
        return [o.id for o in named if o.valid_on(day)] or [o.id for o in named]
    former: dict[OfficeId, None] = {}
    for live in rounds:
        got = _got(app, live, organ)
        former |= dict.fromkeys(d.office for d in got if d.office in live.offices)
    return list(former)


def named_in(answer: ResponseFor) -> str:
    """Return the document that a pointer names, for a person; empty when it names none."""
    return answer.code.strip() or answer.document_id.strip()


def codes_named(app: App, answer: ResponseFor, rounds: Iterable[LiveRound]) -> list[str]:
    """Return the codes of live rounds' letters, and of what those cite, that a pointer names.

    Offices name the document that a letter passes on as if it were the letter.
    """
    found: list[str] = []
    for letter in (version for live in rounds for version in live.versions):
        if names_letter(app, answer, letter):
            found.append(letter.code)
        cited = [citation.ref for citation in letter.citations]
        found += [ref for ref in cited if any(same_code(c, ref) for _, c in _codes(answer))]
        found += _all_known(app, answer, letter, (letter.code, *cited))
    return list(dict.fromkeys(found))


def _all_known(
    app: App, answer: ResponseFor, letter: Directive, known: Sequence[str]
) -> Sequence[str]:
    """Return the codes of a Code that names several documents, if each is one of these."""
    for organ, code in _codes(answer):
        named = cited_numbers(code)
        meant = [one for one in known if any(same_code(n, one) for n in named)]
        if len(named) > 1 and len(meant) == len(named) and _issued(app, organ, letter):
            return meant
    return ()


def names_letter(app: App, answer: ResponseFor, letter: Directive) -> bool:
    """Tell whether a pointer names a letter, by its DocumentId or by its code and issuer.

    The number without its notation will do where the pointer gives the letter's day too.
    """
    if same_document(answer.document_id, letter.document_id):
        return True
    if _of_another_year(answer, letter):
        return False
    dated = letter.issued_on in days_given(answer) and _numbered(app, answer, letter)
    return dated or any(
        same_code(code, letter.code) and _issued(app, organ, letter)
        for organ, code in _codes(answer)
    )


def _of_another_year(answer: ResponseFor, letter: Directive) -> bool:
    """Tell whether a DocumentId names a document of another year: numbers begin anew each year.

    PromulgationDate alone says nothing: it is wrong in real traffic.
    """
    day, issued_on = day_of_identifier(answer.document_id), letter.issued_on
    return day is not None and issued_on is not None and day.year != issued_on.year


def may_name_letter(app: App, answer: ResponseFor, letter: Directive) -> bool:
    """Tell whether a pointer gives a letter's number without notation and without any day.

    It names nothing for certain then, and nothing else either.
    """
    return not days_given(answer) and _numbered(app, answer, letter)


def _numbered(app: App, answer: ResponseFor, letter: Directive) -> bool:
    return any(
        gives_number_only(code, letter.number) and _issued(app, organ, letter)
        for organ, code in _codes(answer)
    )


def _codes(answer: ResponseFor) -> list[tuple[OrganId | None, str]]:
    """Return the codes in a pointer, each with the organisation that issued it."""
    issued = issued_as(answer.document_id)
    pairs = [(answer.organ_id, answer.code), *([issued] if issued else [])]
    return [(organ, code) for organ, code in pairs if code.strip()]


def _issued(app: App, organ: OrganId | None, letter: Directive) -> bool:
    """Tell whether a letter is an organisation's own; the one that asks counts as its issuer."""
    if not organ:
        return True
    return is_one_of(app, organ, (app.unit.organ_id, letter.issuer_organ))


def _got(app: App, live: LiveRound, organ: OrganId) -> list[DispatchState]:
    sent = sent_in(app, live.campaign, live.round, organ)
    return [d for d in sent if _went_to(app, d, organ)]


def _went_to(app: App, dispatch: DispatchState, organ: OrganId) -> bool:
    return (
        dispatch.channel is Channel.EXCHANGE
        and dispatch.kind in ANSWERABLE
        and dispatch.status not in _NEVER_LEFT
        and is_receiver(app, dispatch, organ)
    )


def carries(app: App, office: Office, organ: OrganId) -> bool:
    """Tell whether an identifier is an office's own, in its old or new form."""
    return is_one_of(app, organ, _identifiers(office))


def _identifiers(office: Office) -> tuple[OrganId | None, ...]:
    return (office.organ_id, office.organ_id_old)
