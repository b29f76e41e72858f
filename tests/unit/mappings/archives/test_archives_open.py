"""Archives beside their files: what is read, what is refused, and that nothing is raised."""

import io
import struct
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.content import Inline, whole
from domain.ids import digest_of
from domain.reading import ReceivedFile
from mappings.archives.limits import Limits
from mappings.archives.member import DAMAGED, LINK, LOCKED, is_junk
from mappings.archives.open import DEFAULT, open_archives
from mappings.archives.packed_members import MISSING, library_found
from mappings.archives.rar_lock import is_locked
from tests.archive_files import (
    locked,
    rar4,
    rar5,
    rar5_locked_names,
    renamed,
    seven_zipped,
    zipped,
)

WORD = ("Báo cáo.docx", b"PK\x03\x04 report")
SEVEN_ZIP = seven_zipped(WORD)
MANY = [zipped(WORD), rar5(WORD), seven_zipped(WORD), rar4((b"a.docx", b"x"))]


def received(name: str, content: bytes, problem: str = "") -> ReceivedFile:
    return ReceivedFile(
        name=name,
        media_type="application/octet-stream",
        digest=digest_of(content),
        content=Inline(content),
        problem=problem,
    )


def opened(name: str, content: bytes, limits: Limits = DEFAULT) -> list[tuple[str, str]]:
    files, _ = open_archives([received(name, content)], limits)
    assert files[0].name == name
    assert whole(files[0].content) == content
    return [(file.full_name, file.problem) for file in files]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("HS.zip", zipped(("thư mục/Báo cáo.docx", WORD[1]))),
        ("HS.rar", rar5(WORD)),
        ("HS.rar", rar4(("Báo cáo.docx".encode(), WORD[1]))),
        ("HS.rar", rar4((b"B\xb8o c\xb8o.docx", WORD[1]))),
        ("HS.7z", seven_zipped(WORD)),
        ("HS.bin", rar5(WORD)),
        ("HS.rar", zipped(WORD)),
    ],
)
def test_each_kind_is_known_by_its_first_octets(name: str, content: bytes) -> None:
    files, warnings = open_archives([received(name, content)])
    assert [f.full_name for f in files] == [name, f"{name} › Báo cáo.docx"]
    assert [f.wrapper for f in files] == [True, False]
    assert whole(files[1].content) == WORD[1]
    assert warnings == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Báo cáo.docx", zipped(("[Content_Types].xml", b"<x/>"))),
        ("Báo cáo.zip", zipped(("[Content_Types].xml", b"<x/>"))),
        ("Báo cáo", zipped(("mimetype", b"application/vnd.oasis.opendocument.text"))),
        ("Báo cáo.xlsx", b"PK\x03\x04 damaged"),
        ("Báo cáo.txt", b"x"),
    ],
)
def test_office_files_are_no_archives(name: str, content: bytes) -> None:
    assert opened(name, content) == [(name, "")]


def test_what_is_known_to_be_unreadable_is_left() -> None:
    files, _ = open_archives([received("a.zip", zipped(WORD), "it is empty")])
    assert [(f.name, f.problem) for f in files] == [("a.zip", "it is empty")]


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.zip", locked(zipped(WORD)), f"Báo cáo.docx: {LOCKED}"),
        ("a.rar", rar5(WORD, password=True), LOCKED),
        ("a.rar", rar5_locked_names(), LOCKED),
        ("a.rar", rar4((b"a", b"x"), password=True), LOCKED),
        ("a.zip", zipped(WORD)[:40], DAMAGED),
        ("a.zip", zipped(WORD).replace(b"\x00\x00\x00\x00\x01", b"\xff\xff\xff\xff\x01"), ""),
        ("a.7z", seven_zipped(WORD)[:-9], DAMAGED),
        ("a.rar", rar5(("a.txt", b"x" * 500))[:-60], f"a.txt: {DAMAGED}"),
        ("a.rar", rar4((b"a.txt", b"x" * 500))[:-60], f"a.txt: {DAMAGED}"),
        ("a.zip", zipped(), "it holds no file; ask the office to send it again"),
        (
            "a.zip",
            zipped(("__MACOSX/._a", b""), ("x/", b""), ("Thumbs.db", b"")),
            "it holds no file",
        ),
        ("a.rar", rar5(("__MACOSX/._a", b"")), "it holds no file"),
        ("a.7z", b"x", "it is no ZIP, RAR or 7z inside; ask for the files themselves"),
        ("a.zip", b"", "it is no ZIP, RAR or 7z inside; ask for the files themselves"),
        ("a.zip", zipped(link="lien ket"), f"lien ket: {LINK}"),
        ("a.rar", rar5(link="lien ket"), f"lien ket: {LINK}"),
    ],
)
def test_what_cannot_be_opened_says_why(name: str, content: bytes, problem: str) -> None:
    found = opened(name, content)
    assert problem in found[0][1]
    assert len(found) == 1 or not problem


def test_names_never_lead_out() -> None:
    raw = zipped(("../../etc/cron.d/b.pdf", b"y"), ("C:\\Windows\\c.txt", b"z"), ("/d.txt", b"w"))
    files, warnings = open_archives([received("a.zip", raw)])
    assert [f.name for f in files] == ["a.zip", "b.pdf", "c.txt", "d.txt"]
    assert len(warnings) == 3
    files, warnings = open_archives([received("a.rar", rar5(("../x.txt", b"1")))])
    assert [f.name for f in files] == ["a.rar", "x.txt"]
    assert len(warnings) == 1


def test_a_name_of_nothing_gets_a_number() -> None:
    assert opened("a.zip", zipped(("...", b"x")))[1] == ("a.zip › 1.bin", "")


def test_what_is_readable_counts_beside_what_is_not() -> None:
    found = opened("a.zip", zipped(WORD, link="a.lnk"))
    assert found == [("a.zip", f"a.lnk: {LINK}"), ("a.zip › Báo cáo.docx", "")]


def test_an_entry_without_a_name_is_read_by_number() -> None:
    archive = bytearray(zipped(("a", b"x")))
    for signature, at in ((b"PK\x03\x04", 30), (b"PK\x01\x02", 46)):
        archive[archive.find(signature) + at] = 0
    assert opened("a.zip", bytes(archive))[1] == ("a.zip › 1.bin", "")


def test_many_problems_are_counted() -> None:
    raw = locked(zipped(*[(f"{n}.doc", b"x") for n in range(9)]))
    assert opened("a.zip", raw)[0][1].endswith("; and 6 more")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Báo cáo.docx".encode(), "Báo cáo.docx"),
        (b"B\xb8o c\xb8o n\xa8m.docx", "Báo cáo năm.docx"),
        (b"B\xe1o c\xe1o nh\xe2\xf2n.docx", "Báo cáo nhận.docx"),
        ("Zürich über.docx".encode("cp437"), "Zürich über.docx"),
    ],
)
def test_names_in_old_charsets(raw: bytes, name: str) -> None:
    plain = b"n" * len(raw)
    archive = renamed(zipped((plain.decode(), b"x")), plain, raw)
    assert opened("a.zip", archive)[1] == (f"a.zip › {name}", "")
    assert opened("a.zip", renamed(archive, raw, plain, utf8=True))[1][0].endswith(plain.decode())


@pytest.mark.parametrize("sound", [True, False])
def test_a_name_in_the_extra_field_of_info_zip(sound: bool) -> None:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        entry = ZipInfo("bao cao.docx")
        checksum = zlib.crc32(b"bao cao.docx" if sound else b"other")
        data = b"\x01" + struct.pack("<I", checksum) + "Báo cáo.docx".encode()
        entry.extra = struct.pack("<HHH", 0x9999, 2, 0)
        entry.extra += struct.pack("<HH", 0x7075, len(data)) + data
        archive.writestr(entry, b"x")
    name = "Báo cáo.docx" if sound else "bao cao.docx"
    assert opened("a.zip", out.getvalue())[1] == (f"a.zip › {name}", "")


def test_a_method_that_is_not_read_and_a_file_that_is_damaged() -> None:
    archive = bytearray(zipped(WORD))
    struct.pack_into("<H", archive, archive.find(b"PK\x01\x02") + 10, 9)
    assert "method" in opened("a.zip", bytes(archive))[0][1]
    archive = bytearray(zipped(WORD))
    archive[archive.find(b"PK\x01\x02") - 3] ^= 0x55
    assert opened("a.zip", bytes(archive))[0][1] == f"Báo cáo.docx: {DAMAGED}"


def understated(method: int, octets: int, declared: int) -> bytes:
    """Return a ZIP with one file of zeros, whose list of entries names a smaller size."""
    out = io.BytesIO()
    with ZipFile(out, "w", method) as archive:
        archive.writestr("a.txt", bytes(octets))
    raw = bytearray(out.getvalue())
    struct.pack_into("<I", raw, raw.rindex(b"PK\x01\x02") + 24, declared)
    return bytes(raw)


def peak_of(read: Callable[[], object]) -> int:
    """Return how many octets more were held at the same time while something was read."""
    tracemalloc.start()
    try:
        read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_more_is_inflated_than_is_declared() -> None:
    bomb = understated(ZIP_DEFLATED, 64_000_000, 10)
    assert peak_of(lambda: opened("a.zip", bomb)) < 8_000_000
    assert opened("a.zip", bomb)[0][1] == f"a.txt: {DAMAGED}"


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA])
def test_what_is_not_inflated_piece_by_piece_is_not_read(method: int) -> None:
    found = opened("a.zip", understated(method, 100, 100))
    assert found == [("a.zip", f"a.txt: it is packed by a method that is not read here ({method})")]


def test_a_list_of_files_is_bounded_before_it_is_read() -> None:
    """Whatever number of files its end record claims."""
    many = bytearray(zipped(*[(str(number), b"") for number in range(45_000)]))
    struct.pack_into("<HH", many, many.rindex(b"PK\x05\x06") + 8, 1, 1)
    reason = "its list of files is too long: over 2097152 octets are not read"
    assert peak_of(lambda: opened("a.zip", bytes(many))) < 2 * len(many)
    assert opened("a.zip", bytes(many)) == [("a.zip", reason)]


def test_all_lists_of_a_message_are_bounded_together() -> None:
    several = [received(f"{n}.zip", zipped(WORD)) for n in range(9)]
    files, _ = open_archives(several, Limits(directory=1_000))
    reason = "its list of files is too long: over 1000 octets are not read"
    problems = [f.problem for f in files if f.wrapper]
    assert (problems[0], problems[-1]) == ("", reason)
    assert not any(f.problem for f in open_archives(several)[0])


def test_a_patch_is_no_file() -> None:
    archive = bytearray(zipped(WORD))
    archive[archive.find(b"PK\x01\x02") + 8] |= 0x20
    assert opened("a.zip", bytes(archive))[0][1] == f"Báo cáo.docx: {DAMAGED}"


@pytest.mark.parametrize("make", [zipped, seven_zipped])
def test_a_bomb_is_refused(make: object) -> None:
    assert callable(make)
    bomb = make(("a.txt", bytes(30_000_000)))
    assert opened("a.bin", bomb)[0][1] == "it unpacks to more than 200 times its size"


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        (Limits(octets=10), "octets, at most 10 are opened"),
        (Limits(members=1), "more than 1 entries"),
        (Limits(unpacked=5), "more than 5 octets"),
        (Limits(ratio=0, small=5), "more than 0 times its size"),
    ],
)
def test_limits(limits: Limits, problem: str) -> None:
    for archive in (
        zipped(("a", b"x" * 9), ("b", b"y" * 9)),
        rar5(("a", b"x" * 9), ("b", b"y" * 9)),
        seven_zipped(("a", b"x" * 9), ("b", b"y" * 9)),
    ):
        assert problem in opened("a.bin", archive, limits)[0][1]


def test_archives_in_archives_to_a_depth_and_one_budget() -> None:
    raw = zipped(WORD)
    for number in range(3):
        raw = zipped((f"{number}.zip", raw))
    found = opened("x.zip", raw)
    assert found[-1][1] == "archives in it are nested more than 3 deep"
    assert found[2][0] == "x.zip › 2.zip › 1.zip"
    both = [received("a.zip", zipped(("a", b"x" * 9))), received("b.zip", zipped(("a", b"y" * 9)))]
    files, _ = open_archives(both, Limits(unpacked=10))
    assert [f.name for f in files] == ["a.zip", "a", "b.zip"]


def test_without_the_system_library_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert library_found()
    monkeypatch.setitem(sys.modules, "libarchive", None)
    assert not library_found()
    assert opened("a.7z", SEVEN_ZIP)[0][1] == MISSING
    assert opened("a.zip", zipped(WORD))[1][1] == ""


@pytest.mark.parametrize("path", ["__MACOSX/a.txt", "x/.DS_Store", "._a.docx", "x\\desktop.ini"])
def test_junk(path: str) -> None:
    assert is_junk(path)
    assert not is_junk("Báo cáo.docx")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damage_anywhere_raises_nothing(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(MANY)))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(6, len(raw) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.integers(6, len(raw)))
    open_archives([received("a.rar", bytes(raw[:end]))])
    is_locked(bytes(raw[:end]))


@pytest.mark.parametrize(
    "content", [b"", b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00" + b"\xff" * 99]
)
def test_damage_is_not_taken_for_a_lock(content: bytes) -> None:
    assert not is_locked(content)


def test_a_rar_of_zero_sizes_ends() -> None:
    assert not is_locked(b"Rar!\x1a\x07\x00" + bytes(200_000))
    empty = bytes(4) + b"\x03\x05\x00\x00"
    assert not is_locked(b"Rar!\x1a\x07\x01\x00" + empty * 20_000)
