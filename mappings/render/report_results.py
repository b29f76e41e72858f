"""Part II of the report: how many offices reported, and what each of them says."""

from collections.abc import Iterable, Sequence

from domain.campaign import Expected
from domain.compilation import Compilation, CompiledRow
from mappings.render.official import Align, Block, Column, Item, Paragraph, Table
from mappings.render.outside import LONG, plain
from mappings.render.standing import arrears, extension
from mappings.render.tally import Tally, by_group, reported, tally
from mappings.render.wording import count, day_short, group_name, local, moment, percent

_GROUP_COLUMNS = (
    Column(title="Nhóm cơ quan, đơn vị", share=5),
    Column(title="Được giao", share=1.5, align=Align.CENTER),
    Column(title="Đúng hạn", share=1.5, align=Align.CENTER),
    Column(title="Muộn", share=1.5, align=Align.CENTER),
    Column(title="Được miễn", share=1.5, align=Align.CENTER),
    Column(title="Chưa báo cáo", share=1.7, align=Align.CENTER),
    Column(title="Tỷ lệ", share=1.6, align=Align.CENTER),
)
_OFFICE_COLUMNS = (
    Column(title="TT", share=1, align=Align.CENTER),
    Column(title="Cơ quan, đơn vị", share=3.05),
    Column(title="Số, ký hiệu báo cáo", share=3.05, align=Align.CENTER),
    Column(title="Ngày báo cáo", share=2.5, align=Align.CENTER),
    Column(title="Tóm tắt nội dung", share=6.2),
)
_NIL = "Trong kỳ không phát sinh nội dung phải báo cáo."


def counts(compilation: Compilation) -> list[Block]:
    """Return the counts of a round as points that add up to the offices that owe a report."""
    total = tally(compilation.rows)
    points = [f"Đã báo cáo: {_done(compilation.rows, total)}"]
    if total.waived:
        points.append(f"Được miễn báo cáo: {count(total.waived)}")
    points.append(f"Chưa báo cáo: {_missing(compilation, total)}")
    last = len(points) - 1
    return [
        Paragraph(
            text=f"Tính đến {moment(compilation.made_at)}, trong tổng số {count(total.awaited)} "
            "cơ quan, đơn vị được giao báo cáo:"
        ),
        *(
            Item(marker="-", text=f"{point}{'.' if i == last else ';'}")
            for i, point in enumerate(points)
        ),
    ]


def _done(rows: Iterable[CompiledRow], total: Tally) -> str:
    done = [r for r in rows if reported(r)]
    granted = sum(1 for r in done if r.extended and not r.late)
    corrected = sum(1 for r in done if r.corrected)
    text = (
        f"{count(total.reported)} (đạt {percent(total.reported, total.awaited)}), gồm "
        f"{count(total.punctual)} đúng hạn"
    )
    text += f" ({count(granted)} đơn vị được gia hạn)" if granted else ""
    text += f" và {count(total.late)} muộn"
    among = [
        f"{count(total.nil)} báo cáo không phát sinh nội dung" if total.nil else "",
        f"{count(corrected)} báo cáo thay thế bản đã gửi" if corrected else "",
    ]
    told = ", ".join(part for part in among if part)
    return f"{text}; trong số đó có {told}" if told else text


def _missing(compilation: Compilation, total: Tally) -> str:
    kinds = arrears(compilation.rows, compilation.made_at)
    parts = ", ".join(f"{count(len(rows))} đơn vị {kind}" for kind, rows in kinds.items())
    return f"{count(total.missing)}, gồm {parts}" if parts else count(total.missing)


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
        str(total.waived),
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
    marks = "; ".join(part for part in ("muộn" if row.late else "", extension(row)) if part)
    text = plain(row.summary, LONG) or (_NIL if row.nil else "Nội dung theo báo cáo gửi kèm.")
    return f"{day} ({marks})".lstrip() if marks else day, text
