"""The mapped REST door and its tokens: renewed before and upon expiry, told to nobody."""

from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from domain.errors import DondocError, PeerRefused, PeerUnavailable
from domain.exchange import PacketKind
from domain.rest import RestAccount
from dondoc.simulators.ioffice import Fault, IOffice
from tests.contract.fetching import fetched
from tests.integration.test_rest_door import DETAIL, LIST, LOGIN, RENEW
from tests.rest_office import (
    ACCOUNT,
    NOW,
    door_to,
    incoming,
    mapped,
    office,
    replacing,
    running_office,
)

__all__ = ["office", "running_office"]


def test_an_expired_token_is_renewed_without_signing_in_again(
    office: IOffice, tmp_path: Path
) -> None:
    doc_id = office.receive(incoming("512"))
    with door_to(office, mapped(tmp_path)) as door:
        door.waiting(PacketKind.DOCUMENT)
        for operation in (LIST, DETAIL, "read-file"):
            office.faults.arm(Fault.EXPIRE, operation=operation)
        assert len(door.waiting(PacketKind.DOCUMENT)) == 1
        assert fetched(door, doc_id)
    assert (office.requests.count(LOGIN), office.requests.count(RENEW)) == (1, 4)


def test_an_ended_session_is_begun_anew(office: IOffice, tmp_path: Path) -> None:
    with door_to(office, mapped(tmp_path)) as door:
        door.waiting(PacketKind.DOCUMENT)
        office.end_sessions()
        assert door.waiting(PacketKind.DOCUMENT) == []
    assert office.requests.count(LOGIN) == 2


def test_a_token_is_renewed_before_it_expires(office: IOffice, tmp_path: Path) -> None:
    instants = iter([NOW] * 3 + [NOW + timedelta(minutes=28)] * 9)
    with door_to(office, mapped(tmp_path), now=lambda: next(instants)) as door:
        door.waiting(PacketKind.DOCUMENT)
        door.waiting(PacketKind.DOCUMENT)
    assert (office.requests.count(LOGIN), office.requests.count(RENEW)) == (1, 2)


def test_a_condition_tells_expiry_too(office: IOffice, tmp_path: Path) -> None:
    def edit(text: str) -> str:
        text = replacing("statuses: [401]", "statuses: []")(text)
        return replacing("'Token đã hết hạn'", "'Token không hợp lệ'")(text)

    with door_to(office, mapped(tmp_path, edit)) as door:
        door.waiting(PacketKind.DOCUMENT)
        office.expire_tokens()
        assert door.waiting(PacketKind.DOCUMENT) == []


def test_a_token_that_never_helps_is_refused(office: IOffice, tmp_path: Path) -> None:
    mapping = mapped(tmp_path, replacing("Authorization: Bearer {token}", "X-Token: '{token}'"))
    with door_to(office, mapping) as door, pytest.raises(PeerRefused, match="session headers"):
        door.waiting(PacketKind.DOCUMENT)
    assert office.requests.count(LIST) == 2


def test_a_wrong_password_is_refused_and_told_to_nobody(office: IOffice, tmp_path: Path) -> None:
    account = RestAccount(username="vanthu", password=lambda: "wrong-and-secret")
    with (
        structlog.testing.capture_logs() as logs,
        door_to(office, mapped(tmp_path), account=account, attempts=3) as door,
        pytest.raises(PeerRefused, match="Sai tên đăng nhập") as caught,
    ):
        door.waiting(PacketKind.DOCUMENT)
    assert office.requests == [LOGIN]
    told = f"{caught.value!r} {caught.value.__cause__!r} {logs} {door!r} {account!r}"
    assert "wrong-and-secret" not in told


def test_a_refresh_token_given_to_a_person_is_enough(office: IOffice, tmp_path: Path) -> None:
    def edit(text: str) -> str:
        head, _, rest = text.partition("  # Đăng nhập bằng tên")
        middle = rest[rest.index("  # Đổi mã làm mới") :]
        return (head + middle).replace("{ma_can_bo}", "7").replace("{ma_ctcb}", "42")

    given = office.give_refresh_token()
    mapping = mapped(tmp_path, edit)
    with door_to(office, mapping, account=RestAccount(refresh_token=lambda: given)) as door:
        assert door.waiting(PacketKind.DOCUMENT) == []
        office.end_sessions()
        with pytest.raises(PeerRefused, match="get a new one"):
            door.waiting(PacketKind.DOCUMENT)


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("'Token đã hết hạn'", "'Sai tên đăng nhập hoặc mật khẩu'", PeerRefused, "user name or"),
        ("token: data.access_token", "token: data.none", PeerUnavailable, "renew.token gives null"),
        (
            "refresh_token: data.refresh_token",
            "refresh_token: data",
            PeerUnavailable,
            "session.renew.refresh_token gives an object",
        ),
        (
            "refresh_token: data[0].refresh_token",
            "refresh_token: data",
            PeerUnavailable,
            "session.login.refresh_token gives a list",
        ),
        ("data[0].ma_ctcb", "data[0].none", PeerUnavailable, "session.login.learn.ma_ctcb gives"),
        (
            "    refresh_token: data[0].refresh_token\n",
            "    token: data[0].refresh_token\n",
            PeerRefused,
            "a token that it has just given",
        ),
    ],
)
def test_what_is_wrong_with_a_session_is_told(
    office: IOffice, tmp_path: Path, old: str, new: str, error: type[DondocError], said: str
) -> None:
    good = "Token" not in old
    account = ACCOUNT if good else RestAccount(username="nobody", password=lambda: "x")
    mapping = mapped(tmp_path, replacing(old, new))
    with door_to(office, mapping, account=account) as door, pytest.raises(error) as caught:
        door.waiting(PacketKind.DOCUMENT)
    assert said in str(caught.value)
