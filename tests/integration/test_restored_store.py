"""A store that was filled from a backup: what was sent since is not sent again."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from connector.email.memory import MemoryHub
from connector.store.backup_folder import BackupFolder
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.errors import Conflict, StoreFailed
from domain.kinds import ReviewKind
from domain.state import DispatchState, RestorationState, ReviewState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.services.backup import check_backup, restored
from dondoc.services.store_copy import copy_store, restore_store
from dondoc.services.turn import turn
from tests.sending_office import (
    BY_NIGHT,
    IN_THE_MORNING,
    OWN,
    address,
    opened,
    serving,
    write_letters,
)

COUNT = 8
LATER = IN_THE_MORNING + timedelta(hours=2)


class Relay:
    """Takes letters, and puts the blind copies into our own mailbox."""

    def __init__(self, box: MemoryHub) -> None:
        self.box = box
        self.got: Counter[str] = Counter()
        self.marked: Counter[str] = Counter()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        for receiver in envelope.rcpt_tos:
            if receiver == OWN:
                self.box.folder(OWN).messages.append(content)
            else:
                self.got[receiver] += 1
                read = message_from_bytes(content, policy=policy.default)
                text = read.get_body(("plain",))
                assert text is not None
                self.marked[receiver] += "Thư gửi lại" in text.get_content()
        return "250 kept"


Planned = tuple[App, Relay, MemoryHub]


def back_up(store: Path, folder: Path) -> None:
    with (
        closing(SqlLedger.open(store / "ledger.sqlite", create=False, read_only=True)) as ledger,
        BackupFolder(folder).begun(BY_NIGHT) as new,
    ):
        evidence = FolderEvidence(store / "evidence", read_only=True)
        copied = copy_store(ledger, evidence, new.ledger, new.evidence)
        assert copied.missing == {}
        new.finish(events=copied.events, contents=copied.contents, octets=copied.octets, missing=())


def restore(folder: Path, store: Path) -> None:
    place = BackupFolder(folder)
    listed = place.listed()
    with (
        place.opened(listed) as (old, contents),
        closing(SqlLedger.open(store / "ledger.sqlite")) as ledger,
    ):
        check_backup(old, contents, listed.missing)
        last = partial(restored, listed.made_at, LATER)
        restore_store(old, contents, ledger, FolderEvidence(store / "evidence"), last)


def statuses(app: App) -> Counter[DispatchStatus]:
    return Counter(row.status for row in app.ledger.select(DispatchState))


@pytest.mark.parametrize("copies", [True, False], ids=["with copies", "without copies"])
def test_letters_that_left_after_the_backup_do_not_leave_unmarked_again(
    tmp_path: Path, copies: bool
) -> None:
    hub = MemoryHub([OWN])
    box = hub if copies else None
    relay = Relay(hub)
    with serving(relay) as port:
        with opened(tmp_path / "old", COUNT, port, box=box) as app:
            write_letters(app, b"%PDF-1.7\n" * 5000)
            back_up(tmp_path / "old", tmp_path / "backup")
            turn(app, IN_THE_MORNING)
            assert statuses(app) == {DispatchStatus.ACCEPTED: COUNT}
        restore(tmp_path / "backup", tmp_path / "new")
        with opened(tmp_path / "new", COUNT, port, box=box) as app:
            assert statuses(app) == {DispatchStatus.PLANNED: COUNT}
            (restored,) = app.ledger.select(RestorationState)
            assert (restored.made_at, restored.restored_at) == (BY_NIGHT, LATER)
            turn(app, LATER)
            turn(app, LATER + timedelta(minutes=30))
            rows = app.ledger.select(DispatchState)
            assert {row.status for row in rows} == {DispatchStatus.ACCEPTED}
            assert {row.marked for row in rows} == {not copies}
            assert app.ledger.differences() == []
    everybody = [address(n) for n in range(1, COUNT + 1)]
    assert relay.got == dict.fromkeys(everybody, 1 if copies else 2)
    assert +relay.marked == ({} if copies else dict.fromkeys(everybody, 1))


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Planned]:
    """A store that was restored from a backup made before any letter left."""
    hub = MemoryHub([OWN])
    relay = Relay(hub)
    with serving(relay) as port:
        with opened(tmp_path / "old", COUNT, port, box=hub) as app:
            write_letters(app, b"%PDF-1.7\n" * 5000)
            back_up(tmp_path / "old", tmp_path / "backup")
        restore(tmp_path / "backup", tmp_path / "new")
        with opened(tmp_path / "new", COUNT, port, box=hub) as app:
            yield app, relay, hub


def test_letters_that_had_not_left_leave_now(planned: Planned) -> None:
    app, relay, _ = planned
    turn(app, LATER)
    assert statuses(app) == {DispatchStatus.ACCEPTED: COUNT}
    assert set(relay.got.values()) == {1}


def test_nothing_leaves_while_the_mailbox_cannot_be_searched(planned: Planned) -> None:
    app, relay, hub = planned
    hub.available = False
    turn(app, LATER)
    assert statuses(app) == {DispatchStatus.PLANNED: COUNT}
    assert relay.got == {}
    hub.available = True
    turn(app, LATER + timedelta(minutes=1))
    assert statuses(app) == {DispatchStatus.ACCEPTED: COUNT}


def test_a_letter_whose_octets_are_gone_is_undeliverable(planned: Planned, tmp_path: Path) -> None:
    app, relay, _ = planned
    for content in (tmp_path / "new" / "evidence" / "sha256").rglob("*/*/*"):
        content.unlink()
    turn(app, LATER)
    assert statuses(app) == {DispatchStatus.BOUNCED: COUNT}
    assert relay.got == {}
    reviews = app.ledger.select(ReviewState, open=True)
    assert Counter(one.kind for one in reviews) == {ReviewKind.UNDELIVERABLE: COUNT}
    assert "restore the evidence from a backup" in reviews[0].reason
    assert app.ledger.differences() == []


def octets(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


class TestBackup:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Path:
        with opened(tmp_path / "old", COUNT, 9) as app:
            write_letters(app, b"%PDF-1.7\n" * 5000)
        return tmp_path / "old"

    def test_it_is_the_store(self, store: Path, tmp_path: Path) -> None:
        back_up(store, tmp_path / "backup")
        restore(tmp_path / "backup", tmp_path / "new")
        with (
            closing(SqlLedger.open(store / "ledger.sqlite")) as old,
            closing(SqlLedger.open(tmp_path / "new" / "ledger.sqlite")) as new,
        ):
            assert list(new.events())[:-1] == list(old.events())
            assert new.select(DispatchState) == old.select(DispatchState)
            evidence = FolderEvidence(tmp_path / "new" / "evidence")
            for row in new.select(DispatchState):
                evidence.content(row.content).open().close()

    def test_letters_share_their_files_in_it_as_they_did(self, store: Path, tmp_path: Path) -> None:
        back_up(store, tmp_path / "backup")
        assert octets(tmp_path / "backup" / "evidence") == octets(store / "evidence")

    def test_a_second_one_takes_the_place_of_the_first(self, store: Path, tmp_path: Path) -> None:
        back_up(store, tmp_path / "backup")
        first = BackupFolder(tmp_path / "backup").listed()
        with BackupFolder(tmp_path / "backup").begun(LATER) as new:
            new.finish(events=0, contents=0, octets=0, missing=())
        second = BackupFolder(tmp_path / "backup").listed()
        assert (second.made_at, second.events) == (LATER, 0)
        names = {path.name for path in (tmp_path / "backup").glob("ledger-*")}
        assert names == {second.ledger}
        assert first.ledger not in names

    def test_one_that_was_cut_off_leaves_the_one_before(self, store: Path, tmp_path: Path) -> None:
        back_up(store, tmp_path / "backup")
        first = BackupFolder(tmp_path / "backup").listed()
        with BackupFolder(tmp_path / "backup").begun(LATER):
            pass
        assert BackupFolder(tmp_path / "backup").listed() == first
        restore(tmp_path / "backup", tmp_path / "new")

    def test_a_folder_without_a_backup_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(StoreFailed, match="holds no finished backup"):
            BackupFolder(tmp_path).listed()
        with BackupFolder(tmp_path).begun(LATER), pytest.raises(StoreFailed, match="no finished"):
            BackupFolder(tmp_path).listed()

    def test_two_at_once_in_one_folder_are_refused(self, tmp_path: Path) -> None:
        place = BackupFolder(tmp_path)
        with place.begun(LATER), pytest.raises(Conflict), place.begun(LATER):
            pass

    def test_a_damaged_ledger_is_refused(self, store: Path, tmp_path: Path) -> None:
        back_up(store, tmp_path / "backup")
        (ledger,) = (tmp_path / "backup").glob("ledger-*")
        ledger.write_bytes(ledger.read_bytes() + b"x")
        with pytest.raises(StoreFailed, match=r"is damaged: its digest is not the one"):
            restore(tmp_path / "backup", tmp_path / "new")

    @pytest.mark.parametrize("gone", [True, False], ids=["missing", "changed"])
    def test_damaged_evidence_is_named_and_nothing_is_restored(
        self, store: Path, tmp_path: Path, gone: bool
    ) -> None:
        back_up(store, tmp_path / "backup")
        contents = sorted((tmp_path / "backup" / "evidence" / "sha256").rglob("*/*/*"))
        hurt = next(path for path in contents if path.is_file())
        hurt.chmod(0o600)
        if gone:
            hurt.unlink()
        else:
            hurt.write_bytes(b"khac")
        with pytest.raises(StoreFailed, match=rf"nothing was restored: .*{hurt.name}"):
            restore(tmp_path / "backup", tmp_path / "new")
        with closing(SqlLedger.open(tmp_path / "new" / "ledger.sqlite")) as new:
            assert list(new.events()) == []

    def test_a_store_in_use_is_not_filled(self, store: Path, tmp_path: Path) -> None:
        back_up(store, tmp_path / "backup")
        with pytest.raises(Conflict, match="holds events already"):
            restore(tmp_path / "backup", store)

    def test_what_is_missing_already_is_said_and_does_not_stop_it(
        self, store: Path, tmp_path: Path
    ) -> None:
        contents = sorted((store / "evidence" / "sha256").rglob("*/*/*"))
        next(path for path in contents if path.is_file()).unlink()
        with (
            closing(SqlLedger.open(store / "ledger.sqlite")) as ledger,
            BackupFolder(tmp_path / "backup").begun(BY_NIGHT) as new,
        ):
            evidence = FolderEvidence(store / "evidence")
            copied = copy_store(ledger, evidence, new.ledger, new.evidence)
            assert copied.missing
            new.finish(
                events=copied.events,
                contents=copied.contents,
                octets=copied.octets,
                missing=tuple(copied.missing),
            )
        restore(tmp_path / "backup", tmp_path / "new")
