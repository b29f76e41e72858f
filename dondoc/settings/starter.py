"""A folder to begin with: a commented main file, days off, schemas, and a key of its own."""

import secrets
from importlib.resources import files
from pathlib import Path

from domain.errors import NotAllowed
from domain.words import say
from dondoc.languages import Language
from dondoc.settings.example import MAIN, example_files
from dondoc.settings.source import os_reason

_SHIPPED = ("holidays.yaml", "schema/")
_FOLDERS = ("directory", "campaigns")
_EMPTY_SECRETS = ("mail", "exchange")


def lay_out(folder: Path, language: Language) -> None:
    """Make a folder of configuration; what is there already stays as it is.

    Raises ``NotAllowed`` where the folder has a main file already, and when it cannot be written.
    """
    if (folder / MAIN).exists():
        raise NotAllowed(say("{file} is there already; it is not overwritten", file=folder / MAIN))
    try:
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, content in example_files().items():
            if name.startswith(_SHIPPED):
                _write(folder / name, content)
        (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
        _write(folder / "secrets" / "token", secrets.token_hex(32).encode(), secret=True)
        for name in _EMPTY_SECRETS:
            _write(folder / "secrets" / name, b"", secret=True)
        text = files("dondoc").joinpath("starter", f"{language}.yaml").read_bytes()
        _write(folder / MAIN, text)
    except OSError as error:
        reason = os_reason(error)
        raise NotAllowed(
            say("{file} cannot be written: {reason}", file=folder, reason=reason)
        ) from error


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    if path.exists():
        return
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600 if secret else 0o666)
    path.write_bytes(content)
