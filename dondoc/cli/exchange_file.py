"""A file that a command writes whole or not at all."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import typer


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What lies in a file: octets and their digest."""

    size: int
    sha256: str


def save(target: Path, write: Callable[[BinaryIO], None]) -> Saved:
    """Put what ``write`` leaves in a stream at ``target``, in place of what lay there.

    Only the owner can read it. Nothing changes when ``write`` raises; raises
    ``typer.BadParameter`` where the file cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as named:
            made = Path(named.name)
            try:
                with made.open("w+b") as stream:
                    write(stream)
                    stream.flush()
                    os.fsync(stream.fileno())
                    stream.seek(0)
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                    size = stream.tell()
                made.replace(target)
            except BaseException:
                made.unlink()
                raise
    except OSError as error:
        raise typer.BadParameter(f"{target}: {error.strerror}") from error
    return Saved(size=size, sha256=digest)
