"""Whether a word can be Vietnamese, by how its syllables are built.

Used as evidence only: a text read in the wrong charset has hardly a word that passes.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_TONE = re.compile(f"[{_TONES}]")
_STOPPED = re.compile("(?:ch|[cpt])\\Z")
_OF_STOPPED = ("\u0301", "\u0323")
"""A syllable that ends in such a sound has sắc or nặng, and no other tone."""
# Initial sound, vowels and final sound of the standard spelling; some vowels have none behind them.
# Which others go together is not asked: wrong charsets break a word at its first letter that is not
# ASCII.
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
    "(?:(?:yêu|iêu|ươi|ươu|uôi|oai|oay|oao|oeo|uây|uya|uyu|ai|ao|au|ay|âu|ây|eo|êu|ia|iu|oi|ôi|ơi"
    "|ua|ui|ưa|ưi|ưu)"
    "|(?:uyê|iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uơ|uy|oo|[aăâeêioôơuưy])(?:ch|ng|nh|[cmnpt])?)"
)
_LONGEST = 7
"""Letters of "nghiêng", the longest syllable."""


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Tell whether one word in NFC is spelled like a Vietnamese syllable with at most one tone."""
    if not 0 < len(word) <= _LONGEST or _inner_capital(word):
        return False
    letters = unicodedata.normalize("NFD", word.lower())
    tones = _TONE.findall(letters)
    toneless = unicodedata.normalize("NFC", _TONE.sub("", letters))
    if len(tones) > 1 or (_STOPPED.search(toneless) and not set(tones) & set(_OF_STOPPED)):
        return False
    return _SYLLABLE.fullmatch(toneless) is not None


def _inner_capital(word: str) -> bool:
    """Tell whether a capital follows a small letter, as one does where TCVN3 is misread: dÊu.

    Small letters with marks are asked nothing: TCVN3 has them among capitals.
    """
    return any(a.isascii() and a.islower() and b.isupper() for a, b in pairwise(word))
