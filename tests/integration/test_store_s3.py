"""The store's commands with evidence in a bucket, as an administrator runs them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.store.s3.evidence import S3Evidence
from domain.errors import StoreFailed
from domain.ids import digest_of
from dondoc.bootstrap_evidence import evidence_elsewhere
from dondoc.reading_ahead import ReadingAhead
from dondoc.settings.load import load_settings
from dondoc.settings.store import StoreSettings
from tests.integration.test_store_commands import Capsys, config, configuration, dispatches
from tests.servers.postgresql import PASSWORD, USER, Postgresql
from tests.servers.process import free_ports
from tests.servers.s3 import S3
from tests.servers.s3_account import ACCESS_KEY, SECRET_KEY
from tests.unit.cli.command_runs import ran

__all__ = ["config"]

Configured = Callable[..., Path]


@pytest.fixture
def in_bucket(s3: S3, tmp_path: Path) -> Configured:
    """Return what writes a configuration whose evidence is in a new bucket."""

    def configured(
        name: str,
        *,
        endpoint: str = "",
        bucket: str = "",
        database: str = "ledger.sqlite",
        more: str = "",
    ) -> Path:
        path = configuration(tmp_path / name, database, more)
        for file, key in (("access-key", ACCESS_KEY), ("secret-key", SECRET_KEY)):
            (path.parent / file).touch(mode=0o600)
            (path.parent / file).write_text(key, encoding="utf-8")
        address = f"s3://{bucket or s3.new_bucket().name}/so"
        account = (
            f"{{endpoint: '{endpoint or s3.address}', access_key: {{file: access-key}}, "
            "secret_key: {file: secret-key}}"
        )
        text = path.read_text(encoding="utf-8")
        evidence = f"evidence: '{address}', s3: {account}"
        path.write_text(text.replace("evidence: evidence", evidence), encoding="utf-8")
        return path

    return configured


def objects(s3: S3, path: Path) -> list[Path]:
    bucket = str(load_settings(path).store.evidence).split("/")[2]
    return [one for one in (s3.folder / "buckets" / bucket).rglob("*") if one.is_file()]


def test_a_store_moves_into_a_bucket_and_back_by_a_backup(
    capsys: Capsys, config: Path, in_bucket: Configured, s3: S3, tmp_path: Path
) -> None:
    before = dispatches(config)
    new = in_bucket("new")
    done = ran(capsys, "store", "move", "--config", config, "--to", new)
    assert done.code == 0, done.err
    assert dispatches(new) == before
    # The letters, the directive's file, and what the letters carry of it, once.
    assert len(objects(s3, new)) == len(before) + 2
    found = ran(capsys, "doctor", "--quick", "--evidence", "--config", new, "--json")
    (evidence,) = [c for c in json.loads(found.out)["checks"] if c["name"] == "evidence"]
    assert evidence["ok"], evidence
    assert evidence["what"] == "6 of 6 verified"
    made = ran(capsys, "backup", tmp_path / "backup", "--config", new)
    assert made.code == 0, made.err
    other = in_bucket("other")
    done = ran(capsys, "restore", tmp_path / "backup", "--config", other)
    assert done.code == 0, done.err
    assert dispatches(other) == before
    assert len(objects(s3, other)) == len(objects(s3, new))
    folder = configuration(tmp_path / "folder", "ledger.sqlite")
    assert ran(capsys, "restore", tmp_path / "backup", "--config", folder).code == 0
    assert dispatches(folder) == before


def test_ledger_and_evidence_may_both_be_elsewhere(
    capsys: Capsys,
    config: Path,
    in_bucket: Configured,
    postgresql: Postgresql,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DB_PASSWORD", PASSWORD)
    server = postgresql.new_database()
    new = in_bucket(
        "new",
        database=f"postgresql://{USER}@{server.host}:{server.port}/{server.name}",
        more=f", password: {{env: DB_PASSWORD}}, folder: '{tmp_path / 'own'}'",
    )
    before = dispatches(config)
    done = ran(capsys, "store", "move", "--config", config, "--to", new)
    assert done.code == 0, done.err
    assert dispatches(new) == before
    own = {path.name for path in (tmp_path / "own").iterdir()}
    assert own == {"daemon.lock", "evidence-cache", "ledger.mark"}


def test_what_is_missing_or_damaged_in_the_bucket_is_named(
    capsys: Capsys, config: Path, in_bucket: Configured, s3: S3, tmp_path: Path
) -> None:
    new = in_bucket("new")
    ran(capsys, "store", "move", "--config", config, "--to", new)
    recipes = sorted(path for path in objects(s3, new) if "assembled" in path.parts)
    recipes[0].unlink()
    recipes[1].write_bytes(b"damaged")
    found = ran(capsys, "doctor", "--quick", "--evidence", "--config", new)
    assert found.code == 1
    assert f"evidence {recipes[0].name}: no such bytes are stored" in found.out
    assert f"evidence {recipes[1].name}: the stored bytes are damaged" in found.out
    made = ran(capsys, "backup", tmp_path / "backup", "--config", new)
    assert made.code == 1
    assert made.out.count("\nmissing: evidence ") == 2


@pytest.mark.parametrize("begun", [False, True])
def test_the_doctor_says_what_keeps_the_bucket_from_use(
    capsys: Capsys, config: Path, in_bucket: Configured, begun: bool
) -> None:
    (port,) = free_ports(1)
    away = in_bucket("away", endpoint=f"http://127.0.0.1:{port}")
    gone = in_bucket("gone", bucket="khong-co")
    if begun:
        for path in (away, gone):
            shutil.copy(config.parent / "ledger.sqlite", path.parent)
    for path, advice in ((away, "it cannot be reached"), (gone, "there is no such bucket")):
        found = ran(capsys, "doctor", "--quick", "--config", path, "--json")
        (evidence,) = [c for c in json.loads(found.out)["checks"] if c["name"] == "evidence"]
        assert not evidence["ok"]
        assert advice in evidence["what"]
        assert evidence["advice"] == ""


def test_a_restoration_into_a_bucket_that_is_not_there_is_refused(
    capsys: Capsys, config: Path, in_bucket: Configured, tmp_path: Path
) -> None:
    assert ran(capsys, "backup", tmp_path / "backup", "--config", config).code == 0
    gone = in_bucket("gone", bucket="khong-co")
    done = ran(capsys, "restore", tmp_path / "backup", "--config", gone)
    assert done.code == 1
    assert "there is no such bucket: make it, or correct store.evidence" in done.err


LETTER = (
    b"From: xayenson@huulung.example\r\nMessage-ID: <1@huulung.example>\r\n"
    b"Subject: Tr\xe1\xba\xa3 l\xe1\xbb\x9di\r\n\r\nx\r\n"
)


def opened_elsewhere(store: StoreSettings, letter: bytes) -> ReadingAhead:
    evidence = evidence_elsewhere(store)()
    assert isinstance(evidence, S3Evidence)
    evidence.put(letter)
    evidence.close()
    return ReadingAhead(evidence_elsewhere(store), processes=1)


def test_other_processes_read_mail_out_of_the_bucket(in_bucket: Configured) -> None:
    ahead = opened_elsewhere(load_settings(in_bucket("new")).store, LETTER)
    try:
        ahead.keep_apart([digest_of(LETTER)])
        found = ahead.take(digest_of(LETTER))
        assert found is not None
    finally:
        ahead.close()


def test_a_message_is_not_set_aside_because_the_store_is_away(
    in_bucket: Configured, s3: S3
) -> None:
    ahead = opened_elsewhere(load_settings(in_bucket("new")).store, LETTER)
    digest = digest_of(LETTER)
    try:
        s3.stop()
        ahead.keep_apart([digest])
        with pytest.raises(StoreFailed, match="it cannot be reached"):
            ahead.take(digest)
        s3.start()
        assert ahead.take(digest) is not None
    finally:
        ahead.close()
