"""Read a bundle of the watched folder: its sheet gives the metadata, its files the attachments."""

import re
import unicodedata
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from ruamel.yaml.nodes import MappingNode

from domain.bundle import Bundle
from domain.exchange import Attachment, Organ, Packet, PacketReading
from domain.ids import Digest, OrganId
from mappings.edxml.attachment_names import content_type_of
from mappings.folder import wording
from mappings.folder.sheet import (
    Entry,
    Problems,
    Text,
    compose,
    entries,
    items_of,
    line_of,
    text_of,
)

KIND = "folder"

KEYS = ("number", "notation", "date", "subject", "type", "issuer", "due", "files")
_REQUIRED = ("number", "notation", "date", "subject", "issuer", "files")
_ISSUER_KEYS = ("organ_id", "name")

_DOCUMENTS = uuid.UUID("5d2f8a4e-6c1b-5e0f-9a37-d0d0c0de0003")
"""Name space of documents that came without a DocumentId (RFC 4122 section 4.3); fixed for ever."""

_ISO = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})", re.ASCII)
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>\d{4})", re.ASCII)


def read_folder(bundle: Bundle, *, digest: Digest) -> PacketReading:
    """Return the document that a sheet and its files are; ``digest`` is that of the whole bundle.

    The sheet has no DocumentId: one is derived from issuer, number, date and ``digest``, so the
    same export is the same document and a corrected one is another. Raises ``MalformedDocument``
    with every mistake at once.
    """
    problems = Problems()
    found = entries(compose(bundle.fields), KEYS, problems)
    for key in _REQUIRED:
        if key not in found:
            problems.add(
                wording.MISSING,
                key=key,
                meaning=wording.MEANINGS[key],
                example=wording.EXAMPLES[key],
            )
    number, notation = _words(found, "number", problems), _words(found, "notation", problems)
    issued_on = _day(found, "date", problems)
    sender, warnings = _issuer(found, problems)
    subject = _words(found, "subject", problems)
    attachments, unnamed = _attachments(found, bundle, problems)
    packet = Packet(
        sender=sender,
        receivers=(),
        document_id=_document_id(sender, number, notation, issued_on, digest),
        code_number=number,
        code_notation=notation,
        promulgated_on=issued_on,
        type_name=_words(found, "type", problems, required=False),
        subject=subject,
        content=subject,
        due_on=_day(found, "due", problems, required=False),
        attachments=attachments,
    )
    problems.raise_any()
    return PacketReading(packet=packet, warnings=(*warnings, *unnamed))


def _document_id(
    sender: Organ, number: str, notation: str, issued_on: date | None, digest: Digest
) -> str:
    parts = (sender.organ_id, sender.name, number, notation, str(issued_on), digest)
    return str(uuid.uuid5(_DOCUMENTS, "\n".join(parts)))


def _words(
    found: Mapping[str, Entry],
    key: str,
    problems: Problems,
    *,
    required: bool = True,
    within: str = "",
) -> str:
    """Return the one line of text behind a key; "" where there is none."""
    entry = found.get(key)
    if entry is None:
        return ""
    name = within + key
    text = text_of(entry.node)
    if text is None:
        problems.add(wording.NOT_TEXT, line=entry.line, key=name, example=wording.EXAMPLES[name])
        return ""
    if required and not text:
        problems.add(wording.EMPTY, line=entry.line, key=name, meaning=wording.MEANINGS[name])
    return " ".join(text.split())


def _day(
    found: Mapping[str, Entry], key: str, problems: Problems, *, required: bool = True
) -> date | None:
    text = _words(found, key, problems, required=required)
    if not text:
        return None
    match = _ISO.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    try:
        if match:
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        pass
    problems.add(wording.NOT_DATE, line=found[key].line, text=text)
    return None


def _issuer(found: Mapping[str, Entry], problems: Problems) -> tuple[Organ, tuple[str, ...]]:
    entry = found.get("issuer")
    if entry is None:
        return Organ(organ_id=OrganId("")), ()
    if not isinstance(entry.node, MappingNode):
        example = wording.EXAMPLES["issuer"]
        problems.add(wording.NOT_KEYS, line=entry.line, key="issuer", example=example)
        return Organ(organ_id=OrganId("")), ()
    inner = entries(entry.node, _ISSUER_KEYS, problems)
    if "name" not in inner:
        meaning, example = wording.MEANINGS["issuer.name"], wording.EXAMPLES["issuer.name"]
        problems.add(wording.MISSING, key="issuer.name", meaning=meaning, example=example)
    organ = Organ(
        organ_id=OrganId(_words(inner, "organ_id", problems, required=False, within="issuer.")),
        name=_words(inner, "name", problems, within="issuer."),
    )
    return organ, (() if organ.organ_id else ("the sheet names no organ_id of the issuer",))


def _attachments(
    found: Mapping[str, Entry], bundle: Bundle, problems: Problems
) -> tuple[tuple[Attachment, ...], tuple[str, ...]]:
    """Return the named files in their order, then those that were only lying there."""
    there: dict[str, Attachment] = {}
    for file in bundle.files:
        there.setdefault(_folded(file.name), file)
    exact = {file.name: file for file in bundle.files}
    named: list[Attachment] = []
    for name in _names(found, problems):
        named_file = exact.get(name.text) or there.get(_folded(name.text))
        if named_file is None:
            problems.add(wording.NOT_THERE, line=name.line, text=name.text)
        elif not named_file.content.size:
            problems.add(wording.FILE_EMPTY, line=name.line, text=name.text)
        elif named_file not in named:
            named.append(named_file)
    rest = [file for file in bundle.files if file not in named]
    warnings = tuple(f"the sheet does not name the file {file.name}" for file in rest)
    typed = tuple(
        replace(file, content_type=content_type_of(file.name)) for file in (*named, *rest)
    )
    return typed, warnings


def _names(found: Mapping[str, Entry], problems: Problems) -> list[Text]:
    entry = found.get("files")
    if entry is None:
        return []
    items = items_of(entry.node)
    if items is None:
        example = wording.EXAMPLES["files"]
        problems.add(wording.NOT_LIST, line=entry.line, key="files", example=example)
        return []
    if not items:
        problems.add(wording.NO_FILES, line=entry.line)
    names: list[Text] = []
    for item in items:
        text = text_of(item) or ""
        if not text or text in (".", "..") or any(c in text for c in "/\\\0"):
            problems.add(wording.NOT_NAME, line=line_of(item), text=text)
        else:
            names.append(Text(text, line_of(item)))
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
