"""The watched folder as a door: edXML files, and sheets with files beside them or in subfolders."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from connector.eoffice.folder import FolderDoor
from domain.bundle import read_bundle
from domain.content import Inline, whole
from domain.exchange import PacketForm, PacketKind
from domain.ports import DocumentExchange
from tests.contract.door_contract import (
    COMMUNE,
    NOW,
    AbilitiesContract,
    Arriving,
    ReceivingContract,
    document,
)

SETTLE = 10


class Export:
    """An e-office that exports into the folder, a minute between two documents."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._now = NOW
        self._door = FolderDoor(folder, name="folder", now=lambda: self._now, settle_seconds=SETTLE)

    @property
    def door(self) -> DocumentExchange:
        return self._door

    def put(self, number: str) -> None:
        for path, content in self.files(number).items():
            target = self._folder / path
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(content)
            written = self._now.timestamp()
            os.utime(target, (written, written))
        self._door.waiting(PacketKind.DOCUMENT)
        self._now += timedelta(seconds=max(SETTLE, 60))

    def files(self, number: str) -> dict[str, bytes]:
        return {f"{number}.edxml": document(number, COMMUNE)}

    def assert_same(self, content: bytes, number: str) -> None:
        assert content == document(number, COMMUNE)


class SheetExport(Export):
    """A document with its attachment and a sheet, beside one another."""

    place = ""

    def files(self, number: str) -> dict[str, bytes]:
        place = self.place.format(number)
        sheet = f'number: "{number}"\nfiles: [vb {number}.pdf]\n'
        return {
            f"{place}{number}.yaml": sheet.encode(),
            f"{place}vb {number}.pdf": b"%PDF-1.4 " + number.encode(),
        }

    def assert_same(self, content: bytes, number: str) -> None:
        bundle = read_bundle(Inline(content))
        assert bundle.kind == "folder"
        assert bundle.fields == next(iter(self.files(number).values()))
        assert [file.name for file in bundle.files] == [f"vb {number}.pdf"]
        assert whole(bundle.files[0].content) == b"%PDF-1.4 " + number.encode()


class SubfolderExport(SheetExport):
    place = "van ban {}/"


class FolderContract(ReceivingContract, AbilitiesContract):
    """Subclasses name what is exported."""

    export = Export
    form = PacketForm.EDXML

    @pytest.fixture
    def arriving(self, tmp_path: Path) -> Arriving:
        return self.export(tmp_path)

    @pytest.fixture
    def door(self, arriving: Arriving) -> DocumentExchange:
        return arriving.door

    def test_the_form_is_told(self, arriving: Arriving) -> None:
        arriving.put("512")
        (packet,) = arriving.door.waiting(PacketKind.DOCUMENT)
        assert packet.form is self.form


class TestEdxmlFiles(FolderContract):
    pass


class TestSheets(FolderContract):
    export = SheetExport
    form = PacketForm.BUNDLE


class TestSubfolders(FolderContract):
    export = SubfolderExport
    form = PacketForm.BUNDLE
