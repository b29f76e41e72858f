"""Evidence in a bucket, as the configuration says it."""

from pathlib import Path

import pytest

from domain.errors import ConfigError
from dondoc.settings.check_secrets import references
from dondoc.settings.load import load_settings
from dondoc.settings.s3 import S3Settings
from dondoc.settings.store import StoreSettings
from tests.unit.settings.test_settings_bad import overlay

OLD = "s3://Bằng_Chứng/so"


def loaded(folder: Path, evidence: str, *, database: str = "dondoc.sqlite", more: str = "") -> Path:
    path = overlay("store-s3-bucket", folder)
    text = path.read_text(encoding="utf-8")
    text = text.replace(OLD, evidence).replace("database: dondoc.sqlite", f"database: {database}")
    path.write_text(text.replace("  output: output\n", f"  output: output\n{more}"), "utf-8")
    return path


def bucket_of(store: StoreSettings) -> S3Settings:
    assert isinstance(store.evidence, S3Settings)
    return store.evidence


@pytest.mark.parametrize(
    ("address", "bucket", "prefix"),
    [
        ("s3://bang-chung", "bang-chung", ""),
        ("s3://bang-chung/", "bang-chung", ""),
        ("s3://bang.chung.2026/huyen/Huu_Lung/", "bang.chung.2026", "huyen/Huu_Lung/"),
        ("s3://so0/.v1", "so0", ".v1/"),
    ],
)
def test_a_bucket_is_named_by_its_address(
    tmp_path: Path, address: str, bucket: str, prefix: str
) -> None:
    settings = load_settings(loaded(tmp_path, address))
    found = bucket_of(settings.store)
    assert (found.bucket, found.prefix) == (bucket, prefix)
    assert (found.endpoint, found.region) == ("https://kho.huulung.example", "us-east-1")
    assert (found.access_key.name, found.secret_key.name) == (
        "KHO_ACCESS_KEY",
        str(tmp_path / "kho.secret"),
    )
    assert (found.ca_file, found.bucket_in_host) == (None, False)
    assert str(found) == f"s3://{bucket}/{prefix}".rstrip("/")
    assert settings.store.folder == tmp_path
    resolved = list(references(settings))
    assert found.access_key.reveal in resolved
    assert found.secret_key.reveal in resolved


@pytest.mark.parametrize(
    "address",
    [
        "s3://",
        "s3://so",
        "s3://192.0.2.7/so",
        "s3://bang..chung/so",
        "s3://-bang-chung/so",
        "s3://bang-chung:9000/so",
        "s3://bang-chung/../so",
        "s3://bang-chung/sổ",
        "s3://bang-chung/so?versionId=1",
        "s3://bang-chung/so#x",
        "s3://[bang-chung/so",
        "S3://bang-chung/so",
        "https://kho.huulung.example/bang-chung",
    ],
)
def test_an_address_that_names_no_bucket_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=r"4:13: store\.evidence (names no|has no usable)"):
        load_settings(loaded(tmp_path, f'"{address}"'))


def test_the_machines_own_folder_stands_beside_a_database_elsewhere(tmp_path: Path) -> None:
    database = "postgresql://dondoc@db.huulung.example/so"
    path = loaded(tmp_path, "s3://bang-chung", database=database, more="  folder: may-nay\n")
    store = load_settings(path).store
    assert store.folder == tmp_path / "may-nay"
    assert bucket_of(store).bucket == "bang-chung"
