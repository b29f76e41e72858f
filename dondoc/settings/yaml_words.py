"""What the YAML library says of text that it cannot read, so that it can be said in Vietnamese.

The English texts are those of ruamel.yaml (scanner.py and parser.py); what is not known here is
passed on as it is.
"""

import re
from collections.abc import Callable, Sequence

from domain.words import Words, say

_Found = re.Match[str]

_TEXTS: Sequence[tuple[str, Callable[[_Found], Words]]] = (
    (
        r"found character (.+) that cannot start any token",
        lambda found: say(
            "found character {character} that cannot start any token", character=found[1]
        ),
    ),
    (
        r"mapping values are not allowed here",
        lambda _: say("mapping values are not allowed here"),
    ),
    (
        r"sequence entries are not allowed here",
        lambda _: say("sequence entries are not allowed here"),
    ),
    (r"mapping keys are not allowed here", lambda _: say("mapping keys are not allowed here")),
    (r"could not find expected ':'", lambda _: say("could not find expected ':'")),
    (r"found unexpected ':'", lambda _: say("found unexpected ':'")),
    (r"found unexpected end of stream", lambda _: say("found unexpected end of stream")),
    (
        r"found unexpected document separator",
        lambda _: say("found unexpected document separator"),
    ),
    (
        r"expected ',' or ([\]}]|'[\]}]'), but got (.+)",
        lambda found: say(
            "expected ',' or {close}, but got {token}", close=found[1], token=found[2]
        ),
    ),
    (
        r"expected <block end>, but found (.+)",
        lambda found: say("expected <block end>, but found {token}", token=found[1]),
    ),
    (
        r"expected the node content, but found (.+)",
        lambda found: say("expected the node content, but found {token}", token=found[1]),
    ),
    (
        r"expected alphabetic or numeric character, but found (.+)",
        lambda found: say(
            "expected alphabetic or numeric character, but found {character}", character=found[1]
        ),
    ),
    (
        r"found unknown escape character (.+)",
        lambda found: say("found unknown escape character {character}", character=found[1]),
    ),
    (
        r"found undefined alias (.+)",
        lambda found: say("found undefined alias {name}", name=found[1]),
    ),
    (
        r"found undefined tag handle (.+)",
        lambda found: say("found undefined tag handle {name}", name=found[1]),
    ),
    (r"but found another document", lambda _: say("it holds more than one document")),
    (
        r"expected '<document start>', but found (.+)",
        lambda found: say("expected '<document start>', but found {token}", token=found[1]),
    ),
)


def yaml_words(problem: str) -> Words:
    """Return what the library said as words of ours, in English the same text."""
    text = " ".join(problem.split())
    for pattern, made in _TEXTS:
        found = re.fullmatch(pattern, text)
        if found:
            return made(found)
    return say("{text}", text=text)
