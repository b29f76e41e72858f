"""What a message says by its own words: taken apart, its files opened and read, then judged.

Nothing here asks the store or looks at other mail, so it can be done in another process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.errors import MalformedDocument
from domain.ids import Digest
from domain.reading import Judgement, MailContent, ReceivedFile
from mappings.archives.open import open_archives
from mappings.mail.take_apart import take_apart
from mappings.reply.attachments import AttachmentText
from mappings.reply.classify import judge
from mappings.reply.machine import OwnIdentity
from mappings.reply.phrases import Phrases
from mappings.text.extract import DEFAULT, text_of

_FILES_READ = 100
"""Attached files of one message whose text is read, more than any office sends."""

_UNREAD = AttachmentText(problem=f"only the first {_FILES_READ} files of a message are read")

_PROOFS = (b"\nauthentication-results", b"\ndkim-signature")
"""Fields that may prove something; most mail of offices bears none, and costs no more then."""

NOBODY = OwnIdentity(addresses=())
"""What did not come from one of our own addresses is no mail of our own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWords:
    """One message, judged as mail that is not our own.

    ``size`` is in octets; ``proving`` is the whole message where its header may prove its author,
    empty otherwise.
    """

    content: MailContent
    texts: Mapping[Digest, AttachmentText]
    judgement: Judgement
    size: int = 0
    proving: bytes = field(default=b"", repr=False)


def own_words(raw: bytes, phrases: Phrases) -> OwnWords:
    """Read one whole RFC 5322 message; raises ``MalformedDocument``."""
    return words_of(take_apart(raw), phrases, raw=raw)


def words_of(content: MailContent, phrases: Phrases, *, raw: bytes = b"") -> OwnWords:
    """Read what was taken apart before, out of the ``raw`` message if there is one."""
    content = with_archives(content)
    texts = attachment_texts(content.attachments)
    return OwnWords(
        content=content,
        texts=texts,
        judgement=judge(content, texts, phrases, NOBODY),
        size=len(raw),
        proving=raw if _bears_proof(raw) else b"",
    )


def with_archives(content: MailContent) -> MailContent:
    """Return a message with the files of its archives beside them; notes become warnings."""
    if not content.attachments:
        return content
    files, notes = open_archives(content.attachments)
    return replace(content, attachments=files, warnings=(*content.warnings, *notes))


def attachment_texts(files: Sequence[ReceivedFile]) -> dict[Digest, AttachmentText]:
    """Return the text of each attachment, or why it has none, by the digest of its bytes.

    The characters of all together are bounded as those of one file are; of the bytes no more is in
    memory than reading one file takes.
    """
    found: dict[Digest, AttachmentText] = {}
    room = DEFAULT.characters
    for number, file in enumerate(files, start=1):
        if file.letter is not None and file.is_letter:
            text = file.letter.new_text[:room]
            room -= len(text)
            found[file.digest] = AttachmentText(text=text)
            continue
        if file.wrapper or file.problem:
            # What it held follows it, or there is nothing to read.
            found.setdefault(file.digest, AttachmentText())
            continue
        read = _text_of(file, room) if number <= _FILES_READ else _UNREAD
        room -= len(read.text or "")
        found[file.digest] = read
    return found


def _text_of(file: ReceivedFile, room: int) -> AttachmentText:
    try:
        return AttachmentText(text=text_of(file.content, replace(DEFAULT, characters=room)))
    except MalformedDocument as error:
        return AttachmentText(problem=error.reason)


def _bears_proof(raw: bytes) -> bool:
    end = raw.find(b"\r\n\r\n")
    if end < 0:
        end = len(raw)
    bare = raw.find(b"\n\n", 0, end)
    header = b"\n" + raw[: end if bare < 0 else bare].lower()
    return any(field in header for field in _PROOFS)
