"""What becomes of the accounts of a daemon when another set takes the place of its own."""

from pathlib import Path

import pytest

from connector.email.smtp import SmtpTransport
from domain.errors import StoreFailed
from dondoc import configurations
from tests.integration.changing_set import Folder, running, written


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return written(tmp_path)


def at(port: int) -> str:
    return f"SmtpTransport('127.0.0.1', {port})"


@pytest.mark.parametrize("accounts", [True, False])
def test_accounts_of_a_set_that_the_store_has_no_room_for_are_closed(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, accounts: bool
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(SmtpTransport, "close", lambda transport: closed.append(repr(transport)))

    def full(*_args: object, **_members: object) -> None:
        raise StoreFailed("the disk is full")

    with running(folder) as daemon:
        old, new = ("port: 9, security: none, per", "port: 8, security: none, per")
        if not accounts:
            old, new = ("title: Nghị quyết 47", "title: Nghị quyết số 47")
        folder.change("dondoc.yaml" if accounts else "campaigns/nq47.yaml", old, new)
        with monkeypatch.context() as patch:
            patch.setattr(configurations, "adopt", full)
            with pytest.raises(StoreFailed):
                daemon.settle()
        assert closed == ([at(8)] if accounts else [])
        assert daemon.settle()
        assert closed == ([at(8), at(9)] if accounts else [])


def test_another_mailbox_of_the_same_name_was_not_heard_yet(folder: Folder) -> None:
    with running(folder) as daemon:
        before = daemon.sets.app.mail
        assert before is not None
        before.inbox.heard["INBOX"] = daemon.clock.now()
        folder.change("dondoc.yaml", "username: x", "username: y")
        assert daemon.settle()
        after = daemon.sets.app.mail
        assert after is not None
        assert after is not before
        assert after.inbox.heard == {}


def test_other_accounts_are_opened_and_the_old_ones_closed_when_nobody_works_by_them(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(SmtpTransport, "close", lambda transport: closed.append(repr(transport)))
    with running(folder) as daemon:
        before = daemon.sets.app
        assert before.mail is not None
        before.mail.inbox.taken["INBOX"] = 7
        assert before.mail.pace.take(daemon.clock.now)
        folder.change("dondoc.yaml", "port: 9, security: none, per", "port: 8, security: none, per")
        with daemon.sets.using() as held:
            assert daemon.settle()
            after = daemon.sets.app
            assert after.mail is not None
            assert held.app is before
            with daemon.sets.using() as other:
                assert other.app is after
            assert closed == []
        assert closed == [at(9)]
        # The rate is the account's, and so are the figures.
        assert after.mail.inbox.taken == {"INBOX": 7}
        assert [after.mail.pace.take(lambda: daemon.clock.at) for _ in range(59)] == [True] * 59
        assert not after.mail.pace.take(lambda: daemon.clock.at)
        folder.change("dondoc.yaml", "port: 8, security: none, per", "port: 7, security: none, per")
        assert daemon.settle()
        assert closed == [at(9), at(8)]
    assert closed == [at(9), at(8), at(7)]
