"""One packet's file out of the exchange: inside an envelope (getEdoc) or bare (downloadEdoc)."""

import os
import re
from pathlib import Path
from typing import BinaryIO

from connector.eoffice.http import Answer, NoAnswer
from connector.eoffice.json_file import SetAside, set_aside, written
from connector.eoffice.vxp_answer import checked, member
from connector.eoffice.vxp_call import EMPTY_OBJECT, ENVELOPE, LIST_LIMIT, NO_BODY, VxpCalls
from connector.files import spooled
from domain.content import Content, cut, decoded
from domain.errors import MalformedDocument, PeerRefused

# What may stand before and behind the root element: a BOM, a declaration, comments, instructions.
# Each ends at its first end mark, so that no input makes the match go back and try again.
_MISC = rb"(?:\s|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>)*"
_BEGIN = re.compile(rb"(?:\xef\xbb\xbf)?" + _MISC + rb"<(?:[\w.-]+:)?edXML[\s>/]", re.DOTALL)
_END = re.compile(rb"</(?:[\w.-]+:)?edXML\s*>" + _MISC + rb"\Z", re.DOTALL)
_EDGE = 4096
"""Bytes at each end of a bare file in which its root element must show."""


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
            # A success without a file is a server that fails at its work, as an empty answer is.
            detail = f"the file of packet {doc_id} is missing or not whole base64"
            raise NoAnswer(detail) from None
        if into.tell() > limit:
            detail = f"packet {doc_id} is over the limit of {limit} bytes"
            raise PeerRefused(calls.name, "too large", detail)


def download(calls: VxpCalls, doc_id: str, into: BinaryIO, *, limit: int) -> None:
    """Write one packet's bare edXML file into a stream (downloadEdoc), once.

    Nothing around the file says that it is one: the vendor's SDK takes any page for the document.
    """
    with calls.reading():
        answer = calls.request(
            "GET", "downloadEdoc", asked(doc_id), body=NO_BODY, limit=limit, into=into
        )
        taken = 200 <= answer.status < 300
        if not taken or not _BEGIN.match(_edge(into, 0)):
            rest = _edge(into, 0, ENVELOPE) if taken else answer.content
            checked(calls.name, Answer(answer.status, rest))
            raise NoAnswer("the answer is an envelope without a file")
        size = into.seek(0, os.SEEK_END)
        if not _END.search(_edge(into, max(0, size - _EDGE))):
            raise NoAnswer("the file breaks off before its end")
        into.seek(0, os.SEEK_END)


def asked(doc_id: str) -> dict[str, str]:
    """Return the parameters that ask for one packet's file."""
    return {"docId": doc_id, "filePath": "x"}


def _edge(stream: BinaryIO, start: int, length: int = _EDGE) -> bytes:
    stream.seek(start)
    return stream.read(length)


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
