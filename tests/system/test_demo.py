"""The whole job on the real directive: what came of it, and what must never happen in it.

How each sort of office is treated stands in ``test_demo_offices.py``; both look at one demo. What
is expected comes from the offices' scripts and from what they noted that they did, never from
Dondoc's own account.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import docx
import openpyxl
import pytest

from domain import facts
from domain.campaign import Channel, Expected
from domain.kinds import DispatchKind, ReplyKind, ReviewKind
from domain.state import (
    AnswerState,
    CompilationState,
    DirectiveState,
    DispatchState,
    RawState,
    ReviewState,
)
from domain.status import AnswerStatus, AssignmentStatus, DispatchStatus, RawStatus
from dondoc.demo.reports import notation_of, number_of
from dondoc.demo.script import Trait, Way
from tests.system.demo_run import DUE_AT, MAILBOX, DemoRun, command, run_demo, shared_demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

_WITHOUT_EVIDENCE = {"AssignmentMade", "DeadlinePassed"}
"""What follows from the rules and the calendar alone."""

_REFUSED = "ReviewOpened undeliverable"
"""A refusal at the door is an answer on a line that is gone; its dispatch has the octets."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    with shared_demo(tmp_path_factory) as run:
        yield run


# The run as a whole.


def test_it_ends_within_the_time_that_is_promised(demo: DemoRun) -> None:
    assert demo.result["seconds"] < 90


def test_every_recipient_of_the_rules_takes_part(demo: DemoRun) -> None:
    assert demo.result["recipients"] == len(demo.recipients) == 67
    assert sum(demo.result["statuses"].values()) == 67
    assert len(demo.awaited()) >= 60


def test_nothing_is_lost_and_nothing_goes_twice(demo: DemoRun) -> None:
    assert (demo.result["lost"], demo.result["duplicated"], demo.result["marked"]) == (0, 0, 0)
    assert demo.unaccounted() == []


def test_every_document_of_an_office_is_answered_with_01_and_03_once(demo: DemoRun) -> None:
    owed = demo.owed_answers()
    assert len(owed) >= 10
    assert demo.given_answers() == owed
    assert sum(demo.result["answered"].values()) == len(owed)
    assert {a.status for a in demo.rows(AnswerState)} == {AnswerStatus.SENT}


def test_the_figures_are_those_of_the_store(demo: DemoRun) -> None:
    dispatches = demo.rows(DispatchState)
    by_channel = Counter(d.channel.value for d in dispatches)
    assert demo.result["dispatches"] == dict(by_channel)
    assert demo.result["reminders"] == sum(d.kind is DispatchKind.REMINDER for d in dispatches)
    assert demo.result["reviews"] == len(demo.rows(ReviewState))
    assert demo.result["reported"] == len(demo.expected_reported())


def test_everybody_reported_who_was_going_to_and_at_that_time(demo: DemoRun) -> None:
    reported = {
        office: demo.assignment(office).reported_at
        for office in demo.awaited()
        if demo.assignment(office).status is AssignmentStatus.REPORTED
    }
    assert reported == {action.office: action.at for action in demo.did("report")}
    assert set(reported) == demo.expected_reported()


def test_the_missing_are_those_that_never_report(demo: DemoRun) -> None:
    waived = set(demo.having(Trait.REFUSAL))
    expected = set(demo.awaited()) - demo.expected_reported() - waived
    assert set(demo.result["missing"]) == expected
    assert {o for o in demo.awaited() if demo.assignment(o).late} >= expected


def test_late_is_who_reported_after_the_deadline_or_not_at_all(demo: DemoRun) -> None:
    extended = set(demo.having(Trait.EXTENSION))
    waived = set(demo.having(Trait.REFUSAL))
    in_time = {a.office for a in demo.did("report") if a.at <= DUE_AT} | extended | waived
    late = {office for office in demo.awaited() if demo.assignment(office).late}
    assert late == set(demo.awaited()) - in_time
    assert late & demo.expected_reported()


def test_every_report_is_kept_under_its_own_number_with_its_files(demo: DemoRun) -> None:
    plain = demo.expected_reported() - {
        *demo.having(Trait.NIL),
        *demo.having(Trait.CORRECTED),
        *(o for o, script in demo.scripts.items() if script.way is Way.SILENT),
    }
    for office in plain:
        (report,) = [r for r in demo.replies(office) if r.kind is ReplyKind.REPORT]
        name = demo.recipients[office].office.name
        assert report.number == f"{number_of(demo.order[office])}/{notation_of(name)}"
        assert len(report.attachments) == 2
        for file in report.attachments:
            assert len(demo.evidence.get(file.digest)) == file.size
        assert report.summary != ""


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("acknowledgement", ReplyKind.ACKNOWLEDGEMENT),
        ("question", ReplyKind.QUESTION),
        ("extension", ReplyKind.EXTENSION_REQUEST),
        ("refusal", ReplyKind.REFUSAL),
    ],
)
def test_every_other_answer_is_understood(demo: DemoRun, what: str, kind: ReplyKind) -> None:
    told = {
        (f.about.office, f.received_at)
        for _, f in demo.facts(facts.ReplyRecorded)
        if f.kind is kind
    }
    assert told == {(a.office, a.at) for a in demo.did(what) if a.office != demo.department}


def test_a_report_of_each_way_was_counted(demo: DemoRun) -> None:
    ways = {demo.scripts[office].way for office in demo.expected_reported()}
    assert ways == set(Way)
    channels = Counter(
        r.channel
        for office in demo.expected_reported()
        for r in demo.replies(office)
        if r.kind is ReplyKind.REPORT
    )
    assert channels[Channel.EXCHANGE] >= 3
    assert channels[Channel.EMAIL] >= 40


# What must never happen.


def test_who_is_only_informed_gets_one_mail(demo: DemoRun) -> None:
    informed = [o for o, r in demo.recipients.items() if r.expected is Expected.INFORMATION]
    assert len(informed) >= 4
    copies = demo.copies()
    for office in informed:
        mine = [n for (box, _), n in copies.mails.items() if box == demo.address(office)]
        assert mine == [1]
        assert [d.kind for d in demo.dispatches(office)] == [DispatchKind.DIRECTIVE]


def test_nobody_is_reminded_who_has_answered(demo: DemoRun) -> None:
    reminders = [d for d in demo.rows(DispatchState) if d.kind is DispatchKind.REMINDER]
    reported = {action.office: action.at for action in demo.did("report")}
    after = [d.dispatch for d in reminders if reported.get(d.office, d.planned_at) < d.planned_at]
    assert after == []


def test_the_draft_and_the_secret_letter_went_nowhere(demo: DemoRun) -> None:
    held = {ReviewKind.DRAFT, ReviewKind.SECRET}
    reviews = [r for r in demo.rows(ReviewState) if r.kind in held]
    assert {r.kind for r in reviews} == held
    (taken,) = demo.rows(DirectiveState)
    assert taken.document_id == "H37.99,2024-05-08,512/UBND-VH"
    letters = {r.evidence for r in reviews}
    assert taken.evidence not in letters
    first = min(d.planned_at for d in demo.rows(DispatchState))
    assert first == datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
    names = {
        part.get_filename()
        for transaction in demo.journal
        if transaction.sender.startswith("nq47") and transaction.at < first + timedelta(days=30)
        for part in message_from_bytes(
            demo.message(transaction), policy=policy.default
        ).iter_attachments()
    }
    assert names == {"512-UBND-VH.docx", "512-UBND-VH.pdf", "Nghi-quyet-47-NQ-CP.pdf"}


def test_dondoc_never_answers_a_machine_or_anybody_unasked(demo: DemoRun) -> None:
    kinds = {d.message_id for d in demo.rows(DispatchState) if d.message_id}
    sent = {t.message_id for t in demo.journal if t.sender.startswith("nq47")}
    assert sent <= kinds


def test_everything_that_arrived_was_read(demo: DemoRun) -> None:
    assert {raw.status for raw in demo.rows(RawState)} == {RawStatus.READ}


# The result.


def test_the_result_reached_the_department_by_both_doors(demo: DemoRun) -> None:
    sent = {d.channel.value: d for d in demo.dispatches(demo.department)}
    assert demo.result["forwarded"] == {
        "exchange": sent["exchange"].document_id,
        "email": sent["email"].message_id,
    }
    assert {d.status for d in sent.values()} == {DispatchStatus.REGISTERED}
    statuses = [a.detail.partition(" ")[0] for a in demo.did("status", demo.department)]
    assert statuses[:2] == ["01", "03"]
    assert len(demo.did("acknowledgement", demo.department)) == 1


def test_the_word_report_names_who_reported_and_who_did_not(demo: DemoRun) -> None:
    (path,) = [Path(p) for p in demo.result["compiled"] if p.endswith(".docx")]
    report = docx.Document(str(path))
    cells = (c.text for table in report.tables for row in table.rows for c in row.cells)
    words = "\n".join([*(p.text for p in report.paragraphs), *cells])
    directory = demo.settings.directory
    for office in demo.result["missing"]:
        entry = directory.get(office)
        assert entry is not None
        assert entry.name in words
    assert "88/BC-VHTT" in words
    assert str(demo.result["reported"]) in words


def test_the_register_lists_every_office_that_owes_something(demo: DemoRun) -> None:
    (path,) = [Path(p) for p in demo.result["compiled"] if p.endswith(".xlsx")]
    book = openpyxl.load_workbook(path)
    cells = {str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value}
    for office, recipient in demo.recipients.items():
        if recipient.expected is Expected.REPORT:
            assert recipient.office.name in cells, office
    numbers = "\n".join(cells)
    for office in demo.expected_reported():
        report = next(r for r in reversed(demo.replies(office)) if r.kind is ReplyKind.REPORT)
        if report.number:
            assert report.number in numbers


def test_the_pdf_is_one(demo: DemoRun) -> None:
    (path,) = [Path(p) for p in demo.result["compiled"] if p.endswith(".pdf")]
    assert path.read_bytes().startswith(b"%PDF-")


def test_the_approved_version_is_the_one_that_is_named(demo: DemoRun) -> None:
    latest = max(demo.rows(CompilationState), key=lambda c: c.version)
    assert (latest.number, latest.forwarded_at is not None) == ("88", True)
    assert [Path(p).name for p in demo.result["compiled"]] == [f.name for f in latest.files]
    for path, file in zip(demo.result["compiled"], latest.files, strict=True):
        assert Path(path).read_bytes() == demo.evidence.get(file.digest)


# The other commands on what the demo left.


def test_status_says_all_that_the_contract_names(demo: DemoRun) -> None:
    done = command("status", "nq47", "--config", demo.config, "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown.keys() == {"campaign", "round", "offices"}
    assert (shown["campaign"], shown["round"]) == ("nq47", "2024")
    assert {o["office"] for o in shown["offices"]} == set(demo.recipients)
    for office in shown["offices"]:
        assert office.keys() == {
            "office", "expected", "status", "late", "dispatches", "timeline",
        }  # fmt: skip
        assert office["status"] == demo.assignment(office["office"]).status
        assert office["late"] is demo.assignment(office["office"]).late
        assert len(office["dispatches"]) == len(demo.dispatches(office["office"]))
        for dispatch in office["dispatches"]:
            assert dispatch.keys() == {
                "kind", "channel", "status", "message_id", "reply_to", "subject", "document_id",
                "at",
            }  # fmt: skip
        for step in office["timeline"]:
            assert step.keys() == {"at", "event", "evidence"}
            bare = step["event"].partition(" ")[0] in _WITHOUT_EVIDENCE or step["event"] == _REFUSED
            if step["evidence"] is None:
                assert bare, step
            else:
                assert demo.evidence.get(step["evidence"]) != b""


def test_replay_finds_no_difference(demo: DemoRun) -> None:
    done = command("replay", "--config", demo.config)
    assert (done.returncode, done.stdout) == (
        0,
        "0 difference(s) between the events and the state\n",
    )


def test_the_letters_that_bounced_are_what_waits_for_a_person(demo: DemoRun) -> None:
    done = command("review", "list", "--config", demo.config, "--json")
    assert done.returncode == 3
    assert {r.office for r in demo.rows(ReviewState, open=True)} == {
        demo.one(Trait.BOUNCE),
        demo.one(Trait.REFUSED_AT_DOOR),
    }


def test_the_demo_again_on_the_same_folder_changes_nothing(demo: DemoRun, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(demo.folder, folder)
    again = run_demo(folder)
    try:
        assert len(again.events) == len(demo.events)
        assert len(again.journal) == len(demo.journal)
        names = [
            str(folder / Path(path).relative_to(demo.folder)) for path in demo.result["compiled"]
        ]
        expected = {**demo.result, "compiled": names}
        assert {**again.result, "seconds": 0} == {**expected, "seconds": 0}
    finally:
        again.close()


def test_the_demo_names_no_office_that_could_exist(demo: DemoRun) -> None:
    addresses = [a for o in demo.settings.directory.offices for a in o.emails]
    assert all(a.endswith((".example", ".test")) for a in [*addresses, MAILBOX])
