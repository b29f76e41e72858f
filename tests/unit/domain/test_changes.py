"""What distinguishes two versions of a directive."""

from dataclasses import replace
from datetime import date

from domain.changes import Change, Changed, changes
from domain.directive import StoredFile
from domain.ids import Digest
from tests.unit.domain.small_district import DIRECTIVE


def _file(name: str, digit: str) -> StoredFile:
    return StoredFile(name=name, digest=Digest(digit * 64), size=1)


BEFORE = replace(DIRECTIVE, files=(_file("cv.pdf", "a"), _file("phu luc.docx", "b")))


def test_the_same_directive_has_no_changes() -> None:
    assert changes(BEFORE, replace(BEFORE, document_id="another")) == ()


def test_each_member_that_an_office_sees_is_named_in_order() -> None:
    after = replace(
        BEFORE,
        number="600",
        issued_on=date(2024, 6, 3),
        type_name="Kế hoạch",
        subject="Khác",
        signer="Nguyễn Văn B",
        due_on=date(2024, 11, 20),
    )
    found = changes(BEFORE, after)
    assert [change.what for change in found] == [
        Changed.CODE,
        Changed.ISSUED_ON,
        Changed.TYPE,
        Changed.SUBJECT,
        Changed.SIGNER,
        Changed.DEADLINE,
    ]
    assert (found[0].before, found[0].after) == (BEFORE.code, after.code)
    assert (found[-1].before, found[-1].after) == (BEFORE.due_on, date(2024, 11, 20))


def test_files_are_compared_by_name_and_bytes() -> None:
    after = replace(
        BEFORE, files=(_file("cv.pdf", "c"), _file("bieu mau.xlsx", "d"), _file("moi.docx", "b"))
    )
    assert changes(BEFORE, after) == (
        Change(what=Changed.FILE_CHANGED, before="cv.pdf", after="cv.pdf"),
        Change(what=Changed.FILE_ADDED, before=None, after="bieu mau.xlsx"),
    )
    gone = replace(BEFORE, files=BEFORE.files[:1])
    removed = Change(what=Changed.FILE_REMOVED, before="phu luc.docx", after=None)
    assert changes(BEFORE, gone) == (removed,)
