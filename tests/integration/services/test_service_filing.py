"""Read mail is put away after its reading, whatever the mailbox makes of it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from connector.email.memory import INBOX
from domain.errors import PeerRefused, PeerUnavailable
from domain.mail import MailCursor, MailPosition
from domain.state import RawState, ReviewState
from domain.status import RawStatus
from dondoc.services.filing import file_read
from dondoc.services.turn import mail_turn
from tests.integration.services.service_world import World


class Shelf:
    """Files places of the memory mailbox; ``error`` is raised instead."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.filed: list[MailPosition] = []
        self.error: Exception | None = None

    def unfiled(self, mailbox: str, upto: MailCursor) -> list[MailPosition]:
        if self.error:
            raise self.error
        assert mailbox == INBOX
        last = int(upto.partition(":")[2])
        validity = upto.partition(":")[0]
        every = [MailPosition(f"{validity}:{uid}") for uid in range(1, last + 1)]
        return [place for place in every if place not in self.filed]

    def headers(self, mailbox: str, positions: Sequence[MailPosition]) -> dict[MailPosition, bytes]:
        assert self._world.app.mail is not None
        box = self._world.app.mail.inbox.mailbox
        found = {position: box.message(mailbox, position) for position in positions}
        return {
            position: b"".join(arrival.raw.partition(b"\r\n\r\n")[:2])
            for position, arrival in found.items()
            if arrival
        }

    def file(self, mailbox: str, positions: Sequence[MailPosition]) -> None:
        read = {
            raw.position
            for raw in self._world.app.ledger.select(RawState)
            if raw.status is RawStatus.READ
        }
        # The reading was committed before anything is put away.
        assert set(positions) <= read
        self.filed += positions


@pytest.fixture
def shelf(world: World) -> Shelf:
    shelf = Shelf(world)
    door = world.app.mail
    assert door is not None
    inbox = replace(door.inbox, filing=shelf, filed_in="Processed")
    world.app = replace(world.app, mail=replace(door, inbox=inbox))
    return shelf


def deliver(world: World, *messages: bytes) -> None:
    door = world.app.mail
    assert door is not None
    folder = world.mail.folder(door.address)
    folder.messages.extend(messages)


GOOD = b"From: a@yenson.example\r\nMessage-ID: <1@yenson.example>\r\nSubject: x\r\n\r\nx\r\n"
NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(40)
)


def test_only_what_was_read_is_put_away_and_only_once(world: World, shelf: Shelf) -> None:
    deliver(world, GOOD, NESTED, GOOD.replace(b"<1@", b"<2@"))
    done = mail_turn(world.app, world.now)
    assert done.taken == 3
    raws = {raw.position: raw.status for raw in world.app.ledger.select(RawState)}
    assert [p for p, status in raws.items() if status is RawStatus.QUARANTINED]
    assert shelf.filed == [p for p, status in raws.items() if status is RawStatus.READ]
    assert file_read(world.app, world.now) == 0


class TestAMailboxThatGivesNumbersAgain:
    """It was restored or made anew under the UIDVALIDITY that it had."""

    def goes_back(self, world: World, *messages: bytes) -> None:
        assert world.app.mail is not None
        world.mail.folder(world.app.mail.address).messages[:] = messages

    def test_another_message_under_a_known_number_is_taken_in(
        self, world: World, shelf: Shelf
    ) -> None:
        deliver(world, GOOD, GOOD.replace(b"<1@", b"<2@"), GOOD.replace(b"<1@", b"<3@"))
        mail_turn(world.app, world.now)
        self.goes_back(world, GOOD.replace(b"<1@", b"<4@"), GOOD.replace(b"<1@", b"<2@"))
        shelf.filed.clear()
        with capture_logs() as logs:
            done = mail_turn(world.app, world.now)
        assert (done.taken, done.read) == (1, 1)
        assert [logged["event"] for logged in logs].count("mail_place_reused") == 1
        assert shelf.filed == ["1:1", "1:2"]
        self.goes_back(world, GOOD.replace(b"<1@", b"<5@"))
        assert mail_turn(world.app, world.now).taken == 1
        raws = world.app.ledger.select(RawState, position="1:1")
        assert [raw.raw.rpartition("|")[2] for raw in raws] == ["1:1", "1:1#2", "1:1#3"]
        assert len({raw.digest for raw in raws}) == 3
        deliver(world, GOOD.replace(b"<1@", b"<6@"))
        assert mail_turn(world.app, world.now).taken == 1
        self.goes_back(world, GOOD)
        assert mail_turn(world.app, world.now).taken == 0

    @pytest.mark.parametrize("unread", [NESTED, b"From: a@yenson.example\r\n" + NESTED])
    def test_what_was_set_aside_stays_under_the_number_of_a_letter_that_was_read(
        self, world: World, shelf: Shelf, unread: bytes
    ) -> None:
        deliver(world, GOOD, GOOD.replace(b"<1@", b"<2@"))
        mail_turn(world.app, world.now)
        self.goes_back(world, unread)
        shelf.filed.clear()
        assert mail_turn(world.app, world.now).taken == 1
        assert shelf.filed == []

    def test_what_was_not_taken_in_yet_stays(self, world: World, shelf: Shelf) -> None:
        deliver(world, GOOD, GOOD.replace(b"<1@", b"<2@"))
        mail_turn(world.app, world.now)
        self.goes_back(world, GOOD.replace(b"<1@", b"<3@"), GOOD.replace(b"<1@", b"<2@"), GOOD)
        shelf.filed.clear()
        assert file_read(world.app, world.now) == 1
        assert shelf.filed == ["1:2"]


@pytest.mark.parametrize(
    "error", [PeerUnavailable("IMAP", "gone"), PeerRefused("IMAP", "NO", "not yours")]
)
def test_a_failure_asks_nobody_and_is_tried_again(
    world: World, shelf: Shelf, error: Exception
) -> None:
    deliver(world, GOOD)
    reviews = len(world.app.ledger.select(ReviewState))
    shelf.error = error
    with capture_logs() as logs:
        mail_turn(world.app, world.now)
    assert "mail_not_filed" in [logged["event"] for logged in logs]
    before = [r for r in world.app.ledger.select(ReviewState) if r.kind == "failed"]
    assert before == []
    shelf.error = None
    assert file_read(world.app, world.now) == 1
    assert len(world.app.ledger.select(ReviewState)) >= reviews


def test_the_proof_of_a_sending_is_looked_for_where_mail_is_put(world: World, shelf: Shelf) -> None:
    door = world.app.mail
    assert door is not None
    assert door.inbox.searched == (INBOX, "Processed")
    assert replace(door.inbox, filed_in=None).searched == (INBOX,)


def test_a_mail_turn_asks_nothing_but_the_mailbox(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        pytest.fail("the exchange was asked")

    asked: Callable[..., None] = never
    monkeypatch.setattr("dondoc.services.collect._collect_door", asked)
    monkeypatch.setattr("dondoc.services.turn.pictures", asked)
    deliver(world, GOOD)
    assert mail_turn(world.app, world.now).read == 1
    assert mail_turn(world.app, world.now).taken == 0
