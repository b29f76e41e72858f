"""Codes that give a document's number without its notation, and the days in a pointer.

Some programs fill the Code of ResponseFor with the number alone: 512 for 512/UBND-VH. Units number
their decisions and their letters apart, so a number alone names no document; with its day it does.
"""

import re
from datetime import date

from domain.exchange import ResponseFor
from mappings.edxml.values import read_day
from mappings.names.fold import fold_loose

_NUMBER_ONLY = re.compile(r"(?:(?:[a-z]{1,10} ){0,3}so )?0{0,4}([1-9]\d{0,4})", re.ASCII)


def gives_number_only(code: str, number: str | None) -> bool:
    """Tell whether a Code is a document's number and nothing else, as ``Số: 0512/`` is 512."""
    found = bare_number(code)
    return found is not None and found == (number or "").strip().lstrip("0")


def bare_number(code: str) -> str | None:
    """Return the number in a Code that gives nothing else, without leading zeros, or None."""
    found = _NUMBER_ONLY.fullmatch(fold_loose(code))
    return found[1] if found else None


def days_given(answer: ResponseFor) -> tuple[date, ...]:
    """Return the days that a pointer gives, its own and the one in ``issuer,date,code``."""
    days = (answer.promulgated_on, day_of_identifier(answer.document_id))
    return tuple(day for day in days if day is not None)


def day_of_identifier(document_id: str) -> date | None:
    """Return the day in a DocumentId of the form ``issuer,date,code``, None where it has none."""
    _, _, rest = document_id.partition(",")
    return read_day(rest.partition(",")[0])
