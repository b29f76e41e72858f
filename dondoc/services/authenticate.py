"""Find out whether the address that a mail names as its author is vouched for."""

from collections.abc import Iterator
from datetime import datetime

from domain.authentication import Authentication
from domain.errors import PeerUnavailable
from domain.ids import Address
from domain.ports import DkimKeys
from domain.reading import MailContent
from dondoc.app import App
from mappings.mail.authentication.domains import domain_of
from mappings.mail.authentication.signature import (
    Checked,
    Outcome,
    Signature,
    check,
    signatures,
    unchecked,
)
from mappings.mail.authentication.statement import trusted_statement
from mappings.mail.authentication.verdict import authentication, needs_signatures
from mappings.mail.headers import Fields, split_header


def authenticate(
    app: App, raw: bytes, content: MailContent, at: datetime, *, asked: bool
) -> Authentication:
    """Return what vouches for the author of a message that came at ``at``.

    ``raw`` is the whole RFC 5322 message, empty where its header has no field that may prove it.

    The DNS is asked for keys only where the answer can matter: the author's address is an
    office's, or the message answers one of our letters (``asked``). Else anybody could make us
    ask for names of his choice.
    """
    rules, keys = app.proof.rules, app.proof.keys
    author = content.sender
    if not raw:
        return authentication(author, None, (), rules)
    fields, _ = split_header(raw, 0, len(raw))
    statement = trusted_statement(fields, rules)
    checked: list[Checked] = []
    if (
        author is not None
        and keys is not None
        and needs_signatures(author, statement, rules)
        and (asked or app.directory.owners(author))
    ):
        checked.extend(_checked(raw, fields, author, keys, at))
    return authentication(author, statement, checked, rules)


def _checked(
    raw: bytes, fields: Fields, author: Address, keys: DkimKeys, at: datetime
) -> Iterator[Checked]:
    """Check the signatures that would prove the author, until one does."""
    for signature in signatures(fields, domain_of(author)):
        found = _check(raw, fields, signature, keys, at)
        yield found
        if found.outcome is Outcome.GOOD:
            return


def _check(
    raw: bytes, fields: Fields, signature: Signature, keys: DkimKeys, at: datetime
) -> Checked:
    try:
        key = keys.key(signature.key_name)
    except PeerUnavailable:
        return unchecked(signature)
    return check(raw, fields, signature, key, at)
