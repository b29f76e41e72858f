"""New addresses that stand beside an answer."""

import pytest

from domain.reading import MessageKind
from tests.unit.mappings.reply.replies import judged, message

NEW = "moi@huulung.example"


@pytest.mark.parametrize(
    "said",
    [
        f"Đã nhận được văn bản. Xã đã đổi email sang {NEW}",
        f"Đã nhận được văn bản.\n--\nĐịa chỉ mới: {NEW}",
        f"Đã nhận. Từ nay gửi về hòm thư {NEW}",
        f"Email mới: {NEW}. Đã nhận được văn bản.",
        f"Da nhan. Hom thu moi: {NEW}, hom thu cu: xayenson@huulung.example",
    ],
)
def test_a_new_address_beside_an_answer_is_proposed(said: str) -> None:
    judgement = judged(message(said))
    assert judgement.kind is MessageKind.ACKNOWLEDGEMENT
    assert judgement.proposed == (NEW,)
    assert [r.rule for r in judgement.reasons] == [
        "acknowledgement",
        "address_change",
        "new_address",
    ]
    assert NEW in judgement.reasons[1].evidence


@pytest.mark.parametrize(
    "said",
    [
        "Đã nhận được email mới của huyện.",
        "Đã nhận được email mới. Liên hệ: ha@huulung.example",
        "Đã nhận. Email mới: xayenson@huulung.example",
        "Đã nhận. Từ nay gửi về hòm thư nq47@huulung.example",
    ],
)
def test_other_addresses_tell_of_no_new_one(said: str) -> None:
    judgement = judged(message(said))
    assert [r.rule for r in judgement.reasons] == ["acknowledgement"]
    assert judgement.proposed == ()
