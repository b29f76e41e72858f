"""Taking back and replacing over real sockets: the exchange, the mail system, a store on disk."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.content import Inline
from domain.errors import NotAllowed
from domain.exchange import Business, Organ, PacketKind
from domain.ids import CampaignId, OfficeId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.state import AssignmentState, DirectiveState, DispatchState, ReviewState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import App
from dondoc.services.recall import Order, take_back
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.turn import turn
from dondoc.simulators.eoffice import Fault
from tests.checkout import ROOT, clean_environment
from tests.edxml_files import attached, written
from tests.integration.configured_folder import Clock
from tests.integration.recall_district import (
    BOXES,
    MINH_TIEN,
    MINUTES,
    NOTE,
    ORGANS,
    PROVINCE,
    REASON,
    SECRET,
    TURN_AND_DIE,
    UNIT,
    Y_TE,
    YEN_SON,
    District,
    open_district,
)
from tests.integration.services.service_parts import letter, short_letter
from tests.unit.cli.command_runs import ran


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[District]:
    monkeypatch.setenv("DONDOC_TEST_SECRET", SECRET)
    monkeypatch.setenv("DONDOC_TOKEN_KEY", SECRET)
    with open_district(tmp_path) as opened:
        yield opened


def _order(app: App, clock: Clock, *offices: OfficeId) -> None:
    take_back(app, "nq47", Order(offices=offices, reason=REASON, by="Lan"), clock.now())


def _of(app: App, office: OfficeId, channel: str, kind: DispatchKind) -> list[DispatchState]:
    found = app.ledger.select(DispatchState, office=office)
    wanted = [d for d in found if d.channel == channel and d.kind is kind]
    return sorted(wanted, key=lambda d: d.planned_at)


def _letter(app: App, office: OfficeId, channel: str = "exchange") -> DispatchState:
    (found,) = _of(app, office, channel, DispatchKind.DIRECTIVE)
    return found


def _reviews(app: App) -> list[str]:
    return [r.kind for r in app.ledger.select(ReviewState, open=True)]


def _begun(district: District, app: App) -> None:
    district.put(short_letter())
    district.turn(app)
    assert _letter(app, Y_TE).status is DispatchStatus.ACCEPTED


def test_one_office_agrees_and_another_one_refuses(district: District) -> None:
    with district.opened() as app:
        _begun(district, app)
        _order(app, district.clock)
        district.turn(app)
        asked = district.asked(_letter(app, Y_TE))
        assert (asked.code, asked.description) == ("13", REASON)
        assert asked.response_for.document_id == _letter(app, Y_TE).document_id
        district.clock.instant += MINUTES
        district.say("15", _letter(app, Y_TE))
        district.say("16", _letter(app, YEN_SON), "đã triển khai")
        district.turn(app)
        assert _letter(app, Y_TE).status is DispatchStatus.RECALLED
        assert _letter(app, YEN_SON).status is DispatchStatus.RECALL_REFUSED
        assert _reviews(app) == [ReviewKind.RECALL_REFUSED]
        assert _letter(app, MINH_TIEN, "email").status is DispatchStatus.RECALL_ASKED
        assert [s.partition(":")[0] for s in district.subjects(MINH_TIEN)][1:] == [
            "Thu hồi văn bản"
        ]
        rows = app.ledger.select(AssignmentState)
        assert {a.status for a in rows} == {AssignmentStatus.WAIVED}
        assert app.ledger.differences() == []


def test_what_never_left_is_dropped(district: District) -> None:
    with district.opened() as app:
        district.put(short_letter())
        turn(app, district.clock.now(), pause=lambda: bool(app.ledger.select(DispatchState)))
        planned = app.ledger.select(DispatchState)
        assert {d.status for d in planned} == {DispatchStatus.PLANNED}
        _order(app, district.clock)
        for _ in range(3):
            district.turn(app)
        assert {d.status for d in app.ledger.select(DispatchState)} == {DispatchStatus.CANCELLED}
        assert district.documents(Y_TE) == []
        assert district.requests() == []
        assert district.subjects(MINH_TIEN) == []


@pytest.mark.parametrize("channel", ["exchange", "email"])
@pytest.mark.parametrize("step", ["attempt", "outcome"])
def test_killed_between_any_two_steps_each_is_asked_once(
    district: District, step: str, channel: str
) -> None:
    with district.opened() as app:
        _begun(district, app)
        _order(app, district.clock, YEN_SON)
    district.clock.instant += MINUTES
    at = district.clock.instant.isoformat()
    killed = subprocess.run(
        [sys.executable, "-c", TURN_AND_DIE, str(district.path), at, step, channel],
        env={
            **clean_environment(),
            "DONDOC_TEST_SECRET": SECRET,
            "DONDOC_TOKEN_KEY": SECRET,
            "PYTHONPATH": str(ROOT),
        },
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with district.opened() as app:
        for _ in range(3):
            district.turn(app)
        for way in ("exchange", "email"):
            (request,) = _of(app, YEN_SON, way, DispatchKind.RECALL)
            assert request.status in (DispatchStatus.ACCEPTED, DispatchStatus.DELIVERED)
            assert _letter(app, YEN_SON, way).status is DispatchStatus.RECALL_ASKED
        assert len(district.requests()) == 1
        assert [s.partition(":")[0] for s in district.subjects(YEN_SON)][1:] == ["Thu hồi văn bản"]
        assert app.ledger.differences() == []


def test_a_request_whose_answer_was_lost_is_one_request(district: District) -> None:
    with district.opened() as app:
        _begun(district, app)
        _order(app, district.clock, Y_TE)
        district.exchange.faults.arm(Fault.DROP)
        district.turn(app)
        (request,) = _of(app, Y_TE, "exchange", DispatchKind.RECALL)
        assert request.status is DispatchStatus.UNCERTAIN
        assert _letter(app, Y_TE).status is DispatchStatus.ACCEPTED
        district.turn(app)
        assert _letter(app, Y_TE).status is DispatchStatus.RECALL_ASKED
        assert len(district.requests()) == 1


def test_a_replacement_reaches_whoever_has_the_first_letter(district: District) -> None:
    with district.opened() as app:
        _begun(district, app)
        district.put(
            written(
                replace(
                    letter(),
                    document_id="H37.99,2024/06/03,600/UBND-VH",
                    code_number="600",
                    promulgated_on=date(2024, 6, 3),
                    business=Business.REPLACEMENT,
                    business_document_id=letter().document_id,
                    business_reason="điều chỉnh nội dung",
                    attachments=(attached("600.txt", b"Xem van ban moi.", "text/plain"),),
                )
            )
        )
        district.turn(app)
        known = app.ledger.get(DirectiveState, (CampaignId("nq47"),))
        assert known is not None
        assert (known.version, known.directive.code) == (2, "600/UBND-VH")
        first, second = district.documents(Y_TE)
        assert second.business is Business.REPLACEMENT
        assert second.business_document_id == first.document_id
        assert [r.document_id for r in second.replaced] == [first.document_id]
        assert second.replaced[0].receivers == (ORGANS[Y_TE],)
        assert "Số, ký hiệu: từ 512/UBND-VH thành 600/UBND-VH" in second.business_reason
        assert [s.partition(":")[0] for s in district.subjects(MINH_TIEN)][1:] == [
            "Văn bản thay thế"
        ]
        # Whoever takes the second back asks for both of the documents.
        _order(app, district.clock, Y_TE)
        district.turn(app)
        assert {p.response_for.code for p in district.requests()} == {
            "512/UBND-VH",
            "600/UBND-VH",
        }
        with pytest.raises(NotAllowed):
            take_back(app, "nq47", Order(reason="", by="Lan"), district.clock.now())
        assert app.ledger.differences() == []


@pytest.mark.parametrize("first", ["the directive", "the revocation"])
def test_what_its_issuer_takes_back_is_held_and_answered(district: District, first: str) -> None:
    province = Organ(organ_id=PROVINCE, name="Sở Thông tin và Truyền thông")
    own = f"{PROVINCE},2024/05/08,512/UBND-VH"
    letters = {
        "the directive": replace(letter(), sender=province, document_id=own, attachments=(NOTE,)),
        "the revocation": replace(
            letter(),
            sender=province,
            document_id=f"{PROVINCE},2024/05/09,700/STTTT",
            code_number="700",
            code_notation="STTTT",
            business=Business.REVOCATION,
            business_document_id=own,
            business_reason="sai thẩm quyền",
            attachments=(),
        ),
    }
    second = next(name for name in letters if name != first)

    def put(name: str) -> None:
        district.offices.send(
            Inline(written(letters[name])),
            kind=PacketKind.DOCUMENT,
            sender=PROVINCE,
            receivers=[UNIT],
        )

    with district.opened() as app:
        put(first)
        district.turn(app)
        put(second)
        district.turn(app)
        (review,) = app.ledger.select(ReviewState, open=True)
        assert review.kind is ReviewKind.REVOKED
        sent = len(app.ledger.select(DispatchState))
        assert sent == (4 if first == "the directive" else 0)
        accepted = Resolution(decision=Decision.ACCEPT, by="Lan")
        resolve(app, review.review, accepted, district.clock.now())
        district.turn(app)
        answers = [p for p in district.requests() if p.response_for.organ_id == PROVINCE]
        assert [p.code for p in answers if p.code == "15"] == ["15"]
        asked = [d for d in app.ledger.select(DispatchState) if d.kind is DispatchKind.RECALL]
        assert len(asked) == sent
        assert app.ledger.select(ReviewState, open=True) == []
        assert app.ledger.differences() == []


def test_the_command_shows_whom_it_asks_then_orders_once(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    with district.opened() as app:
        _begun(district, app)
    options = ("--office", YEN_SON, "--reason", REASON, "--by", "Lan", "--config", district.path)
    dry = ran(capsys, "recall", "nq47", *options, "--dry-run")
    assert dry.code == 0
    for said in (
        "UBND xã Yên Sơn",
        "H37.99.1",
        BOXES[YEN_SON],
        "2 request(s) to 1 office(s), 0 sending(s) dropped, 1 assignment(s) released",
        "nothing is recorded",
    ):
        assert said in dry.out
    assert "taken back" not in ran(capsys, "status", "nq47", "--config", district.path).out
    assert "the daemon asks at its next turn" in ran(capsys, "recall", "nq47", *options).out
    assert "this was ordered before; nothing changes" in ran(capsys, "recall", "nq47", *options).out
    plan = ran(capsys, "plan", "--config", district.path).out
    assert plan.count("recall") == 2
    with district.opened() as app:
        district.turn(app)
        assert len(_of(app, YEN_SON, "exchange", DispatchKind.RECALL)) == 1
    status = ran(capsys, "status", "nq47", "--config", district.path).out
    assert "taken back from xa-yen-son on" in status
    assert f"by Lan: {REASON}" in status
    assert "recall_asked" in status
    refused = ran(capsys, "recall", "nq47", "--office", "so", *options[2:])
    assert refused.code != 0
    assert "office so takes no part in any round of nq47" in refused.err


def test_the_command_says_what_the_eoffice_must_take_back_itself(
    district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    with district.opened() as app:
        _begun(district, app)
    rules = district.folder / "campaign.yaml"
    changed = rules.read_text(encoding="utf-8").replace("exchange: send", 'exchange: "off"')
    rules.write_text(changed, encoding="utf-8")
    options = ("--reason", REASON, "--by", "Lan", "--dry-run", "--config", district.path)
    said = ran(capsys, "recall", "nq47", *options).out
    assert "exchange: off - Dondoc sends nothing on the exchange" in said
    assert "to take back in the e-office: Phòng Y tế" in said
    assert "2 request(s) to 2 office(s)" in said
