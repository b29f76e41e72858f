"""What an id, an identifier and a mail address of an office look like."""

import re

ID = re.compile(r"[a-z0-9-]{1,64}")
"""Key of an office or a campaign; it is safe in file names."""

ORGAN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Mã định danh in either form."""

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""One label of a domain name (RFC 1123 section 2.1)."""

# dot-atom of RFC 5322 section 3.2.3; quoted local parts are legal and never wanted here.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@{LABEL}(?:\.{LABEL})+")
# RFC 5321 sections 4.5.3.1.1 and 4.5.3.1.3 (a path of 256 octets includes its brackets).
_LOCAL_OCTETS, _ADDRESS_OCTETS = 64, 254


def mail_address(text: str) -> str | None:
    """Return an addr-spec (RFC 5322 section 3.4.1) in lower case, None for anything else."""
    match = _ADDRESS.fullmatch(text)
    if match is None or len(text) > _ADDRESS_OCTETS or len(match["local"]) > _LOCAL_OCTETS:
        return None
    return text.lower()
