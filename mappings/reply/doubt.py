"""Answers whose words take back what they seem to be: acknowledgements and reports.

Denials put any word between "chưa" and "nhận" ("chưa hề", "chưa thấy ai"), so no list of phrases
is ever whole. What stands in doubt is for a person: an office that is wrongly taken to know of a
letter is not reminded of it, and one that only asks whether "không phát sinh" is enough has not
reported.
"""

from dataclasses import dataclass

from mappings.reply.phrases import (
    Phrases,
    Sentence,
    Sentences,
    clauses,
    ends,
    places,
    search,
    without_ignored,
)

_WORDS = 8
"""Words in front of a confirmation that may turn it into its opposite."""
_CHARACTERS = 100
"""More than that many words have, so that looking at them takes the same time anywhere."""


def doubtful(said: Sentences, phrases: Phrases) -> str | None:
    """Return the first sentence whose acknowledgement is denied, asked, conditional or partial."""
    before, beside = phrases.doubts_before, phrases.doubts_beside
    return _Doubt(phrases, phrases.acknowledgements, before, beside).first(said)


def doubtful_nil(said: Sentences, phrases: Phrases) -> str | None:
    """Return the first sentence whose "nothing to report" is asked, conditional or not final."""
    before, beside = phrases.nil_doubts_before, phrases.nil_doubts_beside
    return _Doubt(phrases, phrases.nil, before, beside).first(said)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Which phrases confirm something, and what in front of or beside them casts doubt on it."""

    phrases: Phrases
    confirming: tuple[str, ...]
    before: tuple[str, ...]
    beside: tuple[str, ...]

    def first(self, said: Sentences) -> str | None:
        if search(said, self.confirming) is None:
            return None
        for sentence in said:
            found = search(Sentences((sentence,)), self.confirming)
            if found and self._concerns(sentence):
                return found
        return None

    def _concerns(self, sentence: Sentence) -> bool:
        phrases = self.phrases
        if search(Sentences((sentence,)), self.beside):
            return True
        confirmed = False
        for clause in without_ignored(clauses(sentence, phrases), phrases):
            for at in places(clause, self.confirming):
                confirmed = True
                if search(_before(clause, at), self.before):
                    return True
            if confirmed and ends(clause, phrases.doubts_behind, phrases.particles):
                return True
        return False


def report_to_come(said: Sentences, phrases: Phrases) -> str | None:
    """Return the first sentence which says that the report is not there yet or comes later.

    None where another clause encloses it all the same, as apologies for a late one do.
    """
    if search(said, phrases.reports_to_come) is None:
        return None
    to_come = None
    for sentence in said:
        for clause in without_ignored(clauses(sentence, phrases), phrases):
            own = Sentences((clause,))
            if search(own, phrases.other_copies):
                continue
            if search(own, phrases.reports_to_come):
                to_come = to_come or sentence.said
            elif search(own, phrases.reports_enclosed) and not search(own, phrases.intentions):
                return None
    return to_come


def _before(clause: Sentence, at: int) -> Sentences:
    words = clause.key[max(0, at - _CHARACTERS) : at].split()[-_WORDS:]
    return Sentences((Sentence(said=clause.said, key=" ".join(words)),))
