"""A document as the directive that it may be, with what forbids to distribute it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.directive import Directive, StoredFile
from domain.errors import MalformedDocument
from domain.exchange import Packet, PacketReading, ResponseFor, StatusPacket, TargetEvidence
from domain.ids import OrganId
from domain.kinds import ReviewKind
from domain.state import DirectiveState, RawState
from dondoc.app import App
from dondoc.services.organs import same_organ
from dondoc.services.own_words import attachment_texts
from dondoc.services.packets import as_received, beginning, digest_of_file, packet_of, readable
from dondoc.services.pointers import names_letter
from mappings.edxml.identifiers import same_document
from mappings.edxml.targets import targets
from mappings.intake import refusal_reason, to_directive
from mappings.letter.head import read_head
from mappings.text.damage import damage

STATED = frozenset({TargetEvidence.BUSINESS, TargetEvidence.REPLACEMENT})
"""What cannot be an answer, or a reference, that merely names our letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A document read as a directive; ``refusal`` says why it must not go out by itself."""

    directive: Directive
    refusal: tuple[ReviewKind, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A directive of ours that a document takes back or replaces, and by what it names it.

    ``version`` counts from 1; one below that of the state was replaced before. ``instead`` is a
    document that is not ours and that the sender states beside the kind: then this one is only
    referred to, perhaps.
    """

    state: DirectiveState
    version: int
    evidence: TargetEvidence
    instead: str = ""

    @property
    def directive(self) -> Directive:
        """Return the version that is meant."""
        return self.state.versions[self.version - 1]

    @property
    def newest(self) -> bool:
        """Tell whether the version in force is meant."""
        return self.version == self.state.version


def candidate(packet: Packet, reading: PacketReading) -> Candidate:
    """Read a document as a directive, with its files' texts and heads."""
    texts, damaged = _texts(packet)
    heads = [read_head(text) for text in texts]
    directive = to_directive(packet, _stored(packet), heads, texts)
    return Candidate(
        directive=directive,
        refusal=refusal_reason(directive, heads, (*reading.lost, *damaged)),
    )


def candidate_in(app: App, raw: RawState) -> tuple[Packet, Candidate]:
    """Read the document of raw input again; raises ``MalformedDocument`` for a status message."""
    reading = packet_of(app, raw)
    if isinstance(reading.packet, StatusPacket):
        raise MalformedDocument("the reviewed input", "it is a status message, not a document")
    return reading.packet, candidate(reading.packet, reading)


def named_by(app: App, packet: Packet) -> list[Named]:
    """Return the directives that a revocation, an update or a replacement means.

    Those of the first evidence of which any pointer leads to a directive of ours; weaker than what
    is stated, they say what was stated instead.
    """
    pointers = targets(packet)
    instead = ""
    for evidence in TargetEvidence:
        found = [
            named
            for target in pointers
            if target.evidence is evidence
            for named in named_by_pointer(app, target.pointer, evidence)
        ]
        if found:
            named_once = {named.state.campaign: named for named in found}.values()
            return [replace(named, instead=instead) for named in named_once]
        if evidence is TargetEvidence.REPLACEMENT:
            # Its own list of what it replaces counts whatever stands beside the kind.
            instead = next((p.document_id for p in stated(packet)), "")
    return []


def stated(packet: Packet) -> list[ResponseFor]:
    """Return the documents that a packet states to take back, change or replace.

    Some programs state the packet itself, which says nothing.
    """
    return [
        t.pointer
        for t in targets(packet)
        if t.evidence in STATED and not same_document(t.pointer.document_id, packet.document_id)
    ]


def named_by_pointer(
    app: App, pointer: ResponseFor, evidence: TargetEvidence = TargetEvidence.RESPONSE
) -> Iterator[Named]:
    """Yield the directives that one pointer names, each in its newest version that fits."""
    for state in app.ledger.select(DirectiveState):
        fitting = [n for n, v in enumerate(state.versions, 1) if names_letter(app, pointer, v)]
        if fitting:
            yield Named(state=state, version=fitting[-1], evidence=evidence)


def issued_by(app: App, sender: OrganId, directive: Directive) -> bool:
    """Tell whether an identifier is that of a directive's issuer."""
    issuer = directive.issuer_organ
    return issuer is not None and same_organ(app, sender, issuer)


def _texts(packet: Packet) -> tuple[list[str], list[str]]:
    """Return the texts of the files, and the names of those that nobody could open."""
    files = packet.attachments
    read = attachment_texts([as_received(file) for file in files if readable(file)])
    damaged = []
    for file in files:
        found = read.get(digest_of_file(file.content))
        problem = damage(file.name, beginning(file.content), found.problem if found else None)
        damaged += [f"{file.name}: {problem}"] if problem else []
    return [found.text for found in read.values() if found.text], damaged


def _stored(packet: Packet) -> tuple[StoredFile, ...]:
    return tuple(
        StoredFile(
            name=a.name,
            digest=digest_of_file(a.content),
            size=a.content.size,
            media_type=a.content_type,
        )
        for a in packet.attachments
    )
