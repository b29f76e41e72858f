"""The minimal configuration as it is used: with the file of its secret beside it."""

import shutil
from pathlib import Path

from tests.checkout import ROOT

CONFIGURATIONS = ROOT / "tests" / "data" / "config"


def write_secret(path: Path, text: str = "made-up") -> Path:
    """Write a made-up secret that its owner alone may read."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def lay_out(folder: Path) -> Path:
    """Copy the minimal configuration into a folder and return its main file."""
    shutil.copytree(CONFIGURATIONS / "minimal", folder, dirs_exist_ok=True)
    write_secret(folder / "mail.secret")
    return folder / "dondoc.yaml"
