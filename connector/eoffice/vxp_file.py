"""One packet's file out of the exchange, in base64 inside an envelope (getEdoc)."""

from pathlib import Path
from typing import BinaryIO

from connector.eoffice.http import Answer
from connector.eoffice.json_file import SetAside, set_aside, written
from connector.eoffice.vxp_answer import checked, member
from connector.eoffice.vxp_call import EMPTY_OBJECT, ENVELOPE, LIST_LIMIT, VxpCalls
from connector.files import spooled
from domain.content import Content, cut, decoded
from domain.errors import MalformedDocument, PeerRefused


def fetch(calls: VxpCalls, doc_id: str, into: BinaryIO, *, limit: int, spool: Path | None) -> None:
    """Write one packet's edXML file of at most ``limit`` bytes into a stream (getEdoc), once.

    ``filePath`` is a local path that the SDK gives away; the exchange expects the parameter and
    ignores it. ``spool`` is a folder for the answer on its way.
    """
    # Base64 adds a third, line ends and the escapes of JSON a little more.
    bound = limit * 3 // 2 + ENVELOPE
    with calls.reading(), spooled(spool) as (stream, content):
        answer = calls.request(
            "POST", "getEdoc", asked(doc_id), body=EMPTY_OBJECT, limit=bound, into=stream
        )
        stream.flush()
        # A refusal comes with its body, a 2xx answer as a file.
        found = set_aside(content, limit=LIST_LIMIT)
        rest = found.rest or answer.content
        data = member(checked(calls.name, Answer(answer.status, rest)), "data")
        try:
            _decode(content, found, data, into, spool)
        except (ValueError, MalformedDocument):  # binascii.Error and characters outside ASCII
            detail = f"the file of packet {doc_id} is missing or not whole base64"
            raise PeerRefused(calls.name, "no file", detail) from None
        if into.tell() > limit:
            detail = f"packet {doc_id} is over the limit of {limit} bytes"
            raise PeerRefused(calls.name, "too large", detail)


def asked(doc_id: str) -> dict[str, str]:
    """Return the parameters that ask for one packet's file."""
    return {"docId": doc_id, "filePath": "x"}


def _decode(
    answer: Content, found: SetAside, data: object, into: BinaryIO, spool: Path | None
) -> None:
    into.seek(0)
    into.truncate()
    with spooled(spool) as (stream, text):
        written(answer, found, _text(data), stream)
        stream.flush()
        packed = cut(text, limit=ENVELOPE, what="file")
        rest = packed.rest.decode("ascii")
        into.writelines(decoded(stream, packed.runs, rest, padded=True))


def _text(data: object) -> str:
    if not isinstance(data, str) or not data.strip():
        raise ValueError("no text")
    return data
