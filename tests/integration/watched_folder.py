"""A folder, its door and a clock that tests set."""

from datetime import timedelta
from pathlib import Path

from connector.eoffice.folder import FolderDoor
from domain.bundle import Bundle, read_bundle
from domain.content import Inline
from domain.exchange import PacketForm, PacketKind, WaitingPacket
from tests.contract.door_contract import COMMUNE, NOW, document
from tests.contract.fetching import fetched

SETTLE, PATIENCE = 10, 600
EDXML = document("512", COMMUNE)
SHEET = "số.yaml"


class Watched:
    """A folder, its door and a clock."""

    def __init__(self, root: Path, document_limit: int = 1_000_000) -> None:
        self.root = root
        self.now = NOW
        self._limit = document_limit
        self.door = self.restarted()

    def restarted(self) -> FolderDoor:
        self.door = FolderDoor(
            self.root,
            name="hồ sơ",
            now=lambda: self.now,
            settle_seconds=SETTLE,
            patience_seconds=PATIENCE,
            document_limit=self._limit,
        )
        return self.door

    def put(self, path: str, content: bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(exist_ok=True, parents=True)
        target.write_bytes(content)
        return target

    def after(self, seconds: float, kind: PacketKind = PacketKind.DOCUMENT) -> list[WaitingPacket]:
        """Return what waits now and ``seconds`` later, seen twice."""
        self.door.waiting(kind)
        self.now += timedelta(seconds=seconds)
        return self.door.waiting(kind)

    def rested(self) -> list[WaitingPacket]:
        return self.after(SETTLE)

    def bundle(self) -> Bundle:
        (packet,) = self.rested()
        assert packet.form is PacketForm.BUNDLE
        return read_bundle(Inline(fetched(self.door, packet.doc_id)))

    def names(self, folder: str = "") -> list[str]:
        return sorted(
            path.name for path in (self.root / folder).iterdir() if not path.name.startswith(".")
        )
