"""Domains of mail addresses, and when two of them are one sender's (RFC 7489 section 3.1)."""

from functools import cache

from publicsuffixlist import PublicSuffixList


def domain_of(address: str) -> str:
    """Return the domain of an address, or the domain itself: lower case, as DNS spells it."""
    name = address.rpartition("@")[2].strip().rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def within(domain: str, above: str) -> bool:
    """Tell whether a domain is another one or lies below it."""
    return domain == above or domain.endswith(f".{above}")


def aligned(domain: str, author: str) -> bool:
    """Tell whether two domains are aligned in relaxed mode (RFC 7489 section 3.1.1).

    Both must be of one organisation: the part that is registered below a public suffix such as
    gov.vn is the same.
    """
    if domain == author:
        return bool(domain)
    organisation = _organisation(domain)
    return organisation is not None and organisation == _organisation(author)


@cache
def _suffixes() -> PublicSuffixList:
    # Reading the list takes a tenth of a second; most domains are compared without it.
    return PublicSuffixList()


def _organisation(domain: str) -> str | None:
    """Return the organisational domain (RFC 7489 section 3.2); None of what is a suffix itself."""
    return _suffixes().privatesuffix(domain)
