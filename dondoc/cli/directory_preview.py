"""What a list of offices would change, as lines for people and as one JSON document."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from domain.office import Office
from dondoc.languages import Language, told
from dondoc.services.directory_list import ImportPlan
from mappings.directory.compare import Addition, Alteration
from mappings.directory.doubt import Doubt, Place
from mappings.directory.records import FieldChange, Plain
from mappings.directory.words import located, said
from mappings.directory.yaml_values import flow

_WORDS = {
    "added": ("would be added", "sẽ thêm"),
    "changed": ("would be changed", "sẽ sửa"),
    "ended": ("would end", "sẽ kết thúc"),
    "unlisted": (
        "not in the list, left as they are (--end-missing DATE ends them)",
        "không có trong danh sách, giữ nguyên (--end-missing NGÀY để kết thúc)",
    ),
    "left_out": ("rows left out, to be looked at", "dòng chưa lấy, cần xem lại"),
    "remarks": ("remarks", "lưu ý"),
    "problems": (
        "nothing is written: the directory would not be sound",
        "không ghi gì: danh bạ sẽ không hợp lệ",
    ),
    "unchanged": ("{} offices are as in the list", "{} đơn vị đã đúng như danh sách"),
    "written": ("written: {}; the file before it is kept as {}.bak", "đã ghi {}; bản cũ ở {}.bak"),
    "new": ("written: {}", "đã ghi {}"),
    "apply": (
        "nothing is written yet: look it over, then give --apply",
        "chưa ghi gì: hãy xem kỹ rồi chạy lại với --apply",
    ),
    "unnamed": (
        "{} is not named by `directory` in dondoc.yaml: add it there",
        "{} chưa được khai báo ở khóa `directory` trong dondoc.yaml: hãy thêm vào",
    ),
    "nothing": ("the directory is as the list", "danh bạ đã đúng như danh sách"),
    "none": ("none", "không có"),
    "row": ("row", "dòng"),
}
_SHOWN = 30
"""Offices that are listed one by one where a whole directory is not in the list."""


def lines(
    plan: ImportPlan, written: Sequence[Path], language: Language, *, applied: bool
) -> Iterator[str]:
    """Yield the preview, or what was done, line by line."""
    found = plan.comparison
    yield from _added(found.added, language)
    yield from _all_altered("changed", found.changed, language)
    yield from _all_altered("ended", found.ended, language)
    yield from _unlisted(found.unlisted, language)
    yield from _doubts("left_out", found.left_out, language)
    yield from _doubts("remarks", [doubt for doubt in found.doubts if doubt.remark], language)
    if found.unchanged:
        yield _word("unchanged", language, found.unchanged)
    if plan.unnamed:
        yield _word("unnamed", language, plan.unnamed)
    yield from _outcome(plan, written, language, applied=applied)


def _outcome(
    plan: ImportPlan, written: Sequence[Path], language: Language, *, applied: bool
) -> Iterator[str]:
    if plan.problems:
        yield f"{_word('problems', language)}:"
        yield from (f"  {told(problem, language)}" for problem in plan.problems)
    elif plan.edits and not applied:
        yield _word("apply", language)
    elif not plan.edits and not plan.comparison.left_out:
        yield _word("nothing", language)
    old = {edit.path for edit in plan.edits if edit.before is not None}
    for path in written:
        key = "written" if path in old else "new"
        yield _word(key, language, path, path.name)


def _word(key: str, language: Language, *parts: object) -> str:
    return _WORDS[key][language is Language.VI].format(*parts)


def _added(added: Sequence[Addition], language: Language) -> Iterator[str]:
    if added:
        yield f"{_word('added', language)} ({len(added)}):"
    for one in added:
        group = f"  [{one.office.groups[0]}]" if one.office.groups else ""
        yield f"  + {one.office.id}  {one.office.name}{group}{_at(one.place, language)}"


def _all_altered(key: str, altered: Sequence[Alteration], language: Language) -> Iterator[str]:
    if altered:
        yield f"{_word(key, language)} ({len(altered)}):"
    for one in altered:
        yield from _altered(one, language)


def _altered(one: Alteration, language: Language) -> Iterator[str]:
    yield f"  ~ {one.before.id}  {one.before.name}{_at(one.place, language)}"
    for change in one.changes:
        yield f"      {_change(change, language)}"


def _change(change: FieldChange, language: Language) -> str:
    none = _word("none", language)
    old, new = (none if value is None else flow(value) for value in (change.old, change.new))
    return f"{change.key}: {old} → {new}"


def _at(place: Place | None, language: Language) -> str:
    if place is None:
        return ""
    return f"  ({place.sheet}, {_word('row', language)} {place.row})"


def _unlisted(offices: Sequence[Office], language: Language) -> Iterator[str]:
    if offices:
        yield f"{_word('unlisted', language)} ({len(offices)}):"
        yield from (f"  - {office.id}  {office.name}" for office in offices[:_SHOWN])
    if len(offices) > _SHOWN:
        yield "  - …"


def _doubts(key: str, doubts: Sequence[Doubt], language: Language) -> Iterator[str]:
    if doubts:
        yield f"{_word(key, language)} ({len(doubts)}):"
    for doubt in doubts:
        where = located(doubt, language.value)
        yield f"  ? {where}: {said(doubt, language.value)}".replace("? : ", "? ")


# One JSON document, of values of many types.
def as_document(plan: ImportPlan, written: Sequence[Path], language: Language) -> dict[str, Any]:
    """Return the preview as one JSON document."""
    found = plan.comparison
    return {
        "added": [
            {"office": one.office.id, "name": one.office.name, "groups": list(one.office.groups)}
            | _place(one.place)
            for one in found.added
        ],
        "changed": [_altered_document(one) for one in found.changed],
        "ended": [_altered_document(one) for one in found.ended],
        "not_in_list": [office.id for office in found.unlisted],
        "unchanged": found.unchanged,
        "doubts": [
            {
                "code": doubt.code.value,
                "what": said(doubt, language.value),
                "left_out": not doubt.remark,
                "cell": doubt.place.cell or None,
            }
            | _place(doubt.place)
            for doubt in found.doubts
        ],
        "problems": [str(problem) for problem in plan.problems],
        "files": [str(edit.path) for edit in plan.edits],
        "written": [str(path) for path in written],
    }


def _altered_document(one: Alteration) -> dict[str, Any]:
    changed = [
        {"key": change.key, "old": _json(change.old), "new": _json(change.new)}
        for change in one.changes
    ]
    place = _place(one.place) if one.place else {}
    return {"office": one.before.id, "name": one.before.name, "changes": changed} | place


def _place(place: Place) -> dict[str, Any]:
    return {"sheet": place.sheet or None, "row": place.row or None}


def _json(value: Plain | None) -> Any:
    match value:
        case date():
            return value.isoformat()
        case list():
            return [_json(item) for item in value]
        case dict():
            return {key: _json(item) for key, item in value.items()}
        case _:
            return value
