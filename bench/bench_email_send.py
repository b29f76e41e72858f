"""Letters with an attachment through a real Postfix, beside smtp-source with the same sessions.

Both hand the same number of messages of the same size to the same server, which takes each to its
queue and throws it away afterwards (discard(8)). Dondoc's time is that of a whole turn: what is due
is decided, every attempt and outcome is committed to a ledger on disk, and every letter is read
from the evidence. smtp-source (of Postfix) writes one buffer again and again and records nothing:
it is what the server can take.
"""
