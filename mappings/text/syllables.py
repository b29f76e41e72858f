"""Whether a word can be Vietnamese, by how its syllables are built.

Used as evidence only: a text read in the wrong charset has hardly a word that passes.
"""

import re
import unicodedata
from functools import lru_cache

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE = re.compile(f"[{_TONES}]")
# Initial sound, vowels and final sound of the standard spelling. Which of them go together is not
# asked: wrong charsets break a word at its first letter that is not ASCII.
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    "(?:uyê|yêu|iêu|ươi|ươu|uôi|oai|oay|oao|oeo|uây|uya|uyu|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uơ|uy|oo"
    "|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oi|ôi|ơi|ua|ui|ưa|ưi|ưu|[aăâeêioôơuưy])"
    "(?:ch|ng|nh|[cmnpt])?"
)
_LONGEST = 7
"""Letters of "nghiêng", the longest syllable."""


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Tell whether one word in NFC is spelled like a Vietnamese syllable with at most one tone."""
    if not 0 < len(word) <= _LONGEST:
        return False
    letters = unicodedata.normalize("NFD", word.lower())
    if len(_TONE.findall(letters)) > 1:
        return False
    toneless = unicodedata.normalize("NFC", _TONE.sub("", letters))
    return _SYLLABLE.fullmatch(toneless) is not None
