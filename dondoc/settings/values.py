"""Kinds of single values that configuration files hold, each with its rule and its advice."""

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from domain.words import Words, say
from mappings.directory.syntax import ID, LABEL, ORGAN_ID, mail_address

# Printed as `what; advice`; the type is how problems.py knows that both are ours.
OURS = "dondoc"

_SYSTEM_FLAGS = frozenset({"\\seen", "\\flagged"})
_KEYWORD = re.compile(r"\$?[A-Za-z0-9_.-]{1,64}")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_MONTH_DAY = re.compile(r"(\d\d?)-(\d\d?)", re.ASCII)
# Control characters, line and paragraph separators, halves of a pair; RFC 5322 section 2.2 lets
# no header hold them.
_BREAKING = frozenset({"Cc", "Zl", "Zp", "Cs"})
_DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})+")
# The characters of RFC 3986; no user information, which a letter must not give away.
_WEB_ADDRESS = re.compile(
    rf"https?://{LABEL}(?:\.{LABEL})*(?::[0-9]{{1,5}})?(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?",
    re.ASCII,
)
# 29 February is refused: a yearly duty would have no deadline in most years.
_COMMON_YEAR = 2023


def refuse(what: Words, advice: Words) -> PydanticCustomError:
    """Make the error of a value that breaks a rule; ``what`` begins with a verb."""
    # Braces in the text would be taken for a template, so the text travels as a member.
    return PydanticCustomError(OURS, "{what}; {advice}", {"what": what, "advice": advice})


def words_of(error: ValueError) -> Words:
    """Return what an error says of a value: a part of ours said it in words, a library in text."""
    found = error.args[0] if error.args else ""
    return found if isinstance(found, Words) else say("is wrong: {detail}", detail=found)


def check_id(value: str) -> str:
    """Return a key that is safe in file names and identifiers."""
    if not ID.fullmatch(value):
        raise refuse(
            say("is not an id"),
            say("use 1 to 64 small letters a-z, digits and hyphens, as xa-yen-son"),
        )
    return value


def check_organ_id(value: str) -> str:
    """Return a mã định danh in either form; whether it exists only the exchange knows."""
    if ORGAN_ID.fullmatch(value):
        return value
    if any(character.isspace() for character in value):
        raise refuse(say("holds a blank"), say("write the identifier without blanks, as H37.99.01"))
    raise refuse(
        say("is not an identifier of an organisation"),
        say("use letters, digits and dots, as H37.99.01"),
    )


def check_address(value: str) -> str:
    """Return an addr-spec (RFC 5322 section 3.4.1) in lower case."""
    address = mail_address(value)
    if address is None:
        raise refuse(
            say("is not a mail address"),
            say("write only local-part@domain, without name and brackets"),
        )
    return address


def check_domain(value: str) -> str:
    """Return a domain name of at least two labels in lower case."""
    if not _DOMAIN.fullmatch(value):
        raise refuse(say("is not a domain name"), say("write it as huulung.example"))
    return value.lower()


def check_web_address(value: str) -> str:
    """Return the address of a page that anybody may open; it stands in letters as it is."""
    if not _WEB_ADDRESS.fullmatch(value):
        raise refuse(
            say("is not the address of a page"),
            say("write https://host/path, with other letters than ASCII percent-encoded"),
        )
    return value


def check_flag(value: str) -> str:
    """Return a flag-keyword (RFC 9051 section 9), or one of the two flags that people see."""
    if value.lower() in _SYSTEM_FLAGS:
        return "\\" + value[1:].capitalize()
    if not _KEYWORD.fullmatch(value):
        raise refuse(
            say("is not a flag that mail can get"),
            say("write '\\Seen', '\\Flagged' or a word of letters and digits, as DaDoc"),
        )
    return value


def check_name_server(value: str) -> str:
    """Return the address of a name server, with its port if it has one of its own."""
    host, _, port = value.rpartition(":") if value.count(":") == 1 else (value, "", "53")
    try:
        sound = bool(ipaddress.ip_address(host)) and 0 < int(port) < 65_536
    except ValueError:
        sound = False
    if not sound:
        raise refuse(
            say("is not the address of a name server"),
            say("write it as 192.0.2.53 or 192.0.2.53:53"),
        )
    return value


def check_clock(value: str) -> str:
    """Return a time of day as HH:MM."""
    if not _CLOCK.fullmatch(value):
        raise refuse(
            say("is not a time of day"), say("write hours and minutes in quotes, as '08:00'")
        )
    return value


def check_month_day(value: str) -> str:
    """Return a day that exists in every year, as MM-DD."""
    match = _MONTH_DAY.fullmatch(value)
    if match is None:
        raise refuse(
            say("is not a day of the year"), say("write month-day, as 11-10 for 10 November")
        )
    try:
        date(_COMMON_YEAR, int(match[1]), int(match[2]))
    except ValueError:
        raise refuse(
            say("is not a day of every year"), say("write month-day, as 11-10 for 10 November")
        ) from None
    return value


def check_line(value: str) -> str:
    """Return text of one line: it may land in a header, a file name or a cell of a table."""
    if _breaking(value):
        raise refuse(
            say("holds a line break or another control character"),
            say("write it on one line, with blanks only between words"),
        )
    return value


def check_lines(value: str) -> str:
    """Return text of one or several lines without other control characters."""
    if any(map(_breaking, value.split("\n"))):
        raise refuse(say("holds a control character"), say("take it out; line breaks may stay"))
    return value


def _breaking(text: str) -> bool:
    # What is printable has no such character, and this is true of almost every text.
    return not text.isprintable() and any(
        unicodedata.category(character) in _BREAKING for character in text
    )


def check_some(value: tuple[object, ...]) -> tuple[object, ...]:
    """Return a list that has items; pydantic's own rule would not count those that are wrong."""
    if not value:
        raise refuse(say("needs at least one item"), say("add one"))
    return value


@dataclass(frozen=True, slots=True)
class TextOr:
    """Lets a mapping be written as one text too, from which ``made`` makes its entry."""

    made: Callable[[str], BaseModel]

    def __get_pydantic_core_schema__(
        self, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take a text, or what the mapping takes."""
        return core_schema.no_info_wrap_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Name both forms to editors."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}

    def _read(self, value: object, mapping: ValidatorFunctionWrapHandler) -> object:
        if isinstance(value, str):
            return self.made(value)
        if not isinstance(value, dict) and value is not None:
            raise refuse(say("must be text"), say("put the value in quotes"))
        return mapping(value)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Item = TypeVar("Item")
# Strict mode would want a tuple; YAML gives a list. The items stay strict.
Listed = Annotated[tuple[Item, ...], Field(strict=False)]
Some = Annotated[
    tuple[Item, ...],
    Field(strict=False, json_schema_extra={"minItems": 1}),
    AfterValidator(check_some),
]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(check_line)
]
"""One line that is not empty."""
Line = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_line)]
"""One line, or nothing."""
Lines = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(check_lines)]
"""Several lines, or nothing."""
Id = Annotated[
    str, AfterValidator(check_id), Field(json_schema_extra={"pattern": f"^{ID.pattern}$"})
]
OrganIdText = Annotated[str, AfterValidator(check_organ_id)]
AddressText = Annotated[str, AfterValidator(check_address)]
DomainText = Annotated[str, AfterValidator(check_domain)]
WebAddress = Annotated[str, AfterValidator(check_web_address)]
Flag = Annotated[str, AfterValidator(check_flag)]
Clock = Annotated[str, AfterValidator(check_clock)]
MonthDay = Annotated[str, AfterValidator(check_month_day)]
Port = Annotated[int, Field(ge=1, le=65535)]
Megabytes = Annotated[int, Field(ge=1, le=1024)]
Connections = Annotated[int, Field(ge=1, le=10)]
PerMinute = Annotated[int, Field(ge=1, le=10_000)]
Seconds = Annotated[float, Field(gt=0, le=3600)]

# JSON Schema has no narrower type in Python.
_FILES_SCHEMA: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}
Files = Annotated[
    Some[Text],
    BeforeValidator(_listed),
    WithJsonSchema(_FILES_SCHEMA),
]
"""File names or patterns, relative to dondoc.yaml; a single one needs no list."""
