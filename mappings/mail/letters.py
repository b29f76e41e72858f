"""Messages attached to a message: an answer passed on, or our own letter sent back."""

import re

from domain.reading import AttachedLetter
from mappings.mail.body import body_text
from mappings.mail.headers import addresses, identifiers
from mappings.mail.parts import Limits, Part
from mappings.mail.quoting import split_quoted
from mappings.mail.tokens import TOKEN_LENGTH, find_tokens

_OWN_FIELD = "x-dondoc-id"
_OWN_IDENTIFIER = re.compile(rf"<[a-z2-7]{{{TOKEN_LENGTH}}}@[^\s@]{{1,100}}>")


def attached_letter(top: Part, limits: Limits) -> AttachedLetter:
    """Return what the writer of an attached message, of whom ``top`` is the top part, says.

    What marks it as ours may be forged, which only keeps its files from counting.
    """
    fields = top.fields
    text, _ = split_quoted(body_text(top, limits, []))
    identified = identifiers(fields.first("message-id"))[:1]
    marked = fields.first(_OWN_FIELD) or find_tokens(fields.all("from", "reply-to"))
    return AttachedLetter(
        sender=next(iter(addresses(fields.all("from"))), None),
        new_text=text,
        ours=bool(marked) or any(map(_OWN_IDENTIFIER.fullmatch, identified)),
    )
