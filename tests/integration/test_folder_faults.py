"""The watched folder settles what was read; what is foreign, changed or barred does no harm."""

import os
import tempfile
import tracemalloc
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.errors import PeerRefused, PeerUnavailable
from domain.exchange import PacketKind, Settlement
from tests.contract.door_contract import COMMUNE, DISTRICT, document, status
from tests.contract.fetching import fetched
from tests.integration.watched_folder import EDXML, SHEET, Watched

NOBODY = 65534


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_what_cannot_be_given_stands_behind_the_others(watched: Watched) -> None:
    outside = watched.root.parent / "outside.edxml"
    outside.write_bytes(EDXML)
    (watched.root / "1.edxml").symlink_to(outside)
    (watched.root / "2").symlink_to(watched.root.parent, target_is_directory=True)
    os.mkfifo(watched.root / "3.edxml")
    watched.put("4.edxml", EDXML + bytes(1_000_000))
    watched.put("5/link.yaml", b"files: [6.pdf]")
    (watched.root / "5/6.pdf").symlink_to(outside)
    watched.put("9.edxml", EDXML)
    good, *bad = watched.rested()
    assert fetched(watched.door, good.doc_id) == EDXML
    assert len(bad) == 5
    for packet in bad:
        with pytest.raises(PeerRefused) as caught:
            fetched(watched.door, packet.doc_id)
        assert caught.value.code == "unfit"
    assert "limit" in str(caught.value) or "link" in str(caught.value)


def test_a_file_swapped_for_a_link_is_not_followed(watched: Watched) -> None:
    path = watched.put("512.edxml", EDXML)
    (packet,) = watched.rested()
    secret = watched.root.parent / "secret"
    secret.write_bytes(b"secret")
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises((PeerUnavailable, PeerRefused)):
        fetched(watched.door, packet.doc_id)
    folder = watched.root.parent / "elsewhere"
    folder.mkdir()
    (watched.root / "done").symlink_to(folder, target_is_directory=True)
    path.unlink()
    path.write_bytes(EDXML)
    packet = watched.rested()[0]
    with pytest.raises(PeerRefused, match="done is a link"):
        watched.door.settle(packet.doc_id, Settlement.DONE)
    assert not list(folder.iterdir())


def test_a_file_that_vanished_is_not_available(watched: Watched) -> None:
    path = watched.put("512.edxml", EDXML)
    (packet,) = watched.rested()
    path.unlink()
    with pytest.raises(PeerUnavailable, match=r"512\.edxml"):
        fetched(watched.door, packet.doc_id)
    watched.door.settle(packet.doc_id, Settlement.DONE)
    assert watched.names() == []


@pytest.mark.parametrize("sheet", [False, True])
def test_a_file_that_changed_is_another_document(watched: Watched, sheet: bool) -> None:
    changing = "a.xml" if sheet else "512.edxml"
    if sheet:
        watched.put(SHEET, b"files: [a.xml]")
    watched.put(changing, EDXML)
    (packet,) = watched.rested()
    watched.put(changing, EDXML.replace(b"512", b"513"))
    with pytest.raises(PeerUnavailable, match="changed"):
        fetched(watched.door, packet.doc_id)
    # The old version was read and is settled; the new one must not go with it.
    watched.door.settle(packet.doc_id, Settlement.DONE)
    (new,) = watched.rested()
    assert new.doc_id != packet.doc_id
    assert changing in watched.names()


def test_the_same_export_again_is_the_same_packet(watched: Watched) -> None:
    watched.put("512.edxml", EDXML)
    (first,) = watched.rested()
    watched.door.settle(first.doc_id, Settlement.DONE)
    watched.put("512.edxml", EDXML)
    watched.put("copy of 512.edxml", EDXML)
    (again,) = watched.rested()
    assert again.doc_id == first.doc_id
    watched.door.settle(again.doc_id, Settlement.DONE)
    (last,) = watched.door.waiting(PacketKind.DOCUMENT)
    watched.door.settle(last.doc_id, Settlement.DONE)
    assert watched.names() == ["done"]
    assert watched.names("done") == ["512 (2).edxml", "512.edxml", "copy of 512.edxml"]


def test_a_refused_document_has_its_reason_beside_it(watched: Watched) -> None:
    watched.put("512.edxml", EDXML)
    watched.put("vb/s.yaml", b"files: []")
    watched.put("lẻ.yaml", b"files: [a.pdf]")
    watched.put("a.pdf", b"%PDF")
    for packet in watched.rested():
        watched.door.settle(packet.doc_id, Settlement.FAIL, "dòng 1: sai ngày")
    assert watched.names() == ["refused"]
    assert watched.names("refused") == [
        "512.edxml", "512.edxml.ly-do.txt", "lẻ", "lẻ.ly-do.txt", "vb", "vb.ly-do.txt",
    ]  # fmt: skip
    assert watched.names("refused/lẻ") == ["a.pdf", "lẻ.yaml"]
    text = (watched.root / "refused/512.edxml.ly-do.txt").read_text("utf-8-sig")
    assert "Dondoc không nhận được văn bản này: 512.edxml" in text
    assert "Lý do: dòng 1: sai ngày" in text


def test_a_refusal_without_a_reason_says_where_to_look(watched: Watched) -> None:
    name = unicodedata.normalize("NFD", "Ủy ban nhân dân " * 7) + ".edxml"
    watched.put(name[-120:], EDXML)
    (packet,) = watched.rested()
    watched.door.settle(packet.doc_id, Settlement.PROCESSING)
    watched.restarted().settle(packet.doc_id, Settlement.FAIL)
    (reason,) = (watched.root / "refused").glob("*.ly-do.txt")
    assert "mục Chờ xử lý" in reason.read_text("utf-8-sig")


def test_a_settled_bundle_is_found_after_a_restart(watched: Watched) -> None:
    watched.put("vb/s.yaml", b"files: [a.pdf]")
    watched.put("vb/a.pdf", b"%PDF")
    (packet,) = watched.rested()
    before = fetched(watched.door, packet.doc_id)
    for outcome in (Settlement.PROCESSING, Settlement.DONE, Settlement.FAIL):
        watched.restarted()
        watched.rested()
        watched.door.settle(packet.doc_id, outcome)
        assert fetched(watched.door, packet.doc_id) == before
    assert watched.names("done") == ["vb"]
    assert watched.names("processing") == []


@pytest.mark.parametrize(
    "line",
    [
        "not json", "[]", "{{}}", '{{"doc_id": "{id}", "place": "done", "sheet": 0, "files": []}}',
        '{{"doc_id": "{id}", "place": "..", "sheet": 0, "files": [["..", "secret"]]}}',
        '{{"doc_id": "{id}", "place": "done", "sheet": 0, "files": [["done", "..", "secret"]]}}',
        '{{"doc_id": "{id}", "place": "done", "sheet": 0, "files": [["done", "/etc/hostname"]]}}',
        '{{"doc_id": "{id}", "place": "done", "sheet": 0, "files": [["done", "gone"]]}}',
        '{{"doc_id": "x{id}", "place": "done", "sheet": 0, "files": [["done", "a"]]}}',
    ],
)  # fmt: skip
def test_the_journal_leads_nowhere_else(watched: Watched, line: str) -> None:
    doc_id = "a" * 64
    watched.put("secret", b"secret")
    watched.put("done/a", b"other")
    watched.put(".dondoc-journal.jsonl", line.format(id=doc_id).encode() + b"\n")
    with pytest.raises(PeerRefused, match="no packet"):
        fetched(watched.door, doc_id)


def test_status_messages_wait_apart(watched: Watched) -> None:
    content = status(COMMUNE, DISTRICT, "512")
    watched.put("a.edxml", content)
    watched.put("b.edxml", EDXML)
    (document_packet,) = watched.rested()
    (packet,) = watched.after(0, PacketKind.STATUS)
    assert packet.kind is PacketKind.STATUS
    assert fetched(watched.door, packet.doc_id) == content
    assert fetched(watched.door, document_packet.doc_id) == EDXML


def test_a_folder_that_is_not_there_is_not_available(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "share")
    with pytest.raises(PeerUnavailable, match="share"):
        watched.door.waiting(PacketKind.DOCUMENT)


@pytest.fixture
def without_rights() -> Iterator[Watched]:
    """A folder of somebody who is not root, whom no right could be taken from."""
    with tempfile.TemporaryDirectory() as name:
        if not os.geteuid():
            os.chown(name, NOBODY, -1)
        yield Watched(Path(name))


@pytest.fixture
def nobody() -> Iterator[None]:
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_missing_rights_are_told_with_the_name(without_rights: Watched, nobody: None) -> None:
    watched = without_rights
    path = watched.put("512.edxml", EDXML)
    watched.put("513.edxml", document("513", COMMUNE))
    watched.put("vb/s.yaml", b"files: []")
    (watched.root / "vb").chmod(0)
    path.chmod(0)
    good, *bad = watched.rested()
    for packet, name in zip(bad, ("vb: .* open", "512.edxml: .* read it"), strict=True):
        with pytest.raises(PeerRefused, match=name):
            fetched(watched.door, packet.doc_id)
    (watched.root / "done").mkdir(0o555)
    with pytest.raises(PeerRefused, match=r"513\.edxml: Permission denied; allow"):
        watched.door.settle(good.doc_id, Settlement.DONE)
    assert "513.edxml" in watched.names()
    watched.root.chmod(0)
    with pytest.raises(PeerRefused, match="allow Dondoc"):
        watched.door.waiting(PacketKind.DOCUMENT)
    watched.root.chmod(0o777)
    (watched.root / "vb").chmod(0o777)


def test_a_sheet_over_the_limit_is_not_read(watched: Watched) -> None:
    watched.put(SHEET, b"a: " + b"x" * 70_000)
    (packet,) = watched.rested()
    with pytest.raises(PeerRefused, match="limit"):
        fetched(watched.door, packet.doc_id)


def test_ten_thousand_documents_wait_in_bounded_memory(watched: Watched) -> None:
    for number in range(10_000):
        (watched.root / f"{number}.edxml").write_bytes(b"<edXML>%d</edXML>" % number)
    tracemalloc.start()
    packets = watched.rested()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(packets) == 10_000
    assert peak < 30_000_000
