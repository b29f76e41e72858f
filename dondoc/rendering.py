"""The result of a round as files, made in this process or in one of its own.

A daemon needs that once a year, and the libraries and the pages of thousands of offices take much
memory: a process of its own gives it back when it ends.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, cast

from domain.compilation import Compilation
from domain.errors import DondocError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The report as Word and PDF, and the register as Excel, each a whole file."""

    word: bytes
    pdf: bytes
    register: bytes


Render: TypeAlias = Callable[[Compilation, str], Rendered]
"""Makes the files of a compilation that goes to an addressee of this name, empty where none."""


_PATIENCE_SECONDS = 1_800.0
"""Ten thousand recipients take a minute or two; what takes half an hour never ends."""


class RenderingFailed(DondocError):
    """The process that makes the files of a result failed, hung or was killed."""

    def __init__(self, ended: str) -> None:
        super().__init__(
            f"the process that makes the files of a result {ended}; "
            "the standard error of the service says why"
        )


def rendered(compilation: Compilation, addressee: str) -> Rendered:
    """Make the files here."""
    # Libraries that most of our processes never need: they take a tenth of a daemon's memory.
    from mappings.render.pdf import render_pdf  # noqa: PLC0415
    from mappings.render.register import register_workbook  # noqa: PLC0415
    from mappings.render.report import report_document  # noqa: PLC0415
    from mappings.render.word import render_word  # noqa: PLC0415

    report = report_document(compilation, addressee=addressee)
    return Rendered(
        word=render_word(report), pdf=render_pdf(report), register=register_workbook(compilation)
    )


def rendered_apart(compilation: Compilation, addressee: str) -> Rendered:
    """Make the files in a process of its own; raises ``RenderingFailed``."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", f"from {work.__module__} import work; work()"],
            input=pickle.dumps((compilation, addressee)),
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise RenderingFailed(f"was ended after {_PATIENCE_SECONDS:.0f} seconds") from error
    if done.returncode:
        raise RenderingFailed(f"ended with code {done.returncode}")
    # Our own process made it, out of our own classes.
    return cast(Rendered, pickle.loads(done.stdout))


def work() -> None:
    """Make the files for the process that is behind standard input and output."""
    # These signals go to all processes of a terminal or service; the one that asks waits for us.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    compilation, addressee = pickle.load(sys.stdin.buffer)
    pickle.dump(rendered(compilation, addressee), sys.stdout.buffer)
