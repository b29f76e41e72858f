"""What tells who sent an answer, as the configuration has it."""

from dondoc.app import SenderProof
from dondoc.services.doctor_check import Check
from mappings.mail.authentication.rules import SenderRules

_FORGED = (
    "a forged Authentication-Results field under the same name, directly below that of the server, "
    "cannot be told from it: have the server that takes mail in from outside remove such fields "
    "(RFC 8601 section 5); only then name it in mail.authentication.authserv_ids"
)


def examine_senders(proof: SenderProof) -> Check:
    """Say what an answer's sender is believed by; that nothing is asked for is no fault."""
    rules = proof.rules
    what = f"{_believed(rules)}; {_asked(rules)}"
    stated = bool(rules.authserv_ids or rules.unnamed)
    return Check(name="senders", ok=True, what=what, details=(_FORGED,) if stated else ())


def _believed(rules: SenderRules) -> str:
    names = [*sorted(rules.authserv_ids), *(["a server without a name"] if rules.unnamed else [])]
    found = [f"statements of {', '.join(names)}"] if names else []
    found += ["DKIM signatures that a mail bears"] if rules.signatures else []
    if not names:
        found.append("no server's statements (mail.authentication.authserv_ids is empty)")
    return f"believed: {', '.join(found)}"


def _asked(rules: SenderRules) -> str:
    if rules.require:
        return "an answer without a proof waits for a person"
    domains = ", ".join(sorted(rules.signing_domains))
    but = f", except from {domains}" if domains else ""
    return (
        f"an answer without any proof counts{but}: an office's address and our letter's number "
        "or thread are enough, whoever wrote it; `dondoc status` marks it, `require: true` "
        "puts it to review"
    )
