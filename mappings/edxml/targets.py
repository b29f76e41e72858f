"""Which document a revocation, an update or a replacement means.

Senders are not of one mind: the VXP SDK's sample of an update names the document in Bussiness, its
sample of a revocation only in ResponseFor (specification of the exchange, section 2.3).
"""

from domain.exchange import Business, Packet, ResponseFor, Target, TargetEvidence


def targets(packet: Packet) -> tuple[Target, ...]:
    """Return the pointers to the documents that a packet takes back, changes or replaces.

    They come in the order in which they count: Bussiness/DocumentId, each ReplacementInfo, each
    ResponseFor that names a document, the packet's own DocumentId, and last its sender with its
    code and promulgation date. Take the first evidence of which any pointer leads to a document
    that is known; then every pointer of that evidence is meant, and none of those behind it.
    Pointers hold only what was written, and their promulgation dates are hints: they disagree with
    the documents in real traffic. Empty for a new document.
    """
    if packet.business is Business.NEW:
        return ()
    found = (
        *_named(packet),
        *(_target(TargetEvidence.RESPONSE, answered) for answered in packet.response_for),
        _target(TargetEvidence.HEADER, _by_id(packet.document_id)),
        _target(
            TargetEvidence.CODE,
            ResponseFor(
                organ_id=packet.sender.organ_id or None,
                code="/".join(filter(None, (packet.code_number, packet.code_notation))),
                promulgated_on=packet.promulgated_on,
            ),
        ),
    )
    names_one = (t for t in found if t.pointer.document_id.strip() or t.pointer.code.strip())
    return tuple(dict.fromkeys(names_one))


def _named(packet: Packet) -> tuple[Target, ...]:
    business = _target(TargetEvidence.BUSINESS, _by_id(packet.business_document_id))
    replaced = (
        Target(
            evidence=TargetEvidence.REPLACEMENT,
            pointer=_by_id(each.document_id),
            receivers=each.receivers,
        )
        for each in packet.replaced
    )
    return (business, *replaced)


def _by_id(document_id: str) -> ResponseFor:
    return ResponseFor(document_id=document_id)


def _target(evidence: TargetEvidence, pointer: ResponseFor) -> Target:
    return Target(evidence=evidence, pointer=pointer)
