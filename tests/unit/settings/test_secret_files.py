"""Files of secrets are looked at, never read: who may reach them, and whether they are there."""

import os
import stat
from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.settings.load import load_settings
from dondoc.settings.secret_files import Flaw, flaws, flaws_of
from tests.minimal_configuration import lay_out, write_secret

SERVICE, OTHER, ROOT = 10001, 10002, 0


def status(mode: int, owner: int) -> os.stat_result:
    return os.stat_result((mode, 0, 0, 1, owner, 0, 0, 0, 0, 0))


def said(found: list[Flaw]) -> list[str]:
    return [str(flaw.what) for flaw in found]


@pytest.mark.parametrize(
    ("permissions", "what"),
    [
        (0o600, []),
        (0o400, []),
        (0o640, ["other accounts of this machine may read the file of a secret"]),
        (0o604, ["other accounts of this machine may read the file of a secret"]),
        (0o620, ["other accounts of this machine may change the file of a secret"]),
        (0o666, ["other accounts of this machine may change the file of a secret"]),
    ],
)
def test_who_may_reach_a_file(permissions: int, what: list[str]) -> None:
    found = list(flaws_of(status(stat.S_IFREG | permissions, SERVICE), SERVICE))
    assert said(found) == what
    assert all("chmod 600" in flaw.advice and not flaw.error for flaw in found)


@pytest.mark.parametrize(
    ("owner", "account", "foreign"),
    [
        (SERVICE, SERVICE, False),
        (ROOT, SERVICE, False),
        (SERVICE, ROOT, False),
        (OTHER, SERVICE, True),
    ],
)
def test_whose_a_file_is(owner: int, account: int, foreign: bool) -> None:
    found = said(list(flaws_of(status(stat.S_IFREG | 0o600, owner), account)))
    assert found == (["the file of a secret belongs to another account"] if foreign else [])


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    assert said(list(flaws(tmp_path / "none"))) == ["the file of a secret is not there"]
    (folder,) = flaws(tmp_path)
    assert (folder.what, folder.error) == ("the file of a secret is a folder", True)


def test_a_loop_of_links_leads_to_no_file(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert said(list(flaws(tmp_path / "a"))) == ["the file of a secret is not there"]


def test_a_link_is_judged_by_what_it_leads_to(tmp_path: Path) -> None:
    write_secret(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")
    assert list(flaws(tmp_path / "link")) == []


@pytest.mark.skipif(os.geteuid() != ROOT, reason="takes the rights of another account")
def test_a_folder_that_this_account_may_not_enter(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir(mode=0o700)
    write_secret(inner / "secret")
    tmp_path.chmod(0o711)
    os.seteuid(SERVICE)
    try:
        found = said(list(flaws(inner / "secret")))
    finally:
        os.seteuid(ROOT)
    assert found == ["this account may not look at the file of a secret"]


def test_the_check_warns_at_the_reference_and_never_shows_the_secret(tmp_path: Path) -> None:
    main = lay_out(tmp_path)
    assert load_settings(main).warnings == ()
    (tmp_path / "mail.secret").chmod(0o644)
    (warning,) = load_settings(main).warnings
    assert (warning.line, warning.column, warning.warning) == (12, 22, True)
    assert "made-up" not in str(warning)


def test_a_folder_in_the_place_of_a_secret_is_an_error(tmp_path: Path) -> None:
    main = lay_out(tmp_path)
    (tmp_path / "mail.secret").unlink()
    (tmp_path / "mail.secret").mkdir()
    with pytest.raises(ConfigError) as caught:
        load_settings(main)
    assert [p.what for p in caught.value.problems] == ["the file of a secret is a folder"]
