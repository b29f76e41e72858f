"""The attachments of an edXML file as getEdoc repeats them beside it."""

from collections.abc import Iterator, Mapping

from lxml import etree


def attachments(content: bytes) -> Iterator[Mapping[str, str]]:
    """Yield name and base64 of each attachment as they stand in the file; nothing if unreadable."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, recover=True)
    root = etree.fromstring(content, parser)
    found = () if root is None else root.iter("{*}Attachment")
    for element in found:
        name = element.findtext("{*}AttachmentName")
        packed = element.findtext("{*}ContentTransferEncoded")
        if name and packed:
            yield {"fileName": name.strip(), "fileContent": "".join(packed.split())}
