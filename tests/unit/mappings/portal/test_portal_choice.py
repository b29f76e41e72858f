"""Which entry and which file are meant; nothing is guessed."""

from dataclasses import replace
from datetime import date

import pytest

from domain.directive import StoredFile
from domain.ids import Digest
from domain.portal import PortalProblem, PortalRule, PortalUnusable
from mappings.portal.choice import carried, has_number, the_entry, the_file
from mappings.portal.listing import Entry, FileLink
from mappings.portal.posted_file import check_document, check_file, file_name, media_type

RULE = PortalRule(page="https://x.example/", document="47/NQ-CP", issued_on=date(2024, 4, 15))


def entry(number: str = "", title: str = "", day: date | None = None, link: str = "l") -> Entry:
    return Entry(number=number, title=title, day=day, link=link, files=())


def link(base: str, name: str = "") -> FileLink:
    return FileLink(url=f"https://x.example/{base}", name=name, base=base)


@pytest.mark.parametrize(
    "found",
    [
        entry("47/NQ-CP"),
        entry("Số: 47 / NQ–CP"),
        entry("047/NQ-CP", day=date(2024, 4, 15)),
        entry("47 NQ-CP"),
        entry(title="Nghị quyết số 47/NQ-CP ngày 15/4/2024 thực hiện Kết luận số 57-KL/TW"),
        entry(title="Số: 47/NQ-CP"),
    ],
)
def test_entries_of_the_document(found: Entry) -> None:
    others = [entry("147/NQ-CP"), entry("47/NQ-HĐND"), entry()]
    assert the_entry([*others, found], RULE) is found


@pytest.mark.parametrize(
    "other",
    [
        entry("47/NQ-CP", day=date(2023, 4, 15)),
        entry("126/KH-UBND", title="Thực hiện Nghị quyết số 47/NQ-CP"),
        entry(title="Kế hoạch số 126/KH-UBND thực hiện Nghị quyết số 47/NQ-CP"),
        entry(title="Thông báo"),
    ],
)
def test_entries_of_others(other: Entry) -> None:
    assert the_entry([other], RULE) is None


def test_several_entries_are_told() -> None:
    same = entry("47/NQ-CP", title="A")
    assert the_entry([same, same], RULE) is same
    with pytest.raises(PortalUnusable, match=r"2 entries .*\(A; 47/NQ-CP\)") as caught:
        the_entry([same, entry("47/NQ-CP", link="m")], replace(RULE, issued_on=None))
    assert caught.value.problem is PortalProblem.AMBIGUOUS


def test_the_file_that_is_meant() -> None:
    only = link("download.aspx", "Tải về")
    assert the_file([only], RULE) is only
    wanted = link("47-NQ-CP_signed.pdf")
    assert the_file([link("phu-luc.pdf"), wanted], RULE) is wanted
    shown = link("1.pdf", "Nghị quyết 47/NQ-CP")
    assert the_file([link("2.pdf", "Phụ lục"), shown], RULE) is shown
    patterned = replace(RULE, file="*.PDF")
    assert the_file([link("a.docx"), link("b.pdf")], patterned).base == "b.pdf"


@pytest.mark.parametrize(
    ("names", "pattern", "problem", "words"),
    [
        ([], None, PortalProblem.NOT_POSTED, "no file of it"),
        ([], "*", PortalProblem.NOT_POSTED, "no file of it"),
        (["a.pdf", "b.pdf"], None, PortalProblem.AMBIGUOUS, "2 files fit"),
        (["a.pdf"], "*47*", PortalProblem.AMBIGUOUS, "no file fits"),
        ([f"{n}.pdf" for n in range(9)], "*", PortalProblem.AMBIGUOUS, "and 4 more"),
    ],
)
def test_files_that_are_not_chosen(
    names: list[str], pattern: str | None, problem: PortalProblem, words: str
) -> None:
    with pytest.raises(PortalUnusable, match=words) as caught:
        the_file([link(name) for name in names], replace(RULE, file=pattern))
    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("name", "has"),
    [
        ("47-NQ-CP.pdf", True),
        ("Nghị quyết 47_NQ_CP (ký số).pdf", True),
        ("047.NQ.CP.docx", True),
        ("0-47-nq-cp.pdf", True),
        ("147-NQ-CP.pdf", False),
        ("47-NQ-HĐND.pdf", False),
        ("NQ47.pdf", False),
        ("512-UBND-VH về Nghị quyết 47-NQ-CP.pdf", False),
        ("CV triển khai Nghị quyết số 47-NQ-CP.pdf", False),
        ("Nghị quyết 47-NQ-CP thực hiện KL57.pdf", True),
        ("", False),
    ],
)
def test_numbers_in_names(name: str, has: bool) -> None:
    assert has_number(name, "47/NQ-CP") is has


def test_what_a_letter_carries() -> None:
    files = [StoredFile(name=n, digest=Digest("0"), size=1) for n in ("a.pdf", "47-NQ-CP.pdf")]
    assert [file.name for file in carried(files, RULE)] == ["47-NQ-CP.pdf"]
    assert [file.name for file in carried(files, replace(RULE, file="A*"))] == ["a.pdf"]


@pytest.mark.parametrize(
    ("found", "beginning", "name"),
    [
        (link("47-NQ-CP.pdf"), b"", "47-NQ-CP.pdf"),
        (link("download.aspx", "Nghị quyết 47/NQ-CP.PDF"), b"", "Nghị quyết 47-NQ-CP.PDF"),
        (link("download", "Tải về"), b"%PDF-1.7", "47-NQ-CP.pdf"),
        (link("download"), b"PK", "47-NQ-CP"),
        (link("../..\\x:y|z.doc"), b"", "x-y-z.doc"),
        (link("a" * 200 + ".docx"), b"", "a" * 115 + ".docx"),
    ],
)
def test_names_of_files(found: FileLink, beginning: bytes, name: str) -> None:
    assert file_name(found, RULE, beginning) == name


def test_kinds_of_files() -> None:
    assert media_type("x.PDF") == "application/pdf"
    assert media_type("x.exe") == media_type("x") == "application/octet-stream"


@pytest.mark.parametrize(
    ("beginning", "media", "problem", "words"),
    [
        (b"%PDF-", "text/html", None, "a web page came"),
        (b"\xef\xbb\xbf\n<!-- x --> <!DOCTYPE HTML>", "", None, "a web page came"),
        (b"<html>", "application/pdf", None, "a web page came"),
        (b"", "", None, "it is empty"),
        (b"PK\x03\x04", "", None, "no PDF inside"),
        (b"%PDF-", "", "it is locked", "it is locked"),
    ],
)
def test_what_is_no_file(beginning: bytes, media: str, problem: str | None, words: str) -> None:
    with pytest.raises(PortalUnusable, match=words) as caught:
        check_file("47.pdf", beginning, media, problem)
    assert caught.value.problem is PortalProblem.NOT_A_FILE


def test_a_sound_file() -> None:
    check_file("47.pdf", b"%PDF-1.7", "application/pdf", None)
    check_file("47.doc", b"<xml", "application/msword", "old Office format")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("CHÍNH PHỦ\nSố: 48/NQ-CP\n", "is document 48/NQ-CP, not 47/NQ-CP"),
        ("CHÍNH PHỦ\nSố: 47/NQ-CP\nHà Nội, ngày 15 tháng 4 năm 2023\n", "is dated 2023-04-15"),
        ("MẬT\nCHÍNH PHỦ\nSố: 47/NQ-CP\n", "the stamp secret"),
    ],
)
def test_another_document(text: str, words: str) -> None:
    with pytest.raises(PortalUnusable, match=words) as caught:
        check_document("47.pdf", text, RULE)
    assert caught.value.problem is PortalProblem.OTHER_DOCUMENT


@pytest.mark.parametrize(
    "text", ["", "CHÍNH PHỦ\nSố: 47/NQ-CP\nHà Nội, ngày 15 tháng 4 năm 2024\n", "Số: /NQ-CP"]
)
def test_the_document_itself(text: str) -> None:
    check_document("47.pdf", text, RULE)
    check_document("47.pdf", text, replace(RULE, issued_on=None))
