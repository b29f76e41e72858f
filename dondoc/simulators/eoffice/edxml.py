"""Read what routing needs from an edXML 102 file, and nothing else (QCVN 102:2016/BTTTT).

The parser is expat with every document type refused before an entity can be declared; nothing is
fetched and no tree is built, so a file costs its own bytes only. Local names decide: prefixes,
namespaces and element order differ between senders.
"""

import re
from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate

from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal

_HEADER = ("edXML", "edXMLEnvelope", "edXMLHeader", "MessageHeader")
_WANTED = frozenset(
    {
        "From/OrganId",
        "To/OrganId",
        "DocumentId",
        "Code/CodeNumber",
        "Code/CodeNotation",
        "Subject",
        "ResponseFor/OrganId",
        "ResponseFor/Code",
        "StatusCode",
    }
)
_MAX_DEPTH = 100  # the standard needs 12
_MAX_FIELD = 20_000  # characters; a subject is a sentence or two
_START = re.compile(rb"<\?xml|<(?:[\w.-]+:)?edXML[\s/>]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The routing part of a MessageHeader; absent elements are blank."""

    sender: str
    receivers: tuple[str, ...]
    document_id: str
    notation: str
    subject: str
    answers_to: str
    answers_notation: str
    status_code: str

    @property
    def is_status(self) -> bool:
        """Whether the file is a status message rather than a document."""
        return bool(self.status_code)


def read_header(content: bytes) -> Header:
    """Read the MessageHeader of one whole edXML file. Raises Refusal 22."""
    reader = _Reader()
    try:
        reader.parse(_trimmed(content))
    except (ExpatError, ValueError, LookupError) as error:
        raise _not_edxml(f"the file is not well-formed XML ({error})") from error
    if not reader.header_seen:
        raise _not_edxml("edXML/edXMLEnvelope/edXMLHeader/MessageHeader is missing")
    return _header(reader.fields)


def _not_edxml(text: str) -> Refusal:
    return Refusal(ErrorCode.NOT_EDXML, text)


def _trimmed(content: bytes) -> bytes:
    """Drop blanks and stray text before the XML; a UTF-8 byte order mark stays readable."""
    rest = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    # UTF-16 is left to the parser, which knows it by its byte order mark.
    if rest.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return rest
    start = _START.search(rest, 0, 65_536)
    if start is None or b"<!" in rest[: start.start()]:
        raise _not_edxml("no <?xml or <edXML at the start")
    return rest[start.start() :]


class _Reader:
    """Collects the wanted texts below MessageHeader, by path."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}
        self.header_seen = False
        self._path: list[str] = []
        self._text: list[str] = []
        self._parser = ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def parse(self, content: bytes) -> None:
        self._parser.Parse(content, True)

    def _doctype(self, *_declaration: object) -> None:
        raise _not_edxml("a document type declaration (DTD) is not allowed")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(":")[2])
        if len(self._path) > _MAX_DEPTH:
            raise _not_edxml(f"elements are nested deeper than {_MAX_DEPTH}")
        if tuple(self._path) == _HEADER:
            self.header_seen = True
        # Text outside the wanted elements (attachments) must not cost a call per line.
        wanted = self._wanted() is not None
        self._text.clear()
        self._parser.CharacterDataHandler = self._text.append if wanted else None

    def _end(self, _name: str) -> None:
        field = self._wanted()
        if field is not None:
            text = "".join(self._text).strip()
            if len(text) > _MAX_FIELD:
                raise _not_edxml(f"{field} is longer than {_MAX_FIELD} characters")
            self.fields.setdefault(field, []).append(text)
        self._path.pop()
        self._parser.CharacterDataHandler = None

    def _wanted(self) -> str | None:
        if not len(_HEADER) < len(self._path) <= len(_HEADER) + 2:
            return None
        field = "/".join(self._path[len(_HEADER) :])
        return field if tuple(self._path[: len(_HEADER)]) == _HEADER and field in _WANTED else None


def _header(fields: dict[str, list[str]]) -> Header:
    def last(field: str) -> str:
        # "null" as OrganId occurs in real traffic and means absent.
        present = [text for text in fields.get(field, []) if text and text != "null"]
        return present[-1] if present else ""

    number = (last("Code/CodeNumber"), last("Code/CodeNotation"))
    receivers = [text for text in fields.get("To/OrganId", []) if text and text != "null"]
    return Header(
        sender=last("From/OrganId"),
        receivers=tuple(dict.fromkeys(receivers)),
        document_id=last("DocumentId"),
        notation="/".join(part for part in number if part),
        subject=last("Subject"),
        answers_to=last("ResponseFor/OrganId"),
        answers_notation=last("ResponseFor/Code"),
        status_code=last("StatusCode"),
    )
