"""sendEdoc: every check that stands between a body and an accepted document."""

from collections.abc import Callable
from datetime import datetime

from dondoc.simulators.eoffice.documents import Documents, Submission
from dondoc.simulators.eoffice.edxml import Header, read_header
from dondoc.simulators.eoffice.envelope import ErrorCode, Refusal
from dondoc.simulators.eoffice.routing import destinations, kind_of
from dondoc.simulators.eoffice.signature import Signed, file_of_body
from dondoc.simulators.eoffice.units import Unit, Units


class Sending:
    """Accepts files for their receivers."""

    def __init__(self, documents: Documents, units: Units, now: Callable[[], datetime]) -> None:
        self._documents = documents
        self._units = units
        self._now = now

    def accept(self, signed: Signed, body: bytes) -> str:
        """Take one file and return its DocId; a repeated file returns its first DocId.

        The checks run from cheap to dear and from the file to its receivers. Raises Refusal 10,
        22, 19, 21, 18 or 23, and then nothing is stored.
        """
        content, sha256 = file_of_body(body, signed.get("hash-file"))
        header = read_header(content)
        sender = self._sender(signed, header)
        kind = kind_of(signed.get("messagetype"), header)
        first = self._documents.known(sha256, sender.id, header.document_id)
        if first is not None:
            return first
        to = destinations(kind, header, signed.get("to"), self._units.find)
        submission = Submission(
            kind=kind,
            sha256=sha256,
            content=content,
            sender=sender.id,
            from_code=signed.get("from"),
            document_id=header.document_id,
            title=header.subject,
            notation=header.notation or header.answers_notation,
            sent_at=int(self._now().timestamp()),
        )
        return self._documents.add(submission, to)

    def _sender(self, signed: Signed, header: Header) -> Unit:
        code = signed.get("from")
        unit = self._units.find(code)
        if unit is None or unit.deleted or unit.system != signed.system:
            raise Refusal(
                ErrorCode.UNKNOWN_SENDER, f"sending unit {code!r} is not registered for this system"
            )
        # A receiver believes the From inside the file, so nobody may write another's there.
        named = self._units.find(header.sender) if header.sender else unit
        if named is None or named.id != unit.id:
            raise Refusal(
                ErrorCode.NOT_EDXML, f"MessageHeader/From is {header.sender}, but from is {code}"
            )
        return unit
