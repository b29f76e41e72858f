"""OAuth 2.0 logins of the configuration as the program uses them."""

from dataclasses import dataclass
from pathlib import Path

from dondoc.settings.models_main import MainFile
from dondoc.settings.models_oauth import Flow, OAuthEntry
from dondoc.settings.placed import Placed
from dondoc.settings.secrets import Secret, to_secret
from dondoc.settings.source import Trail

_MICROSOFT = "https://login.microsoftonline.com/"
# What Exchange Online asks for (Microsoft Learn, "Authenticate an IMAP, POP or SMTP connection
# using OAuth", November 2026).
_AS_APPLICATION = "https://outlook.office365.com/.default"
_AS_PERSON = {
    "imap": "https://outlook.office.com/IMAP.AccessAsUser.All",
    "smtp": "https://outlook.office.com/SMTP.Send",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthSettings:
    """One login. ``microsoft`` tells whether the authority is a tenant of Microsoft 365."""

    authority: str
    microsoft: bool
    client_id: str
    client_secret: Secret | None
    flow: Flow
    scopes: tuple[str, ...]
    ca_file: Path | None


def to_oauth(
    main: Placed[MainFile], entry: OAuthEntry | None, trail: Trail
) -> OAuthSettings | None:
    """Make the login of one mail server, whose protocol is the last part of ``trail`` but one."""
    if entry is None:
        return None
    secret = entry.client_secret
    folder = main.document.path.parent
    return OAuthSettings(
        authority=(entry.authority or _MICROSOFT + str(entry.tenant)).rstrip("/"),
        microsoft=entry.authority is None,
        client_id=entry.client_id,
        client_secret=to_secret(secret, main.document, (*trail, "client_secret"))
        if secret
        else None,
        flow=entry.flow,
        scopes=entry.scopes or _scopes(entry.flow, str(trail[-2])),
        ca_file=(folder / entry.ca_file).absolute() if entry.ca_file else None,
    )


def _scopes(flow: Flow, protocol: str) -> tuple[str, ...]:
    return (_AS_APPLICATION if flow == "client_credentials" else _AS_PERSON[protocol],)
