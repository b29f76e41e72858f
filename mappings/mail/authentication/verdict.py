"""What statements and signatures come to: whether anything vouches for the author, or against.

The first that vouches counts, then the first that speaks against; what is left is unknown. Only
what concerns the author's own domain counts (RFC 7489 section 3.1): that some other domain signed
a message, or that its envelope is of some other domain, says nothing about its author. ARC
(RFC 8617) tells what forwarders found; it is noted and decides nothing.
"""

from collections.abc import Iterable, Sequence

from domain.authentication import Authentication
from domain.ids import Address
from domain.reading import Reason
from mappings.mail.authentication.domains import aligned, domain_of
from mappings.mail.authentication.rules import SenderRules
from mappings.mail.authentication.signature import Checked, Outcome
from mappings.mail.authentication.statement import Finding, Statement

_STATEMENT = "authentication_results"
_SIGNATURE = "dkim_signature"
_MISSING = "signature_missing"


def needs_signatures(
    author: Address | None, statement: Statement | None, rules: SenderRules
) -> bool:
    """Tell whether signatures must be checked: nothing vouches yet, and no server did it."""
    if author is None or not rules.signatures:
        return False
    if statement is None:
        return True
    return not statement.of("dkim") and _vouching(statement, author) is None


def authentication(
    author: Address | None,
    statement: Statement | None,
    checked: Sequence[Checked],
    rules: SenderRules,
) -> Authentication:
    """Return what is known of the author's address, with every reason that there is."""
    if author is None:
        return Authentication(required=rules.require)
    signing = rules.signs(domain_of(author))
    reasons = [*_stated(statement, author), *_signed(checked)]
    passed = _passed(author, statement, checked)
    asked = all(c.outcome is not Outcome.UNCHECKED for c in checked)
    if passed is None and signing and asked:
        passed = False
        evidence = f"{domain_of(author)} signs its mail, and nothing proves that this is its own"
        reasons.append(Reason(rule=_MISSING, evidence=evidence))
    return Authentication(passed=passed, required=rules.require or signing, reasons=tuple(reasons))


def _passed(
    author: Address, statement: Statement | None, checked: Sequence[Checked]
) -> bool | None:
    outcomes = [c.outcome for c in checked]
    if statement and _disowned(statement, author):
        return False
    if (statement and _vouching(statement, author)) or Outcome.GOOD in outcomes:
        return True
    if (statement and _accusing(statement, author)) or Outcome.BAD in outcomes:
        return False
    return None


def _disowned(statement: Statement, author: Address) -> bool:
    """Tell whether DMARC says that this mail is not of the author's domain.

    That is its own policy, which may ask for more than relaxed alignment, so that a good signature
    does not outweigh it. It is also a check of somebody else: our server then read another author.
    """
    return any(_of_another(f, author) for f in statement.of("dmarc")) or any(
        f.failed and _of_author(f, author) for f in statement.of("dmarc")
    )


def _of_another(found: Finding, author: Address) -> bool:
    return bool(found.identity) and not aligned(found.domain, domain_of(author))


def _vouching(statement: Statement, author: Address) -> Finding | None:
    """Return the result that vouches for the author, if any does."""
    good = (f for f in statement.findings if f.result == "pass")
    return next((f for f in good if _of_author(f, author)), None)


def _accusing(statement: Statement, author: Address) -> Finding | None:
    """Return the result that speaks against the author: a bad signature, a foreign machine.

    SPF's softfail, which says "probably", and errors do not.
    """
    bad = (f for f in statement.findings if f.failed)
    return next((f for f in bad if _of_author(f, author)), None)


def _of_author(found: Finding, author: Address) -> bool:
    domain = domain_of(author)
    match found.method:
        case "dmarc":
            return found.domain == domain or not found.identity
        case "dkim" | "spf":
            return aligned(found.domain, domain)
        case "auth":
            # An account of our own server speaks for itself only (RFC 8601 section 2.7.4); that
            # somebody could not log in says nothing.
            return found.result == "pass" and found.identity == author
        case _:
            return False


def _stated(statement: Statement | None, author: Address) -> Iterable[Reason]:
    if statement is None:
        return
    server = statement.server or "our mail server"
    telling = [
        f for f in statement.findings if _of_author(f, author) or f.method in ("arc", "dmarc")
    ]
    said = ", ".join(map(str, telling)) or f"nothing about {domain_of(author)}"
    yield Reason(rule=_STATEMENT, evidence=f"{server} says: {said}")


def _signed(checked: Sequence[Checked]) -> Iterable[Reason]:
    return (Reason(rule=_SIGNATURE, evidence=c.why) for c in checked)
