"""The checkout that the tests run in: its files, and the interpreter below its environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("domain", "mappings", "connector", "schedulers", "dondoc")


def files() -> list[Path]:
    """Return every file that is committed or could be, relative to ROOT, sorted."""
    listing = subprocess.run(
        # A checkout owned by somebody else (a CI mount) is as good as our own to read.
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.decode()
    names = {Path(name) for name in listing.split("\0") if name}
    return sorted(name for name in names if (ROOT / name).is_file())


def copy_files(names: list[Path], target: Path) -> None:
    """Copy files of the checkout, named relative to ROOT, to the same places below a folder."""
    for name in names:
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy)


def package_files() -> list[Path]:
    """Return the files of the packages that are installed, relative to ROOT."""
    return [name for name in files() if name.parts[0] in PACKAGES]


def base_python() -> Path:
    """Return the interpreter that the running environment was made with."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return Path(sys.base_prefix) / "bin" / version


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this process's environment without what would lead another Python back here."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "PYTEST", "COV_", "COVERAGE")) and name != "VIRTUAL_ENV"
    }
    return kept | settings


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a command and return its standard output; if it fails, so does the test, with all of it.

    It has no standard input, and 300 seconds.
    """
    # The environment may hold what no test report should show.
    __tracebackhide__ = True
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean_environment() if env is None else env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        words = " ".join(map(str, command))
        pytest.fail(f"{words}: exited {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
