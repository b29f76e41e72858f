"""Why a document was refused, in words for the clerk whose file it is.

The reasons of the readers are English, for the ledger and for administrators; each class of them
has its Vietnamese words here, and keeps the English behind them.
"""

import re

from mappings.folder import wording

_READ = re.compile(r"(?P<what>.{1,400}?) cannot be read: (?P<reason>.*)", re.DOTALL)

_CLASSES = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (r"it has a document type declaration", wording.DOCUMENT_TYPE),
        (r"it has no <\?xml or <edXML|markup stands before", wording.NO_XML),
        (r"its bytes are not ", wording.WRONG_ENCODING),
        (r"it is not well-formed XML|a \S+ is missing before its first", wording.BROKEN_XML),
        (r"its root is ", wording.OTHER_XML),
        (r"edXMLEnvelope/edXMLHeader/MessageHeader is missing", wording.NO_HEADER),
        (r"its \d+ bytes of ZIP expand", wording.ZIP_BOMB),
        (r"over \d+ bytes$", wording.LARGE_ATTACHMENT),
        (r"its attachments are over", wording.LARGE_ATTACHMENTS),
        (r"it has more than \d+ attachments", wording.MANY_ATTACHMENTS),
        (r"\d+ bytes are over the limit|it has over \d+ bytes besides", wording.LARGE_FILE),
        (r"it has more than \d+ (elements|attributes)|its elements are nested", wording.ODD_XML),
        (r".{1,80} has over \d+ characters without a stop", wording.LONG_TEXT),
        (r"it contains the marks", wording.FORGED),
        (r"it is a status message", wording.IS_STATUS),
        (r"it is a document, not a status", wording.IS_DOCUMENT),
        (r"its code .* is none of the nine", wording.UNKNOWN_STATUS),
    )
)
"""Patterns of the reason behind "cannot be read", in the order in which they are tried."""

_OTHERS = (
    ("Dondoc failed on it", wording.OUR_FAULT),
    ("its place in the ledger is taken", wording.TAKEN),
)


def refusal_words(reason: str) -> str:
    """Return what a refusal says to a clerk: Vietnamese, with the technical detail in brackets.

    What a sheet lacks is told in Vietnamese already. A reason of no known class gets words that say
    whom to ask; a blank one stays blank.
    """
    found = _READ.fullmatch(reason)
    if found and found["what"] == wording.SHEET:
        return found["reason"]
    return f"{_words(reason, found)} ({wording.DETAIL}: {reason})" if reason else ""


def _words(reason: str, found: re.Match[str] | None) -> str:
    if found:
        known = (words for pattern, words in _CLASSES if pattern.match(found["reason"]))
        return next(known, wording.UNREADABLE)
    return next((words for start, words in _OTHERS if reason.startswith(start)), wording.UNREADABLE)
