"""Part II of the report: how many offices reported, and what each of them says."""

from collections.abc import Iterable, Sequence

from domain.campaign import Expected
from domain.compilation import Compilation, CompiledRow
from mappings.render.official import Align, Block, Column, Item, Paragraph, Table
from mappings.render.outside import LONG, plain
from mappings.render.tally import Tally, by_group, reported, tally
from mappings.render.wording import count, day_short, group_name, local, moment, percent

_GROUP_COLUMNS = (
    Column(title="Nhóm cơ quan, đơn vị", share=5),
    Column(title="Được giao", share=1.6, align=Align.CENTER),
    Column(title="Đúng hạn", share=1.6, align=Align.CENTER),
    Column(title="Muộn", share=1.6, align=Align.CENTER),
    Column(title="Chưa báo cáo", share=1.8, align=Align.CENTER),
    Column(title="Tỷ lệ", share=1.6, align=Align.CENTER),
)
_OFFICE_COLUMNS = (
    Column(title="TT", share=1, align=Align.CENTER),
    Column(title="Cơ quan, đơn vị", share=3.3),
    Column(title="Số, ký hiệu báo cáo", share=2.9, align=Align.CENTER),
    Column(title="Ngày báo cáo", share=2.4, align=Align.CENTER),
    Column(title="Tóm tắt nội dung", share=6.2),
)
_NIL = "Trong kỳ không phát sinh nội dung phải báo cáo."


def counts(compilation: Compilation) -> list[Block]:
    """Return the counts of a round as a list of points."""
    total = tally(compilation.rows)
    corrected = sum(1 for r in compilation.rows if reported(r) and r.corrected)
    points = [
        f"Số cơ quan, đơn vị được giao báo cáo: {count(total.awaited)}",
        f"Đã báo cáo: {count(total.reported)} (đạt {percent(total.reported, total.awaited)}), "
        f"trong đó đúng hạn {count(total.punctual)}, muộn {count(total.late)}",
        f"Báo cáo không phát sinh nội dung: {count(total.nil)} (đã tính trong số trên)",
    ]
    if corrected:
        points.append(f"Có báo cáo thay thế bản đã gửi: {count(corrected)}")
    if total.waived:
        points.append(f"Được miễn báo cáo trong kỳ: {count(total.waived)}")
    points.append(f"Chưa báo cáo: {count(total.missing)}")
    last = len(points) - 1
    return [
        Paragraph(text=f"Tính đến {moment(compilation.made_at)}:"),
        *(
            Item(marker="-", text=f"{point}{'.' if i == last else ';'}")
            for i, point in enumerate(points)
        ),
    ]


def group_table(rows: Iterable[CompiledRow]) -> Table:
    """Return the counts by group of offices, with their total."""
    awaited = [r for r in rows if r.expected is Expected.REPORT]
    lines = [_group(plain(group_name(group)), t) for group, t in by_group(awaited).items()]
    return Table(
        columns=_GROUP_COLUMNS, rows=(*lines, _group("Tổng số", tally(awaited))), total=True
    )


def _group(name: str, total: Tally) -> tuple[str, ...]:
    return (
        name,
        str(total.awaited),
        str(total.punctual),
        str(total.late),
        str(total.missing),
        percent(total.reported, total.awaited),
    )


def office_table(rows: Sequence[CompiledRow]) -> list[Block]:
    """Return the offices that reported, with number, date and summary of each report."""
    lines = tuple(
        (str(position), plain(row.name), plain(row.reply_number or "Không số", 60), *_report(row))
        for position, row in enumerate((r for r in rows if reported(r)), start=1)
    )
    if not lines:
        return [Paragraph(text="Chưa có cơ quan, đơn vị nào gửi báo cáo.")]
    return [Table(columns=_OFFICE_COLUMNS, rows=lines)]


def _report(row: CompiledRow) -> tuple[str, str]:
    day = day_short(local(row.reported_at).date()) if row.reported_at else ""
    text = plain(row.summary, LONG) or (_NIL if row.nil else "Nội dung theo báo cáo gửi kèm.")
    return f"{day} (muộn)" if row.late else day, text
