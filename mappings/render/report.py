"""BÁO CÁO tổng hợp: what an office signs and sends to the Department for one round.

The order of the parts is custom, not law; header, notation, dates and the closing sentence follow
Nghị định 30/2020/NĐ-CP, Phụ lục I.
"""

from collections.abc import Iterable, Mapping, Sequence

from domain.campaign import Expected
from domain.compilation import Compilation, CompiledRow
from domain.directive import Directive
from domain.status import AssignmentStatus
from mappings.render.official import (
    Block,
    Heading,
    IssueDate,
    Item,
    OfficialDocument,
    Paragraph,
    Signer,
)
from mappings.render.outside import plain
from mappings.render.report_results import counts, group_table, office_table
from mappings.render.standing import Arrears, arrears, evidence, extension, proofs
from mappings.render.tally import Tally, owing, reported, tally, unreached
from mappings.render.wording import (
    CHANNEL_LONG,
    count,
    day_short,
    deadline,
    local,
    naming,
    opening,
    subject_of,
)

_UNKNOWN_PLACE = "……………"
_LETTERS = "abcdđe"
"""Points below a numbered one, in the order of the Vietnamese alphabet."""


def report_document(compilation: Compilation, *, addressee: str = "") -> OfficialDocument:
    """Return the report of a compilation, dated on the day it was made, its number as given yet.

    ``addressee`` is the name of the office that receives it; empty leaves out the Kính gửi line.
    """
    rule = compilation.campaign.compile
    issuer = _issuer(compilation)
    return OfficialDocument(
        parent=rule.parent_name,
        issuer=issuer,
        notation=rule.number_notation,
        number=compilation.number,
        place=rule.place or _UNKNOWN_PLACE,
        issued=IssueDate.of(local(compilation.made_at).date()),
        type_name="Báo cáo",
        subject=_subject(compilation),
        addressees=(plain(addressee),) if addressee else (),
        body=(
            Paragraph(text=_grounds(compilation)),
            *_direction(compilation),
            *_results(compilation),
            *_shortcomings(compilation),
            *_proposals(compilation, addressee),
            Paragraph(text=_closing(compilation)),
        ),
        recipients=_recipients(compilation, addressee),
        signer=Signer(
            capacity=tuple(line.strip() for line in rule.signer_capacity.splitlines()),
            position=rule.signer_position,
            name=rule.signer_name,
        ),
    )


def _clean(directive: Directive) -> str:
    return plain(naming(directive))


def _issuer(compilation: Compilation) -> str:
    return plain(compilation.campaign.compile.issuer_name or compilation.directive.issuer)


def _period(compilation: Compilation) -> str:
    return f"năm {compilation.due_on.year}" if compilation.campaign.rounds.yearly else ""


def _subject(compilation: Compilation) -> str:
    title = compilation.campaign.compile.title
    if not title:
        title = f"Kết quả thực hiện {_clean(compilation.directive)}"
    period = _period(compilation)
    return title if title.endswith(period) else f"{title} ({period})"


def _grounds(compilation: Compilation) -> str:
    directive = compilation.directive
    period = f" {_period(compilation)}" if _period(compilation) else ""
    return (
        f"Thực hiện {_clean(directive)} về việc {plain(subject_of(directive), 500)}, "
        f"{_issuer(compilation)} tổng hợp, báo cáo kết quả thực hiện{period} như sau:"
    )


def _direction(compilation: Compilation) -> list[Block]:
    rows = compilation.rows
    total = tally(rows)
    informed = sum(1 for r in rows if r.expected is not Expected.REPORT)
    informed_text = f"; gửi {count(informed)} cơ quan, đơn vị để biết, theo dõi" if informed else ""
    reminders = sum(r.reminders for r in rows)
    reminded = sum(1 for r in rows if r.reminders)
    extended = sum(1 for r in rows if r.extended)
    follow = "Trong kỳ không phải đôn đốc cơ quan, đơn vị nào"
    if reminders:
        follow = (
            f"Trong kỳ đã đôn đốc {count(reminders)} lượt đối với {count(reminded)} cơ quan, đơn vị"
        )
    if extended:
        follow += f"; gia hạn báo cáo cho {count(extended)} cơ quan, đơn vị theo đề nghị"
    return [
        Heading(text="I. Công tác chỉ đạo, triển khai"),
        Item(
            marker="1.",
            text=f"{_clean(compilation.directive)} giao {count(total.awaited)} cơ quan, đơn vị "
            f"triển khai thực hiện và báo cáo kết quả {deadline(compilation)}{informed_text}.",
        ),
        Item(marker="2.", text=_sending(rows, total)),
        Item(marker="3.", text=f"{follow}."),
    ]


def _sending(rows: Sequence[CompiledRow], total: Tally) -> str:
    used = {channel for row in rows for channel in row.channels}
    ways = " và ".join(words for channel, words in CHANNEL_LONG.items() if channel in used)
    text = f"Văn bản được gửi qua {ways}; " if ways else ""
    text += (
        f"{count(total.reached)}/{count(total.listed)} nơi nhận đã nhận được văn bản "
        "(căn cứ hồi báo hoặc trả lời)"
    )
    told = proofs(rows)
    text += f", trong đó {told}" if told else ""
    if total.unconfirmed:
        text += f"; {count(total.unconfirmed)} nơi nhận chưa có hồi báo"
    if total.unreached:
        text += f"; chưa gửi được đến {count(total.unreached)} nơi nhận"
    if total.refused:
        text += f", trong đó {count(total.refused)} nơi từ chối tiếp nhận"
    return text + "."


def _results(compilation: Compilation) -> list[Block]:
    return [
        Heading(text="II. Kết quả thực hiện"),
        Heading(text="1. Tình hình báo cáo", level=2),
        *counts(compilation),
        group_table(compilation.rows),
        Heading(text="2. Kết quả cụ thể của các cơ quan, đơn vị đã báo cáo", level=2),
        *office_table(compilation.rows),
    ]


def _shortcomings(compilation: Compilation) -> list[Block]:
    rows = compilation.rows
    missing = arrears(rows, compilation.made_at)
    late = [r for r in rows if reported(r) and r.late]
    others = [r for r in rows if unreached(r) and not owing(r)]
    parts = [
        (
            "Cơ quan, đơn vị chưa báo cáo",
            sum(len(members) for members in missing.values()),
            _classes(missing),
        ),
        ("Cơ quan, đơn vị báo cáo muộn", len(late), _dashes(_late(r) for r in late)),
        ("Nơi nhận khác chưa gửi được văn bản", len(others), _dashes(_owing(r) for r in others)),
    ]
    blocks: list[Block] = [Heading(text="III. Tồn tại, hạn chế")]
    for number, (title, size, listed) in enumerate((p for p in parts if p[1]), start=1):
        blocks.append(Heading(text=f"{number}. {title} ({count(size)})", level=2))
        blocks += listed
    if len(blocks) == 1:
        blocks.append(Paragraph(text=_nothing_owing(rows)))
    return blocks


def _nothing_owing(rows: Sequence[CompiledRow]) -> str:
    asked = [r for r in rows if r.expected is Expected.REPORT]
    waived = [r for r in asked if r.status is AssignmentStatus.WAIVED]
    if not waived:
        return "Các cơ quan, đơn vị được giao đều đã báo cáo đúng thời hạn."
    if len(waived) == len(asked):
        return "Các cơ quan, đơn vị được giao đều được miễn báo cáo."
    return "Các cơ quan, đơn vị không được miễn đều đã báo cáo đúng thời hạn."


def _classes(missing: Mapping[Arrears, Sequence[CompiledRow]]) -> list[Block]:
    """List the offices whose report is missing by class, with a letter where there are several."""
    blocks: list[Block] = []
    for letter, (kind, members) in zip(_LETTERS, missing.items(), strict=False):
        title = f"{opening(kind)} ({count(len(members))}):"
        marked = f"{letter}) {title}" if len(missing) > 1 else title
        blocks.append(Heading(text=marked, level=3))
        blocks += _dashes(_owing(row) for row in members)
    return blocks


def _dashes(entries: Iterable[str]) -> list[Block]:
    listed = list(entries)
    last = len(listed) - 1
    return [
        Item(marker="-", text=f"{entry}{'.' if i == last else ';'}")
        for i, entry in enumerate(listed)
    ]


def _reminded(row: CompiledRow) -> str:
    return f"đã đôn đốc {count(row.reminders)} lần" if row.reminders else ""


def _owing(row: CompiledRow) -> str:
    told = ", ".join(part for part in (evidence(row), extension(row), _reminded(row)) if part)
    return f"{plain(row.name)}: {told}"


def _late(row: CompiledRow) -> str:
    at = f"báo cáo ngày {day_short(local(row.reported_at).date())}" if row.reported_at else "muộn"
    due = f"thời hạn {day_short(local(row.due_at).date())}" if row.due_at else ""
    limit = extension(row) or due
    reminded = f", {_reminded(row)}" if row.reminders else ""
    return f"{plain(row.name)}: {at}{f' ({limit})' if limit else ''}{reminded}"


def _proposals(compilation: Compilation, addressee: str) -> list[Block]:
    texts = [
        f"Kính đề nghị {plain(addressee) or 'cơ quan cấp trên'} xem xét, tổng hợp; tiếp tục quan "
        "tâm hướng dẫn, hỗ trợ các cơ quan, đơn vị trong quá trình triển khai thực hiện."
    ]
    if compilation.missing:
        texts.append(
            "Đề nghị các cơ quan, đơn vị chưa gửi báo cáo khẩn trương hoàn thành, gửi "
            f"{_issuer(compilation)} để tổng hợp, báo cáo bổ sung."
        )
    if compilation.campaign.rounds.yearly:
        texts.append(
            "Đề nghị các cơ quan, đơn vị tiếp tục thực hiện nghiêm nội dung văn bản đã được giao "
            "và chế độ báo cáo hằng năm đúng thời hạn quy định."
        )
    return [
        Heading(text="IV. Kiến nghị, đề xuất"),
        *(Item(marker=f"{number}.", text=text) for number, text in enumerate(texts, start=1)),
    ]


def _closing(compilation: Compilation) -> str:
    return (
        f"Trên đây là báo cáo kết quả thực hiện {_clean(compilation.directive)}, "
        f"{_issuer(compilation)} trân trọng báo cáo./."
    )


def _recipients(compilation: Compilation, addressee: str) -> tuple[str, ...]:
    first = ("Như trên (để báo cáo)",) if addressee else ()
    informed = (r for r in compilation.rows if r.expected is Expected.INFORMATION)
    return (*first, *(f"{plain(r.name)} (để b/c)" for r in informed), "Lưu: VT")
