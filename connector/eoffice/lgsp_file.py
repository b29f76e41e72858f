"""The edXML file on its way to and from the provincial axis; never whole in memory."""

import shutil
from pathlib import Path
from typing import BinaryIO

from connector.eoffice.http import Body
from connector.eoffice.json_file import SetAside, written
from connector.eoffice.vxp_answer import Members, member
from connector.files import FileContent, spooled
from domain.content import PIECE, Content, cut, decoded
from domain.errors import MalformedDocument
from domain.exchange import PacketKind

EXTENSIONS = (".edxml", ".xml")
_BOM = b"\xef\xbb\xbf"


def form(content: Content, kind: PacketKind, boundary: str) -> Body:
    """Wrap a file as multipart/form-data (RFC 7578): ``messageType``, then ``edocFile``.

    The name of the file is always the same: the file says itself what it is.
    """
    before = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="messageType"\r\n\r\n'
        f"{kind.value}\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="edocFile"; '
        f'filename="{kind.value}.edxml"\r\nContent-Type: application/xml\r\n\r\n'
    )
    return Body(content, before=before.encode(), after=f"\r\n--{boundary}--\r\n".encode())


def write_file(
    source: Content, found: SetAside, data: Members, into: BinaryIO, *, spool: Path | None
) -> None:
    """Write the file that an answer of getEdoc carries, as XML text or as base64.

    Raises ``ValueError`` where there is none that can be read.
    """
    value = _value(data)
    with spooled(spool) as (stream, text):
        written(source, found, value, stream)
        stream.seek(0)
        if stream.read(1000).removeprefix(_BOM).lstrip()[:1] == b"<":
            stream.seek(0)
            shutil.copyfileobj(stream, into, PIECE)
        else:
            stream.flush()
            _write_decoded(text, stream, into)


def _value(data: Members) -> str:
    edxml = member(data, "edxml")
    if edxml is None or edxml == "":
        # The attachments repeat what the file holds; they count only where the file is among them.
        edxml = _among(member(data, "attachments"))
    if not isinstance(edxml, str) or not edxml.strip():
        raise ValueError("no text")
    return edxml


def _among(attachments: object) -> object:
    rows = attachments if isinstance(attachments, list) else []
    files = [
        member(row, "fileContent")
        for row in rows
        if isinstance(row, dict) and str(member(row, "fileName")).lower().endswith(EXTENSIONS)
    ]
    return files[0] if len(files) == 1 else None


def _write_decoded(text: FileContent, stream: BinaryIO, into: BinaryIO) -> None:
    try:
        found = cut(text, limit=PIECE, what="file")
    except MalformedDocument as error:
        raise ValueError("no base64") from error
    into.writelines(decoded(stream, found.runs, found.rest.decode("ascii"), padded=True))
