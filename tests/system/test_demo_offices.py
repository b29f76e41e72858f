"""Each simulated office is treated as it behaved: the demo against the offices' own scripts."""

from collections import Counter
from collections.abc import Iterator

import pytest

from domain import facts
from domain.campaign import Channel
from domain.ids import OfficeId
from domain.kinds import Decision, DispatchKind, ReplyKind, ReviewKind
from domain.state import AgenciesState, DispatchState, RawState, ReviewState
from domain.status import AssignmentStatus, DispatchEvent, DispatchStatus, RawStatus
from dondoc.demo.acting import PRIVATE_ADDRESS
from dondoc.demo.operator import EXTENDED_TO
from dondoc.demo.reports import number_of
from dondoc.demo.script import RENUMBERED, Trait, Way
from dondoc.services.organs import BY_FORMULA
from mappings.mail.take_apart import take_apart
from schedulers.calendar import end_of, local_day
from tests.system.demo_run import DUE_AT, DemoRun, shared_demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    with shared_demo(tmp_path_factory) as run:
        yield run


def _receipts(demo: DemoRun, dispatch: DispatchState) -> list[DispatchEvent]:
    found = demo.facts(facts.ReceiptRecorded)
    return [fact.receipt for _, fact in found if fact.dispatch == dispatch.dispatch]


def _from_sender(demo: DemoRun, sender: str) -> list[RawState]:
    """Return the messages of one sender in Dondoc's mailbox."""
    mails = [raw for raw in demo.rows(RawState) if ":" in raw.position]
    return [r for r in mails if take_apart(demo.evidence.get(r.digest)).sender == sender]


def test_every_status_of_the_exchange_is_evidence_once(demo: DemoRun) -> None:
    stated = {
        (action.cause.partition("|")[0], action.detail.partition(" ")[0])
        for action in demo.did("status")
    }
    documents = {d.dispatch: d.document_id for d in demo.rows(DispatchState)}
    recorded = Counter(
        (documents[fact.dispatch], fact.detail.split()[1])
        for _, fact in demo.facts(facts.ReceiptRecorded)
        if fact.detail.startswith("status ")
    )
    assert set(recorded) == stated
    assert set(recorded.values()) == {1}


def test_statuses_out_of_order_and_repeated(demo: DemoRun) -> None:
    offices = demo.having(Trait.DISORDER)
    assert len(offices) >= 2
    for office in offices:
        codes = [a.detail.partition(" ")[0] for a in demo.did("status", office)]
        assert codes == ["03", "01", "03", "05", "04", "05"]
        (sent,) = [d for d in demo.dispatches(office) if d.channel is Channel.EXCHANGE]
        assert sent.status is DispatchStatus.PROCESSING
        assert sorted(_receipts(demo, sent)) == [
            "assigned",
            "delivered",
            "processing",
            "registered",
        ]


@pytest.mark.parametrize("office", RENUMBERED)
def test_a_program_that_signs_with_a_former_identifier_is_known_by_the_table(
    demo: DemoRun, office: OfficeId
) -> None:
    (table,) = demo.rows(AgenciesState)
    assert RENUMBERED[office].encode() in demo.evidence.get(table.digest)
    statuses = demo.did("status", office)
    receipts = [
        fact for _, fact in demo.facts(facts.ReceiptRecorded) if fact.about.office == office
    ]
    assert len({action.detail.partition(" ")[0] for action in statuses}) >= 2
    assert {fact.detail.split()[1] for fact in receipts} == {
        action.detail.partition(" ")[0] for action in statuses
    }
    assert Channel.EXCHANGE in {reply.channel for reply in demo.replies(office)}
    read = [fact for _, fact in demo.facts(facts.RawRead)]
    assert not [note for fact in read for note in fact.warnings if note.startswith(BY_FORMULA)]


def test_acknowledgements_by_mail(demo: DemoRun) -> None:
    acks = {a.office for a in demo.did("acknowledgement")} & set(demo.awaited())
    assert len(acks) >= 10
    for office in acks:
        assert demo.assignment(office).acknowledged_at is not None


def test_a_report_as_word_and_pdf_in_a_fresh_thread(demo: DemoRun) -> None:
    (report,) = [r for r in demo.replies("xa-dong-tan") if r.kind is ReplyKind.REPORT]
    assert report.dispatch is None
    assert report.channel is Channel.EMAIL
    assert sorted(f.name.rpartition(".")[2] for f in report.attachments) == ["docx", "pdf"]
    assert report.superseded_by is None


def test_a_corrected_report_is_counted_in_place_of_the_first(demo: DemoRun) -> None:
    office = demo.one(Trait.CORRECTED)
    first, second = [r for r in demo.replies(office) if r.kind is ReplyKind.REPORT]
    index = demo.order[demo.assignment(office).office]
    assert first.number == f"{number_of(index)}/BC-UBND"
    assert second.number == f"{number_of(index, corrected=True)}/BC-UBND"
    assert second.corrects
    assert first.superseded_by == second.reply
    assert demo.assignment(office).report == second.reply
    (corrected,) = demo.did("corrected", office)
    assert second.received_at == corrected.at


def test_a_nil_report_is_a_report(demo: DemoRun) -> None:
    office = demo.one(Trait.NIL)
    (report,) = [r for r in demo.replies(office) if r.kind is ReplyKind.REPORT]
    assert report.nil
    assert report.attachments == ()


def test_a_question_waits_for_a_person_and_changes_no_status(demo: DemoRun) -> None:
    office = demo.one(Trait.QUESTION)
    (review,) = demo.reviews(ReviewKind.QUESTION)
    assert (review.office, review.decision) == (office, Decision.NOTED)
    (asked,) = demo.did("question", office)
    assert review.opened_at == asked.at
    (report,) = demo.did("report", office)
    assert demo.assignment(office).reported_at == report.at


def test_an_extension_moves_the_deadline_of_one_office(demo: DemoRun) -> None:
    office = demo.one(Trait.EXTENSION)
    assignment = demo.assignment(office)
    assert assignment.due_at == end_of(EXTENDED_TO)
    assert assignment.reported_at is not None
    assert DUE_AT < assignment.reported_at <= assignment.due_at
    assert not assignment.late
    passed = [fact for _, fact in demo.facts(facts.DeadlinePassed) if fact.about.office == office]
    assert passed == []


def test_an_extension_is_no_cause_to_remind(demo: DemoRun) -> None:
    """Before its new deadline the office hears once more at most, when that comes near."""
    office = demo.one(Trait.EXTENSION)
    ((granted, _),) = list(demo.facts(facts.AssignmentExtended))
    reminders = demo.dispatches(office, DispatchKind.REMINDER)
    held = [d for d in reminders if d.planned_at >= granted.event.occurred_at]
    days = [local_day(d.planned_at) for d in held]
    assert len(days) <= 1
    calendar = demo.settings.calendar
    assert all(calendar.working_days(day, EXTENDED_TO) <= 3 for day in days)


def test_an_out_of_office_is_a_receipt_and_no_acknowledgement(demo: DemoRun) -> None:
    office = demo.one(Trait.OUT_OF_OFFICE)
    (sent,) = [
        d for d in demo.dispatches(office, DispatchKind.DIRECTIVE) if d.channel is Channel.EMAIL
    ]
    assert DispatchEvent.AUTO_REPLIED in _receipts(demo, sent)
    assert sent.status is DispatchStatus.DELIVERED
    assert [r.kind for r in demo.replies(office)] == [ReplyKind.REPORT]
    assert not any(office in (r.office, *r.candidates) for r in demo.rows(ReviewState))


def test_a_read_receipt_is_evidence_of_its_own(demo: DemoRun) -> None:
    for office in demo.having(Trait.READ_RECEIPT):
        (sent,) = demo.dispatches(office, DispatchKind.DIRECTIVE)
        assert sent.status is DispatchStatus.DISPLAYED
        assert DispatchEvent.DISPLAYED in _receipts(demo, sent)


def test_a_mailbox_that_bounces(demo: DemoRun) -> None:
    office = demo.one(Trait.BOUNCE)
    (sent,) = demo.dispatches(office)
    assert sent.status is DispatchStatus.BOUNCED
    assert sent.accepted_at is not None
    assert demo.assignment(office).status is AssignmentStatus.UNREACHED
    (review,) = [r for r in demo.reviews(ReviewKind.UNDELIVERABLE) if r.office == office]
    assert review.open
    assert review.evidence is not None
    assert b"multipart/report" in demo.evidence.get(review.evidence)


def test_a_mailbox_that_is_refused_at_the_door(demo: DemoRun) -> None:
    office = demo.one(Trait.REFUSED_AT_DOOR)
    (sent,) = demo.dispatches(office)
    assert (sent.status, sent.accepted_at, sent.attempts) == (DispatchStatus.BOUNCED, None, 1)
    assert demo.assignment(office).status is AssignmentStatus.UNREACHED
    (review,) = [r for r in demo.reviews(ReviewKind.UNDELIVERABLE) if r.office == office]
    assert review.open
    assert "550" in review.reason
    assert demo.result["bounced"] == 2


def test_a_greylisted_mail_is_put_off_and_then_accepted(demo: DemoRun) -> None:
    office = demo.one(Trait.GREYLISTED)
    (sent,) = demo.dispatches(office, DispatchKind.DIRECTIVE)
    story = [
        type(r.event.fact).__name__
        for r in demo.events
        if getattr(r.event.fact, "dispatch", None) == sent.dispatch
    ]
    assert story[:5] == [
        "DispatchPlanned",
        "DispatchAttempted",
        "DispatchDeferred",
        "DispatchAttempted",
        "DispatchAccepted",
    ]
    assert sent.status is DispatchStatus.DELIVERED
    assert not sent.marked


def test_a_report_from_a_private_address_counts_only_after_a_person_said_so(demo: DemoRun) -> None:
    (office,) = [o for o, script in demo.scripts.items() if script.way is Way.PRIVATE]
    (raw,) = _from_sender(demo, PRIVATE_ADDRESS)
    (review,) = [r for r in demo.rows(ReviewState) if r.raw == raw.raw]
    assert review.kind in (ReviewKind.UNKNOWN_SENDER, ReviewKind.UNMATCHED_REPLY)
    assert review.candidates[0] == office
    assert review.decision is Decision.ACCEPT
    ((recorded, fact),) = [
        (r, f) for r, f in demo.facts(facts.ReplyRecorded) if f.about.office == office
    ]
    assert recorded.event.source == "review"
    assert recorded.event.evidence == raw.digest
    assert fact.kind is ReplyKind.REPORT


def test_a_scan_that_names_nothing_counts_only_after_a_person_said_so(demo: DemoRun) -> None:
    (office,) = [o for o, script in demo.scripts.items() if script.way is Way.SILENT]
    (raw,) = _from_sender(demo, demo.address(office))
    (review,) = [r for r in demo.rows(ReviewState) if r.raw == raw.raw]
    assert (review.kind, review.candidates[0]) == (ReviewKind.UNMATCHED_REPLY, office)
    assert review.decision is Decision.ACCEPT
    assert demo.assignment(office).status is AssignmentStatus.REPORTED


def test_a_report_on_another_letter_is_not_counted_and_the_right_one_is(demo: DemoRun) -> None:
    office = demo.one(Trait.WRONG_LETTER)
    (wrong,), (right,) = demo.did("wrong_letter", office), demo.did("report", office)
    (review,) = demo.reviews(ReviewKind.WRONG_LETTER)
    assert review.opened_at == wrong.at
    assert review.decision is Decision.REJECT
    assert office in (review.office, *review.candidates)
    (report,) = [r for r in demo.replies(office) if r.kind is ReplyKind.REPORT]
    assert report.received_at == right.at
    assert review.evidence != report.evidence


def test_one_that_does_not_answer_is_reminded_each_time_and_listed(demo: DemoRun) -> None:
    rule = demo.campaign.reminders
    silent = [
        o for o in demo.awaited() if not demo.scripts[o].reports and not demo.scripts[o].traits
    ]
    assert len(silent) >= 2
    for office in silent:
        reminders = demo.dispatches(office, DispatchKind.REMINDER)
        assert len(reminders) == len(rule.before) + len(rule.after)
        assert all(d.accepted_at for d in reminders)
        assert office in demo.result["missing"]


def test_one_that_reports_when_reminded_is_reminded_no_more(demo: DemoRun) -> None:
    patient = {o: s.after_reminders for o, s in demo.scripts.items() if s.after_reminders}
    assert len(patient) >= 8
    assert {o: len(demo.dispatches(o, DispatchKind.REMINDER)) for o in patient} == patient


def test_a_report_that_is_sent_twice_counts_once(demo: DemoRun) -> None:
    office = demo.one(Trait.SENT_TWICE)
    raws = _from_sender(demo, demo.address(office))
    assert [raw.status for raw in raws] == [RawStatus.READ, RawStatus.READ]
    assert len({take_apart(demo.evidence.get(raw.digest)).message_id for raw in raws}) == 1
    assert [r.kind for r in demo.replies(office)] == [ReplyKind.REPORT]


def test_a_refusal_waits_for_a_person_who_releases_the_office(demo: DemoRun) -> None:
    office = demo.one(Trait.REFUSAL)
    (review,) = demo.reviews(ReviewKind.REFUSAL)
    assert (review.office, review.decision) == (office, Decision.WAIVE)
    assert demo.assignment(office).status is AssignmentStatus.WAIVED
    assert demo.dispatches(office, DispatchKind.REMINDER) == []
