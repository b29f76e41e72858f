"""Answers whose words take back what they seem to be: acknowledgements and reports.

Denials put any word between "chưa" and "nhận" ("chưa hề", "chưa thấy ai"), so no list of phrases
is ever whole. What stands in doubt is for a person: an office that is wrongly taken to know of a
letter is not reminded of it.
"""

from mappings.reply.phrases import (
    Phrases,
    Sentence,
    Sentences,
    clauses,
    ends,
    places,
    search,
    without,
)

_WORDS = 8
"""Words in front of an acknowledgement that may turn it into its opposite."""
_CHARACTERS = 100
"""More than that many words have, so that looking at them takes the same time anywhere."""


def doubtful(said: Sentences, phrases: Phrases) -> str | None:
    """Return the first sentence whose acknowledgement is denied, asked, conditional or partial."""
    if search(said, phrases.acknowledgements) is None:
        return None
    for sentence in said:
        found = search(Sentences((sentence,)), phrases.acknowledgements)
        if found and _in_doubt(sentence, phrases):
            return found
    return None


def report_to_come(said: Sentences, phrases: Phrases) -> str | None:
    """Return the first sentence which says that the report is not there yet or comes later.

    None where another clause encloses it all the same, as apologies for a late one do.
    """
    if search(said, phrases.reports_to_come) is None:
        return None
    to_come = None
    for sentence in said:
        for clause in without(clauses(sentence, phrases), phrases.ignored):
            own = Sentences((clause,))
            if search(own, phrases.other_copies):
                continue
            if search(own, phrases.reports_to_come):
                to_come = to_come or sentence.said
            elif search(own, phrases.reports_enclosed) and not search(own, phrases.intentions):
                return None
    return to_come


def _in_doubt(sentence: Sentence, phrases: Phrases) -> bool:
    if search(Sentences((sentence,)), phrases.doubts_beside):
        return True
    acknowledged = False
    for clause in without(clauses(sentence, phrases), phrases.ignored):
        for at in places(clause, phrases.acknowledgements):
            acknowledged = True
            if search(_before(clause, at), phrases.doubts_before):
                return True
        if acknowledged and ends(clause, phrases.doubts_behind, phrases.particles):
            return True
    return False


def _before(clause: Sentence, at: int) -> Sentences:
    words = clause.key[max(0, at - _CHARACTERS) : at].split()[-_WORDS:]
    return Sentences((Sentence(said=clause.said, key=" ".join(words)),))
