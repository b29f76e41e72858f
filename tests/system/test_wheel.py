"""The wheel as somebody installs it: built, put into an environment of its own, used elsewhere."""

import json
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from tests.checkout import (
    PACKAGES,
    ROOT,
    base_python,
    copy_files,
    files,
    package_files,
    run,
)

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

# Prints {name: digest} of the files named in its argument, a JSON list; they are read through
# importlib.resources, as the program reads its own data.
DIGESTS = """
import hashlib, importlib.resources, json, sys
found = {}
for name in json.loads(sys.argv[1]):
    package, *rest = name.split("/")
    data = importlib.resources.files(package).joinpath(*rest).read_bytes()
    found[name] = hashlib.sha256(data).hexdigest()
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """A wheel and the environment that it was installed into, both outside the checkout."""

    wheel: Path
    bin: Path
    folder: Path


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Build the wheel from a copy of the checkout's files and install it with the locked set."""
    folder = tmp_path_factory.mktemp("wheel")
    copy_files(files(), folder / "source")
    venv = folder / "venv"
    run(base_python(), "-m", "venv", venv, cwd=folder)
    pip = (venv / "bin/python", "-m", "pip")
    lock = folder / "source" / "requirements.lock"
    run(*pip, "install", "--no-compile", "--require-hashes", "-r", lock, cwd=folder)
    isolated = ("--no-deps", "--no-build-isolation")
    run(*pip, "wheel", *isolated, "--wheel-dir", folder / "dist", folder / "source", cwd=folder)
    (wheel,) = (folder / "dist").glob("dondoc-*.whl")
    run(*pip, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installation(wheel=wheel, bin=venv / "bin", folder=elsewhere)


def test_the_wheel_holds_every_file_of_the_packages(installation: Installation) -> None:
    with zipfile.ZipFile(installation.wheel) as wheel:
        shipped = set(wheel.namelist())
    assert {str(name) for name in package_files()} - shipped == set()


def test_the_wheel_holds_nothing_else(installation: Installation) -> None:
    with zipfile.ZipFile(installation.wheel) as wheel:
        folders = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in folders if not name.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_carries_the_licence(installation: Installation) -> None:
    with zipfile.ZipFile(installation.wheel) as wheel:
        (licence,) = [name for name in wheel.namelist() if name.endswith("/LICENSE")]
        assert wheel.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_packaged_data_is_read_as_it_was_committed(installation: Installation) -> None:
    names = [str(name) for name in package_files() if name.suffix != ".py"]
    python = installation.bin / "python"
    found = run(python, "-c", DIGESTS, json.dumps(names), cwd=installation.folder)
    expected = {name: sha256((ROOT / name).read_bytes()).hexdigest() for name in names}
    assert json.loads(found) == expected


def test_what_is_installed_fits_together(installation: Installation) -> None:
    run(installation.bin / "python", "-m", "pip", "check", cwd=installation.folder)


def test_the_installed_command_explains_itself(installation: Installation) -> None:
    text = run(installation.bin / "dondoc", "--help", cwd=installation.folder)
    for command in ("demo", "run", "check", "doctor", "status", "replay"):
        assert command in text


def test_the_installed_command_accepts_the_shipped_example(installation: Installation) -> None:
    copy_files([name for name in files() if name.parts[0] == "config"], installation.folder)
    example = installation.folder / "config" / "dondoc.yaml"
    check: list[str | Path] = [installation.bin / "dondoc", "check", "--config", example]
    run(*check, cwd=installation.folder)
    assert "cấu hình dùng được" in run(*check, "--lang", "vi", cwd=installation.folder)
