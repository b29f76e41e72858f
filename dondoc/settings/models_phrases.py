"""The form of a file of phrases: what an office adds to the lists by which answers are judged."""

from collections.abc import Sized
from dataclasses import fields
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, model_validator

from domain.words import say
from dondoc.settings.entry import Entry
from dondoc.settings.values import Listed, Text, refuse
from mappings.names.fold import fold
from mappings.reply.phrases import Phrases

ABBREVIATIONS = "abbreviations"
LISTS = tuple(field.name for field in fields(Phrases) if field.name != ABBREVIATIONS)
"""Names of the lists; what each is for stands in docs/configuration.md."""

_LONGEST = 200
_GAPS = 3
_MOST = 500

# JSON Schema has no narrower type in Python.
_ENUM: dict[str, Any] = {"enum": list(LISTS)}


Many = TypeVar("Many", bound=Sized)


def check_phrase(value: str) -> str:
    """Return a phrase that can be searched for in reasonable time."""
    if not fold(value):
        raise refuse(say("has no letters"), say("write the words as offices write them"))
    if len(value) > _LONGEST or value.count("…") > _GAPS:
        raise refuse(
            say("is too long for a phrase"),
            say(
                "write at most {length} characters and {gaps} times …", length=_LONGEST, gaps=_GAPS
            ),
        )
    return value


def check_number(value: Many) -> Many:
    """Return phrases that are not too many to be searched for in every message."""
    if len(value) > _MOST:
        raise refuse(
            say("has more than {count} phrases", count=_MOST), say("keep those that are needed")
        )
    return value


Phrase = Annotated[Text, AfterValidator(check_phrase)]
SomePhrases = Annotated[Listed[Phrase], AfterValidator(check_number)]


class PhraseChange(Entry):
    """What becomes of one list: phrases added to it and taken out of it, or others instead."""

    list: Annotated[Text, Field(json_schema_extra=_ENUM)]
    """Name of the list, as acknowledgements; see below."""
    add: SomePhrases = ()
    """Phrases that count beside those of Dondoc; … stands for up to twelve words."""
    remove: SomePhrases = ()
    """Phrases of Dondoc that do not count here, written as Dondoc has them."""
    replace: SomePhrases | None = None
    """Phrases instead of all those of Dondoc."""

    @model_validator(mode="after")
    def _one_way(self) -> "PhraseChange":
        if self.replace is not None and (self.add or self.remove):
            raise refuse(
                say("cannot replace a list and change it too"),
                say("write replace alone, or add and remove"),
            )
        if self.replace is None and not self.add and not self.remove:
            raise refuse(say("changes nothing"), say("give add, remove or replace"))
        return self


class PhrasesFile(Entry):
    """A file of phrases. What it does not name stays as it comes with Dondoc."""

    changes: Listed[PhraseChange] = ()
    """Changes to the lists, each list once."""
    abbreviations: Annotated[dict[Phrase, Phrase], AfterValidator(check_number)] = Field(
        default_factory=dict
    )
    """Words written short, and how they are read; a short form that Dondoc knows is read so
    instead."""
