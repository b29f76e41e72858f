"""Every place at which the daemon, or a command, is killed: the one list, held complete by a test.

A boundary is ``PORT.METHOD MOMENT``, or ``ledger.append FACT MOMENT``. *before* is when everything
that leads to the effect is done and the effect is not, *after* when the port has returned. Of a
block that becomes durable as one, *inside* is after its first member, *before* and *after* are
those of its end: so *before* and *after* a fact are always those of the commit that it is part of.
"""

from collections.abc import Mapping

PORTS: Mapping[str, str] = {
    "DocumentExchange": "exchange",
    "MailTransport": "transport",
    "Mailbox": "mailbox",
    "MailFiling": "filing",
    "EvidenceStore": "evidence",
    "Ledger": "ledger",
    "Workers": "workers",
    "Engine": "engine",
}
"""The ports that the daemon works through, and what boundaries call them; ``Engine`` is one of
``schedulers``."""

STEPS: Mapping[str, tuple[str, ...]] = {
    "DocumentExchange": ("agencies", "fetch", "send", "settle", "waiting"),
    "MailTransport": ("send",),
    "Mailbox": ("arrivals",),
    "MailFiling": ("file",),
    "EvidenceStore": ("assemble", "put", "receive"),
    "Workers": ("beat", "bury", "leave", "take"),
    "Engine": ("hand_out", "not_later", "take_over"),
}
"""Methods with an effect here or elsewhere, and what brings something in; of ``arrivals`` each
message is a step of its own."""

BLOCKS: Mapping[str, tuple[str, ...]] = {
    "EvidenceStore": ("together",),
    "Ledger": ("together",),
}
"""Methods that return a block."""

FACTS = (
    "RawArrived",
    "RawRead",
    "RawQuarantined",
    "RawReleased",
    "MailboxRead",
    "StoreRestored",
    "StoreReconciled",
    "DirectiveTaken",
    "DirectiveReplaced",
    "RecallOrdered",
    "RevocationReceived",
    "RevocationDecided",
    "RoundOpened",
    "AssignmentMade",
    "DispatchPlanned",
    "DispatchFollowed",
    "DispatchAttempted",
    "DispatchAccepted",
    "DispatchDeferred",
    "DispatchLost",
    "DispatchRefused",
    "DispatchCancelled",
    "ReceiptRecorded",
    "ReplyRecorded",
    "AnswerPlanned",
    "AnswerSent",
    "AnswerDeferred",
    "AnswerRefused",
    "DeadlinePassed",
    "AssignmentExtended",
    "AssignmentWaived",
    "AssignmentRemoved",
    "AssignmentRestored",
    "AssignmentPassed",
    "ReviewOpened",
    "ReviewResolved",
    "RoundReadied",
    "CompilationMade",
    "CompilationApproved",
    "CompilationForwarded",
    "AgenciesTaken",
    "AgenciesConfirmed",
    "PortalAsked",
    "PortalFailed",
    "PortalFileFetched",
    "PortalCompared",
    "PortalRetryAsked",
    "PortalWaived",
    "ConfigurationAdopted",
    "ConfigurationRefused",
)
"""Every kind of fact, whose durable append by ``Ledger.append`` is a step."""

_CUT_OFF = "tests/integration/services/test_service_changes_cut_off.py"
ELSEWHERE: Mapping[str, str] = {
    "engine.not_later": "tests/contract/test_engine.py::test_a_kill_as_an_instant_is_waited_for",
    "ledger.append AssignmentPassed": f"{_CUT_OFF}::test_a_kill_as_a_duty_passes_on",
    "ledger.append AssignmentRemoved": (
        f"{_CUT_OFF}::test_a_kill_as_a_recipient_is_removed_or_put_back"
    ),
    "ledger.append AssignmentRestored": (
        f"{_CUT_OFF}::test_a_kill_as_a_recipient_is_removed_or_put_back"
    ),
    "ledger.append ConfigurationRefused": (
        "tests/integration/test_configurations.py::test_a_kill_as_a_set_is_refused"
    ),
    "ledger.append MailboxRead": (
        "tests/integration/services/test_service_exchange.py"
        "::test_a_kill_where_all_of_a_mailbox_was_known_already"
    ),
    "ledger.append StoreRestored": (
        "tests/system/faults/test_put_back_by_hand.py::test_a_ledger_file_that_was_copied"
    ),
    "ledger.append StoreReconciled": (
        "tests/system/faults/test_put_back_by_hand.py::test_a_ledger_file_that_was_copied"
    ),
}
"""Steps that no campaign comes to for sure, with the test that kills before and after them: only an
Exchange server moves a place on without a message, no ledger is put back within a campaign, nobody
edits its rules, and turns come so often there that nothing is waited for in between."""

WITHOUT_EFFECT: Mapping[str, tuple[str, ...]] = {
    "DocumentExchange": ("abilities", "sent"),
    "SentTrace": ("trace",),
    "Mailbox": ("account", "contains", "message"),
    "MailSearch": ("mentioning", "newest_headers"),
    "MailFiling": ("headers", "unfiled"),
    "DkimKeys": ("key",),
    "EvidenceStore": ("content", "digests", "get"),
    "StateView": ("dispatches_of", "get"),
    "Ledger": (
        "close",
        "differences",
        "events",
        "find",
        "newest",
        "select",
        "select_any",
        "standings",
    ),
    "Workers": ("alive", "own"),
    "Engine": ("close", "every", "hasten", "queue", "run", "stop", "wake", "when_woken"),
    "Clock": ("now",),
    "MarkBeside": ("read", "write"),
}
"""Methods that only look, tell this process something, or release what its end releases as well.
The mark beside the ledger only lags where it is not written."""

APART: Mapping[str, tuple[str, ...]] = {
    "MailWatch": ("heard_at", "reconnects", "start", "stop"),
    "PublicPages": ("visit",),
    "Visit": ("fetch",),
    "LedgerMoment": ("fill", "snapshot"),
}
"""Methods where the suite does not kill: a watch only wakes, a portal is only looked at, and what
``backup``, ``restore`` and ``store move`` use is no work of the daemon."""

BATCH = "engine.batch"
"""The work of the engine's queues, which it does when it has come to it."""

RANDOM = "a random instant"
"""How a kill is called that hits the daemon wherever it is."""


def in_campaigns(*, pairs: bool = False) -> frozenset[str]:
    """Return the boundaries that a campaign with its incidents comes to.

    Without ``pairs`` there is one daemon, and ``Workers`` does nothing.
    """
    apart = [f"{step} " for step in ELSEWHERE]
    apart += [] if pairs else ["workers."]
    return frozenset(name for name in boundaries() if not name.startswith(tuple(apart)))


def boundaries() -> tuple[str, ...]:
    """Return the name of every boundary."""
    steps = [f"{PORTS[port]}.{name}" for port, names in STEPS.items() for name in names]
    steps += [f"ledger.append {fact}" for fact in FACTS]
    steps.append(BATCH)
    blocks = [f"{PORTS[port]}.{name}" for port, names in BLOCKS.items() for name in names]
    inside = [f"{block} inside" for block in blocks]
    return (
        *(f"{step} {moment}" for step in (*steps, *blocks) for moment in ("before", "after")),
        *inside,
    )
