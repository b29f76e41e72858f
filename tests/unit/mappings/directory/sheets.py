"""Workbooks and tables for the tests of lists of offices."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.ids import Address, OfficeId, OrganId
from domain.office import Directory, Office
from mappings.directory.columns import default_words
from mappings.directory.compare import Comparison, compare
from mappings.directory.doubt import Code
from mappings.directory.listed import Listing
from mappings.directory.read_list import read_list
from mappings.directory.table import Flaw, Row, Span, Table
from mappings.directory.table_file import read_tables

BEFORE = date(2024, 5, 8)
AFTER = date(2025, 8, 1)
AROUND = ("UBND huyện Hữu Lũng", "UBND tỉnh Lạng Sơn")
HEADS = ("STT", "Tên đơn vị", "Mã định danh", "Email", "Ghi chú")


def workbook(
    rows: Iterable[Sequence[object]], *, merged: Iterable[str] = (), title: str = "Danh sách"
) -> bytes:
    """Return a workbook of one sheet as a spreadsheet program writes it."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for span in merged:
        sheet.merge_cells(span)
    return saved(book)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def package(parts: Mapping[str, str]) -> bytes:
    """Return a workbook made by hand: parts by their names, the usual ones where none is given."""
    usual = {
        "_rels/.rels": relations(("r1", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": sheets_part(("Một", "r1")),
        "xl/_rels/workbook.xml.rels": relations(("r1", "worksheet", "worksheets/sheet1.xml")),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (usual | dict(parts)).items():
            archive.writestr(name, text)
    return out.getvalue()


_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def relations(*listed: tuple[str, str, str]) -> str:
    body = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in listed
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{body}</Relationships>'


def sheets_part(*listed: tuple[str, str], properties: str = "") -> str:
    body = "".join(f'<sheet name="{name}" sheetId="1" r:id="{key}"/>' for name, key in listed)
    return f'<workbook {_MAIN} xmlns:r="{_OFFICE}">{properties}<sheets>{body}</sheets></workbook>'


def sheet_part(data: str, after: str = "") -> str:
    return f"<worksheet {_MAIN}><sheetData>{data}</sheetData>{after}</worksheet>"


def styles_part(formats: str, cells: str) -> str:
    return (
        f"<styleSheet {_MAIN}><numFmts>{formats}</numFmts>"
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>'
    )


def strings_part(*items: str) -> str:
    return f"<sst {_MAIN}>{''.join(f'<si>{item}</si>' for item in items)}</sst>"


def table(
    *rows: Mapping[int, str],
    merged: Iterable[Span] = (),
    flaws: Mapping[tuple[int, int], Flaw] | None = None,
    name: str = "A",
) -> Table:
    """Return a table of rows numbered from 1; empty ones are left out."""
    wrong = flaws or {}
    made = [
        Row(
            number=number,
            cells=dict(cells),
            flaws={column: flaw for (row, column), flaw in wrong.items() if row == number},
        )
        for number, cells in enumerate(rows, start=1)
    ]
    kept = tuple(row for row in made if row.cells or row.flaws)
    return Table(name=name, rows=kept, merged=tuple(merged))


def cells(*texts: str | None) -> dict[int, str]:
    return {column: text for column, text in enumerate(texts, start=1) if text is not None}


def listing(content: bytes) -> Listing:
    return read_list(read_tables(content, "tep"), default_words())


def compared(
    rows: Iterable[Sequence[object]],
    directory: Directory,
    on: date = BEFORE,
    *,
    end_missing: date | None = None,
) -> Comparison:
    """Return what a sheet says against a directory."""
    read = listing(workbook(rows))
    return compare(read, directory, on, around=AROUND, end_missing=end_missing)


def codes(found: Comparison | Listing) -> list[tuple[Code, str]]:
    return [
        (doubt.code, doubt.place.cell) for doubt in found.doubts if doubt.code is not Code.NOT_USED
    ]


def office(id: str, name: str, *emails: str, organ: str | None = None, **more: object) -> Office:
    """Return an office; further members by their names."""
    made = Office(
        id=OfficeId(id),
        name=name,
        emails=tuple(map(Address, emails)),
        organ_id=OrganId(organ) if organ else None,
    )
    for member, value in more.items():
        object.__setattr__(made, member, value)
    return made
