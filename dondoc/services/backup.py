"""Verifying a backup, and filling an empty store from it."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import NotAllowed, StoreFailed
from domain.facts import Event, Recorded, StoreRestored
from domain.ports import EvidenceStore, LedgerMoment, MarkBeside
from domain.store_mark import mark_of
from dondoc.services.store_copy import wrong_contents
from dondoc.settings.store import StoreSettings

_MOST_NAMED = 20


def check_place(folder: Path, store: StoreSettings) -> None:
    """Refuse a folder in which a backup would mix with the store that it is of.

    Raises ``NotAllowed``.
    """
    place = folder.resolve()
    own = [store.folder, *([store.evidence] if isinstance(store.evidence, Path) else [])]
    for kept in (one.resolve() for one in own):
        # A folder of its own beside the ledger is as good as any on that disk.
        inside = kept in place.parents and kept != store.folder.resolve()
        if place == kept or place in kept.parents or inside:
            raise NotAllowed(
                f"{folder} is no place for a backup: the store itself is kept in {kept}; "
                "name a folder of its own, best on another disk"
            )


def check_backup(ledger: LedgerMoment, evidence: EvidenceStore, missing: Collection[str]) -> None:
    """Verify the events of a backup and every content that they name; raises ``StoreFailed``.

    The digests that were ``missing`` when it was made may be missing still.
    """
    found = wrong_contents(ledger, evidence)
    wrong = [reason for digest, reason in found.items() if digest not in missing]
    wrong += ledger.differences()
    if wrong:
        more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
        named = "; ".join(wrong[:_MOST_NAMED])
        raise StoreFailed(f"the backup is damaged, nothing was restored: {named}{more}")


def restored(made_at: datetime, now: datetime, sequence: int) -> Recorded:
    """Return that a store knows nothing of what happened after an instant, as its last event."""
    event = Event(
        source="store",
        source_key=f"restored {now.astimezone(UTC).isoformat()}",
        occurred_at=now,
        fact=StoreRestored(made_at=made_at),
        evidence=None,
    )
    return Recorded(sequence=sequence, recorded_at=now, event=event)


def mark_anew(ledger: LedgerMoment, mark: MarkBeside) -> None:
    """Write how far a ledger that was just filled has come beside it; see ``MarkBeside``."""
    first, newest = next(ledger.events(), None), ledger.newest()
    if first is not None and newest is not None:
        mark.write(mark_of(first, newest))
