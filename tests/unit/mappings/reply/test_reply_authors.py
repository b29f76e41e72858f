"""A message of several authors is nobody's until a person has looked at it."""

from datetime import date

import pytest

from domain.ids import Address, CampaignId, DispatchId, OfficeId, RoundId
from domain.office import Directory, Office
from domain.reading import Clue, Match, Matching, Via
from mappings.mail.take_apart import take_apart
from mappings.reply.authors import doubtful_authors
from mappings.reply.match import match
from tests.unit.mappings.reply.replies import judged

DAY = date(2024, 11, 8)
OURS, SECOND = Address("xayenson@huulung.example"), Address("vanthu.yenson@huulung.example")
NEIGHBOUR, STRANGER = Address("xacaikinh@huulung.example"), Address("yenson@gmail.example")
YEN_SON = OfficeId("xa-yen-son")
OFFICES = Directory(
    [
        Office(id=YEN_SON, name="UBND xã Yên Sơn", emails=(OURS, SECOND)),
        Office(id=OfficeId("xa-cai-kinh"), name="UBND xã Cai Kinh", emails=(NEIGHBOUR,)),
    ]
)
CLUE = Clue(
    via=Via.THREAD,
    dispatch=DispatchId("nq47/2024/xa-yen-son/directive/1/email"),
    campaign=CampaignId("nq47"),
    round=RoundId("2024"),
    office=YEN_SON,
)


def raw(*froms: str, more: str = "") -> bytes:
    fields = "".join(f"From: {value}\r\n" for value in froms)
    return f"{fields}{more}Subject: x\r\n\r\nĐã nhận được văn bản.\r\n".encode()


def matched(message: bytes, *clues: Clue) -> Matching:
    content = take_apart(message)
    return match(content, judged(content), clues, (), OFFICES, DAY)


DOUBTFUL = [
    (f"Yên Sơn <{OURS}>, {STRANGER}",),
    (f"{OURS}, {NEIGHBOUR}",),
    (f"{STRANGER}, {OURS}",),
    (OURS, STRANGER),
    (STRANGER, OURS),
    (OURS, SECOND),
    (OURS, OURS),
    # An encoded quotation mark must not swallow the author after it.
    (f"{OURS}, =?utf-8?q?=22?= <{STRANGER}>",),
]


@pytest.mark.parametrize("froms", DOUBTFUL)
def test_several_authors_are_never_certain(froms: tuple[str, ...]) -> None:
    found = matched(raw(*froms, more=f"Sender: {OURS}\r\n"), CLUE)
    assert (found.match, found.office, found.sender_office) == (Match.REVIEW, None, None)
    assert found.reasons[-1].rule == "several_authors"
    assert OURS in found.reasons[-1].evidence
    assert found.candidates[0].office == YEN_SON


EVIL = "ke.gian.example"


@pytest.mark.parametrize(
    "written",
    [
        f'"{OURS}"@{EVIL}',
        f'"{OURS}" @{EVIL}',
        f"{OURS}@{EVIL}",
        f"<{OURS}>@{EVIL}",
        f"{OURS}\\@{EVIL}",
        f"{OURS} .{EVIL}",
        f"{OURS} <>",
        f"{OURS}\0@{EVIL}",
        f"{OURS}\x01@{EVIL}",
        f"{OURS},@{EVIL}",
        f"<x@{EVIL}> <{OURS}>",
        f"<{OURS}>: x@{EVIL};",
        f'("x) x@{EVIL} (") {OURS}',
    ],
)
@pytest.mark.parametrize("more", ["", f"Sender: {OURS}\r\n"])
def test_an_author_that_others_read_otherwise_is_never_certain(written: str, more: str) -> None:
    for clues in ((CLUE,), ()):
        found = matched(raw(written, more=more), *clues)
        assert (found.match in (Match.REVIEW, Match.NONE), found.office) == (True, None)
        assert found.sender_office is None


def test_the_sender_stands_in_where_nobody_is_the_author() -> None:
    more = f"Sender: {OURS}\r\n"
    assert take_apart(raw("UBND", more=more)).sender == OURS
    assert take_apart(raw(f"@{EVIL}", more=more)).sender is None


def test_a_second_field_behind_very_many_others_is_seen() -> None:
    others = "".join(f"X-{number}: x\r\n" for number in range(2_000))
    message = f"From: {OURS}\r\n{others}".encode() + raw(STRANGER)
    assert matched(message, CLUE).reasons[-1].rule == "several_authors"


def test_every_author_is_a_candidate_without_a_thread() -> None:
    found = matched(raw(f"{STRANGER}, {NEIGHBOUR}"))
    assert (found.match, [c.office for c in found.candidates]) == (Match.REVIEW, ["xa-cai-kinh"])


@pytest.mark.parametrize(
    "message",
    [
        raw(OURS),
        raw(f"{OURS}, {SECOND}"),
        raw(f"{OURS}, Yên Sơn <{OURS}>"),
        raw(f"=?utf-8?q?x=40gmail.example=2C?= <{OURS}>"),
        raw(OURS, more=f"Sender: {STRANGER}\r\n"),
    ],
)
def test_authors_of_one_office_are_certain(message: bytes) -> None:
    found = matched(message, CLUE)
    assert (found.match, found.office) == (Match.CERTAIN, YEN_SON)


def test_strangers_together_are_doubtful_too() -> None:
    content = take_apart(raw(f"{STRANGER}, other@gmail.example"))
    assert doubtful_authors(content, OFFICES, DAY) == (STRANGER, "other@gmail.example")
