"""What the doctor finds at the doors that documents are only taken from."""

from dataclasses import replace
from pathlib import Path

import pytest

from connector.eoffice.folder import FolderDoor
from connector.eoffice.memory import MemoryExchange
from domain.errors import PeerUnavailable
from domain.exchange import Ability
from dondoc.app import App, ExchangeDoor
from dondoc.services.doctor import examine_doors
from dondoc.services.doctor_check import Check
from tests.unit.cli.memory_apps import NOW, OWN, SYSTEM, exchange_hub, memory_app


def checked(app: App) -> Check:
    (found,) = [check for check in examine_doors(app, NOW) if check.name.startswith("door ")]
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "van-thu"
    folder.mkdir()
    return folder


@pytest.fixture
def app(tmp_path: Path, root: Path) -> App:
    places = (root, *(root / name for name in ("done", "processing", "refused")))
    folder = FolderDoor(root, name="van-thu", now=lambda: NOW)
    door = ExchangeDoor(name="van-thu", exchange=folder, folders=places)
    return replace(memory_app(tmp_path / "result"), further=(door,))


def test_a_folder_in_order(app: App, root: Path) -> None:
    assert checked(app) == Check(name="door van-thu", ok=True, what="can be read and written")
    for place in ("done", "refused"):
        (root / place).mkdir()
    assert checked(app).ok
    assert sorted(path.name for path in root.iterdir()) == ["done", "refused"]


def test_a_folder_that_is_not_there(app: App, root: Path) -> None:
    root.rmdir()
    assert checked(app).what == f"{root} is not there"
    assert "share" in checked(app).advice
    root.write_text("in the way")
    assert checked(app).what == f"{root} is no folder"


def test_a_place_of_settled_documents_that_is_no_folder(app: App, root: Path) -> None:
    (root / "done").write_text("in the way")
    assert checked(app).what == f"{root / 'done'} is no folder"
    (root / "done").unlink()
    (root / "done").symlink_to(root.parent)
    assert not checked(app).ok


def test_a_folder_that_files_cannot_be_moved_into(
    app: App, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "refused").mkdir()
    monkeypatch.setattr("os.access", lambda path, _: path != root / "refused")
    assert checked(app).what == f"{root / 'refused'} cannot be read and written"
    assert "files are moved" in checked(app).advice


def with_office(app: App, monkeypatch: pytest.MonkeyPatch, *offered: Ability) -> App:
    monkeypatch.setattr(MemoryExchange, "ABILITIES", frozenset(offered))
    door = ExchangeDoor(name="ioffice", exchange=exchange_hub([OWN]).connect(SYSTEM))
    return replace(app, further=(door,))


def test_a_door_that_answers(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    receiving = with_office(app, monkeypatch, Ability.RECEIVE)
    assert checked(receiving).what == "answers: lists 0 document(s)"
    listing = with_office(app, monkeypatch, Ability.SENT_LIST)
    assert checked(listing).what == "answers: 0 entries of sent ones"


def test_a_door_that_does_not_answer(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def off(*_: object) -> None:
        raise PeerUnavailable("ioffice", "connection refused")

    office = with_office(app, monkeypatch, Ability.RECEIVE)
    monkeypatch.setattr(MemoryExchange, "waiting", off)
    found = checked(office)
    assert not found.ok
    assert found.what == "ioffice is not available: connection refused"
    assert "mapping file" in found.advice


def test_a_folder_that_fails_upon_a_look(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def off(*_: object) -> None:
        raise PeerUnavailable("van-thu", "Input/output error (EIO)")

    monkeypatch.setattr(FolderDoor, "waiting", off)
    assert "EIO" in checked(app).what
    assert checked(app).advice.startswith("look at the folder")
