"""What the watched folder takes, and when: half-written files, sheets, subfolders, names."""

import fcntl
import os
import unicodedata
from pathlib import Path

import pytest

from domain.bundle import Bundle, read_bundle
from domain.content import Inline
from domain.errors import PeerRefused
from domain.exchange import PacketKind, Settlement
from tests.contract.fetching import fetched
from tests.integration.watched_folder import EDXML, PATIENCE, SETTLE, SHEET, Watched


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_a_file_is_not_taken_while_it_grows(watched: Watched) -> None:
    for end in (len(EDXML) // 3, len(EDXML) // 2, len(EDXML)):
        watched.put("512.edxml", EDXML[:end])
        assert watched.after(SETTLE - 1) == []
    (packet,) = watched.after(1)
    assert fetched(watched.door, packet.doc_id) == EDXML


def test_the_clock_of_the_file_server_does_not_count(watched: Watched) -> None:
    path = watched.put("512.edxml", EDXML)
    os.utime(path, (0, 0))
    assert watched.door.waiting(PacketKind.DOCUMENT) == []
    assert len(watched.rested()) == 1


def test_another_content_of_the_same_size_and_time_is_seen(watched: Watched) -> None:
    path = watched.put("512.edxml", EDXML)
    os.utime(path, (1_000_000, 1_000_000))
    (first,) = watched.rested()
    path.write_bytes(EDXML.replace(b"512", b"513"))
    os.utime(path, (1_000_000, 1_000_000))
    assert watched.door.waiting(PacketKind.DOCUMENT) == []
    (second,) = watched.rested()
    assert second.doc_id != first.doc_id


@pytest.mark.parametrize(
    "content", [EDXML[:-200], EDXML + bytes(300), EDXML[:-200] + bytes(8_192), b""]
)
def test_an_edxml_file_without_its_end_is_waited_for(watched: Watched, content: bytes) -> None:
    watched.put("512.edxml", content)
    assert watched.after(PATIENCE - 1) == []
    # By then nobody is writing any more: it is taken, to be refused with a reason.
    (packet,) = watched.after(1)
    assert fetched(watched.door, packet.doc_id) == content


def test_utf_16_ends_as_xml_too(watched: Watched) -> None:
    for encoding in ("utf-16", "utf-16-be"):
        watched.put(f"{encoding}.xml", EDXML.decode().encode(encoding))
    assert len(watched.rested()) == 2


def test_an_attachment_that_ends_in_zeros_is_waited_for(watched: Watched) -> None:
    watched.put(SHEET, b"files: [a.pdf]")
    watched.put("a.pdf", b"%PDF" + bytes(10_000))
    assert watched.after(PATIENCE - 1) == []
    watched.put("a.pdf", b"%PDF" + bytes(9_990) + b"%%EOF")
    assert [file.name for file in watched.bundle().files] == ["a.pdf"]


@pytest.mark.parametrize("lock", [fcntl.flock, fcntl.lockf])
def test_a_locked_file_is_not_taken(watched: Watched, lock: object) -> None:
    path = watched.put("512.edxml", EDXML)
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        with path.open("r+b") as held:
            (fcntl.flock if lock is fcntl.flock else fcntl.lockf)(held, fcntl.LOCK_EX)
            os.write(ready[1], b"x")
            os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    assert watched.after(PATIENCE) == []
    os.write(done[1], b"x")
    os.waitpid(child, 0)
    (packet,) = watched.door.waiting(PacketKind.DOCUMENT)
    assert fetched(watched.door, packet.doc_id) == EDXML
    for end in (*ready, *done):
        os.close(end)


@pytest.mark.parametrize(
    "name",
    [
        "512.edxml.tmp", "512.edxml.part", "512.edxml~", ".512.edxml", "~$512.yaml",
        "512.EDXML.CRDOWNLOAD", "Thumbs.db", "readme.txt", "512.pdf", ".git/512.edxml",
        "done/512.edxml", "refused/512.edxml", "processing/512.edxml",
    ],
)  # fmt: skip
def test_what_is_no_document_stays_where_it_is(watched: Watched, name: str) -> None:
    watched.put(name, EDXML)
    assert watched.after(PATIENCE) == []
    assert (watched.root / name).read_bytes() == EDXML


def test_a_sheet_waits_for_the_files_that_it_names(watched: Watched) -> None:
    watched.put(SHEET, "files:\n- công văn.pdf\n- phụ lục.xml\n".encode())
    watched.put("phụ lục.xml", b"<a/>")
    assert watched.rested() == []
    watched.put("công văn.pdf", b"%PDF")
    assert watched.after(SETTLE - 1) == []
    bundle = watched.bundle()
    assert [file.name for file in bundle.files] == ["công văn.pdf", "phụ lục.xml"]
    assert bundle.fields.startswith(b"files:")


def test_a_named_file_that_never_comes_is_not_waited_for_for_ever(watched: Watched) -> None:
    watched.put(SHEET, b"files: [a.pdf, b.pdf]")
    watched.put("a.pdf", b"%PDF")
    (packet,) = watched.after(PATIENCE)
    bundle = read_bundle(Inline(fetched(watched.door, packet.doc_id)))
    assert [file.name for file in bundle.files] == ["a.pdf"]


@pytest.mark.parametrize(
    "sheet", [b"a: [", b"\xff", b"- x", b"files: x", b"[" * 2_000, b"number: 1"]
)
def test_a_sheet_that_cannot_be_read_is_handed_over(watched: Watched, sheet: bytes) -> None:
    watched.put(SHEET, sheet)
    watched.put("a.pdf", b"%PDF")
    assert watched.bundle() == Bundle(kind="folder", fields=sheet, files=())


@pytest.mark.parametrize(
    "name", ["../outside.pdf", "/etc/hostname", "in/a.pdf", "..", ".", "\\\\a"]
)
def test_names_in_a_sheet_lead_nowhere_else(watched: Watched, name: str) -> None:
    watched.root = watched.root / "watched"
    watched.put("../outside.pdf", b"secret")
    watched.put("in/a.pdf", b"secret")
    watched.restarted()
    watched.put(SHEET, f"files: ['{name}']".encode())
    packet = watched.rested()[0]
    assert read_bundle(Inline(fetched(watched.door, packet.doc_id))).files == ()


def test_names_in_pieces_and_in_capitals_are_found(watched: Watched) -> None:
    watched.put(SHEET, "files: [Công văn.pdf, b.PDF]".encode())
    watched.put(unicodedata.normalize("NFD", "Công văn.pdf"), b"%PDF")
    watched.put("B.pdf", b"%PDF b")
    names = [file.name for file in watched.bundle().files]
    assert names == ["Công văn.pdf", "B.pdf"]


def test_names_that_are_no_text_do_no_harm(watched: Watched) -> None:
    strange = os.fsdecode(b"v\xffb.pdf")
    folder = os.fsdecode(b"n\xff")
    watched.put(f"{folder}/s.yaml", b"files: []")
    watched.put(f"{folder}/{strange}", b"%PDF")
    watched.put(f"{strange}/a.pdf", b"no sheet")
    packet, unfit = watched.after(PATIENCE)
    (file,) = read_bundle(Inline(fetched(watched.door, packet.doc_id))).files
    assert file.name == "v\ufffdb.pdf"
    with pytest.raises(PeerRefused, match="v\ufffdb"):
        fetched(watched.door, unfit.doc_id)
    watched.door.settle(packet.doc_id, Settlement.FAIL, "lý do")
    assert fetched(watched.door, packet.doc_id)


def test_a_sheet_is_nobodys_attachment(watched: Watched) -> None:
    watched.put("a.yaml", b"files: [a.yaml, b.yaml]")
    watched.put("b.yaml", b"files: [b.pdf]")
    watched.put("b.pdf", b"%PDF")
    for packet in watched.after(PATIENCE):
        watched.door.settle(packet.doc_id, Settlement.DONE)
    assert watched.names() == ["done"]
    assert watched.names("done") == ["a", "b"]
    assert watched.names("done/b") == ["b.pdf", "b.yaml"]


def test_two_sheets_cannot_share_a_file(watched: Watched) -> None:
    watched.put("a.yaml", b"number: 1\nfiles: [c.pdf]")
    watched.put("b.yaml", b"number: 2\nfiles: [c.pdf]")
    watched.put("c.pdf", b"%PDF")
    first, second = watched.after(PATIENCE)
    with pytest.raises(PeerRefused, match=r"b\.yaml: another sheet names"):
        fetched(watched.door, second.doc_id)
    watched.door.settle(first.doc_id, Settlement.DONE)
    (second,) = watched.door.waiting(PacketKind.DOCUMENT)
    assert read_bundle(Inline(fetched(watched.door, second.doc_id))).files == ()


def test_a_subfolder_goes_whole(watched: Watched) -> None:
    watched.put("vb/sheet.yml", b"files: [b.pdf]")
    for name in ("a.pdf", "b.pdf", "c.xml", "d.tmp", "Thumbs.db"):
        watched.put(f"vb/{name}", b"%PDF" + name.encode())
    assert [file.name for file in watched.bundle().files] == ["b.pdf", "a.pdf", "c.xml"]
    (packet,) = watched.rested()
    watched.door.settle(packet.doc_id, Settlement.DONE)
    assert watched.names() == ["done"]
    assert len(watched.names("done/vb")) == 6


@pytest.mark.parametrize("files", [["a.yaml", "b.yaml"], ["a.pdf"]])
def test_a_subfolder_needs_one_sheet(watched: Watched, files: list[str]) -> None:
    for name in files:
        watched.put(f"vb/{name}", b"files: []")
    assert watched.rested() == []
    (packet,) = watched.after(PATIENCE)
    with pytest.raises(PeerRefused, match=r"vb: it has . sheets"):
        fetched(watched.door, packet.doc_id)
    with pytest.raises(PeerRefused, match="sheets"):
        watched.door.settle(packet.doc_id, Settlement.FAIL)
    assert watched.names() == ["vb"]
