"""The form of mail.authentication: whose word counts about who sent a mail."""

from typing import Annotated

from pydantic import AfterValidator

from dondoc.settings.entry import Entry
from dondoc.settings.values import DomainText, Listed, Text, check_name_server


class AuthenticationEntry(Entry):
    """How it is found out who sent a mail, and which mail must prove it."""

    authserv_ids: Listed[Text] = ()
    """Names under which our own mail servers write Authentication-Results; others are ignored."""
    unnamed: bool = False
    """Believe a topmost statement without such a name too, as Exchange Online writes it."""
    signatures: bool = True
    """Check DKIM signatures ourselves where no server of ours did; needs the DNS."""
    name_servers: Listed[Annotated[str, AfterValidator(check_name_server)]] = ()
    """Name servers to ask for keys, as 192.0.2.53 or 192.0.2.53:53; the system's when left out."""
    require: bool = False
    """Put every answer to review that nothing vouches for; most offices do not sign their mail."""
    signing_domains: Listed[DomainText] = ()
    """Domains whose mail is always signed, with those below them: unsigned, it goes to review."""
