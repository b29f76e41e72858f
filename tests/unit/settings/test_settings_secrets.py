"""Secrets: found by reference when they are used, shown to nobody."""

import os
from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.settings.secrets import CREDENTIALS, Secret, SecretKind


def secret(kind: SecretKind, name: str) -> Secret:
    return Secret(kind=kind, name=name, file="dondoc.yaml", line=4, column=12)


def refused(reference: Secret) -> str:
    with pytest.raises(ConfigError) as caught:
        reference.reveal()
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("dondoc.yaml", 4, 12)
    return problem.what


def test_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = secret(SecretKind.ENV, "DONDOC_TEST_SECRET")
    monkeypatch.setenv("DONDOC_TEST_SECRET", " mật khẩu \n")
    assert reference.reveal() == "mật khẩu"
    monkeypatch.setenv("DONDOC_TEST_SECRET", "")
    assert refused(reference) == "the secret env DONDOC_TEST_SECRET is empty or not set"
    monkeypatch.delenv("DONDOC_TEST_SECRET")
    assert refused(reference) == "the secret env DONDOC_TEST_SECRET is empty or not set"


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mail.secret"
    reference = secret(SecretKind.FILE, str(path))
    assert "cannot be read" in refused(reference)
    path.write_bytes(b"abc\n")
    assert reference.reveal() == "abc"
    path.write_bytes(b"\xff\xfe")
    assert "cannot be read" in refused(reference)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "cannot be read" in refused(secret(SecretKind.FILE, str(tmp_path / "pipe")))


def test_a_credential(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = secret(SecretKind.CREDENTIAL, "mail")
    monkeypatch.delenv(CREDENTIALS, raising=False)
    assert "is not set" in refused(reference)
    monkeypatch.setenv(CREDENTIALS, str(tmp_path))
    assert "cannot be read" in refused(reference)
    (tmp_path / "mail").write_text("abc")
    assert reference.reveal() == "abc"


def test_a_key_must_not_be_guessable(tmp_path: Path) -> None:
    path = tmp_path / "key"
    reference = secret(SecretKind.FILE, str(path))
    path.write_text("0123456789abcde")
    with pytest.raises(ConfigError, match="fewer than 16 octets") as caught:
        reference.key()
    assert "0123456789" not in str(caught.value)
    path.write_text("0123456789abcdef")
    assert reference.key() == b"0123456789abcdef"


def test_the_value_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_TEST_SECRET", "hunter2")
    assert "hunter2" not in repr(secret(SecretKind.ENV, "DONDOC_TEST_SECRET"))
