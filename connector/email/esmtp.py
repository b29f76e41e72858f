"""What may be said in one SMTP transaction: parameters of MAIL and RCPT, and the data itself.

Pure functions over what EHLO offered. A message or address that the rules of RFC 5321 forbid
is refused here, before anything is sent.
"""

import re
from collections.abc import Mapping

from domain.errors import PeerRefused
from domain.ids import Address

# RFC 5321 section 4.5.3.1.6: 1000 octets with CRLF.
LINE_OCTETS = 998
# RFC 3461 section 4.4.
ENVELOPE_ID_CHARACTERS = 100

_PLAIN_XTEXT = re.compile(r"[!-*,-<>-~]*")
"""What xtext leaves as it is, as nearly every address and every token of ours is."""

_SIZE = re.compile(r"[0-9]{1,20}")
"""A limit in octets (RFC 1870 section 3)."""

_UNSAFE_ADDRESS = re.compile(r"[\x00-\x20<>\x7f]")

Extensions = Mapping[str, str]
"""Lower-case EHLO keyword -> its parameters, as smtplib keeps them."""


def xtext(value: str) -> str:
    """Encode a value for ENVID or ORCPT (xtext of RFC 3461 section 4)."""
    if _PLAIN_XTEXT.fullmatch(value):
        return value
    return "".join(
        chr(octet) if 33 <= octet <= 126 and octet not in b"+=" else f"+{octet:02X}"
        for octet in value.encode()
    )


def utf8_xtext(address: Address) -> str:
    """Encode an address of type utf-8 for ORCPT (utf-8-addr-xtext of RFC 6533 section 3)."""
    return "".join(
        sign if "!" <= sign <= "~" and sign not in "+=\\" else f"\\x{{{ord(sign):02X}}}"
        for sign in address
    )


def data_form(peer: str, message: bytes) -> bytes:
    """Return a message as it goes over the wire after DATA, without the final dot.

    Dots at line starts are doubled (RFC 5321 section 4.5.2) and the last line is ended. Raises
    ``PeerRefused`` for a line over 998 octets and for a CR or LF that stands alone, which some
    servers would change and others would take for the end of the message.
    """
    # Plain searches: regular expressions took seconds for a message of 20 MB.
    if not message.count(b"\r\n") == message.count(b"\r") == message.count(b"\n"):
        raise PeerRefused(peer, "554", "a line does not end with CRLF; nothing was sent")
    if max(map(len, message.split(b"\r\n"))) > LINE_OCTETS:
        raise PeerRefused(peer, "554", f"a line is over {LINE_OCTETS} octets; nothing was sent")
    ended = message if message.endswith(b"\r\n") else message + b"\r\n"
    doubled = ended.replace(b"\r\n.", b"\r\n..")
    return b"." + doubled if doubled.startswith(b".") else doubled


def mail_parameters(
    peer: str, offered: Extensions, *, size: int, eight_bit: bool, utf8: bool, envelope_id: str
) -> list[str]:
    """Return the parameters of MAIL; ``size`` is the message's octets, without the
    dots that were doubled for the wire (RFC 1870 section 3).

    Raises ``PeerRefused`` when the server cannot take such a message (RFC 1870 section 6.2,
    RFC 6152, RFC 6531).
    """
    parameters = []
    if "size" in offered:
        stated = offered["size"].strip()
        limit = int(stated) if _SIZE.fullmatch(stated) else 0
        if limit and size > limit:
            raise PeerRefused(
                peer, "552", f"the message has {size} octets and the server takes {limit} at most"
            )
        parameters.append(f"SIZE={size}")
    if eight_bit:
        _require(peer, offered, "8bitmime", "the message has 8-bit text")
        parameters.append("BODY=8BITMIME")
    if utf8:
        _require(peer, offered, "smtputf8", "an address has letters outside ASCII")
        parameters.append("SMTPUTF8")
    if "dsn" in offered:
        parameters.append("RET=HDRS")
        if envelope_id:
            parameters.append(f"ENVID={_envelope_id(peer, envelope_id)}")
    return parameters


def recipient_parameters(offered: Extensions, original: Address, *, report: bool) -> list[str]:
    """Return the parameters of RCPT: which reports are wanted, and for whom (RFC 3461).

    A blind copy asks for none (``report=False``): it is evidence itself.
    """
    if "dsn" not in offered:
        return []
    if not report:
        return ["NOTIFY=NEVER"]
    typed = f"rfc822;{xtext(original)}" if original.isascii() else f"utf-8;{utf8_xtext(original)}"
    return ["NOTIFY=SUCCESS,FAILURE,DELAY", f"ORCPT={typed}"]


def check_address(peer: str, address: Address) -> None:
    """Refuse an address that would break the command line it stands in."""
    if _UNSAFE_ADDRESS.search(address):
        raise PeerRefused(peer, "553", "an address holds a space, bracket or control character")


def _require(peer: str, offered: Extensions, extension: str, reason: str) -> None:
    if extension not in offered:
        raise PeerRefused(peer, "554", f"{reason} but the server lacks {extension.upper()}")


def _envelope_id(peer: str, value: str) -> str:
    encoded = xtext(value)
    if len(encoded) > ENVELOPE_ID_CHARACTERS:
        raise PeerRefused(
            peer, "501", f"the envelope id is over {ENVELOPE_ID_CHARACTERS} characters"
        )
    return encoded
