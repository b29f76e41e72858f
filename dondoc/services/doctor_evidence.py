"""Whether the evidence is there and whole: a sample at each look, everything when asked."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from domain.errors import DondocError, EvidenceMissing, StoreFailed
from domain.facts import (
    AgenciesConfirmed,
    AgenciesTaken,
    AnswerPlanned,
    CompilationMade,
    ConfigurationAdopted,
    DirectiveReplaced,
    DirectiveTaken,
    DispatchAttempted,
    DispatchFollowed,
    DispatchPlanned,
    Fact,
    PortalCompared,
    PortalFileFetched,
    ReplyRecorded,
    about,
)
from domain.ids import Digest
from domain.ports import EvidenceStore, Ledger
from domain.state import DispatchState, RawState
from dondoc.app import App
from dondoc.services.doctor_check import Check

SAMPLE = 20
"""Stored contents whose digest is verified: enough to notice a lost folder, quick on any disk."""

_ADVICE = "restore these files from a backup; `dondoc doctor --evidence` lists all that are wrong"


@runtime_checkable
class Elsewhere(Protocol):
    """Evidence behind a network."""

    def check(self) -> None:
        """Find out whether it can be reached and lets us in; raises ``StoreFailed``."""


def examine_sample(app: App) -> Check:
    """Verify a few of the messages and letters that came or went; the rest may still be damaged."""
    try:
        _reach(app.evidence)
        digests = _in_rows(app.ledger)
        chosen = spread(digests)
        for digest in chosen:
            app.evidence.get(digest)
    except DondocError as error:
        return _failed(error)
    what = f"{len(chosen)} of {len(digests)} verified of what came and was sent"
    return Check(name="evidence", ok=True, what=f"{what}; --evidence verifies all that is stored")


def examine_all(app: App) -> Check:
    """Verify every content that the ledger names, and say who names each one that is wrong."""
    try:
        _reach(app.evidence)
        owners = named(app.ledger)
        wrong = [f"{reason}; named by {', '.join(owners[d])}" for d, reason in _wrong(app, owners)]
    except DondocError as error:
        return _failed(error)
    sound = len(owners) - len(wrong)
    what = f"{sound} of {len(owners)} verified"
    if not wrong:
        return Check(name="evidence", ok=True, what=what)
    return Check(
        name="evidence",
        ok=False,
        what=f"{what}, {len(wrong)} missing or damaged",
        advice="restore these files from a backup, or take what arrived from the mailbox again",
        details=tuple(wrong),
    )


def _reach(evidence: EvidenceStore) -> None:
    if isinstance(evidence, Elsewhere):
        evidence.check()


def _failed(error: DondocError) -> Check:
    # A store that fails says itself what to do; nothing in it is known to be lost.
    advice = "" if isinstance(error, StoreFailed) else _ADVICE
    return Check(name="evidence", ok=False, what=str(error), advice=advice)


def named(ledger: Ledger) -> dict[Digest, list[str]]:
    """Return every digest that an event names, with the inputs, dispatches or rounds it serves."""
    owners: defaultdict[Digest, dict[str, None]] = defaultdict(dict)
    for recorded in ledger.events():
        fact, evidence = recorded.event.fact, recorded.event.evidence
        for digest in (*contents(fact), *((evidence,) if evidence else ())):
            owners[digest][_owner(fact)] = None
    return {digest: list(names) for digest, names in sorted(owners.items())}


def contents(fact: Fact) -> tuple[Digest, ...]:
    """Return the digests that a fact itself holds."""
    match fact:
        case DirectiveTaken() | DirectiveReplaced():
            return tuple(file.digest for file in fact.directive.files)
        case ReplyRecorded():
            return tuple(file.digest for file in fact.attachments)
        case CompilationMade():
            return tuple(file.digest for file in fact.files)
        case PortalFileFetched():
            return (fact.file.digest, *fact.pages)
        case PortalCompared():
            return tuple(file.digest for file in fact.carried)
        case ConfigurationAdopted():
            return fact.files
        case AnswerPlanned():
            return (fact.content,)
        case DispatchPlanned() | DispatchAttempted() | DispatchFollowed():
            return (fact.content,) if fact.content else ()
        case _:
            return ()


def _owner(fact: Fact) -> str:
    raw = getattr(fact, "raw", None)
    if raw:
        return f"input {raw}"
    dispatch = getattr(fact, "dispatch", None)
    if dispatch:
        return f"dispatch {dispatch}"
    if isinstance(fact, ConfigurationAdopted):
        return f"configuration {fact.path}"
    if isinstance(fact, AgenciesTaken | AgenciesConfirmed):
        return f"the table of units of {fact.door}"
    place = about(fact)
    return "/".join(filter(None, (place.campaign, place.round, place.office))) or "an event"


def _wrong(app: App, digests: Iterable[Digest]) -> Iterable[tuple[Digest, str]]:
    for digest in digests:
        try:
            app.evidence.get(digest)
        except EvidenceMissing as error:
            yield digest, str(error)


def _in_rows(ledger: Ledger) -> list[Digest]:
    sent = [row.content for row in ledger.select(DispatchState)]
    received = [row.digest for row in ledger.select(RawState)]
    return sorted({*sent, *received})


def spread(digests: list[Digest]) -> list[Digest]:
    """Take some evenly: digests are as good as drawn by lot."""
    return digests[:: max(1, len(digests) // SAMPLE)][:SAMPLE]
