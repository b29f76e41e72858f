"""The form of a portal's mapping file: where its pages name documents, dates and files."""

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from domain.words import say
from dondoc.settings.entry import Entry
from dondoc.settings.values import Id, Lines, Some, Text, refuse, words_of
from dondoc.settings.values_rest import DateText
from mappings.portal.selector import Selector, css, xpath


def check_css(text: str) -> str:
    """Return text that compiles as a CSS selector."""
    return _checked(css, text)


def check_xpath(text: str) -> str:
    """Return text that compiles as an XPath."""
    return _checked(xpath, text)


def _checked(compiled: Callable[[str, str], Selector], text: str) -> str:
    try:
        compiled("", text)
    except ValueError as error:
        raise refuse(
            words_of(error), say("see docs/configuration.md for what selectors may hold")
        ) from None
    return text


CssText = Annotated[Text, AfterValidator(check_css)]
XPathText = Annotated[Text, AfterValidator(check_xpath)]
AttributeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class SelectorEntry(Entry):
    """A place in a page, by CSS or by XPath."""

    css: CssText | None = None
    """CSS selector."""
    xpath: XPathText | None = None
    """XPath 1.0; what is looked for in a row begins with a dot."""
    attribute: AttributeName | None = None
    """Attribute that holds the value; left out, the text, and href where a link is wanted."""

    @model_validator(mode="after")
    def _one_language(self) -> "SelectorEntry":
        if (self.css is None) == (self.xpath is None):
            raise refuse(say("must be either css or xpath"), say("keep exactly one of the two"))
        return self


class DayEntry(SelectorEntry):
    """Where a row has the issue date."""

    forms: Some[DateText] = ("dd/MM/yyyy",)
    """Its forms, as dd/MM/yyyy; the first that fits counts."""


class PostedFilesEntry(Entry):
    """The links to the files of a document."""

    links: SelectorEntry
    """The links."""
    name: SelectorEntry | None = None
    """Where, from the link on, its name stands; left out, the text of the link."""


class PostedListEntry(Entry):
    """The page that lists documents."""

    rows: SelectorEntry
    """The rows, one a document; everything else is looked for in a row."""
    number: SelectorEntry | None = None
    """Số, ký hiệu; left out, the first number in the title counts."""
    title: SelectorEntry | None = None
    """Trích yếu."""
    date: DayEntry | None = None
    """Ngày ban hành; a row with another one than portal.issued_on is another document."""
    link: SelectorEntry | None = None
    """The link to the document's own page, where detail finds the files."""
    files: PostedFilesEntry | None = None
    """The links to files, where the row itself has them."""
    next: SelectorEntry | None = None
    """The link to the next page, looked for in the whole page."""
    max_pages: Annotated[int, Field(ge=1, le=20)] = 5
    """How many pages of the list are read."""

    @model_validator(mode="after")
    def _whole(self) -> "PostedListEntry":
        if self.number is None and self.title is None:
            raise refuse(say("has no way to know a document"), say("add number or title"))
        if (self.link is None) == (self.files is None):
            raise refuse(
                say("must lead to files in one way"), say("keep link (with detail), or files")
            )
        return self


class PostedDetailEntry(Entry):
    """The page of one document."""

    files: PostedFilesEntry
    """The links to files."""


class PortalFile(Entry):
    """A mapping file of one portal."""

    name: Id
    """Name of the mapping; logs and errors call it so."""
    about: Lines = ""
    """A remark for people."""
    list: PostedListEntry
    """The page that lists documents."""
    detail: PostedDetailEntry | None = None
    """The page of one document, to which list.link leads."""

    @model_validator(mode="after")
    def _both_pages(self) -> "PortalFile":
        if (self.list.link is None) != (self.detail is None):
            raise refuse(
                say("must have list.link and detail together"), say("add the other, or take it out")
            )
        return self
