"""Letters whose files one mail cannot carry: in parts or by link, each mail once, none lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from connector.store.memory import MemoryLedger
from domain.campaign import Channel
from domain.content import Content, whole
from domain.enclosure import OverSize, message_octets
from domain.errors import DeliveryUnknown, NotAllowed, PeerRefused, PeerUnavailable
from domain.ids import OfficeId
from domain.kinds import Decision, DispatchKind, ReviewKind
from domain.mail import Acceptance, Envelope
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus, RoundStatus
from dondoc.services.compiling import approve, latest_version
from dondoc.services.forwarding import forward
from dondoc.services.resolve import Resolution, resolve
from tests.edxml_files import attached, written
from tests.integration.services.service_parts import (
    LANH_DAO,
    MAILBOX,
    MINH_TIEN,
    RULES,
    SO,
    YEN_SON,
    letter,
)
from tests.integration.services.service_world import World

PROBE = timedelta(minutes=10)
NAMES = ("512-UBND-VH.txt", "Phụ lục I.txt", "Phụ lục II.txt")
OCTETS = 85_000
"""Room for one of the files and the texts."""

URL = "https://huulung.example/van-ban/512"


def files(size: int = 10_000) -> bytes:
    """Return the letter with three files that differ."""
    return written(
        replace(
            letter(),
            attachments=tuple(
                attached(name, bytes([65 + index]) * size, "text/plain")
                for index, name in enumerate(NAMES)
            ),
        )
    )


def limited(world: World, octets: int = OCTETS, **rules: object) -> World:
    assert world.app.mail is not None
    campaign = replace(RULES, **rules)  # type: ignore[arg-type] # members of the rules
    world.change(mail=replace(world.app.mail, max_octets=octets), campaigns={campaign.id: campaign})
    return world


def mails(world: World, office: OfficeId) -> list[EmailMessage]:
    raw = world.mail.mail_for(world.office(office).emails[0])
    return [message_from_bytes(one, policy=policy.default) for one in raw]


def enclosed(mail: EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in mail.iter_attachments()]


def parts(world: World, office: OfficeId = MINH_TIEN) -> list[DispatchState]:
    return world.dispatches(office, Channel.EMAIL, DispatchKind.PART)


def test_a_letter_goes_in_parts_each_a_sending_of_its_own(world: World) -> None:
    limited(world).began(files())
    first, second, third = mails(world, MINH_TIEN)
    assert [enclosed(one) for one in (first, second, third)] == [[name] for name in NAMES]
    for number, mail in enumerate((first, second, third), start=1):
        assert f"(phần {number}/3)" in str(mail["Subject"])
        assert mail["Auto-Submitted"] is None
    assert len({str(one["Message-ID"]) for one in (first, second, third)}) == 3
    assert len({str(one["Reply-To"]) for one in (first, second, third)}) == 3
    assert len({str(one["Thread-Topic"]) for one in (first, second, third)}) == 1
    assert len({str(one["Thread-Index"])[:28] for one in (first, second, third)}) == 1
    for mail in (second, third):
        assert mail["In-Reply-To"] == mail["References"] == first["Message-ID"]
    told = first.get_body(("plain",))
    assert told is not None
    assert all(name in told.get_content() for name in NAMES)
    statuses = {d.status for d in parts(world)}
    assert statuses == {DispatchStatus.ACCEPTED}
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.SENT


def test_the_exchange_gets_the_letter_whole(world: World) -> None:
    limited(world).began(files())
    assert [d.channel for d in parts(world, YEN_SON)] == [Channel.EMAIL, Channel.EMAIL]
    assert world.dispatch(YEN_SON, Channel.EXCHANGE).enclosure is None


def test_a_reminder_follows_the_letter_and_not_its_parts(world: World) -> None:
    limited(world).began(files())
    world.turn(to=world.assignment(MINH_TIEN).due_at)
    world.turn(later=timedelta(days=2))
    first, *_, reminder = mails(world, MINH_TIEN)
    assert reminder["Auto-Submitted"] == "auto-generated"
    assert str(reminder["References"]).split()[0] == first["Message-ID"]
    assert reminder["Thread-Topic"] == first["Thread-Topic"] == first["Subject"]
    assert str(reminder["Thread-Index"]).startswith(str(first["Thread-Index"])[:28])
    numbers = {part.message_id for part in parts(world)}
    assert not numbers.intersection(str(reminder["References"]).split())


@pytest.mark.parametrize("index", [0, 1, 2])
def test_whoever_answers_a_part_answers_the_letter(world: World, index: int) -> None:
    limited(world).began(files())
    world.answer(MINH_TIEN, "Đã nhận văn bản.", index=index)
    world.turn()
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    (reply,) = world.replies(MINH_TIEN)
    assert reply.dispatch == world.dispatch(MINH_TIEN, Channel.EMAIL).dispatch


def test_a_part_that_comes_back_is_told_and_moves_nothing(world: World) -> None:
    limited(world).began(files())
    part = parts(world)[0]
    world.arrive(world.dsn(part, "failed"))
    world.turn()
    assert world.assignment(MINH_TIEN).status is AssignmentStatus.SENT
    review = world.review(ReviewKind.UNDELIVERABLE)
    assert review.dispatch == part.dispatch
    resolve(world.app, review.review, Resolution(decision=Decision.RESEND, by="an"), world.now)
    world.turn(later=PROBE)
    assert [enclosed(one)[0] for one in mails(world, MINH_TIEN)] == [*NAMES, *NAMES]


def test_what_was_put_off_follows_later_and_once(world: World) -> None:
    limited(world)
    world.line.cut = PeerUnavailable("mail", "down")
    world.began(files())
    assert mails(world, MINH_TIEN) == []
    world.line.cut = None
    world.turn(later=timedelta(hours=1))
    assert [enclosed(one)[0] for one in mails(world, MINH_TIEN)] == [*NAMES]


def test_a_refused_letter_has_no_parts_under_way(world: World) -> None:
    limited(world)
    world.mail.behave(world.office(MINH_TIEN).emails[0], "refuse")
    world.began(files())
    world.turn(later=PROBE)
    assert {d.status for d in parts(world)} == {DispatchStatus.CANCELLED}


class _Stop(BaseException):
    """The process ends here."""


def _stopping(world: World, step: int, *, before: bool) -> Callable[..., object]:
    """Return an ``append`` that ends the process at one of its calls, done or not."""
    real, calls = world.app.ledger.append, iter(range(10_000))

    def append(*given: object, **named: object) -> object:
        now = next(calls) == step
        if now and before:
            raise _Stop
        done = real(*given, **named)  # type: ignore[arg-type] # what the real one gets
        if now:
            raise _Stop
        return done

    return append


@pytest.mark.parametrize("before", [True, False])
def test_a_stop_anywhere_loses_and_doubles_no_part(
    world: World, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, step = 0, -1
    while step < 0 or stopped == step + 1:
        step += 1
        world.__post_init__()
        limited(world).put(files())
        assert isinstance(world.app.ledger, MemoryLedger)
        with monkeypatch.context() as patch:
            patch.setattr(world.app.ledger, "append", _stopping(world, step, before=before))
            try:
                world.turn()
            except _Stop:
                stopped += 1
        for _ in range(4):
            world.turn(later=PROBE)
        for office in (MINH_TIEN, YEN_SON, LANH_DAO):
            came = sorted(str(enclosed(one)[0]) for one in mails(world, office))
            assert came == [*NAMES], (step, office)
    # Every commit of the turn was tried: the plans, the attempts and the outcomes of nine mails.
    assert stopped > 20


def test_a_part_that_may_be_lost_is_repeated_with_the_same_files(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.copy_to_self = False
    world.__post_init__()
    send = world.line.send

    def losing(envelope: Envelope, message: Content) -> Acceptance:
        subject = str(message_from_bytes(whole(message), policy=policy.default)["Subject"])
        if "(phần 2/3)" in subject:
            raise DeliveryUnknown("mail", "no answer to the final dot")
        return send(envelope, message)

    with monkeypatch.context() as patch:
        patch.setattr(world.line, "send", losing)
        limited(world).began(files())
    assert [enclosed(one)[0] for one in mails(world, MINH_TIEN)] == [NAMES[0], NAMES[2]]
    lost = parts(world)[0]
    assert lost.status is DispatchStatus.UNCERTAIN
    # Another limit by now: what was begun goes on as it was planned.
    limited(world, 10_000_000)
    world.turn(later=PROBE)
    *_, again = mails(world, MINH_TIEN)
    assert again["Message-ID"] == lost.message_id
    assert enclosed(again) == [NAMES[1]]
    assert "(phần 2/3)" in str(again["Subject"])
    told = again.get_body(("plain",))
    assert told is not None
    assert told.get_content().startswith("(Thư gửi lại")


def test_a_large_file_goes_by_the_address_of_the_campaign(world: World) -> None:
    limited(world, over_size=OverSize.LINK, source_url=URL).began(files())
    (mail,) = mails(world, MINH_TIEN)
    assert enclosed(mail) == [NAMES[0]]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert body.get_content().count(URL) >= 2
    assert parts(world) == []


def test_a_letter_that_no_mail_carries_waits_whole_and_is_asked_about_once(world: World) -> None:
    limited(world, octets=75_000).began(files())
    for _ in range(3):
        world.turn(later=timedelta(hours=1))
    assert mails(world, MINH_TIEN) == []
    assert world.dispatch(YEN_SON, Channel.EXCHANGE).status is DispatchStatus.ACCEPTED
    review = world.review(ReviewKind.OVER_SIZE)
    assert all(name in review.reason for name in NAMES)
    assert review.office is None
    # Noted alone mends nothing, and is not asked again.
    resolve(world.app, review.review, Resolution(decision=Decision.NOTED, by="an"), world.now)
    world.turn(later=timedelta(hours=1))
    assert mails(world, MINH_TIEN) == []
    assert world.reviews(ReviewKind.OVER_SIZE) == []
    # The administrator gives an address: the letter goes.
    limited(world, octets=75_000, source_url=URL)
    world.turn(later=timedelta(hours=1))
    (mail,) = mails(world, MINH_TIEN)
    assert enclosed(mail) == []


def test_sending_again_by_hand_says_what_no_mail_carries(world: World) -> None:
    world.mail.behave(world.office(MINH_TIEN).emails[0], "refuse")
    limited(world, octets=10_000_000).began(files())
    review = world.review(ReviewKind.UNDELIVERABLE)
    limited(world, octets=75_000)
    with pytest.raises(NotAllowed, match=r"Phụ lục I\.txt"):
        resolve(world.app, review.review, Resolution(decision=Decision.RESEND, by="an"), world.now)


def test_the_size_is_told_where_the_server_takes_less_than_it_was_said_to(world: World) -> None:
    limited(world, octets=10_000_000)
    world.line.cut = PeerRefused("mail", "552", "5.3.4 message size exceeds fixed limit")
    world.began(files())
    assert "552" in world.reviews(ReviewKind.UNDELIVERABLE)[0].reason


def test_our_own_copies_of_parts_prove_them(world: World) -> None:
    limited(world).began(files())
    copies = [message_from_bytes(one)["Message-ID"] for one in world.mail.mail_for(MAILBOX)]
    assert {d.message_id for d in parts(world)} <= set(copies)
    world.turn(later=PROBE)
    assert world.reviews() == []


def test_a_result_goes_to_the_department_in_parts_and_one_answer_confirms_it(world: World) -> None:
    world.began()
    world.answer(MINH_TIEN, "Em gửi báo cáo ạ.", files=world.report(MINH_TIEN))
    world.turn(to=world.round().compile_at)
    approve(world.app, "nq47", None, world.now, by="Nguyễn Thị Lan", number="88")
    version = latest_version(world.app, world.round())
    most = max(message_octets([f.size]) for f in version.files)
    limited(world, octets=most)
    forward(world.app, "nq47", None, world.now)
    first, *others = mails(world, SO)
    count = len(others) + 1
    assert count > 1
    names = [name for one in (first, *others) for name in enclosed(one)]
    assert names == [f.name for f in version.files]
    assert f"(phần 1/{count})" in str(first["Subject"])
    assert all(one["References"] == first["Message-ID"] for one in others)
    assert world.round().status is RoundStatus.FORWARDED
    world.answer(SO, "Sở đã nhận được báo cáo.", index=1)
    world.turn(later=PROBE)
    sent = world.dispatch(SO, Channel.EMAIL, DispatchKind.COMPILATION)
    assert sent.status is DispatchStatus.REGISTERED
