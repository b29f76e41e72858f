"""Which parts of a message are its text and which are files, and the files' true names."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from domain.content import Inline
from domain.ids import digest_of
from domain.reading import AttachedLetter, ReceivedFile
from mappings.mail.letters import attached_letter
from mappings.mail.parts import Limits, Part, is_body
from mappings.mail.text import clean

NAME_LENGTH = 200
"""Characters of a file name, its ending included; enough for every real one."""

EMPTY = "it is empty; ask the office to send it again"

_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*]')
_ENDINGS = {
    "application/msword": ".doc",
    "application/pdf": ".pdf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/zip": ".zip",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
}


def attachments(top: Part, limits: Limits) -> tuple[ReceivedFile, ...]:
    """Return the files of a message; a wrapper or an attached message counts, then follow its own.

    What a report returns (RFC 6522) is our own message and not a file that somebody sent.
    """
    files = [found for found in _files(top) if found[0].content or found[0].file_name]
    letters = _letters(top, limits)
    return tuple(
        ReceivedFile(
            name=_name(part, number),
            media_type=part.media_type,
            digest=digest_of(part.content),
            content=Inline(part.content),
            problem=part.problem or ("" if part.content else EMPTY),
            wrapper=_wraps(part),
            inline=inline,
            letter=letters.get(id(part)),
            is_letter=part.is_message and bool(part.children),
        )
        for number, (part, inline) in enumerate(files, start=1)
    )


def _letters(top: Part, limits: Limits) -> dict[int, AttachedLetter]:
    """Return the nearest attached message that each part is or lies in, by the part's identity."""
    found: dict[int, AttachedLetter] = {}
    waiting: list[tuple[Part, AttachedLetter | None]] = [(top, None)]
    while waiting:
        part, letter = waiting.pop()
        if part.is_message and part.children:
            letter = attached_letter(part.children[0], limits)
        if letter is not None:
            found[id(part)] = letter
        waiting += [(child, letter) for child in part.children]
    return found


def _files(part: Part, shown: bool = False) -> Iterator[tuple[Part, bool]]:
    """Yield each part that is a file, and whether it is a picture that the text shows."""
    if part.media_type == "multipart/report":
        return
    if not part.media_type.startswith("multipart/") and not is_body(part):
        yield part, _is_picture_of_text(part, shown)
    related = part.media_type == "multipart/related"
    for child in part.children:
        yield from _files(child, related)


def _is_picture_of_text(part: Part, related: bool) -> bool:
    """Tell a picture that HTML shows by its Content-ID (RFC 2392) from one that is sent."""
    picture = part.media_type.startswith("image/") and part.disposition != "attachment"
    return (
        picture
        and bool(part.fields.first("content-id"))
        and (related or part.disposition == "inline")
    )


def _wraps(part: Part) -> bool:
    """Tell whether what a file held follows it; an attached message without files is itself one."""
    if part.is_message:
        return any(file.content for child in part.children for file, _ in _files(child))
    return part.opened


def _name(part: Part, number: int) -> str:
    given = safe_name(part.file_name)
    if given:
        return given
    ending = _ENDINGS.get(part.media_type, ".bin")
    subject = part.children[0].fields.text("subject") if part.is_message else ""
    return safe_name(f"{subject.replace('/', '-')}{ending}") if subject else f"{number}{ending}"


def safe_name(name: str) -> str:
    """Return a file name in NFC without path, control or reserved characters; may be empty."""
    last = PurePosixPath(clean(name).replace("\\", "/").rstrip("/")).name
    plain = " ".join(_UNSAFE.sub("_", last).split()).strip(". ")
    if len(plain) <= NAME_LENGTH:
        return plain
    stem, dot, ending = plain.rpartition(".")
    short = dot and len(ending) <= 10
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}" if short else plain[:NAME_LENGTH]
