"""Which set of configuration is in force, as the ledger has it: recorded, and proved by its files.

Every file of a set that comes into force is kept as evidence, with the list of them: what was
decided by it can be proved later, and another set be compared with it.
"""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from domain.facts import ConfigurationAdopted, ConfigurationRefused, Event
from domain.ids import CampaignId, Digest, RoundId, SetDigest
from domain.ports import EvidenceStore, Ledger
from domain.state import ConfigurationState, RoundState
from domain.status import RoundStatus
from dondoc.app import App
from dondoc.services.doctor_check import Check

ALONE = "alone"
"""How the only daemon of a store is called."""

_TOLD = 20
"""Problems of a refused set that are kept: whoever mends it runs `dondoc check`."""


def set_of(ledger: Ledger, worker: str) -> ConfigurationState | None:
    """Return what is known of the set of one daemon, ``alone`` or by its name."""
    return ledger.get(ConfigurationState, (worker,))


def in_force(ledger: Ledger) -> ConfigurationState | None:
    """Return the set that decides: of several daemons the one that was taken last."""
    rows = [row for row in ledger.select(ConfigurationState) if row.digest is not None]
    return max(rows, key=lambda row: row.adopted, default=None)


def redirected_to(ledger: Ledger, row: ConfigurationState) -> str | None:
    """Return where the letters of a set went: a rehearsal's address, or empty; None if not told."""
    adopted = next(ledger.events(after=row.adopted - 1)).event.fact
    return adopted.redirected_to if isinstance(adopted, ConfigurationAdopted) else None


def rehearses(app: App) -> bool:
    """Tell whether letters go to a rehearsal's address, by the set in force if that is known.

    The files may say otherwise by now, and be refused.
    """
    current = in_force(app.ledger)
    known = redirected_to(app.ledger, current) if current else None
    if known is not None:
        return bool(known)
    return app.mail is not None and app.mail.redirected is not None


def refused_set(ledger: Ledger) -> ConfigurationState | None:
    """Return a daemon whose files were refused as they stand, if there is one."""
    return next((row for row in ledger.select(ConfigurationState) if row.refused), None)


def adopt(
    app: App,
    path: Path,
    manifest: bytes,
    contents: Mapping[Path, bytes | None],
    now: datetime,
    *,
    redirected_to: str,
) -> None:
    """Keep the files of a set, and record that it comes into force; see ``adopt_again``."""
    *files, listed = _kept(app.evidence, manifest, contents)
    adopt_again(app, path, SetDigest(listed), files, now, redirected_to=redirected_to)


def adopt_again(
    app: App,
    path: Path,
    digest: SetDigest,
    files: Sequence[Digest],
    now: datetime,
    *,
    redirected_to: str,
) -> None:
    """Record that a set whose files are kept comes into force; without ``files`` once more.

    ``redirected_to`` is the address of a rehearsal, empty where letters go to the offices.
    """
    worker = worker_name(app)
    before = set_of(app.ledger, worker)
    fact = ConfigurationAdopted(
        worker=worker,
        digest=digest,
        path=str(path),
        former=before.digest if before else None,
        redirected_to=redirected_to,
        files=tuple(files),
    )
    _record(app, fact, Digest(digest), now)


def refuse(app: App, path: Path, digest: SetDigest, problems: Sequence[str], now: datetime) -> bool:
    """Record that a set was refused, and why; false where that is recorded already."""
    worker = worker_name(app)
    before = set_of(app.ledger, worker)
    told = tuple(problems[:_TOLD])
    if before is not None and (before.refused, before.problems) == (digest, told):
        return False
    fact = ConfigurationRefused(worker=worker, digest=digest, path=str(path), problems=told)
    _record(app, fact, None, now)
    return True


def worker_name(app: App) -> str:
    """Return the name of this daemon among several, without the number of its life."""
    return app.workers.own.partition(".")[0]


def _kept(
    evidence: EvidenceStore, manifest: bytes, contents: Mapping[Path, bytes | None]
) -> list[Digest]:
    """Keep the files, and the list of them, whose digest comes last."""
    given = [content for content in contents.values() if content is not None]
    with evidence.together() as together:
        return [together.put(content) for content in (*given, manifest)]


def _record(
    app: App,
    fact: ConfigurationAdopted | ConfigurationRefused,
    evidence: Digest | None,
    now: datetime,
) -> None:
    key = f"{app.workers.own} {type(fact).__name__} {fact.digest} {now.isoformat()}"
    event = Event(
        source="configuration", source_key=key, occurred_at=now, fact=fact, evidence=evidence
    )
    app.ledger.append([event], recorded_at=now)


def examine_configuration(ledger: Ledger, on_disk: SetDigest, *, running: bool) -> list[Check]:
    """Say which set is in force, which was refused, and where daemons have different ones."""
    current = in_force(ledger)
    if current is None:
        return []
    found = [_refused(row) for row in ledger.select(ConfigurationState) if row.refused]
    others = sorted(
        row.worker
        for row in ledger.select(ConfigurationState)
        if row.worker != ALONE and row.digest not in (None, current.digest)
    )
    if others:
        what = f"{', '.join(others)} worked last by another set than {_named(current)}"
        advice = (
            "give all daemons of this store the same files; whoever has older ones stands still"
        )
        found.append(Check(name="configuration of workers", ok=False, what=what, advice=advice))
    if not found and running and current.digest != on_disk:
        what = f"the files say something else than {_named(current)}, which is in force"
        advice = "the daemon takes them in within seconds; else look for configuration_ in its log"
        return [Check(name="configuration in force", ok=False, what=what, advice=advice)]
    if not found:
        return [Check(name="configuration in force", ok=True, what=f"{_named(current)}")]
    return found


def _named(row: ConfigurationState) -> str:
    since = f" since {row.adopted_at:%Y-%m-%d %H:%M} UTC" if row.adopted_at else ""
    return f"set {str(row.digest)[:12]}{since}"


def _refused(row: ConfigurationState) -> Check:
    who = f" by {row.worker}" if row.worker != ALONE else ""
    at = f"{row.refused_at:%Y-%m-%d %H:%M} UTC" if row.refused_at else "some time"
    stays = f"; {_named(row)} stays in force" if row.digest else ""
    return Check(
        name="configuration in force",
        ok=False,
        what=f"the files as they stand were refused{who} at {at}{stays}",
        advice="mend them; `dondoc check` shows every problem, and a good set comes into force by "
        "itself",
        details=row.problems,
    )


def left_out(
    ledger: Ledger, campaigns: Container[CampaignId]
) -> Mapping[CampaignId, list[RoundId]]:
    """Return the campaigns that are no more, with their rounds that are not forwarded yet.

    Nobody works on these: a file was removed, or the id in it changed.
    """
    found: dict[CampaignId, list[RoundId]] = {}
    for row in ledger.select(RoundState):
        if row.campaign not in campaigns and row.status is not RoundStatus.FORWARDED:
            found.setdefault(row.campaign, []).append(row.round)
    return found


def examine_campaigns(ledger: Ledger, campaigns: Container[CampaignId]) -> list[Check]:
    """Say which campaigns were left out while a round of theirs runs."""
    return [
        Check(
            name="campaigns under way",
            ok=False,
            what=stands_still(campaign, rounds),
            advice=PUT_BACK,
        )
        for campaign, rounds in left_out(ledger, campaigns).items()
    ]


PUT_BACK = "put its file back under the same id; a campaign under another id is another one"


def stands_still(campaign: CampaignId, rounds: Sequence[RoundId]) -> str:
    """Say what becomes of a campaign that was left out."""
    return (
        f"{campaign} is under way (round {', '.join(rounds)}), and the configuration has it no "
        "more: it stands still"
    )
