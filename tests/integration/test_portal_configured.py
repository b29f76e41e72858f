"""From a configuration that names a portal to letters with its file, over real servers."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.campaign import Channel
from domain.ids import CampaignId
from domain.portal import PortalComparison, PortalProblem
from domain.state import DispatchState, PortalState
from dondoc.app import App
from dondoc.cli.main import main
from dondoc.services.doctor_portal import examine_portals
from dondoc.services.turn import turn
from dondoc.simulators.documents.resolution import resolution_placeholder
from dondoc.simulators.portal import Portal, Post
from tests.integration.test_doors_configured import COMMUNE, SHEET, Office, letter, office

__all__ = ["office"]

NAME = "47-NQ-CP.pdf"
POST = Post(
    number="47/NQ-CP",
    title="Về Chương trình hành động của Chính phủ",
    issued_on=date(2024, 4, 15),
    files=((NAME, resolution_placeholder()), ("phu-luc.pdf", b"%PDF-1.4")),
)
OTHERS = [
    Post(number=f"{n}/KH-UBND", title="Thực hiện 47/NQ-CP", issued_on=date(2024, 4, 1))
    for n in range(1, 13)
]
PORTAL = """
portal:
  page: {page}
  mapping: mappings/portal-sotttt.yaml
  document: 47/NQ-CP
  issued_on: 2024-04-15
"""
DOORS = "doors: [{folder: {name: van-thu, path: van-thu}}]\n"


@pytest.fixture(scope="module")
def running() -> Iterator[Portal]:
    with Portal() as portal:
        portal.faults.delay = 0.05
        yield portal


@pytest.fixture
def portal(running: Portal) -> Portal:
    running.faults.clear()
    running.posts.clear()
    running.requests.clear()
    running.charset = "utf-8"
    running.post(*OTHERS, POST)
    return running


def put(office: Office, portal: Portal, *files: tuple[str, bytes]) -> None:
    """Let the letter lie in the watched folder, and its campaign name the portal."""
    campaign = office.folder / "campaign.yaml"
    text = campaign.read_text(encoding="utf-8") + PORTAL.format(page=portal.page)
    campaign.write_text(text, encoding="utf-8")
    watched = office.folder / "van-thu" / "512"
    watched.mkdir(parents=True)
    names = ["cong-van.docx", *(name for name, _ in files)]
    sheet = SHEET.replace("[cong-van.docx]", f"[{', '.join(names)}]")
    (watched / "512.yaml").write_text(sheet, encoding="utf-8")
    (watched / "cong-van.docx").write_bytes(letter())
    for name, content in files:
        (watched / name).write_bytes(content)


def state(app: App) -> PortalState:
    found = app.ledger.get(PortalState, (CampaignId("nq47"),))
    assert found is not None
    return found


def ran(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(ended.value.code or 0), capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, Any]:
    code, out = ran(capsys, *words, "--json")
    return code, json.loads(out)


def test_the_file_is_found_on_a_later_page_and_goes_along(office: Office, portal: Portal) -> None:
    put(office, portal)
    with office.configured(DOORS) as app:
        office.turns(app)
        assert state(app).outcome is PortalComparison.NOT_CARRIED
        assert portal.requests == ["list", "list", "detail", "file"]
        (mail,) = office.hub.mail_for(COMMUNE)
        assert NAME.encode() in mail
        assert app.ledger.differences() == []
        (check,) = examine_portals(app)
        assert check.ok
        assert "13 document(s) read" in check.what


@pytest.mark.parametrize(
    ("fault", "place", "problem"),
    [
        ("down", "list", PortalProblem.UNAVAILABLE),
        ("drop", "detail", PortalProblem.UNAVAILABLE),
        ("truncate", "file", PortalProblem.UNAVAILABLE),
        ("layout", "list", PortalProblem.CHANGED),
        ("login", "detail", PortalProblem.NOT_POSTED),
        ("login", "file", PortalProblem.NOT_A_FILE),
        ("elsewhere", "file", PortalProblem.REFUSED),
    ],
)
def test_letters_wait_while_the_portal_is_in_trouble(
    office: Office, portal: Portal, fault: str, place: str, problem: PortalProblem
) -> None:
    put(office, portal)
    portal.faults.arm(fault, operation=place)
    with office.configured(DOORS) as app:
        office.turns(app)
        assert state(app).problem is problem
        assert app.ledger.select(DispatchState) == []
        office.clock.instant += timedelta(minutes=20)
        turn(app, office.clock.now())
        assert state(app).outcome is PortalComparison.NOT_CARRIED
        assert app.ledger.select(DispatchState, channel=Channel.EMAIL)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("slow", PortalComparison.SAME), ("other_file", PortalComparison.DIFFERS)],
)
def test_a_file_that_came_with_the_letter_is_compared(
    office: Office, portal: Portal, fault: str, outcome: PortalComparison
) -> None:
    put(office, portal, (NAME, resolution_placeholder()))
    portal.faults.arm(fault, operation="file")
    portal.charset = "windows-1258"
    with office.configured(DOORS) as app:
        office.turns(app)
        assert state(app).outcome is outcome
        assert len(office.hub.mail_for(COMMUNE)) == 1


def test_the_command_shows_what_the_rules_find(
    office: Office, portal: Portal, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    put(office, portal)
    with office.configured(DOORS):
        pass
    config = office.folder / "dondoc.yaml"
    code, found = as_json(capsys, "portal", "nq47", "--config", config)
    assert (code, found["ok"], found["file"]["base"]) == (0, True, NAME)
    assert found["entry"]["day"] == "2024-04-15"
    assert len(found["listed"]) == 13
    code, text = ran(capsys, "portal", "nq47", "--config", config)
    assert code == 0
    assert f"chosen:    {NAME}" in text
    assert "file:      phu-luc.pdf" in text
    saved = tmp_path / "saved.html"
    saved.write_bytes(b"<table class='van-ban'><tbody><tr><td class=so-ky-hieu>9/CT")
    code, text = ran(capsys, "portal", "nq47", "--page", saved, "--config", config)
    assert (code, "no file:   47/NQ-CP is not among the 1 documents" in text) == (1, True)
    saved.write_bytes(b"<a class=next href='?trang=2'></a>")
    code, found = as_json(capsys, "portal", "nq47", "--page", saved, "--config", config)
    assert (code, found["ok"], found["listed"]) == (1, False, [])
    assert ran(capsys, "portal", "khac", "--config", config)[0] == 2
    assert portal.requests.count("file") == 0


def test_the_plan_shows_what_is_held(
    office: Office, portal: Portal, capsys: pytest.CaptureFixture[str]
) -> None:
    put(office, portal)
    portal.faults.arm("down", 9)
    with office.configured(DOORS) as app:
        office.turns(app)
    config = office.folder / "dondoc.yaml"
    code, plan = as_json(capsys, "plan", "--at", "2024-05-08T09:10", "--config", config)
    held = [view["why"] for view in plan["intents"] if view["intent"] == "hold_letters"]
    assert code == 0
    assert len(held) == 1
    assert "waits for 47/NQ-CP from the portal: the portal does not answer" in held[0]
    code, plan = as_json(capsys, "plan", "--at", "2024-05-09", "--config", config)
    assert "ask_portal" in [view["intent"] for view in plan["intents"]]
