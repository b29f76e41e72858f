"""TraceHeaderList: the way of a document, and why it was sent (specification, section 2.3).

Its first TraceHeader is the sender's; every station on the way, the exchange too, appends one.
The block is called Bussiness; the other spelling is read with a warning, as the exchange's own
programs do not read it.
"""

from dataclasses import replace

from domain.exchange import Business, Change, ChangedReceiver, Hop, Packet, Replaced
from domain.ids import OrganId
from mappings.edxml.block import Block
from mappings.edxml.markup import Node, block, filled, leaf
from mappings.edxml.staff import read_staff, staff_info
from mappings.edxml.values import write_instant


def with_trace(packet: Packet, trace: Block) -> Packet:
    """Return a packet with what its TraceHeaderList says."""
    business = trace.child("Bussiness", "Business")
    if business.name == "Business":
        trace.warn("Bussiness is spelled with one s, which the exchange's programs do not read")
    first, hops = _hops(trace)
    return replace(
        packet,
        business=_business(business),
        business_reason=business.text("BussinessDocReason", "BusinessDocReason"),
        business_document_id=business.raw("DocumentId"),
        changes=_changes(business),
        replaced=_replacements(business),
        staff=read_staff(business),
        paper_follows=business.flag("Paper") or trace.flag("Paper"),
        sent_through=None if first.organ_id == packet.sender.organ_id else first.organ_id,
        sent_at=first.at,
        hops=hops,
    )


def _hops(trace: Block) -> tuple[Hop, tuple[Hop, ...]]:
    """Return the sender's entry and those behind it; blank ones are left out."""
    found = (
        Hop(organ_id=each.organ_id() or None, at=each.instant("Timestamp"))
        for each in trace.children("TraceHeader")
    )
    first, *hops = [hop for hop in found if hop != Hop()] or [Hop()]
    return first, tuple(hops)


def _business(found: Block) -> Business:
    name = "BussinessDocType" if found.has("BussinessDocType") else "BusinessDocType"
    written = found.integer(name, 0)
    try:
        return Business(str(written))
    except ValueError:
        found.warn(f"{name} {written} is unknown; the document is taken as new")
        return Business.NEW


def _changes(business: Block) -> tuple[Change, ...]:
    """Return what an update changes; an empty block changes nothing."""
    return tuple(
        Change(
            data=each.flag("DocumentInfo"),
            receivers=each.flag("DocumentReceiver"),
            changed=_changed(each),
        )
        for each in business.children("BussinessDocumentInfo", "BusinessDocumentInfo")
        if each.own_text()
    )


def _changed(info: Block) -> tuple[ChangedReceiver, ...]:
    found = (
        ChangedReceiver(organ_id=each.organ_id() or None, kind=each.text("ReceiverType"))
        for group in info.children("ReceiverList")
        for each in group.children("Receiver")
    )
    return tuple(each for each in found if each != ChangedReceiver())


def _replacements(business: Block) -> tuple[Replaced, ...]:
    """Return what is replaced, from however many lists; an empty entry replaces nothing."""
    found = (
        Replaced(document_id=entry.raw("DocumentId"), receivers=_organ_ids(entry))
        for group in business.children("ReplacementInfoList")
        for entry in group.children("ReplacementInfo")
    )
    return tuple(each for each in found if each != Replaced())


def _organ_ids(entry: Block) -> tuple[OrganId, ...]:
    written = (
        each.own_organ_id()
        for group in entry.children("OrganIdList")
        for each in group.children("OrganId")
    )
    return tuple(organ_id for organ_id in written if organ_id)


def trace_header_list(packet: Packet) -> Node:
    """Return the element that says why a packet is sent and which way it went."""
    return block(
        "TraceHeaderList",
        block(
            "Bussiness",
            leaf("DocumentId", packet.business_document_id),
            leaf("BussinessDocType", packet.business.value),
            leaf("BussinessDocReason", packet.business_reason),
            leaf("Paper", _digit(packet.paper_follows)),
            *map(_document_info, packet.changes),
            filled(block("ReplacementInfoList", *map(_replacement_info, packet.replaced))),
            *map(staff_info, packet.staff),
        ),
        _trace_header(
            Hop(organ_id=packet.sent_through or packet.sender.organ_id, at=packet.sent_at)
        ),
        *map(_trace_header, packet.hops),
    )


def _document_info(change: Change) -> Node:
    return block(
        "BussinessDocumentInfo",
        leaf("DocumentInfo", _digit(change.data)),
        leaf("DocumentReceiver", _digit(change.receivers)),
        filled(block("ReceiverList", *map(_receiver, change.changed))),
    )


def _receiver(changed: ChangedReceiver) -> Node | None:
    return filled(
        block(
            "Receiver", leaf("OrganId", changed.organ_id or ""), leaf("ReceiverType", changed.kind)
        )
    )


def _replacement_info(replaced: Replaced) -> Node | None:
    organs = (leaf("OrganId", organ_id) for organ_id in replaced.receivers)
    return filled(
        block(
            "ReplacementInfo",
            leaf("DocumentId", replaced.document_id),
            filled(block("OrganIdList", *organs)),
        )
    )


def _trace_header(hop: Hop) -> Node | None:
    return filled(
        block(
            "TraceHeader",
            leaf("OrganId", hop.organ_id or ""),
            leaf("Timestamp", write_instant(hop.at)),
        )
    )


def _digit(flag: bool) -> str:
    return "1" if flag else "0"
