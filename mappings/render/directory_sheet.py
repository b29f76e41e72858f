"""The directory of offices as an Excel workbook that people edit and give back.

Nothing is lost: what is read from it again is what was written. Columns that no office has anything
in are left out, but for the usual ones; the second sheet says how to fill the list in. No cell can
become a formula or a link.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from domain.errors import NotAllowed
from domain.office import AddressRole, Office
from mappings.directory.cells import (
    written_day,
    written_heirs,
    written_stand_ins,
    written_values,
)
from mappings.directory.columns import Column, Words
from mappings.directory.read_list import GUIDE_SHEET
from mappings.render.sheet import (
    Field,
    Look,
    Style,
    fasten_head,
    height_of,
    make_style,
    put_heads,
    set_paper,
)
from mappings.render.wording import local

LIST_SHEET = "Danh bạ"
_SIZE = 10.0
_CELL_LETTERS = 32_767
"""Characters of one cell (Excel's specifications and limits)."""
_FIRST_DAY = date(1900, 3, 1)
"""Before it Excel counts a 29 February 1900 that never was, so such a day is written as text."""
_HEADS = 3
"""Row of the headings, from 0: below the title."""

_WIDTHS: Mapping[Column, float] = {
    Column.ORDINAL: 5,
    Column.ID: 22,
    Column.NAME: 32,
    Column.ALIASES: 20,
    Column.KIND: 14,
    Column.LEVEL: 9,
    Column.PARENT: 22,
    Column.GROUPS: 22,
    Column.ORGAN_ID: 14,
    Column.ORGAN_ID_OLD: 17,
    Column.EMAILS: 36,
    Column.LEADER_EMAILS: 30,
    Column.PRIVATE_EMAILS: 30,
    Column.DEPUTIES: 34,
    Column.VALID_FROM: 12,
    Column.VALID_TO: 12,
    Column.SUCCESSORS: 26,
    Column.NOTE: 22,
}
_ALWAYS = frozenset(
    {
        Column.ORDINAL,
        Column.ID,
        Column.NAME,
        Column.GROUPS,
        Column.ORGAN_ID,
        Column.ORGAN_ID_OLD,
        Column.EMAILS,
        Column.VALID_TO,
        Column.NOTE,
    }
)
_GUIDE = (
    "Mỗi dòng một đơn vị. Sửa trực tiếp trong bảng rồi chạy `dondoc directory import TỆP.xlsx`.",
    "Lệnh chỉ cho xem trước; thêm --apply mới ghi vào danh bạ.",
    "Giữ nguyên cột Mã trong danh bạ của đơn vị đã có; để trống với đơn vị mới.",
    "Ô để trống: giữ nguyên giá trị đang có. Ô chỉ có dấu gạch ngang (-): bỏ giá trị đó.",
    "Ô có nhiều giá trị (hộp thư, nhóm, tên gọi khác): mỗi giá trị một dòng trong ô (Alt+Enter).",
    "Ngày: 01/07/2025. Đơn vị kế thừa: mã đơn vị; chỉ kế thừa một nhiệm vụ: mã đơn vị (nhiệm vụ).",
    "Nhận thay: địa chỉ hoặc mã đơn vị (13/05/2024 – 17/05/2024).",
    "Cần cột chưa có trong bảng: thêm tiêu đề vào cuối dòng tiêu đề. Các tiêu đề nhận ra được:",
)


def directory_workbook(offices: Sequence[Office], words: Words, made_at: datetime) -> bytes:
    """Return the offices as one XLSX file, in their order.

    Raises ``NotAllowed`` where a text is longer than a cell can be.
    """
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "Times New Roman", "font_size": _SIZE},
    }
    with Workbook(out, options) as book:
        book.set_properties(
            {"title": "Danh bạ đơn vị", "created": local(made_at).replace(microsecond=0)}
        )
        style = make_style(book, _SIZE)
        _list(book.add_worksheet(LIST_SHEET), style, offices, words, made_at)
        _guide(book.add_worksheet(GUIDE_SHEET), style, words)
    return out.getvalue()


def _list(
    sheet: Worksheet, style: Style, offices: Sequence[Office], words: Words, made_at: datetime
) -> None:
    cells = [_cells(office, number, words) for number, office in enumerate(offices, start=1)]
    columns = [c for c in _WIDTHS if c in _ALWAYS or any(row.get(c) for row in cells)]
    fields = [Field(title=words.headings[column][0], width=_WIDTHS[column]) for column in columns]
    set_paper(sheet)
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, "DANH BẠ ĐƠN VỊ", style.formats[Look.CAPTION])
    subtitle = f"{len(offices)} đơn vị; xuất ngày {written_day(local(made_at).date())}"
    sheet.write_string(1, 0, subtitle, style.formats[Look.LINE])
    put_heads(sheet, _HEADS, fields, style)
    for number, row in enumerate(cells, start=_HEADS + 1):
        texts = [_text(row.get(column)) for column in columns]
        sheet.set_row(number, height_of(texts, fields, style))
        for at, column in enumerate(columns):
            _put(sheet, number, at, row.get(column), style)
    fasten_head(sheet, _HEADS, _HEADS, _HEADS + len(cells), len(columns))
    sheet.freeze_panes(_HEADS + 1, columns.index(Column.NAME) + 1)


def _cells(office: Office, number: int, words: Words) -> dict[Column, str | int | date | None]:
    found = {column: written(office, words) for column, written in _WRITTEN.items()}
    for text in found.values():
        if isinstance(text, str) and len(text) > _CELL_LETTERS:
            raise NotAllowed(
                f"a text of office {office.id} is longer than a cell of a sheet can be"
            )
    return {Column.ORDINAL: number, **found}


def _addresses(role: AddressRole) -> Callable[[Office, Words], str]:
    return lambda office, _: "\n".join(office.emails_of(role))


_WRITTEN: Mapping[Column, Callable[[Office, Words], str | date | None]] = {
    Column.ID: lambda office, _: office.id,
    Column.NAME: lambda office, _: office.name,
    Column.ALIASES: lambda office, _: written_values(office.aliases),
    Column.KIND: lambda office, words: words.kinds[office.kind][0] if office.kind else None,
    Column.LEVEL: lambda office, words: words.levels[office.level][0] if office.level else None,
    Column.PARENT: lambda office, _: office.parent,
    Column.GROUPS: lambda office, _: written_values(office.groups),
    Column.ORGAN_ID: lambda office, _: office.organ_id,
    Column.ORGAN_ID_OLD: lambda office, _: office.organ_id_old,
    Column.EMAILS: _addresses(AddressRole.CLERK),
    Column.LEADER_EMAILS: _addresses(AddressRole.LEADER),
    Column.PRIVATE_EMAILS: _addresses(AddressRole.PRIVATE),
    Column.DEPUTIES: lambda office, _: written_stand_ins(office.deputies),
    Column.VALID_FROM: lambda office, _: office.valid_from,
    Column.VALID_TO: lambda office, _: office.valid_to,
    Column.SUCCESSORS: lambda office, _: written_heirs(office.successors),
    Column.NOTE: lambda office, _: office.note,
}


def _put(
    sheet: Worksheet, row: int, column: int, cell: str | int | date | None, style: Style
) -> None:
    if not cell:
        sheet.write_blank(row, column, None, style.formats[Look.TEXT])
    elif isinstance(cell, int):
        sheet.write_number(row, column, cell, style.formats[Look.NUMBER])
    elif isinstance(cell, date) and cell >= _FIRST_DAY:
        sheet.write_datetime(row, column, cell, style.formats[Look.DAY])
    else:
        sheet.write_string(row, column, _text(cell), style.formats[Look.TEXT])


def _text(cell: str | int | date | None) -> str:
    if isinstance(cell, date):
        return written_day(cell)
    return "" if cell is None else str(cell)


def _guide(sheet: Worksheet, style: Style, words: Words) -> None:
    fields = [Field(title="Tiêu đề", width=32), Field(title="Cũng nhận ra", width=90)]
    set_paper(sheet)
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, fields[0].width)
    sheet.set_column(1, 1, fields[1].width)
    sheet.write_string(0, 0, "CÁCH ĐIỀN DANH BẠ", style.formats[Look.CAPTION])
    for number, line in enumerate(_GUIDE, start=1):
        sheet.write_string(number, 0, line, style.formats[Look.LINE])
    top = len(_GUIDE) + 2
    put_heads(sheet, top, fields, style)
    for number, texts in enumerate(_headings(words), start=top + 1):
        sheet.set_row(number, height_of(texts, fields, style))
        for at, text in enumerate(texts):
            sheet.write_string(number, at, text, style.formats[Look.TEXT])


def _headings(words: Words) -> Iterator[tuple[str, str]]:
    for column in _WIDTHS:
        first, *others = words.headings[column]
        yield first, ", ".join(others)
    for title, known in (("Loại", words.kinds), ("Cấp", words.levels)):
        listed: Sequence[tuple[str, ...]] = list(known.values())
        yield f"Các giá trị của {title}", "; ".join(names[0] for names in listed)
