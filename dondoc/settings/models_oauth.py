"""The form of an OAuth 2.0 login, in the place of a password."""

from typing import Literal

from pydantic import model_validator

from domain.words import say
from dondoc.settings.entry import Entry, SecretEntry
from dondoc.settings.values import Listed, Text, refuse

Flow = Literal["client_credentials", "device_code"]


class OAuthEntry(Entry):
    """Login by OAuth 2.0 instead of a password, as Exchange Online asks for it."""

    tenant: Text | None = None
    """Tenant of Microsoft 365, a domain or an identifier; for other issuers write authority."""
    authority: Text | None = None
    """Address, https, of another issuer that publishes its places by OpenID Connect Discovery."""
    client_id: Text
    """Identifier of the application as registered with the issuer."""
    client_secret: SecretEntry | None = None
    """Secret of the application; for client_credentials."""
    flow: Flow = "client_credentials"
    """client_credentials: as the application; device_code: as a person, once, by `dondoc mail
    login`."""
    scopes: Listed[Text] = ()
    """What is asked for; what Exchange Online needs when it is left out."""
    ca_file: Text | None = None
    """PEM file of the issuer's certificate authorities; the system's when it is left out."""

    @model_validator(mode="after")
    def _one_issuer(self) -> "OAuthEntry":
        if (self.tenant is None) == (self.authority is None):
            raise refuse(
                say("must name exactly one issuer"),
                say("write tenant for Microsoft 365, or authority for another issuer"),
            )
        if (self.client_secret is None) == (self.flow == "client_credentials"):
            raise refuse(
                say("has a client_secret without need or lacks one"),
                say("client_credentials needs client_secret; device_code works without it"),
            )
        if self.authority is not None and not self.scopes:
            raise refuse(
                say("names no scopes"),
                say("write the scopes that this issuer's mail servers ask for"),
            )
        return self
