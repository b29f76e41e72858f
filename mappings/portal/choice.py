"""Which entry of a list is the document, which of its files is meant, and what a letter carries.

Nothing is guessed: several that fit are told, so that a person narrows the rule.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from domain.directive import StoredFile
from domain.portal import PortalProblem, PortalRule, PortalUnusable
from mappings.names.fold import fold, fold_loose
from mappings.portal.listing import Entry, FileLink
from mappings.reply.numbers import cited_numbers, file_number, own_numbers, same_number

_NAMED = 5
_CARRYING_OUT = ("trien khai", "thuc hien", "quan triet")
"""Words, folded, by which a name says that it is about the document that it then names."""


def the_entry(entries: Iterable[Entry], rule: PortalRule) -> Entry | None:
    """Return the entry of the document, None where the list does not have it.

    A row that gives another date is another document: numbers begin anew each year. Raises
    ``PortalUnusable`` when several entries fit.
    """
    fitting = [entry for entry in entries if _is(entry, rule)]
    places = {(entry.link, tuple(f.url for f in entry.files)): entry for entry in fitting}
    if len(places) > 1:
        named = _listed(entry.title or entry.number for entry in places.values())
        reason = (
            f"{len(places)} entries of the page are numbered {rule.document} ({named}); "
            "add issued_on, or narrow list.rows"
        )
        raise PortalUnusable(PortalProblem.AMBIGUOUS, reason)
    return next(iter(places.values()), None)


def the_file(files: Sequence[FileLink], rule: PortalRule) -> FileLink:
    """Return the file that is meant; raises ``PortalUnusable`` when none or several fit.

    By the rule's pattern; without one the only file, or the only one with the number in its name.
    """
    fitting = [f for f in files if any(_fits(name, rule) for name in (f.name, f.base))]
    if not fitting and rule.file is None:
        fitting = list(files)
    if len(fitting) == 1:
        return fitting[0]
    if not files:
        reason = f"the page names {rule.document}, but no file of it"
        raise PortalUnusable(PortalProblem.NOT_POSTED, reason)
    named = _listed(file.base or file.name for file in (fitting or files))
    what = f"{len(fitting)} files fit" if fitting else "no file fits"
    reason = f"{what} for {rule.document} ({named}); write a pattern for its name as portal.file"
    raise PortalUnusable(PortalProblem.AMBIGUOUS, reason)


def carried(files: Iterable[StoredFile], rule: PortalRule) -> tuple[StoredFile, ...]:
    """Return the files of a letter that should be the posted one, by their names."""
    return tuple(file for file in files if _fits(file.name, rule))


def has_number(name: str, document: str) -> bool:
    """Tell whether the words of a name have a document's number in a row: ``47-NQ-CP.pdf``.

    Not so where the name begins with the number of another one, or says that it carries this one
    out: ``512-UBND-VH trien khai 47-NQ-CP.pdf`` is the covering letter.
    """
    own = file_number(name)
    if own is not None and not same_number(own, document):
        return False
    words, wanted = _words(name), _words(document)
    for at in range(len(words) - len(wanted) + 1):
        if words[at : at + len(wanted)] == wanted:
            before = f" {' '.join(words[:at])} "
            return not any(f" {doing} " in before for doing in _CARRYING_OUT)
    return False


def _words(text: str) -> list[str]:
    words = re.sub(r"[\W_]+", " ", fold_loose(text.replace("_", " "))).split()
    return [word.lstrip("0") or word for word in words]


def _fits(name: str, rule: PortalRule) -> bool:
    if rule.file is not None:
        return fnmatchcase(name.casefold(), rule.file.casefold())
    return has_number(name, rule.document)


def _is(entry: Entry, rule: PortalRule) -> bool:
    if rule.issued_on and entry.day and entry.day != rule.issued_on:
        return False
    if entry.number:
        return _same(entry.number, rule.document)
    # A title may cite others behind its own number: "Kế hoạch 126/KH-UBND thực hiện NQ 47/NQ-CP".
    numbers = (*own_numbers(entry.title), *cited_numbers(entry.title))
    return bool(numbers) and same_number(numbers[0], rule.document)


def _same(cell: str, document: str) -> bool:
    numbers = (*own_numbers(cell), *cited_numbers(cell))
    return any(same_number(number, document) for number in numbers) or fold(cell) == fold(document)


def _listed(names: Iterable[str]) -> str:
    shown = [name[:80] for name in names]
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
    return f"{'; '.join(shown[:_NAMED])}{more}"
