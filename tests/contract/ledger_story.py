"""The beginning of a campaign as events, for tests of whatever keeps them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from domain.campaign import Channel, Expected
from domain.directive import Directive, StoredFile, Urgency
from domain.facts import (
    About,
    AgenciesConfirmed,
    AgenciesTaken,
    AssignmentMade,
    DirectiveReplaced,
    DirectiveTaken,
    DispatchAccepted,
    DispatchAttempted,
    DispatchPlanned,
    Event,
    Fact,
    RawArrived,
    RecallOrdered,
    ReplyRecorded,
    ReviewOpened,
    RevocationDecided,
    RevocationReceived,
    RoundOpened,
)
from domain.ids import (
    CampaignId,
    Digest,
    DispatchId,
    MessageId,
    OfficeId,
    OrganId,
    RawId,
    ReplyId,
    ReviewId,
    RevocationId,
    RoundId,
)
from domain.kinds import DispatchKind, RawChannel, ReplyKind, ReviewKind

NOW = datetime(2024, 5, 8, 2, 30, 15, 123456, tzinfo=UTC)
HANOI = timezone(timedelta(hours=7))
CAMPAIGN = CampaignId("nq47")
ROUND = RoundId("2024")
OFFICES = (OfficeId("xa-yen-son"), OfficeId("xa-minh-tien"))
DIGEST = Digest("ab" * 32)
SUBJECT = "V/v triển khai thực hiện Nghị quyết số 47/NQ-CP – “đôn đốc” 📄"
FILE = StoredFile(name="Báo cáo của xã Yên Sơn.docx", digest=DIGEST, size=12_345)


def event(key: str, fact: Fact, *, at: datetime = NOW, evidence: Digest | None = None) -> Event:
    return Event(source="test", source_key=key, occurred_at=at, fact=fact, evidence=evidence)


def scope(office: OfficeId | None = None) -> About:
    return About(campaign=CAMPAIGN, round=ROUND, office=office)


def taken() -> Event:
    directive = Directive(
        number="512",
        notation="UBND-VH",
        issued_on=date(2024, 5, 8),
        issuer="UBND huyện Hữu Lũng",
        issuer_organ=OrganId("H37.20"),
        subject=SUBJECT,
        type_name="Công văn",
        document_id="H37.20,2024/05/08,512/UBND-VH",
        urgency=Urgency.URGENT,
        files=(FILE,),
    )
    return event(
        "taken",
        DirectiveTaken(about=About(campaign=CAMPAIGN), directive=directive),
        evidence=DIGEST,
    )


def opened() -> Event:
    fact = RoundOpened(
        about=scope(),
        due_on=date(2024, 11, 10),
        due_at=datetime(2024, 11, 8, 17, 0, tzinfo=HANOI),
        compile_at=NOW + timedelta(days=190),
    )
    return event("opened", fact)


def made(office: OfficeId) -> Event:
    fact = AssignmentMade(
        about=scope(office), expected=Expected.REPORT, due_at=NOW + timedelta(days=184)
    )
    return event(f"made {office}", fact)


def dispatch_id(office: OfficeId, occurrence: int = 0) -> DispatchId:
    return DispatchId(f"nq47/2024/{office}/directive/{occurrence}/email")


def planned(
    office: OfficeId, occurrence: int = 0, *, key: str = "planned", dispatch: str = ""
) -> Event:
    fact = DispatchPlanned(
        dispatch=DispatchId(dispatch) if dispatch else dispatch_id(office, occurrence),
        about=scope(office),
        kind=DispatchKind.DIRECTIVE,
        occurrence=occurrence,
        channel=Channel.EMAIL,
        target=f"{office}@huulung.example",
        content=DIGEST,
        token=f"t{occurrence}",
        subject_token=f"DD-{occurrence}",
        subject=SUBJECT,
        message_id=MessageId(f"<{occurrence}.{office}@huulung.example>"),
    )
    return event(f"{key} {office} {occurrence}", fact, at=NOW + timedelta(minutes=occurrence))


def attempted(office: OfficeId, attempt: int = 1) -> Event:
    fact = DispatchAttempted(dispatch=dispatch_id(office), about=scope(office), attempt=attempt)
    return event(f"attempted {office} {attempt}", fact)


def accepted(office: OfficeId) -> Event:
    fact = DispatchAccepted(
        dispatch=dispatch_id(office), about=scope(office), answer="250 2.0.0 queued"
    )
    return event(f"accepted {office}", fact)


def replied(office: OfficeId) -> Event:
    fact = ReplyRecorded(
        reply=ReplyId(f"reply {office}"),
        about=scope(office),
        kind=ReplyKind.REPORT,
        channel=Channel.EMAIL,
        received_at=NOW + timedelta(days=30),
        dispatch=dispatch_id(office),
        number="15/BC-UBND",
        attachments=(FILE,),
    )
    return event(f"replied {office}", fact, evidence=DIGEST)


def arrived(uid: int) -> Event:
    fact = RawArrived(
        raw=RawId(f"mail|{uid}"),
        channel=RawChannel.MAIL,
        account="nq47",
        place="INBOX",
        position=f"7:{uid}",
        size=uid,
    )
    return event(f"arrived {uid}", fact, evidence=DIGEST)


def review(name: str) -> Event:
    fact = ReviewOpened(
        review=ReviewId(name),
        kind=ReviewKind.UNKNOWN_SENDER,
        about=About(),
        reason="Không rõ cơ quan gửi",
        candidates=OFFICES,
    )
    return event(f"review {name}", fact)


def agencies(units: int, *, at: datetime = NOW) -> Event:
    fact = AgenciesTaken(door="truc", units=units, pairs=1)
    return event(f"agencies {units}", fact, at=at, evidence=DIGEST)


def agencies_again(at: datetime) -> Event:
    return event(f"agencies again {at}", AgenciesConfirmed(door="truc"), at=at, evidence=DIGEST)


def what_came_of_the_directive() -> list[Event]:
    """Return a second version of the directive, two orders to take back, and a revocation."""
    first = taken().fact
    assert isinstance(first, DirectiveTaken)
    campaign = About(campaign=CAMPAIGN)
    revocation = RevocationId("r1")
    second = replace(first.directive, number="600", document_id="H37.20,2024/06/03,600/UBND-VH")
    facts: tuple[Fact, ...] = (
        DirectiveReplaced(about=campaign, directive=second, version=2, reason="sửa lỗi"),
        RecallOrdered(about=scope(OFFICES[0]), reason="gửi nhầm", by="Lan"),
        RecallOrdered(about=campaign, reason="sai thẩm quyền", by="Lan"),
        RevocationReceived(
            about=About(),
            revocation=revocation,
            raw=RawId("exchange|7"),
            issuer=OrganId("H37.20"),
            document_ids=("H37.20,2024/05/08,512/UBND-VH",),
            codes=("512/UBND-VH",),
            reason="“nhầm”",
            known_as=("code 512 ubnd vh", "id h37 20"),
        ),
        RevocationDecided(about=campaign, revocation=revocation, agreed=True, by="Lan"),
    )
    return [event(f"later {n}", fact, evidence=DIGEST) for n, fact in enumerate(facts)]


def recall(office: OfficeId) -> Event:
    """Return the plan of a request to give the first letter back."""
    fact = planned(office).fact
    assert isinstance(fact, DispatchPlanned)
    name = DispatchId(f"nq47/2024/{office}/recall/1/email")
    request = replace(
        fact,
        dispatch=name,
        kind=DispatchKind.RECALL,
        occurrence=1,
        edition=2,
        recalls=dispatch_id(office),
    )
    return event(f"recall {office}", request, at=NOW + timedelta(hours=1))


def beginning() -> list[Event]:
    """Return a directive taken, a round opened, and two offices with a dispatch planned each."""
    offices = [step for office in OFFICES for step in (made(office), planned(office))]
    return [taken(), opened(), *offices]
