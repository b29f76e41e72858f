"""One attachment as the part of a message, with the name that every usual program shows.

The part is the same in every letter that carries the file, so it is encoded and checked once.
"""

from dataclasses import dataclass
from email import message_from_bytes, policy
from urllib.parse import quote

from domain.assembled import Shared, joined, shared
from domain.errors import InvariantViolation, MalformedDocument
from domain.reading import MailAttachment
from mappings.mail.fields import WHAT, base64_part, check_lines, encoded, media_type_of, nfc

_FILE_NAME_OCTETS = 255


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file as it travels: its name, and the octets of its part, which end with a line end."""

    name: str
    part: Shared


def file_part(file: MailAttachment) -> FilePart:
    """Return a file as part of a message.

    RFC 2231 for those programs that follow the standard; encoded words in ``name`` for older
    Outlook and webmail, which read nothing else. A second, plain ``filename`` would win over the
    true one in some programs, so there is none. Raises ``MalformedDocument`` for a name or media
    type that may not travel, ``InvariantViolation`` when the file does not read back as it is.
    """
    name = nfc(file.name)
    octets = name.encode("utf-8", "replace")
    if not name or "/" in name or "\\" in name or len(octets) > _FILE_NAME_OCTETS:
        raise MalformedDocument(WHAT, f"file name of {len(octets)} octets is empty, a path or long")
    words = encoded(name, "Content-Type")
    media_type = media_type_of(file.media_type)
    if media_type.startswith(("message/", "multipart/")):
        media_type = "application/octet-stream"  # these may not be in base64 (RFC 2046 5.2.1)
    lines = [
        f'Content-Type: {media_type};\r\n name="{words}"',
        f"Content-Disposition: attachment;\r\n filename*=utf-8''{quote(name, safe='')}",
    ]
    found = FilePart(name, shared(base64_part(lines, file.content)))
    _check(found, file)
    return found


def _check(found: FilePart, file: MailAttachment) -> None:
    raw = joined([found.part])
    check_lines(raw, file.name)
    read = message_from_bytes(raw, policy=policy.default)
    if (read.get_filename(), read.get_payload(decode=True)) != (found.name, file.content):
        raise InvariantViolation(f"the file {file.name} would arrive changed")
