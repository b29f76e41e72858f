"""The smallest configuration that the README shows: under 30 lines, sound, and planned with."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from domain.campaign import Channel
from domain.recipients import doors, expand
from dondoc.cli.main import main
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from tests.checkout import ROOT
from tests.minimal_configuration import write_secret

README = ROOT / "README.md"
_FILE = re.compile(r"^# (\S+\.yaml)\n", re.MULTILINE)


def shown() -> str:
    text = README.read_text(encoding="utf-8")
    return text[text.index("```yaml\n# dondoc.yaml") :].split("```")[1].removeprefix("yaml\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    pieces = _FILE.split(shown())[1:]
    for name, content in zip(pieces[::2], pieces[1::2], strict=True):
        here = content.replace("/var/lib/dondoc", "store").replace("/etc/dondoc/", "")
        (tmp_path / name).write_text(here, encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    for name in ("token", "exchange", "mail"):
        write_secret(tmp_path / "secrets" / name, "made-up" * 5)
    return tmp_path


@pytest.fixture
def settings(folder: Path) -> Settings:
    return load_settings(folder / "dondoc.yaml")


def test_it_has_less_than_30_lines_in_three_files(folder: Path) -> None:
    assert len(shown().splitlines()) < 30
    assert len(list(folder.glob("*.yaml"))) == 3
    assert max(map(len, shown().splitlines())) <= 100


def test_it_is_sound_and_has_a_mailbox_an_exchange_and_a_campaign(settings: Settings) -> None:
    assert settings.warnings == ()
    assert settings.mail is not None
    assert settings.mail.imap is not None
    assert settings.exchange is not None
    (campaign,) = settings.campaigns.values()
    used = {
        doors(r.office, r.channels, campaign.exchange)[0][0]
        for r in expand(campaign, settings.directory, date(2024, 5, 8))
    }
    assert used == {Channel.EXCHANGE, Channel.EMAIL}


def test_a_dry_run_shows_who_will_get_the_directive(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--json", "--at", "2024-05-08", "--config", str(folder)])
    assert caught.value.code == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["intents"] == []
    assert [(view["office"], view["channel"], view["round"]) for view in plan["foreseen"]] == [
        ("xa-yen-son", "email", "2024"),
        ("xa-hoa-binh", "exchange", "2024"),
    ]
    assert not (folder / "store").exists()
