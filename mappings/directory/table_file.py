"""A file that somebody calls their list of offices: an Excel workbook or CSV, by what it holds."""

import csv
from io import BytesIO, StringIO
from zipfile import BadZipFile

from domain.errors import MalformedDocument
from domain.words import Words, say
from mappings.directory.table import Row, Table
from mappings.directory.workbook import CELLS, LETTERS, LIMITS, WHAT, read_workbook
from mappings.text.legacy_vietnamese import modernised_octets
from mappings.text.limits import within
from mappings.zip_directory import opened_zip

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Beginning of a compound file: a workbook of before 2007, or an encrypted one."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = {
    "content.xml": say("it is an OpenDocument file (.ods)"),
    "xl/workbook.bin": say("it is a binary Excel workbook (.xlsb)"),
    "word/document.xml": say("it is a Word document; copy its table into a sheet"),
}
_DELIMITERS = ";,\t"
_SNIFFED = 8_192


def read_tables(content: bytes, name: str) -> tuple[Table, ...]:
    """Return the sheets of a list; ``name`` stands for the one sheet of a CSV file.

    Raises MalformedDocument, TooLarge, each with what to do.
    """
    if content.startswith(_COMPOUND):
        if _ENCRYPTED in content:
            raise MalformedDocument(WHAT, say("it is protected by a password; save it without one"))
        raise MalformedDocument(WHAT, _saved(say("it is an Excel workbook of before 2007 (.xls)")))
    if content.startswith(_ZIP):
        _refuse_others(content)
        return read_workbook(content)
    if content.startswith(b"%PDF") or b"\x00" in content[:_SNIFFED]:
        raise MalformedDocument(WHAT, _saved(say("it is no spreadsheet")))
    return (_comma_separated(content, name),)


def _saved(what: Words) -> Words:
    """Return what a file is, with what to do so that it can be read."""
    return say(
        "{what}; open it in the spreadsheet program and save it as an Excel workbook (.xlsx)",
        what=what,
    )


def _refuse_others(content: bytes) -> None:
    """Refuse ZIP files that are something else; what is damaged is told by who reads it."""

    def charge(octets: int) -> None:
        within(WHAT, octets, LIMITS.directory, "octets of its list of parts")

    try:
        with opened_zip(BytesIO(content), charge) as package:
            names = set(package.namelist())
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return
    for part, what in _OTHERS.items():
        if part in names:
            raise MalformedDocument(WHAT, _saved(what))


def _comma_separated(content: bytes, name: str) -> Table:
    within(WHAT, len(content), LIMITS.octets, "octets")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text, _ = modernised_octets(content, content.decode("cp1258", "replace"))
    within(WHAT, len(text), LETTERS, "characters")
    head = text[:_SNIFFED].partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    rows: list[Row] = []
    cells = 0
    try:
        for number, values in enumerate(csv.reader(StringIO(text), delimiter=delimiter), start=1):
            cells += len(values)
            within(WHAT, cells, CELLS, "cells")
            found = {column: v for column, v in enumerate(values, start=1) if v.strip()}
            rows += [Row(number=number, cells=found, flaws={})] if found else []
    except csv.Error as error:
        raise MalformedDocument(
            WHAT, _saved(say("it is no CSV file: {detail}", detail=error))
        ) from error
    return Table(name=name, rows=tuple(rows))
