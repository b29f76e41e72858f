"""First sheet of the register: the seven columns of Nghị định 30/2020/NĐ-CP, Phụ lục IV."""

from xlsxwriter.worksheet import Worksheet

from domain.compilation import Compilation, CompiledRow
from domain.status import AssignmentStatus
from mappings.render.official import printed_issuer
from mappings.render.outside import plain
from mappings.render.sheet import (
    Cell,
    Field,
    Look,
    Style,
    fasten_head,
    put,
    put_heads,
    set_paper,
)
from mappings.render.standing import evidence, extension
from mappings.render.tally import owing, reported
from mappings.render.wording import (
    COUNTRY,
    MOTTO,
    STATUS,
    count,
    day_short,
    deadline,
    directive_line,
    local,
    moment,
    opening,
)

_FIELDS = (
    Field(title="Số đến", width=7, look=Look.NUMBER),
    Field(title="Tên loại, số, ký hiệu, ngày tháng, tác giả văn bản", width=32),
    Field(title="Đơn vị hoặc người nhận", width=32),
    Field(title="Thời hạn giải quyết", width=13, look=Look.DAY),
    Field(title="Tiến độ giải quyết", width=34),
    Field(title="Số, ký hiệu văn bản trả lời", width=18, look=Look.CENTRED),
    Field(title="Ghi chú", width=33),
)
_LAST = len(_FIELDS) - 1
_LEFT_END = 2
"""Last column below the issuer; the country's name stands over the others."""

_HEAD_ROW = 7


def legal_register(sheet: Worksheet, style: Style, compilation: Compilation) -> None:
    """Write the register, one line for each office of the round."""
    set_paper(sheet)
    sheet.fit_to_pages(1, 0)
    _heading(sheet, style, compilation)
    put_heads(sheet, _HEAD_ROW, _FIELDS, style)
    for column in range(len(_FIELDS)):
        sheet.write_string(_HEAD_ROW + 1, column, f"({column + 1})", style.formats[Look.ORDINAL])
    row = _HEAD_ROW + 1
    document = directive_line(compilation.directive)
    for row, line in enumerate(compilation.rows, start=_HEAD_ROW + 2):
        put(sheet, row, _cells(line, document), _FIELDS, style)
    fasten_head(sheet, _HEAD_ROW, _HEAD_ROW + 1, row, len(_FIELDS))


def _heading(sheet: Worksheet, style: Style, compilation: Compilation) -> None:
    rule = compilation.campaign.compile
    issuer = printed_issuer(rule.issuer_name or plain(compilation.directive.issuer))
    lines = [(rule.parent_name.upper(), Look.PLAIN)] if rule.parent_name else []
    lines += [(text, Look.BOLD) for text in issuer]
    for row, (text, look) in enumerate(lines):
        sheet.merge_range(row, 0, row, _LEFT_END, text, style.formats[look])
    for row, (text, look) in enumerate([(COUNTRY, Look.BOLD), (MOTTO, Look.UNDERLINED)]):
        sheet.merge_range(row, _LEFT_END + 1, row, _LAST, text, style.formats[look])
    title = "SỔ THEO DÕI GIẢI QUYẾT VĂN BẢN ĐẾN"
    sheet.merge_range(4, 0, 4, _LAST, title, style.formats[Look.TITLE])
    about = (
        f"{directive_line(compilation.directive)}; báo cáo {deadline(compilation)}; "
        f"số liệu đến {moment(compilation.made_at)}; bản tổng hợp lần {compilation.version}"
    )
    sheet.merge_range(5, 0, 5, _LAST, about, style.formats[Look.SUBTITLE])
    sheet.set_row(4, 22)
    sheet.set_row(5, 20)


def _cells(row: CompiledRow, document: str) -> tuple[Cell, ...]:
    return (
        row.position,
        document,
        row.name,
        local(row.due_at).date() if row.due_at else None,
        _progress(row),
        row.reply_number,
        _note(row),
    )


def _progress(row: CompiledRow) -> str:
    if reported(row):
        day = f" ngày {day_short(local(row.reported_at).date())}" if row.reported_at else ""
        granted = f" ({extension(row)})" if row.extended else ""
        return f"Đã báo cáo{day}, {'muộn' if row.late else 'đúng hạn'}{granted}"
    if owing(row):
        told = "; ".join(part for part in (evidence(row), extension(row)) if part)
        return f"Chưa báo cáo ({told})"
    if row.status in (AssignmentStatus.REPORTED, AssignmentStatus.WAIVED):
        return STATUS[row.status]
    return opening(evidence(row))


def _note(row: CompiledRow) -> str:
    parts = (
        "không phát sinh nội dung" if row.nil else "",
        "đã thay thế bản gửi trước" if row.corrected else "",
        f"đã đôn đốc {count(row.reminders)} lần" if row.reminders else "",
        plain(row.note),
    )
    return opening("; ".join(part for part in parts if part))
