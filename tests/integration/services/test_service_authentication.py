"""Who sent it: what fails its proof, or lacks one that is due, changes no status by itself."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from domain.campaign import Channel
from domain.errors import PeerUnavailable
from domain.facts import ReplyRecorded
from domain.ids import OfficeId
from domain.kinds import Decision, ReplyKind, ReviewKind
from domain.state import DispatchState
from domain.status import AssignmentStatus, DispatchStatus
from dondoc.app import SenderProof
from dondoc.services.read_command import message_view
from dondoc.services.replies import ACCEPTED, SENDER_UNPROVED
from dondoc.services.resolve import Resolution, resolve
from dondoc.services.status import campaign_status
from mappings.mail.authentication.rules import SenderRules
from tests.integration.services.service_parts import MAILBOX, MINH_TIEN, PRIVATE, YEN_SON
from tests.integration.services.service_world import World
from tests.signed_mail import SELECTOR, record, signed

HOUR = timedelta(hours=1)
SERVER = "mx.huulung.example"
DOMAIN = "huulung.example"
KEY_NAME = f"{SELECTOR}._domainkey.{DOMAIN}"
FAILED = f"Authentication-Results: {SERVER}; dmarc=fail header.from={DOMAIN}\r\n"
PASSED = f"Authentication-Results: {SERVER}; dkim=pass header.d={DOMAIN}\r\n"


@dataclass(slots=True)
class Keys:
    """Key records by name; what is None there cannot be asked for."""

    records: dict[str, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def key(self, name: str) -> bytes | None:
        self.asked.append(name)
        if name in self.records and self.records[name] is None:
            raise PeerUnavailable("DNS", "silent")
        return self.records.get(name)


@pytest.fixture
def keys(begun: World) -> Keys:
    made = Keys({KEY_NAME: record()})
    _rules(begun, SenderRules(authserv_ids=frozenset({SERVER})), made)
    return made


def _rules(world: World, rules: SenderRules, keys: Keys | None = None) -> None:
    world.change(proof=SenderProof(rules=rules, keys=keys))


def _answer(world: World, office: OfficeId, text: str, **options: str) -> bytes:
    """Return what an office writes; it has not arrived."""
    files = world.report(office) if text.startswith("Em gửi") else ()
    raw = world.answer(office, text, files=files, sender=options.get("sender"))
    world.mail.folder(MAILBOX).messages.pop()
    return raw


def _came(world: World, raw: bytes) -> None:
    world.arrive(raw)
    world.turn(later=HOUR)


def test_a_report_that_fails_is_kept_and_put_to_review(begun: World, keys: Keys) -> None:
    _came(begun, FAILED.encode() + _answer(begun, MINH_TIEN, "Em gửi báo cáo ạ."))
    assert begun.replies(MINH_TIEN) == []
    assert begun.assignment(MINH_TIEN).status is not AssignmentStatus.REPORTED
    review = begun.review(ReviewKind.UNAUTHENTICATED)
    assert MINH_TIEN in review.candidates
    assert f"{SERVER} says: dmarc=fail for {DOMAIN}" in review.reason
    assert "it seems that others sent this" in review.reason
    decision = Resolution(decision=Decision.ACCEPT, by="A", office=MINH_TIEN)
    resolve(begun.app, review.review, decision, begun.now)
    assert [r.kind for r in begun.replies(MINH_TIEN)] == [ReplyKind.REPORT]
    assert keys.asked == []
    assert _told(begun) == [f"ReplyRecorded report ({ACCEPTED})"]


def _told(world: World) -> list[str]:
    """Return what the status says of the replies of Minh Tiến."""
    offices = campaign_status(world.app, "nq47").offices
    (office,) = (office for office in offices if office.office == MINH_TIEN)
    told = [step.event for step in office.timeline if step.event.startswith("ReplyRecorded")]
    assert office.unproved is any(f"({SENDER_UNPROVED})" in event for event in told)
    return told


def test_an_answer_that_nothing_vouches_for_counts_and_is_marked(begun: World) -> None:
    begun.answer(MINH_TIEN, "Đã nhận được công văn.")
    begun.turn(later=HOUR)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert _told(begun) == ["ReplyRecorded acknowledgement (its sender is not authenticated)"]
    facts = [e.event.fact for e in begun.app.ledger.events(office=MINH_TIEN)]
    (fact,) = [f for f in facts if isinstance(f, ReplyRecorded)]
    assert fact.proofs == (SENDER_UNPROVED,)


def test_an_answer_by_the_exchange_bears_no_such_mark(begun: World) -> None:
    begun.put_answer(begun.dispatch(YEN_SON, Channel.EXCHANGE))
    begun.turn(later=HOUR)
    facts = [e.event.fact for e in begun.app.ledger.events(office=YEN_SON)]
    assert [f.proofs for f in facts if isinstance(f, ReplyRecorded)] == [()]


def test_a_report_that_passes_is_counted_with_what_proved_it(begun: World, keys: Keys) -> None:
    _came(begun, PASSED.encode() + _answer(begun, MINH_TIEN, "Em gửi báo cáo ạ."))
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    facts = [e.event.fact for e in begun.app.ledger.events()]
    (fact,) = [f for f in facts if isinstance(f, ReplyRecorded)]
    assert fact.proofs == (f"{SERVER} says: dkim=pass for {DOMAIN}",)
    assert _told(begun) == ["ReplyRecorded report"]
    assert begun.reviews() == []


def test_a_good_signature_proves_where_no_server_speaks(begun: World, keys: Keys) -> None:
    raw = signed(_answer(begun, MINH_TIEN, "Em gửi báo cáo ạ."), DOMAIN)
    forged = f"Authentication-Results: mx.khac.example; dmarc=fail header.from={DOMAIN}\r\n"
    _came(begun, forged.encode() + raw)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.REPORTED
    assert keys.asked == [KEY_NAME]
    view = message_view(begun.app, raw, begun.now, begun.now)
    assert view["sender"] == {
        "address": "xaminhtien@huulung.example",
        "belongs_to": MINH_TIEN,
        "authenticated": True,
    }
    assert {"rule": "dkim_signature", "evidence": f"signature of {DOMAIN}: good"} in view["reasons"]


def test_a_changed_message_under_a_signature_waits(begun: World, keys: Keys) -> None:
    raw = signed(_answer(begun, MINH_TIEN, "Em gửi báo cáo ạ."), DOMAIN)
    _came(begun, raw + b"\r\nthem\r\n")
    assert begun.replies(MINH_TIEN) == []
    assert "changed after it was signed" in begun.review(ReviewKind.UNAUTHENTICATED).reason


def test_mail_without_any_proof_counts_unless_one_is_due(begun: World, keys: Keys) -> None:
    _came(begun, _answer(begun, MINH_TIEN, "Đã nhận."))
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    _rules(begun, SenderRules(require=True), keys)
    _came(begun, _answer(begun, YEN_SON, "Đã nhận."))
    review = begun.review(ReviewKind.UNAUTHENTICATED)
    assert (review.candidates[0], begun.replies(YEN_SON)) == (YEN_SON, [])
    assert "nothing proves that it sent this" in review.reason


def test_mail_of_a_domain_that_signs_waits_without_a_signature(begun: World, keys: Keys) -> None:
    _rules(begun, SenderRules(signing_domains=frozenset({DOMAIN})), keys)
    _came(begun, _answer(begun, MINH_TIEN, "Đã nhận."))
    assert "signs its mail" in begun.review(ReviewKind.UNAUTHENTICATED).reason


def test_a_silent_dns_keeps_nothing_from_being_read(begun: World, keys: Keys) -> None:
    keys.records[KEY_NAME] = None
    raw = signed(_answer(begun, MINH_TIEN, "Đã nhận."), DOMAIN)
    _came(begun, raw)
    assert begun.assignment(MINH_TIEN).status is AssignmentStatus.ACKNOWLEDGED
    assert message_view(begun.app, raw, None, begun.now)["sender"]["authenticated"] is None


def test_the_first_good_signature_is_enough(begun: World, keys: Keys) -> None:
    raw = _answer(begun, MINH_TIEN, "Đã nhận.")
    _came(begun, signed(signed(raw, DOMAIN), f"mail.{DOMAIN}"))
    assert keys.asked == [f"{SELECTOR}._domainkey.mail.{DOMAIN}", KEY_NAME]
    keys.asked.clear()
    _came(begun, signed(signed(_answer(begun, MINH_TIEN, "Em gửi báo cáo ạ."), DOMAIN), DOMAIN))
    assert keys.asked == [KEY_NAME]


def test_a_stranger_makes_us_ask_the_dns_for_nothing(begun: World, keys: Keys) -> None:
    name = "thucanhan.example"
    begun.answer(YEN_SON, "Xin chào.", sender=PRIVATE, thread=False)
    raw = begun.mail.folder(MAILBOX).messages.pop()
    _came(begun, signed(raw, name))
    assert keys.asked == []
    # In the thread of our letter it helps the person who decides.
    _came(begun, signed(_answer(begun, YEN_SON, "Đã nhận.", sender=PRIVATE), name))
    assert keys.asked == [f"{SELECTOR}._domainkey.{name}"]
    assert begun.replies(YEN_SON) == []


def test_receipts_are_decided_by_what_they_return(begun: World, keys: Keys) -> None:
    _rules(begun, SenderRules(require=True), keys)
    dispatch = begun.app.ledger.select(DispatchState, office=MINH_TIEN)[0]
    begun.dsn(dispatch, "stored")
    begun.turn(later=HOUR)
    found = begun.app.ledger.select(DispatchState, office=MINH_TIEN)[0]
    assert found.status is DispatchStatus.DELIVERED
