"""The form of mail.exchange: our mailbox on an Exchange server of one's own."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator

from domain.words import say
from dondoc.settings.entry import Entry, SecretEntry
from dondoc.settings.models_oauth import OAuthEntry
from dondoc.settings.values import Line, Megabytes, Some, Text, refuse

Login = Literal["ntlm", "basic", "oauth"]

_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2}){31}")


def check_fingerprint(value: str) -> str:
    """Return the SHA-256 of a certificate as 64 small hexadecimal digits."""
    if not _FINGERPRINT.fullmatch(value):
        raise refuse(
            say("is not the SHA-256 fingerprint of a certificate"),
            say(
                "write what `openssl x509 -noout -fingerprint -sha256 -in FILE` prints after the ="
            ),
        )
    return value.replace(":", "").lower()


Fingerprint = Annotated[str, AfterValidator(check_fingerprint)]


class EwsEntry(Entry):
    """An Exchange server of one's own (Exchange Web Services), instead of smtp and imap."""

    url: Text
    """Address of the service, https, mostly ending in /EWS/Exchange.asmx."""
    auth: Login = "ntlm"
    """ntlm: as Windows logs in; basic: name and password, if the server permits that; oauth."""
    username: Line = ""
    """Account name: an address or DOMAIN\\name; not with oauth."""
    password: SecretEntry | None = None
    """Password of the account; not with oauth."""
    oauth: OAuthEntry | None = None
    """Login by OAuth 2.0 for auth: oauth (hybrid modern authentication, AD FS)."""
    folders: Some[Text] = ("inbox",)
    """Folders to read: inbox, junkemail, or a path of displayed names such as Văn bản/Trả lời."""
    max_megabytes: Megabytes = 50
    """Largest message that is taken, in 1 048 576 octets."""
    ca_file: Text | None = None
    """PEM file of the office's own certificate authorities; the system's when it is left out."""
    certificate_sha256: Fingerprint | None = None
    """Fingerprint of a self-signed certificate: the server must show that one and no other."""
