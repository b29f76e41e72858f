"""The folder of an administrator's mail templates, read and tried out."""

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from domain.errors import Problem
from domain.words import Words, say
from dondoc.settings.problems import nearest
from dondoc.settings.set_files import SetFiles, is_folder
from dondoc.settings.source import Document, os_advice, os_reason, problem_at
from mappings.mail.own_templates import MAX_OCTETS, faults
from mappings.mail.rendering import FILES

_KEY = "templates"

_LEFT_OVER = re.compile(r".*(?:~|\.bak|\.sw[a-p])|#.*#")
"""What editors leave beside a file: copies of before, and what is just being typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTemplates:
    """Sources by the names of their files, and the files that were read."""

    sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    files: tuple[Path, ...] = ()


def read_templates(main: Document, of: SetFiles) -> tuple[OwnTemplates, tuple[Problem, ...]]:
    """Read the folder that dondoc.yaml names; the key's own errors are reported elsewhere."""
    name = main.data.get(_KEY) if isinstance(main.data, dict) else None
    if not isinstance(name, str) or not name.strip():
        return OwnTemplates(), ()
    folder = main.path.parent / name.strip()
    files = of.matching(main.path.parent, f"{glob.escape(name.strip())}/*")
    if not files and not is_folder(folder):
        what = say("there is no folder {name}", name=name.strip())
        advice = say("write its path relative to {file}", file=main.path.name)
        return OwnTemplates(), (main.problem((_KEY,), what, advice),)
    sources: dict[str, str] = {}
    problems: list[Problem] = []
    for path in files:
        if _LEFT_OVER.fullmatch(path.name):
            continue
        source = _source(path, of, problems)
        if source is not None:
            sources[path.name] = source
    if not problems:
        problems += [
            problem_at(folder / fault.file, (fault.line, fault.column), fault.what, fault.advice)
            for fault in faults(sources)
        ]
    read = tuple(folder / name for name in sources)
    return OwnTemplates(sources=sources, files=read), tuple(problems)


def _source(path: Path, of: SetFiles, problems: list[Problem]) -> str | None:
    def wrong(what: Words, advice: Words) -> None:
        problems.append(problem_at(path, (1, 1), what, advice))

    if path.name not in FILES:
        wrong(
            say("no template of Dondoc has the name {name}", name=path.name),
            nearest(path.name, list(FILES))
            or say("take it out; there are: {known}", known=", ".join(FILES)),
        )
        return None
    try:
        content = of.read(path)
    except OSError as error:
        wrong(
            say("cannot be read: {reason}", reason=os_reason(error)),
            os_advice(error),
        )
        return None
    if len(content) > MAX_OCTETS:
        wrong(
            say("is larger than {octets} octets", octets=MAX_OCTETS),
            say("shorten it"),
        )
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        wrong(say("is not UTF-8 text"), say("save the file as UTF-8"))
        return None
