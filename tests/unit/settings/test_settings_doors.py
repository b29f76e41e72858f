"""Further doors and the provincial axis in dondoc.yaml: what is read, what is warned of."""

import shutil
from pathlib import Path

import pytest

from dondoc.settings.check_secrets import missing_secrets, references
from dondoc.settings.load import load_settings
from dondoc.settings.records import FolderSettings, RestSettings, Settings
from tests.checkout import ROOT
from tests.minimal_configuration import lay_out, write_secret

DATA = ROOT / "tests" / "data" / "config"
AXIS = """\
exchange:
  name: truc
  protocol: lgsp
  url: https://truc.example/lgsp/
  system_id: H37.99
  secret: {env: DONDOC_TEST_KEY}
  lgsp: {username: dondoc, password: {env: DONDOC_TEST_AXIS}, application_code: DONDOC}
"""
DOORS = """\
doors:
  - folder: {name: van-thu, path: van-thu, settle_seconds: 3, max_megabytes: 7}
  - rest:
      name: ioffice
      mapping: mappings/ioffice.yaml
      addresses: {main: http://127.0.0.1:8080/, files: https://tep.example}
      username: vanthu
      password: {env: DONDOC_TEST_OFFICE}
      refresh_token: {file: token.secret}
      values: {ma_don_vi_quan_tri: "2"}
  - rest:
      name: ioffice-2
      mapping: mappings/ioffice.yaml
      addresses: {main: http://vp.example, files: http://tep.example}
      password: {env: DONDOC_TEST_OFFICE}
      allow_plain: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    lay_out(tmp_path)
    shutil.copytree(ROOT / "config" / "mappings", tmp_path / "mappings")
    return tmp_path


def loaded(folder: Path, more: str) -> Settings:
    path = folder / "dondoc.yaml"
    path.write_text((DATA / "minimal" / "dondoc.yaml").read_text(encoding="utf-8") + more, "utf-8")
    return load_settings(path)


def test_the_axis_has_an_account_of_its_own(folder: Path) -> None:
    exchange = loaded(folder, AXIS).exchange
    assert exchange is not None
    assert exchange.lgsp is not None
    assert (exchange.lgsp.username, exchange.lgsp.application_code) == ("dondoc", "DONDOC")
    assert exchange.lgsp.password.name == "DONDOC_TEST_AXIS"
    assert exchange.max_octets == 256 * 1_048_576


def test_without_a_word_about_it_the_exchange_is_a_vxp_node(folder: Path) -> None:
    exchange = loaded(folder, AXIS.replace("  protocol: lgsp\n", "").partition("  lgsp:")[0])
    assert exchange.exchange is not None
    assert exchange.exchange.lgsp is None
    assert exchange.doors == ()


def test_doors_are_read_with_their_mappings(folder: Path) -> None:
    (folder / "van-thu").mkdir()
    write_secret(folder / "token.secret")
    settings = loaded(folder, DOORS)
    watched, office, other = settings.doors
    assert settings.warnings == ()
    assert isinstance(watched, FolderSettings)
    assert (watched.path, watched.settle_seconds) == (folder / "van-thu", 3.0)
    assert watched.max_octets == 7 * 1_048_576
    assert isinstance(office, RestSettings)
    assert office.addresses == {"main": "http://127.0.0.1:8080", "files": "https://tep.example"}
    assert office.mapping.rules.received is not None
    assert office.values == {"ma_don_vi_quan_tri": "2"}
    assert office.refresh_token is not None
    assert office.refresh_token.name == str(folder / "token.secret")
    assert office.max_octets == 256 * 1_048_576
    assert isinstance(other, RestSettings)
    assert other.mapping is office.mapping
    # A mapping file is one of the files that were read, once however many doors name it.
    assert [file.name for file in settings.files].count("ioffice.yaml") == 1


def test_a_folder_that_is_not_there_yet_is_warned_of(folder: Path) -> None:
    write_secret(folder / "token.secret")
    (warning,) = loaded(folder, DOORS).warnings
    assert (warning.line, warning.what) == (14, "the folder to be watched is not there")
    assert "share" in warning.advice


def test_secrets_that_others_can_read_are_warned_of(folder: Path) -> None:
    (folder / "van-thu").mkdir()
    write_secret(folder / "token.secret").chmod(0o644)
    (warning,) = loaded(folder, DOORS).warnings
    assert "other accounts" in warning.what


def test_the_secrets_of_all_doors_are_tried(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DONDOC_TOKEN_KEY", "DONDOC_TEST_KEY", "DONDOC_TEST_AXIS", "DONDOC_TEST_OFFICE"):
        monkeypatch.delenv(name, raising=False)
    (folder / "mail.secret").unlink()
    settings = loaded(folder, AXIS + DOORS)
    missing = missing_secrets(settings)
    assert len(missing) == len(list(references(settings))) == 7
    said = "".join(problem.what for problem in missing)
    assert all(name in said for name in ("TEST_KEY", "TEST_AXIS", "TEST_OFFICE", "token.secret"))


def test_a_mapping_may_describe_the_sent_list_alone(folder: Path) -> None:
    path = folder / "mappings" / "ioffice.yaml"
    text = path.read_text(encoding="utf-8")
    received, sent = text.index("\nreceived:"), text.index("\nsent:")
    assert received < sent
    path.write_text(text[:received] + text[sent:], encoding="utf-8")
    office = loaded(folder, DOORS).doors[1]
    assert isinstance(office, RestSettings)
    assert office.mapping.rules.received is None
    assert office.mapping.form is None
