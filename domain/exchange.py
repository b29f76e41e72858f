"""What travels on the document exchange, free of its wire form (QCVN 102:2016)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from domain.content import Content
from domain.ids import OrganId


class PacketKind(StrEnum):
    """The two kinds of packet that the exchange carries."""

    DOCUMENT = "edoc"
    STATUS = "status"


class Ability(StrEnum):
    """What a door to an e-office can do; doors differ."""

    SEND = "send"
    """Hand over documents and status messages."""
    RECEIVE = "receive"
    """List, fetch and settle the documents that wait."""
    STATUSES = "statuses"
    """List, fetch and settle the status messages that wait."""
    SENT_LIST = "sent_list"
    """List what was sent, with the state at each receiver."""
    AGENCIES = "agencies"
    """List the units that it knows, with both forms of their identifiers."""


class PacketForm(StrEnum):
    """What a fetched file is."""

    EDXML = "edxml"
    BUNDLE = "bundle"
    """Fields in the door's own words with their files, see ``domain.bundle``."""


class Settlement(StrEnum):
    """What a receiver tells the exchange about the transport of one packet."""

    DONE = "done"
    FAIL = "fail"
    PROCESSING = "processing"


class ExchangeStatus(StrEnum):
    """The nine business statuses of Quyết định 28/2018/QĐ-TTg."""

    ARRIVED = "01"
    REJECTED = "02"
    REGISTERED = "03"
    ASSIGNED = "04"
    PROCESSING = "05"
    FINISHED = "06"
    RECALL_ASKED = "13"
    RECALL_AGREED = "15"
    RECALL_REFUSED = "16"


class Business(StrEnum):
    """Why a document is sent (BussinessDocType)."""

    NEW = "0"
    REVOCATION = "1"
    UPDATE = "2"
    REPLACEMENT = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organ:
    """Organisation block of a packet; only the identifier is indispensable."""

    organ_id: OrganId
    name: str = ""
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFor:
    """The earlier document that a packet answers; only some of the members may be known."""

    organ_id: OrganId | None = None
    code: str = ""
    document_id: str = ""
    promulgated_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """The person and the department that deal with a packet."""

    name: str = ""
    staff_id: str = ""
    department: str = ""
    department_id: str = ""
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """A station that a packet passed after its sender; the exchange gives a time alone."""

    organ_id: OrganId | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedReceiver:
    """A receiver added or removed by an update.

    ``kind`` is as written: whether ``0`` or ``1`` adds is not established.
    """

    organ_id: OrganId | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an update changes: the document's data, its receivers, or both."""

    data: bool = False
    receivers: bool = False
    changed: tuple[ChangedReceiver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """One document that a replacement stands for, and the receivers that had it where it says."""

    document_id: str = ""
    receivers: tuple[OrganId, ...] = ()


class TargetEvidence(StrEnum):
    """What names the document that a revocation, an update or a replacement means."""

    BUSINESS = "business"
    """The document named beside the kind of business (Bussiness/DocumentId)."""
    REPLACEMENT = "replacement"
    """An entry of the list of replaced documents (ReplacementInfo)."""
    RESPONSE = "response"
    """A document that the packet answers (ResponseFor)."""
    HEADER = "header"
    """The packet's own DocumentId, kept from the document that it takes back or changes."""
    CODE = "code"
    """The packet's own sender, code and promulgation date, the weakest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A document meant by a revocation, an update or a replacement, and what says so.

    ``receivers`` are those that had it; empty where the packet does not say.
    """

    evidence: TargetEvidence
    pointer: ResponseFor
    receivers: tuple[OrganId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One attached file with its true bytes."""

    name: str
    content: Content
    content_type: str = "application/octet-stream"
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signature block: capacity such as ``KT. CHỦ TỊCH``, position and full name."""

    competence: str = ""
    position: str = ""
    full_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A document on the exchange. ``document_id`` is the sender's own, not the exchange's docId."""

    sender: Organ
    receivers: tuple[Organ, ...]
    document_id: str
    code_number: str
    code_notation: str
    place: str = ""
    promulgated_on: date | None = None
    type_code: int = 2
    type_detail: int = -1
    type_name: str = ""
    subject: str = ""
    content: str = ""
    signer: Signer | None = None
    due_on: date | None = None
    priority: int = 0
    sphere: str = ""
    typist: str = ""
    copies: int = 1
    page_amount: int = 1
    reply_codes: str = ""
    """Codes of documents that it replies to, in the sender's own words."""
    direction: bool = False
    """The exchange's Direction; what it says to a receiver is not established."""
    reference_codes: str = ""
    appendixes: tuple[str, ...] = ()
    response_for: tuple[ResponseFor, ...] = ()
    steering_type: int = 0
    task_codes: tuple[str, ...] = ()
    application: str = ""
    to_places: tuple[str, ...] = ()
    business: Business = Business.NEW
    business_reason: str = ""
    business_document_id: str = ""
    changes: tuple[Change, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    staff: tuple[Staff, ...] = ()
    paper_follows: bool = False
    sent_through: OrganId | None = None
    """Who handed it to the exchange, where that is not the sender."""
    sent_at: datetime | None = None
    hops: tuple[Hop, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def first_seen_at(self) -> datetime | None:
        """When it was sent, or the first time known of it after that."""
        return next((at for at in (self.sent_at, *(hop.at for hop in self.hops)) if at), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPacket:
    """A status message. ``code`` keeps what was written, also when it is no known status."""

    sender: Organ
    response_for: ResponseFor
    code: str
    description: str = ""
    staff: Staff | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketReading:
    """What was read from one file, with everything odd about it kept as evidence."""

    packet: Packet | StatusPacket
    warnings: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    """Names of attachments that the file announces and that cannot be had from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPacket:
    """An entry of the exchange's list of received packets; ``doc_id`` is the exchange's own."""

    doc_id: str
    kind: PacketKind
    sender: str
    receiver: str
    created: str = ""
    form: PacketForm = PacketForm.EDXML


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPacket:
    """An entry of the exchange's list of sent packets, one per receiver."""

    doc_id: str
    kind: PacketKind
    sender: str
    receiver: str
    title: str = ""
    notation: str = ""
    sent: str = ""
    received: str = ""
    send_status: str = ""
    receive_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """A unit known to the exchange with its identifier in both forms."""

    id: str
    code: OrganId
    old_code: OrganId | None
    name: str
    parent_id: str = ""
    mail: str = ""
