"""The doctor tries out plus addressing with a mail to our own mailbox."""

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from connector.email.memory import MemoryHub
from domain.errors import ConfigError, PeerRefused, Problem
from domain.ids import Address
from domain.mail import Acceptance, Envelope
from domain.reading import MessageKind
from domain.state import RawState
from dondoc.app import App
from dondoc.services.collect import collect
from dondoc.services.doctor_check import Check
from dondoc.services.doctor_probe import LOOKS, probe_mail
from dondoc.services.reading import read_arrived
from tests.unit.cli.memory_apps import MAILBOX, NOW, memory_app

OTHER = Address("ai.do@noikhac.example")


class Hub(MemoryHub):
    """A mail system that knows no sub-addresses: it refuses them, or takes and drops them."""

    drops = False

    def accept(self, envelope: Envelope, message: bytes) -> Acceptance:
        if "+" not in envelope.recipient:
            return super().accept(envelope, message)
        if self.drops:
            return Acceptance(answer="250 2.0.0 dropped")
        raise PeerRefused("mail in memory", "550", "5.1.1 no such mailbox")


def app_on(hub: MemoryHub, output: Path, *, plus: bool = True) -> App:
    app = memory_app(output, mail=hub)
    assert app.mail is not None
    return replace(app, mail=replace(app.mail, plus_addressing=plus))


def probed(app: App, wait: Callable[[float], None] = lambda _: None) -> Check:
    (found,) = probe_mail(app, NOW, wait=wait)
    return found


def test_a_server_that_knows_sub_addresses(tmp_path: Path) -> None:
    hub = MemoryHub([MAILBOX, OTHER])
    app = app_on(hub, tmp_path)
    assert probed(app) == Check(
        name="plus addressing",
        ok=True,
        what="a mail to an address with a token arrives",
        advice=probed(app).advice,
    )
    assert hub.mail_for(OTHER) == []
    mail = message_from_bytes(hub.mail_for(MAILBOX)[0], policy=policy.default)
    assert mail["To"].addresses[0].addr_spec.startswith("nq47+")
    assert mail["Auto-Submitted"] == "auto-generated"


def test_one_that_knows_them_unused_says_so(tmp_path: Path) -> None:
    found = probed(app_on(MemoryHub([MAILBOX]), tmp_path, plus=False))
    assert found.ok
    assert "may be set to true" in found.what


@pytest.mark.parametrize("drops", [True, False])
def test_a_server_that_does_not(tmp_path: Path, drops: bool) -> None:
    hub = Hub([MAILBOX])
    hub.drops = drops
    pauses: list[float] = []
    found = probed(app_on(hub, tmp_path), pauses.append)
    assert not found.ok
    assert "set mail.plus_addressing: false" in found.advice
    assert len(pauses) == (LOOKS if drops else 0)
    configured = probed(app_on(hub, tmp_path, plus=False))
    assert configured.ok
    assert "is false already" in configured.what


def test_a_mail_that_takes_its_time(tmp_path: Path) -> None:
    slow, late = Hub([MAILBOX]), MemoryHub([MAILBOX])
    slow.drops = True
    app = app_on(slow, tmp_path)
    sent: list[bytes] = []

    def keep(envelope: Envelope, message: bytes) -> Acceptance:
        sent.append(message)
        return Acceptance(answer="250")

    slow.accept = keep  # type: ignore[method-assign] # this one keeps what it got
    looks: list[float] = []

    def wait(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            slow.folder(MAILBOX).messages.append(sent[0])

    assert probed(app, wait).ok
    assert len(looks) == 3
    assert late.mail_for(MAILBOX) == []


def test_in_a_rehearsal_nothing_is_sent(tmp_path: Path) -> None:
    hub = MemoryHub([MAILBOX])
    (found,) = probe_mail(app_on(hub, tmp_path), NOW, wait=lambda _: None, rehearsal=True)
    assert not found.ok
    assert "redirect_all" in found.what
    assert hub.mail_for(MAILBOX) == []


def test_what_keeps_it_from_being_tried(tmp_path: Path) -> None:
    hub = MemoryHub([MAILBOX])
    hub.available = False
    found = probed(app_on(hub, tmp_path))
    assert not found.ok
    assert "switched off" in found.what

    def no_key() -> bytes:
        raise ConfigError((Problem(file="x", line=1, column=1, what="no key", advice="set it"),))

    locked = replace(app_on(MemoryHub([MAILBOX]), tmp_path), token_key=no_key)
    assert not probed(locked).ok


def test_without_mail_there_is_nothing_to_try(tmp_path: Path) -> None:
    assert probed(memory_app(tmp_path)).what == "no mail account is configured"


def test_a_mailbox_with_a_long_name_has_no_room_for_a_token(tmp_path: Path) -> None:
    app = app_on(MemoryHub([MAILBOX]), tmp_path)
    assert app.mail is not None
    long = replace(app, mail=replace(app.mail, address=Address("a" * 50 + "@huulung.example")))
    assert "too long" in probed(long).what


@pytest.mark.parametrize("with_key", [True, False])
def test_the_mail_is_known_as_our_own_and_causes_nothing(tmp_path: Path, with_key: bool) -> None:
    hub = MemoryHub([MAILBOX])
    app = app_on(hub, tmp_path)
    probed(app)
    assert collect(app, NOW) == 1

    def no_key() -> bytes:
        raise ConfigError((Problem(file="x", line=1, column=1, what="no key", advice="set it"),))

    reader = app if with_key else replace(app, token_key=no_key)
    assert read_arrived(reader, NOW) == 1
    (raw,) = app.ledger.select(RawState)
    expected = MessageKind.OWN_COPY if with_key else "automatic reply to nothing of ours"
    assert raw.outcome == expected
    assert len(hub.mail_for(MAILBOX)) == 1


def test_a_mark_that_somebody_made_up_is_not_ours(tmp_path: Path) -> None:
    hub = MemoryHub([MAILBOX])
    app = app_on(hub, tmp_path)
    probed(app)
    folder = hub.folder(MAILBOX)
    folder.messages[0] = folder.messages[0].replace(b"X-Dondoc-Id: probe-", b"X-Dondoc-Id: probe-0")
    collect(app, NOW)
    read_arrived(app, NOW)
    (raw,) = app.ledger.select(RawState)
    assert raw.outcome != MessageKind.OWN_COPY
