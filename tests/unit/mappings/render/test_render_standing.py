"""Where an office stands: what is said of it names its evidence, and every count adds up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaign import Expected
from domain.compilation import CompiledRow, Failure, Proof
from domain.status import AssignmentStatus as Status
from mappings.render.standing import Arrears, arrears, evidence, extension, proofs
from mappings.render.tally import tally
from tests.unit.mappings.render.compilations import (
    MADE,
    SENT,
    compilation,
    informed,
    office,
    silent,
    unreached,
)

WAITS = silent(office(1))


def acknowledged(proof: Proof) -> CompiledRow:
    return replace(silent(office(1), Status.ACKNOWLEDGED), proof=proof)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (acknowledged(Proof.REGISTERED), "đã tiếp nhận trên trục liên thông ngày 08/5/2024"),
        (acknowledged(Proof.MAIL), "đã xác nhận bằng thư điện tử ngày 08/5/2024"),
        (
            acknowledged(Proof.DOCUMENT),
            "đã xác nhận bằng văn bản trên trục liên thông ngày 08/5/2024",
        ),
        (WAITS, "văn bản đã đến ngày 08/5/2024"),
        (replace(WAITS, delivered_at=None), "đã đến"),
        (silent(office(1), Status.DISPLAYED), "đã mở xem"),
        (silent(office(1), Status.SENT), "đã gửi"),
        (replace(WAITS, failures=(Failure.REFUSED,)), "từ chối tiếp nhận trên trục liên thông"),
        (
            replace(unreached(office(1)), failures=(Failure.MAIL_RETURNED, Failure.NOT_CARRIED)),
            "không gửi được thư điện tử, không gửi được qua trục liên thông",
        ),
        (replace(unreached(office(1)), failures=()), "không gửi được"),
    ],
)
def test_what_is_said_of_an_office_names_its_evidence(row: CompiledRow, words: str) -> None:
    assert evidence(row) == words


def test_how_the_directive_was_taken_in_is_counted_by_proof() -> None:
    rows = [acknowledged(p) for p in (Proof.MAIL, Proof.REGISTERED, Proof.DOCUMENT, Proof.MAIL)]
    assert proofs([*rows, WAITS]) == (
        "01 nơi đã tiếp nhận trên trục liên thông, 02 nơi đã xác nhận bằng thư điện tử, "
        "01 nơi đã xác nhận bằng văn bản trên trục liên thông"
    )
    assert proofs([WAITS]) == ""


def test_an_extension_is_told_with_its_day() -> None:
    assert extension(WAITS) == ""
    assert extension(replace(WAITS, extended=True, due_at=MADE)) == "gia hạn đến 15/11/2024"


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (replace(WAITS, extended=True, due_at=MADE + timedelta(days=1)), Arrears.GRANTED),
        (replace(WAITS, extended=True, due_at=MADE), Arrears.RECEIVED),
        (WAITS, Arrears.RECEIVED),
        (acknowledged(Proof.REGISTERED), Arrears.RECEIVED),
        (silent(office(1), Status.WAITING), Arrears.UNSENT),
        (silent(office(1), Status.SENT), Arrears.UNCONFIRMED),
        (unreached(office(1)), Arrears.UNREACHED),
        (replace(unreached(office(1)), failures=(Failure.REFUSED,)), Arrears.REFUSED),
        (replace(WAITS, failures=(Failure.REFUSED,)), Arrears.REFUSED),
    ],
)
def test_a_missing_report_falls_into_one_class(row: CompiledRow, kind: Arrears) -> None:
    assert arrears([row, office(2), informed(office(3))], MADE) == {kind: [row]}


ROWS = st.builds(
    lambda status, expected, failures, seen, extended, late: replace(
        office(1),
        status=status,
        expected=expected,
        failures=failures,
        delivered_at=SENT if seen and status is not Status.UNREACHED else None,
        acknowledged_at=SENT if status is Status.ACKNOWLEDGED else None,
        proof=Proof.REGISTERED if status is Status.ACKNOWLEDGED else None,
        reported_at=SENT if status is Status.REPORTED else None,
        extended=extended,
        late=late,
    ),
    st.sampled_from(Status),
    st.sampled_from(Expected),
    st.sampled_from([(), (Failure.REFUSED,), (Failure.MAIL_RETURNED,)]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(ROWS, min_size=1, max_size=30))
def test_every_count_is_the_sum_of_its_parts(rows: list[CompiledRow]) -> None:
    total = tally(rows)
    assert total.awaited == total.punctual + total.late + total.waived + total.missing
    assert total.listed == total.reached + total.unconfirmed + total.unreached
    assert total.unconfirmed >= 0
    assert total.acknowledged <= total.reached
    assert total.refused <= total.unreached
    classes = arrears(rows, MADE)
    assert sum(len(members) for members in classes.values()) == total.missing
    assert total.missing == len(compilation(*rows).missing)
