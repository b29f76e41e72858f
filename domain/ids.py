"""Identifiers that cross module borders; all are text on every wire and in the ledger."""

import hashlib
from typing import NewType

OfficeId = NewType("OfficeId", str)
"""Key of an office in the directory, such as ``xa-yen-son``; never changes while events name it."""

OrganId = NewType("OrganId", str)
"""Mã định danh of an organisation on the exchange, in the new or the old form (QCVN 102:2016)."""

CampaignId = NewType("CampaignId", str)
RoundId = NewType("RoundId", str)
"""Reporting period within its campaign, such as ``2024``."""

DispatchId = NewType("DispatchId", str)
"""``campaign/round/office/kind/occurrence/channel``: one sending, so that none is made twice."""

AnswerId = NewType("AnswerId", str)
"""Short name of one status message of ours about a document that came to us."""

ReplyId = NewType("ReplyId", str)
ReviewId = NewType("ReviewId", str)
RawId = NewType("RawId", str)
"""``source|source key`` of something that arrived from outside."""

RevocationId = NewType("RevocationId", str)
"""Short name of a statement by which the issuer of a document takes it back."""

Digest = NewType("Digest", str)
"""SHA-256 of stored bytes as 64 lower-case hexadecimal digits."""

SetDigest = NewType("SetDigest", str)
"""Digest of the list of files of a set of configuration, stored only where it came into force."""

MessageId = NewType("MessageId", str)
"""Message-ID with its angle brackets (RFC 5322 section 3.6.4), at most 60 characters when ours."""

Address = NewType("Address", str)
"""Mail address (addr-spec of RFC 5322), lower case, without display name."""


def digest_of(content: bytes) -> Digest:
    """Return the SHA-256 of bytes in hexadecimal digits, as evidence is named."""
    return Digest(hashlib.sha256(content).hexdigest())
