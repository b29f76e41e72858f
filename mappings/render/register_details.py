"""Further sheets of the register: what is known of every office, and the counts by group."""

from dataclasses import replace

from xlsxwriter.worksheet import Worksheet

from domain.compilation import Compilation, CompiledRow, Proof
from domain.status import AssignmentStatus
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
from mappings.render.tally import Tally, by_group, reported, tally
from mappings.render.wording import CHANNEL, EXPECTED, STATUS, group_name, local

_DETAILS = (
    Field(title="TT", width=4, look=Look.NUMBER),
    Field(title="Cơ quan, đơn vị", width=24),
    Field(title="Nhóm", width=17),
    Field(title="Yêu cầu", width=10, look=Look.CENTRED),
    Field(title="Kênh gửi", width=13, look=Look.CENTRED),
    Field(title="Gửi lúc", width=15, look=Look.INSTANT),
    Field(title="Đến lúc", width=15, look=Look.INSTANT),
    Field(title="Tiếp nhận, xác nhận lúc", width=15, look=Look.INSTANT),
    Field(title="Tiếp nhận, xác nhận bằng", width=15, look=Look.CENTRED),
    Field(title="Thời hạn", width=15, look=Look.INSTANT),
    Field(title="Báo cáo lúc", width=15, look=Look.INSTANT),
    Field(title="Trạng thái", width=13, look=Look.CENTRED),
    Field(title="Đúng hạn / muộn", width=11, look=Look.CENTRED),
    Field(title="Số lần đôn đốc", width=8, look=Look.NUMBER),
    Field(title="Gia hạn đến", width=11, look=Look.DAY),
    Field(title="Số, ký hiệu báo cáo", width=15, look=Look.CENTRED),
    Field(title="Nội dung tóm tắt", width=50),
    Field(title="Ghi chú", width=22),
    Field(title="Chứng cứ (SHA-256)", width=31, look=Look.CENTRED),
)
_SUMMARY = (
    Field(title="Nhóm", width=38),
    Field(title="Tổng số nơi nhận", width=12, look=Look.NUMBER),
    Field(title="Đã nhận được văn bản", width=12, look=Look.NUMBER),
    Field(title="Chưa có hồi báo", width=10, look=Look.NUMBER),
    Field(title="Chưa gửi được", width=10, look=Look.NUMBER),
    Field(title="Đã tiếp nhận, xác nhận", width=12, look=Look.NUMBER),
    Field(title="Được giao báo cáo", width=12, look=Look.NUMBER),
    Field(title="Báo cáo đúng hạn", width=12, look=Look.NUMBER),
    Field(title="Báo cáo muộn", width=12, look=Look.NUMBER),
    Field(title="Được miễn", width=10, look=Look.NUMBER),
    Field(title="Chưa báo cáo", width=12, look=Look.NUMBER),
    Field(title="Báo cáo không phát sinh", width=12, look=Look.NUMBER),
    Field(title="Tỷ lệ báo cáo", width=11, look=Look.SHARE),
)
_PROOF = {
    Proof.REGISTERED: "Trạng thái trên trục liên thông",
    Proof.MAIL: "Thư điện tử",
    Proof.DOCUMENT: "Văn bản trên trục liên thông",
}
_TOTAL_LOOKS = {
    Look.TEXT: Look.TOTAL_TEXT,
    Look.NUMBER: Look.TOTAL_NUMBER,
    Look.SHARE: Look.TOTAL_SHARE,
}
_TOTAL = tuple(replace(field, look=_TOTAL_LOOKS[field.look]) for field in _SUMMARY)

SIZE_DETAILS = 10.0
"""Points of the letters on the sheet of details, which has many columns."""

_DETAILS_SCALE = 68
"""Percent at which the details print on two sheets of A4 side by side."""

_DETAILS_BREAK = 12
"""First column of the second sheet of paper; number and name are repeated on it."""


def details(sheet: Worksheet, style: Style, compilation: Compilation) -> None:
    """Write everything that is known of each office."""
    set_paper(sheet)
    put_heads(sheet, 0, _DETAILS, style)
    for position, row in enumerate(compilation.rows, start=1):
        put(sheet, position, _detail(row), _DETAILS, style)
    fasten_head(sheet, 0, 0, len(compilation.rows), len(_DETAILS))
    sheet.freeze_panes(1, 2)
    sheet.set_print_scale(_DETAILS_SCALE)
    sheet.set_v_pagebreaks([_DETAILS_BREAK])
    sheet.repeat_columns(0, 1)


def summary(sheet: Worksheet, style: Style, compilation: Compilation) -> None:
    """Write the counts of each group of offices and their total."""
    set_paper(sheet)
    put_heads(sheet, 0, _SUMMARY, style)
    groups = by_group(compilation.rows)
    for position, (group, counts) in enumerate(groups.items(), start=1):
        put(sheet, position, _counts(group_name(group), counts), _SUMMARY, style)
    total = _counts("Tổng số", tally(compilation.rows))
    put(sheet, len(groups) + 1, total, _TOTAL, style)
    # The total stays outside the filter, so that sorting does not move it.
    fasten_head(sheet, 0, 0, len(groups), len(_SUMMARY))
    sheet.fit_to_pages(1, 0)


def _detail(row: CompiledRow) -> tuple[Cell, ...]:
    return (
        row.position,
        row.name,
        row.group,
        EXPECTED[row.expected],
        ", ".join(CHANNEL[channel] for channel in row.channels),
        row.sent_at,
        row.delivered_at,
        row.acknowledged_at,
        _PROOF[row.proof] if row.proof else "",
        row.due_at,
        row.reported_at,
        _status(row),
        _punctuality(row),
        row.reminders,
        local(row.due_at).date() if row.extended and row.due_at else None,
        row.reply_number,
        row.summary or ("Không phát sinh nội dung" if row.nil else ""),
        row.note,
        row.evidence,
    )


def _status(row: CompiledRow) -> str:
    taken_in = row.status is AssignmentStatus.ACKNOWLEDGED and row.proof is Proof.REGISTERED
    return "Đã tiếp nhận" if taken_in else STATUS[row.status]


def _punctuality(row: CompiledRow) -> str:
    if row.late:
        return "Muộn"
    return "Đúng hạn" if reported(row) else ""


def _counts(name: str, counts: Tally) -> tuple[Cell, ...]:
    return (
        name,
        counts.listed,
        counts.reached,
        counts.unconfirmed,
        counts.unreached,
        counts.acknowledged,
        counts.awaited,
        counts.punctual,
        counts.late,
        counts.waived,
        counts.missing,
        counts.nil,
        counts.reported / counts.awaited if counts.awaited else None,
    )
