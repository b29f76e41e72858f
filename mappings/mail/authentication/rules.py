"""What an administrator says about proofs of who sent a message."""

from dataclasses import dataclass, field

from mappings.mail.authentication.domains import within


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderRules:
    """Whose statements are trusted, and what mail must prove. Names in lower case.

    ``authserv_ids`` are the names under which our own mail servers write Authentication-Results.
    ``unnamed`` also trusts a topmost statement without a name, as Exchange Online writes it.
    ``signatures`` tells whether DKIM signatures are checked where no statement speaks of them.
    ``require`` asks every mail for a proof, ``signing_domains`` those of domains that sign theirs.
    """

    authserv_ids: frozenset[str] = field(default=frozenset())
    unnamed: bool = False
    signatures: bool = True
    require: bool = False
    signing_domains: frozenset[str] = field(default=frozenset())

    @property
    def trusting(self) -> bool:
        """Tell whether any server's statements are trusted."""
        return self.unnamed or bool(self.authserv_ids)

    def signs(self, domain: str) -> bool:
        """Tell whether mail of this domain is known to be signed, as that of one above it is."""
        return any(within(domain, signing) for signing in self.signing_domains)
