"""One document as a door without edXML gives it: its fields, in the door's words, and its files.

A ZIP without compression that is written by doors and read by mappings: ``bundle.json`` names the
door's kind and the files, ``fields`` holds the answer or the sheet as it came, ``files/1`` … the
files. So the raw evidence of such a document is whole, as an edXML file is.
"""

import json
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from domain.content import Content, pieces
from domain.errors import MalformedDocument, TooLarge
from domain.exchange import Attachment
from domain.keeping import IN_MEMORY, Files

_VERSION = 1
_INDEX = "bundle.json"
_FIELDS = "fields"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHAT = "bundle"
_FIELDS_LIMIT = 16 * 1024 * 1024
_FILES_LIMIT = 1_000
# What zipfile raises on damaged archives.
_DAMAGED = (zipfile.BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A document in a door's own words. ``kind`` names the rules by which ``fields`` is read."""

    kind: str
    fields: bytes
    files: tuple[Attachment, ...]


def write_bundle(bundle: Bundle, into: BinaryIO) -> None:
    """Write a bundle into a stream that can seek; equal bundles give equal bytes."""
    index = {
        "version": _VERSION,
        "kind": bundle.kind,
        "files": [
            {"name": file.name, "type": file.content_type, "description": file.description}
            for file in bundle.files
        ],
    }
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr(_entry(_INDEX), json.dumps(index, ensure_ascii=False).encode())
        archive.writestr(_entry(_FIELDS), bundle.fields)
        for number, file in enumerate(bundle.files, start=1):
            entry = _entry(f"files/{number}")
            entry.file_size = file.content.size
            with file.content.open() as stream, archive.open(entry, "w") as out:
                for piece in pieces(stream):
                    out.write(piece)


def read_bundle(source: Content, *, files: Files = IN_MEMORY) -> Bundle:
    """Read a bundle; its files are kept by ``files``.

    Raises MalformedDocument for what is none, and its kind TooLarge.
    """
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            index = json.loads(_small(archive, _INDEX))
            if index["version"] != _VERSION or len(index["files"]) > _FILES_LIMIT:
                raise MalformedDocument(_WHAT, "it was written by another version of Dondoc")
            return Bundle(
                kind=str(index["kind"]),
                fields=_small(archive, _FIELDS),
                files=tuple(
                    Attachment(
                        name=str(described["name"]),
                        content=files.keep(partial(_copy, archive, f"files/{number}")),
                        content_type=str(described["type"]),
                        description=str(described["description"]),
                    )
                    for number, described in enumerate(index["files"], start=1)
                ),
            )
    except (*_DAMAGED, TypeError) as error:
        raise MalformedDocument(_WHAT, f"it is damaged ({type(error).__name__})") from error


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.create_system = 3  # otherwise that of the machine
    return entry


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    entry = archive.getinfo(name)
    if entry.file_size > _FIELDS_LIMIT or entry.compress_type != zipfile.ZIP_STORED:
        raise TooLarge(_WHAT, f"its {name} is over {_FIELDS_LIMIT} bytes or is compressed")
    return archive.read(entry)


def _copy(archive: zipfile.ZipFile, name: str, out: BinaryIO) -> None:
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise TooLarge(_WHAT, f"its {name} is compressed")
    with archive.open(name) as stream:
        while piece := stream.read(1024 * 1024):
            out.write(piece)
