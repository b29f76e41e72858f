"""The phrases by which replies are judged, and how a text is searched for them.

Phrases are compared word by word: a word of the text fits when it is the phrase's word, or when it
was typed without any diacritics. So "cho Hội" is not taken for "cho hỏi", but "cho hoi" is.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise, product

from mappings.names.fold import fold, fold_loose

_GAP = r"((?: [^\s|]+){0,12}?)"
_SENTENCE_END = re.compile(r"[.!?;]+(?=\s|\Z)|\n[ \t]*\n")
_CLAUSE_END = re.compile(r"[,:]+(?=\s|\Z)")
_EVIDENCE = 200
_LAST = 6
"""Words at the end of a sentence among which a phrase is sought that ends it."""
LONGEST = 20_000
"""Characters of a message whose words are judged; what decides stands in front."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Phrases by what they tell, as written in ``phrases.yaml``; every list is documented there."""

    abbreviations: tuple[tuple[str, str], ...]
    reply_prefixes: tuple[str, ...]
    auto_subjects: tuple[str, ...]
    auto_bodies: tuple[str, ...]
    auto_notices: tuple[str, ...]
    mail_received: tuple[str, ...]
    challenges: tuple[str, ...]
    address_changes: tuple[str, ...]
    absences: tuple[str, ...]
    new_addresses: tuple[str, ...]
    new_address_labels: tuple[str, ...]
    read_subjects: tuple[str, ...]
    read_bodies: tuple[str, ...]
    bounce_subjects: tuple[str, ...]
    not_delivered: tuple[str, ...]
    ignored: tuple[str, ...]
    never_ignored: tuple[str, ...]
    not_received: tuple[str, ...]
    trouble: tuple[str, ...]
    extension: tuple[str, ...]
    lateness: tuple[str, ...]
    refusal: tuple[str, ...]
    exemption: tuple[str, ...]
    misdirected: tuple[str, ...]
    questions: tuple[str, ...]
    nil: tuple[str, ...]
    corrections: tuple[str, ...]
    announcements: tuple[str, ...]
    intentions: tuple[str, ...]
    reports_to_come: tuple[str, ...]
    other_copies: tuple[str, ...]
    reports_enclosed: tuple[str, ...]
    results: tuple[str, ...]
    enclosures: tuple[str, ...]
    acknowledgements: tuple[str, ...]
    doubts_before: tuple[str, ...]
    doubts_behind: tuple[str, ...]
    doubts_beside: tuple[str, ...]
    nil_doubts_before: tuple[str, ...]
    nil_doubts_beside: tuple[str, ...]
    particles: tuple[str, ...]
    report_names: tuple[str, ...]
    report_subjects: tuple[str, ...]
    report_texts: tuple[str, ...]
    signed_names: tuple[str, ...]
    signed_mentions: tuple[str, ...]
    form_names: tuple[str, ...]
    letter_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence as it was written, and its key with abbreviations written out."""

    said: str
    key: str


class Sentences(tuple[Sentence, ...]):
    """Sentences of one text in their order."""

    @cached_property
    def marks(self) -> frozenset[str]:
        """The words of the keys, and each two that stand side by side."""
        found: set[str] = set()
        for sentence in self:
            words = sentence.key.split(" ")
            found.update(words, map(" ".join, pairwise(words)))
        return frozenset(found)


@dataclass(frozen=True)
class _Sought:
    """Phrases to be searched for, and ``marks``, of which each text with such a phrase has one.

    Most texts have none of them, which is told in a small part of the time that searching takes,
    or making the pattern.
    """

    phrases: tuple[str, ...]
    marks: frozenset[str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        forms = "|".join(map(_form, self.phrases))
        return re.compile(rf"(?<!\S)(?:{forms})(?!\S)" if self.phrases else r"(?!)")


@dataclass(frozen=True, slots=True)
class _Abbreviations:
    pattern: re.Pattern[str]
    full: Mapping[str, str]
    first: frozenset[str]
    """The words with which they begin."""

    def written_out(self, key: str) -> str:
        if self.first.isdisjoint(key.split(" ")):
            return key
        return self.pattern.sub(lambda short: self.full[short[0]], key)


def prepare(text: str, phrases: Phrases) -> Sentences:
    """Return the sentences of a text, ready to be searched."""
    return _read(_SENTENCE_END.split(text[:LONGEST]), phrases)


def clauses(sentence: Sentence, phrases: Phrases) -> Sentences:
    """Return the parts of a sentence that stand between its commas and colons.

    Words in brackets interrupt their clause and end none; neither does a line's end, where mail
    programs wrap.
    """
    return _read(_CLAUSE_END.split(sentence.said), phrases)


def _read(texts: list[str], phrases: Phrases) -> Sentences:
    short = _abbreviations(phrases.abbreviations)
    parts = ((part, fold(part)) for part in texts)
    return Sentences(
        Sentence(said=" ".join(part.split()), key=short.written_out(key))
        for part, key in parts
        if key
    )


def search(sentences: Sentences, phrases: tuple[str, ...]) -> str | None:
    """Return the first sentence, as it was written, in which one of the phrases stands."""
    sought = _sought(phrases)
    if sought.marks.isdisjoint(sentences.marks):
        return None
    return next((s.said[:_EVIDENCE] for s in sentences if sought.pattern.search(s.key)), None)


def opens(sentences: Sentences, phrases: tuple[str, ...]) -> str | None:
    """Return the first sentence if it begins with one of the phrases."""
    fits = sentences and _sought(phrases).pattern.match(sentences[0].key)
    return sentences[0].said[:_EVIDENCE] if fits else None


def ends(sentence: Sentence, phrases: tuple[str, ...], particles: tuple[str, ...] = ()) -> bool:
    """Tell whether a sentence ends with one of the phrases, with or without particles behind it."""
    words = sentence.key.split(" ")
    pattern = _sought(particles).pattern
    while words and pattern.fullmatch(words[-1]):
        words.pop()
    last = " ".join(words[-_LAST:])
    return any(found.end() == len(last) for found in _sought(phrases).pattern.finditer(last))


def places(sentence: Sentence, phrases: tuple[str, ...]) -> Iterator[int]:
    """Yield where, in characters of the key, the phrases stand in a sentence."""
    return (found.start() for found in _sought(phrases).pattern.finditer(sentence.key))


def place(sentences: Sentences, phrases: tuple[str, ...]) -> int | None:
    """Return where, in characters of the keys, one of the phrases stands first."""
    sought = _sought(phrases)
    if sought.marks.isdisjoint(sentences.marks):
        return None
    found = sought.pattern.search(" | ".join(sentence.key for sentence in sentences))
    return found.start() if found else None


def without(sentences: Sentences, phrases: tuple[str, ...]) -> Sentences:
    """Return the sentences with the places blotted out where one of the phrases stands."""
    sought = _sought(phrases)
    if sought.marks.isdisjoint(sentences.marks):
        return sentences
    return Sentences(Sentence(said=s.said, key=sought.pattern.sub("|", s.key)) for s in sentences)


def without_ignored(sentences: Sentences, phrases: Phrases) -> Sentences:
    """Return the sentences with the places blotted out that are put aside before judging.

    A place stays where the words that fill a gap in its phrase ask or deny something themselves.
    """
    sought = _sought(phrases.ignored)
    if sought.marks.isdisjoint(sentences.marks):
        return sentences

    def blotted(found: re.Match[str]) -> str:
        filled = "".join(filter(None, found.groups())).strip()
        return found[0] if filled and _speaks(filled, phrases) else "|"

    return Sentences(
        Sentence(said=s.said, key=sought.pattern.sub(blotted, s.key)) for s in sentences
    )


def _speaks(words: str, phrases: Phrases) -> bool:
    asking = (*phrases.not_received, *phrases.extension, *phrases.refusal, *phrases.lateness)
    return _sought((*phrases.never_ignored, *asking)).pattern.search(words) is not None


def strip_prefixes(subject: str, phrases: Phrases) -> tuple[str, bool]:
    """Return a subject without reply and forward prefixes, and whether it had any."""
    pattern = _prefixes(phrases.reply_prefixes)
    bare = pattern.sub("", subject.strip(), count=1)
    return bare, bare != subject.strip()


@cache
def _sought(phrases: tuple[str, ...]) -> _Sought:
    return _Sought(phrases, frozenset(mark for phrase in phrases for mark in _marks(phrase)))


def _marks(phrase: str) -> Iterator[str]:
    """Return the forms of two words of a phrase that stand side by side, or of its only one."""
    parts = [fold(part).split() for part in phrase.split("…")]
    longest = max(parts, key=len)[:2]
    return map(" ".join, product(*((word, fold_loose(word)) for word in longest)))


def _form(phrase: str) -> str:
    parts = (fold(part).split() for part in phrase.split("…"))
    return f"{_GAP} ".join(" ".join(map(_word, words)) for words in parts)


def _word(word: str) -> str:
    loose = fold_loose(word)
    return re.escape(word) if loose == word else f"(?:{re.escape(word)}|{re.escape(loose)})"


@cache
def _abbreviations(pairs: tuple[tuple[str, str], ...]) -> _Abbreviations:
    full = {fold(short): fold(meant) for short, meant in pairs}
    longest_first = sorted(full, key=len, reverse=True)
    forms = "|".join(map(re.escape, longest_first)) or r"(?!)"
    pattern = re.compile(rf"(?<!\S)(?:{forms})(?!\S)")
    return _Abbreviations(pattern, full, frozenset(short.split(" ")[0] for short in full))


@cache
def _prefixes(prefixes: tuple[str, ...]) -> re.Pattern[str]:
    forms = "|".join(re.escape(prefix) for prefix in prefixes) or r"(?!)"
    return re.compile(rf"\A(?:(?:{forms})\s{{0,3}}(?:\[\d{{1,3}}\])?\s{{0,3}}[:：]\s*)+", re.I)
