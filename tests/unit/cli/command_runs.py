"""Run a command in this process and keep what it said."""

from dataclasses import dataclass

import pytest

from dondoc.cli import main


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


def ran(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run `dondoc` with these arguments."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return Ran(code=int(ended.value.code or 0), out=said.out, err=said.err)
