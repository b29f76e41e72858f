"""Putting the files of attached archives beside them, as files of the same message.

The archive stays in front as it came. Where something in it cannot be read, the archive bears the
reason, so that a person asks the office; what can be read still counts.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from domain.content import Content, Inline, whole
from domain.errors import MalformedDocument
from domain.ids import digest_of
from domain.reading import ReceivedFile
from mappings.archives.limits import WHAT, Budget, Limits
from mappings.archives.member import Member
from mappings.archives.packed_members import SIGNATURES, packed_members
from mappings.archives.zip_members import is_office_package, zip_members

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_ARCHIVE_ENDINGS = frozenset({".zip", ".rar", ".7z"})
_DOCUMENTS = frozenset(
    {".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".odp", ".doc", ".xls"}
)
"""ZIP files inside that are opened as what they are, whole or damaged."""
_BEGINNING = 8
_NAMED = 3

DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class _Opened:
    files: tuple[ReceivedFile, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def open_archives(
    files: Sequence[ReceivedFile], limits: Limits = DEFAULT
) -> tuple[tuple[ReceivedFile, ...], tuple[str, ...]]:
    """Return the files with those of their archives after each archive, and warnings.

    Each file of an archive has the archive's name in ``within``, and the names of those around it.
    Nothing is raised: what cannot be opened bears its ``problem``.
    """
    budget = Budget(limits)
    found: list[ReceivedFile] = []
    warnings: list[str] = []
    for file in files:
        for opened, notes in _with_members(file, budget, 1):
            found.append(opened)
            warnings += notes
    return tuple(found), tuple(warnings)


def _with_members(
    file: ReceivedFile, budget: Budget, depth: int
) -> Iterator[tuple[ReceivedFile, tuple[str, ...]]]:
    kind = "" if file.problem or file.wrapper else _kind(file, budget)
    if not kind:
        yield file, ()
        return
    opened = _open(file, kind, budget, depth)
    more = len(opened.problems) - _NAMED
    several = [f"and {more} more"] if more > 0 else []
    problem = "; ".join([*opened.problems[:_NAMED], *several])
    yield replace(file, problem=problem, wrapper=True), opened.notes
    for member in opened.files:
        yield from _with_members(member, budget, depth + 1)


def _kind(file: ReceivedFile, budget: Budget) -> str:
    """Return what kind of archive a file is by its first octets, blank for anything else."""
    beginning = _beginning(file.content)
    ending = PurePosixPath(file.name).suffix.lower()
    packed = next((kind for mark, kind in SIGNATURES.items() if beginning.startswith(mark)), "")
    if packed or not beginning.startswith((_ZIP, _EMPTY_ZIP)):
        return packed or ("unknown" if ending in _ARCHIVE_ENDINGS else "")
    if ending in _DOCUMENTS:
        return ""
    with file.content.open() as stream:
        return "" if is_office_package(stream, budget) else "zip"


def _beginning(content: Content) -> bytes:
    with content.open() as stream:
        return stream.read(_BEGINNING)


def _open(file: ReceivedFile, kind: str, budget: Budget, depth: int) -> _Opened:
    files: list[ReceivedFile] = []
    problems: list[str] = []
    notes: list[str] = []
    try:
        for number, member in enumerate(_members(file, kind, budget, depth), start=1):
            name = member.name or f"{number}.bin"
            if member.problem:
                problems.append(f"{name}: {member.problem}")
                continue
            if member.note:
                notes.append(f"{name}: {member.note}")
            files.append(_received(name, member, file))
    except MalformedDocument as error:
        if not any(problem.endswith(error.reason) for problem in problems):
            problems.append(error.reason)
    if not files and not problems:
        problems.append("it holds no file; ask the office to send it again")
    return _Opened(tuple(files), tuple(problems), tuple(notes))


def _members(file: ReceivedFile, kind: str, budget: Budget, depth: int) -> Iterator[Member]:
    limit = budget.limits.depth
    if depth > limit:
        raise MalformedDocument(WHAT, f"archives in it are nested more than {limit} deep")
    if kind == "unknown":
        raise MalformedDocument(
            WHAT, "it is no ZIP, RAR or 7z inside; ask for the files themselves"
        )
    budget.open(file.content.size)
    if kind == "zip":
        with file.content.open() as stream:
            yield from zip_members(stream, budget)
    else:
        yield from packed_members(whole(file.content), kind, budget)


def _received(name: str, member: Member, archive: ReceivedFile) -> ReceivedFile:
    return ReceivedFile(
        name=name,
        media_type="application/octet-stream",
        digest=digest_of(member.content),
        content=Inline(member.content),
        within=archive.full_name,
        letter=archive.letter,
    )
