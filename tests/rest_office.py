"""The mapped REST door in front of a simulated iOffice, by the mapping that is shipped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from connector.eoffice.http import Timeouts
from connector.eoffice.rest import MappedRest
from domain.bundle import read_bundle
from domain.content import Inline, whole
from domain.exchange import Packet, PacketReading
from domain.rest import RestAccount
from dondoc.settings.load_rest import RestMapping, load_rest
from dondoc.simulators.ioffice import Incoming, IOffice, Outgoing, Receiver, StoredFile
from tests.checkout import ROOT

MAPPING = ROOT / "config" / "mappings" / "ioffice.yaml"
NOW = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)
ACCOUNT = RestAccount(username="vanthu", password=lambda: "made-up-password")
SUBJECT = "Về việc triển khai Nghị quyết số 47/NQ-CP"

Edit = Callable[[str], str]
_LOADED: dict[str, RestMapping] = {}


def mapped(folder: Path, edit: Edit = str) -> RestMapping:
    """Load the shipped mapping after a change of its text; it holds no state, so it is shared."""
    text = edit(MAPPING.read_text(encoding="utf-8"))
    if text not in _LOADED:
        path = folder / "mapping.yaml"
        path.write_text(text, encoding="utf-8")
        _LOADED[text] = load_rest(path)
    return _LOADED[text]


def replacing(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


@contextmanager
def door_to(
    office: IOffice,
    rules: RestMapping,
    *,
    attempts: int = 1,
    account: RestAccount = ACCOUNT,
    now: Callable[[], datetime] = lambda: NOW,
    document_limit: int = 1_000_000,
) -> Iterator[MappedRest]:
    with MappedRest(
        {"main": office.url, "files": office.file_url},
        rules.rules,
        account=account,
        now=now,
        name="văn phòng",
        timeouts=Timeouts(connect=2, read=0.4),
        document_limit=document_limit,
        attempts=attempts,
        pause=0.0,
    ) as door:
        yield door


def incoming(number: str, *, minutes: int = 0, files: int = 1) -> Incoming:
    """Return a document of the morning, ``minutes`` after the first one."""
    return Incoming(
        code=f"{number}/UBND-VH",
        subject=SUBJECT,
        issued_on=date(2024, 5, 8),
        arrived=NOW - timedelta(hours=1) + timedelta(minutes=minutes),
        files=tuple(
            StoredFile(f"Công văn {number} bản {n}.pdf", b"%PDF-1.4 " + number.encode())
            for n in range(1, files + 1)
        ),
    )


def outgoing(number: str, *receivers: Receiver) -> Outgoing:
    return Outgoing(code=f"{number}/UBND-VH", subject=SUBJECT, sent=NOW, receivers=receivers)


def reading_of(mapping: RestMapping, content: bytes) -> PacketReading:
    return mapping.read(read_bundle(Inline(content)))


def packet_of(mapping: RestMapping, content: bytes) -> Packet:
    """Return the document in a fetched file."""
    packet = reading_of(mapping, content).packet
    assert isinstance(packet, Packet)
    return packet


def contents(packet: Packet) -> list[tuple[str, bytes]]:
    return [(file.name, whole(file.content)) for file in packet.attachments]


@pytest.fixture(scope="module")
def running_office() -> Iterator[IOffice]:
    with IOffice() as running:
        yield running


@pytest.fixture
def office(running_office: IOffice) -> IOffice:
    running_office.start_over()
    return running_office
