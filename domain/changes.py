"""What distinguishes two versions of a directive, for those who had the first one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.directive import Directive, StoredFile


class Changed(StrEnum):
    """A member of a directive that an office must know to have changed."""

    CODE = "code"
    ISSUED_ON = "issued_on"
    TYPE = "type"
    SUBJECT = "subject"
    SIGNER = "signer"
    DEADLINE = "deadline"
    FILE_ADDED = "file_added"
    FILE_REMOVED = "file_removed"
    FILE_CHANGED = "file_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference; of a file ``before`` and ``after`` are names, None is where it was not."""

    what: Changed
    before: str | date | None
    after: str | date | None


def changes(before: Directive, after: Directive) -> tuple[Change, ...]:
    """Return what changed from one version to another, in the order in which a letter says it."""
    members = (
        (Changed.CODE, before.code, after.code),
        (Changed.ISSUED_ON, before.issued_on, after.issued_on),
        (Changed.TYPE, before.type_name or None, after.type_name or None),
        (Changed.SUBJECT, before.subject or None, after.subject or None),
        (Changed.SIGNER, before.signer, after.signer),
        (Changed.DEADLINE, before.due_on, after.due_on),
    )
    differing = (Change(what=w, before=b, after=a) for w, b, a in members if b != a)
    return (*differing, *_files(before.files, after.files))


def _files(before: tuple[StoredFile, ...], after: tuple[StoredFile, ...]) -> Iterator[Change]:
    """Compare files by name and bytes; the same bytes under another name are no change."""
    had = {file.digest for file in before}
    has = {file.digest for file in after}
    old = {file.name for file in before if file.digest not in has}
    new = {file.name for file in after if file.digest not in had}
    for file in after:
        if file.name in new & old:
            yield Change(what=Changed.FILE_CHANGED, before=file.name, after=file.name)
    for file in after:
        if file.name in new - old:
            yield Change(what=Changed.FILE_ADDED, before=None, after=file.name)
    for file in before:
        if file.name in old - new:
            yield Change(what=Changed.FILE_REMOVED, before=file.name, after=None)
