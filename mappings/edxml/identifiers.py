"""Identifiers of organisations in their two forms, and what a pointer to a document names.

The old form of QCVN 102:2016 reads from right to left (``000.00.13.H53``, zero groups are unused
levels); the form of Quyết định 20/2020/QĐ-TTg has the first level in front (``H53.13``). The
authority on which is which is the exchange's own table of agencies (``domain.organs``): offices are
renumbered when they merge. The formula here is a fallback for identifiers that it does not have.
"""

import re

from domain.ids import OrganId
from domain.organs import OrganTable, Sameness
from mappings.names.fold import fold
from mappings.reply.numbers import cited_numbers, own_numbers, same_number

_LEVEL_1 = re.compile(r"[A-Z]\d\d", re.ASCII)


def compare_organs(table: OrganTable, a: OrganId, b: OrganId) -> Sameness:
    """Return what makes two identifiers one: their text, the table, or the formula alone."""
    return table.compare(a, b, same_by_formula)


def same_by_formula(a: OrganId, b: OrganId) -> bool:
    """Tell whether the usual formula makes two identifiers one; a guess, never to be used alone.

    Between the old and the new form zero groups are dropped and the rest is reversed; leading
    zeros within a group count. Two old forms may differ only in leading zero groups, because
    ``000.05.00.H37`` and ``000.00.05.H37`` are two offices. A blank identifier names nobody.
    """
    left, right = _groups(a), _groups(b)
    if not left or not right:
        return False
    if _is_old(left) and _is_old(right):
        return _without_leading_zeros(left) == _without_leading_zeros(right)
    return _new_groups(left) == _new_groups(right)


def formula_key(organ: OrganId) -> tuple[str, ...]:
    """Return what all identifiers have in common that ``same_by_formula`` makes one.

    Others may have it, too: it tells where to look.
    """
    groups = _groups(organ)
    return tuple(_new_groups(groups)) if groups else ()


def in_old_form(organ: OrganId) -> bool:
    """Tell whether an identifier is in the form of QCVN 102:2016, as 000.00.13.H53."""
    groups = _groups(organ)
    return bool(groups) and _is_old(groups)


def same_code(written: str, code: str) -> bool:
    """Tell whether a Code names the document ``code``, as "Số: 0512 / ubnd – VH" does 512/UBND-VH.

    Compared as document numbers are: folded, without leading zeros, alone or in a few words. A
    Code that names several documents names none of them surely.
    """
    named = (*own_numbers(written), *cited_numbers(written))
    if len(named) > 1:
        return False
    return any(same_number(one, code) for one in (written, *named))


def same_document(a: str, b: str) -> bool:
    """Tell whether two DocumentIds are one, however case, blanks and the date in them are written.

    Clients write 2024-05-08 for the 2024/05/08 of ``H37.22,2024/05/08,512/UBND-VH``. A blank one
    names nothing.
    """
    return bool(fold(a)) and fold(a) == fold(b)


def issued_as(document_id: str) -> tuple[OrganId, str] | None:
    """Return the issuer and the code in a DocumentId of the form ``issuer,date,code``, or None.

    The date in it is never compared: it disagrees with PromulgationDate in real traffic.
    """
    issuer, _, rest = document_id.partition(",")
    _, comma, code = rest.partition(",")
    return (OrganId(issuer.strip()), code.strip()) if comma and code.strip() else None


def _groups(organ_id: OrganId) -> list[str]:
    text = organ_id.strip().upper()
    return text.split(".") if text else []


def _is_old(groups: list[str]) -> bool:
    return not _LEVEL_1.fullmatch(groups[0]) and bool(_LEVEL_1.fullmatch(groups[-1]))


def _without_leading_zeros(groups: list[str]) -> list[str]:
    used = [index for index, group in enumerate(groups) if group.strip("0")]
    return groups[used[0] :]


def _new_groups(groups: list[str]) -> list[str]:
    if not _is_old(groups):
        return groups
    return [group for group in reversed(groups) if group.strip("0")]
