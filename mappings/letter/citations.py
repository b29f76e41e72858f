"""Which other documents a letter cites, each with the words in which it does so first."""

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.letter.body import plain, sentence_around, unwrapped
from mappings.reply.numbers import cited_places


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A document's number, as 968/STTTT-TTBCXB, and the sentence that has it."""

    number: str
    sentence: str


def read_citations(text: str) -> tuple[Citation, ...]:
    """Return what one letter's whole text cites, each document once, in order."""
    return tuple(_citations(unwrapped(plain(text))))


def _citations(whole: str) -> Iterator[Citation]:
    for number, start, end in cited_places(whole):
        yield Citation(number=number, sentence=sentence_around(whole, start, end))
