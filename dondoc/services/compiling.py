"""Make, approve and hand on the compiled result of a round."""

from datetime import datetime
from pathlib import Path

import structlog

from domain.compilation import Compilation, compile_round
from domain.directive import StoredFile
from domain.errors import DuplicateEvent, EvidenceMissing, NotAllowed, NotFound
from domain.facts import About, CompilationApproved, CompilationMade, Event
from domain.ids import RoundId
from domain.recipients import successor
from domain.state import AssignmentState, CompilationState, ReplyState, RoundState
from domain.status import RoundStatus
from dondoc.app import App
from dondoc.services.picture import running
from dondoc.services.placing import lies_in, place
from dondoc.services.recall import refuse_ended
from dondoc.services.reviews import tell_failed
from schedulers.calendar import local_day
from schedulers.picture import Picture

log = structlog.get_logger(__name__)

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def compile_version(app: App, picture: Picture, about: About, now: datetime) -> CompilationState:
    """Make the next version of a round's result, as evidence and as files in the output folder.

    Raises ``NotFound`` for an unknown round and ``DuplicateEvent`` when another made it first.
    """
    made = _made(app, picture, about, now, None)
    app.ledger.append([made], recorded_at=now)
    return _placed(app, about, now)


def _made(app: App, picture: Picture, about: About, now: datetime, number: str | None) -> Event:
    """Render the next version, keep it as evidence, and return the event to be recorded."""
    compilation = _compiled(app, picture, about, now, number)
    files = _files(app, picture, compilation, now)
    fact = CompilationMade(
        about=About(campaign=about.campaign, round=about.round),
        version=compilation.version,
        files=files,
        reports=tuple(a.report for a in _assignments(picture, about) if a.report),
        missing=tuple(row.office for row in compilation.missing),
    )
    key = f"{about.campaign}/{about.round} {compilation.version}"
    return Event(source="compilation", source_key=key, occurred_at=now, fact=fact)


def _placed(app: App, about: About, now: datetime) -> CompilationState:
    row = app.ledger.get(RoundState, (str(about.campaign), str(about.round)))
    made = _version(app, about, row.version if row else 0)
    _restore_all(app, made, now, exactly=True)
    return made


def restore_output(app: App, now: datetime) -> None:
    """Put the newest version of every round into the output folder where it does not lie there.

    The evidence is what counts: a folder that cannot be used is logged, and tried again; a file
    whose evidence is gone is told to a person and the next one is placed.
    """
    for row in app.ledger.select(RoundState):
        if row.version:
            _restore_all(app, latest_version(app, row), now)


def _restore_all(
    app: App, version: CompilationState, now: datetime, *, exactly: bool = False
) -> None:
    for file in version.files:
        try:
            if not lies_in(app.output, file, exactly=exactly):
                _restore(app, version, file, now)
        except OSError as error:
            log.warning("output_not_written", folder=str(app.output), error=error.strerror)


def _restore(app: App, version: CompilationState, file: StoredFile, now: datetime) -> None:
    try:
        content = app.evidence.get(file.digest)
    except EvidenceMissing as error:
        log.warning("output_evidence_missing", digest=error.digest)
        reason = f"{file.name} cannot be placed: {error}; restore the evidence from a backup"
        about = About(campaign=version.campaign, round=version.round)
        tell_failed(app, f"output {file.name}", about, reason, now)
        return
    place(app.output, file, content)


def unplaced(app: App, version: CompilationState) -> list[Path]:
    """Return the files of a version that do not lie in the output folder, or cannot be seen."""
    return [app.output / file.name for file in version.files if not _is_placed(app, file)]


def _is_placed(app: App, file: StoredFile) -> bool:
    try:
        return lies_in(app.output, file)
    except OSError:
        return False


def _compiled(
    app: App, picture: Picture, about: About, now: datetime, number: str | None
) -> Compilation:
    round_state = _round(picture, about.round)
    return compile_round(
        picture.campaign,
        picture.directive.directive,
        picture.directory,
        round_state,
        _assignments(picture, about),
        [d for d in picture.dispatches if d.round == about.round],
        {r.reply: r for r in app.ledger.select(ReplyState, campaign=picture.campaign.id)},
        made_at=now,
        number=number,
    )


def _assignments(picture: Picture, about: About) -> list[AssignmentState]:
    return [a for a in picture.assignments if a.round == about.round and not a.removed]


def _round(picture: Picture, name: RoundId | None) -> RoundState:
    for round_state in picture.rounds:
        if round_state.round == name:
            return round_state
    known = ", ".join(r.round for r in picture.rounds)
    raise NotFound(f"campaign {picture.campaign.id} has no round {name}; it has: {known}")


def _files(
    app: App, picture: Picture, compilation: Compilation, now: datetime
) -> tuple[StoredFile, ...]:
    stem = f"{compilation.about.campaign}-{compilation.about.round}-v{compilation.version}"
    made = app.render(compilation, _department_name(picture, now))
    return (
        _kept(app, f"bao-cao-tong-hop-{stem}.docx", made.word, DOCX),
        _kept(app, f"bao-cao-tong-hop-{stem}.pdf", made.pdf, PDF),
        _kept(app, f"so-theo-doi-{stem}.xlsx", made.register, XLSX),
    )


def _department_name(picture: Picture, now: datetime) -> str:
    rule = picture.campaign.forward
    if rule is None:
        return ""
    department = successor(
        picture.directory, rule.office, picture.campaign.function, local_day(now)
    )
    office = picture.directory.get(department)
    return office.name if office else ""


def _kept(app: App, name: str, content: bytes, media_type: str) -> StoredFile:
    digest = app.evidence.put(content)
    return StoredFile(name=name, digest=digest, size=len(content), media_type=media_type)


def compile_now(app: App, campaign: str, round_name: str | None, now: datetime) -> CompilationState:
    """Make a version by hand, whenever a person wants one; raises ``NotAllowed`` when too early."""
    picture = running(app, campaign)
    round_state = _chosen(picture, round_name)
    refuse_ended(picture, round_state.round)
    if round_state.status is RoundStatus.OPEN:
        raise NotAllowed(_still_open(round_state, now))
    return compile_version(app, picture, _about(round_state), now)


def _still_open(round_state: RoundState, now: datetime) -> str:
    name = f"round {round_state.round} of {round_state.campaign}"
    day = f"{local_day(round_state.compile_at):%d/%m/%Y}"
    if now < round_state.compile_at:
        return f"{name} is still open until {day}; `dondoc status` shows where every office stands"
    return (
        f"{name} was to be compiled from {day} on and is still open: no letter has left for "
        "anybody, or `dondoc run` has made no turn since; "
        "`dondoc status` shows where every office stands"
    )


def approve(
    app: App,
    campaign: str,
    round_name: str | None,
    now: datetime,
    *,
    by: str,
    number: str,
) -> CompilationState:
    """Approve the result for forwarding: a version that bears the report's number is made for it.

    ``number`` is the one that the registry gave, without notation: a report without a number is a
    draft and goes nowhere. Raises ``NotAllowed`` when nothing waits for approval or the number is
    not one.
    """
    if not (number.isascii() and number.isdecimal()):
        raise NotAllowed(f"the number {number!r} is not one; give the figures only, such as 88")
    picture = running(app, campaign)
    round_state = _chosen(picture, round_name)
    refuse_ended(picture, round_state.round)
    if round_state.status is not RoundStatus.COMPILED:
        raise NotAllowed(
            f"round {round_state.round} of {campaign} is {round_state.status}: only a compiled "
            "version that waits can be approved"
        )
    about = _about(round_state)
    made = _made(app, picture, about, now, number)
    approval = _approval(about, round_state.version + 1, by, number, now)
    try:
        app.ledger.append([made, approval], recorded_at=now)
    except DuplicateEvent as error:
        raise NotAllowed(
            "something arrived and another version was made in this very moment; "
            "look at it and approve again"
        ) from error
    return _placed(app, about, now)


def _approval(about: About, version: int, by: str, number: str, now: datetime) -> Event:
    fact = CompilationApproved(about=about, version=version, by=by, number=number)
    key = f"{about.campaign}/{about.round} {version}"
    return Event(source="approval", source_key=key, occurred_at=now, fact=fact)


def _chosen(picture: Picture, name: str | None) -> RoundState:
    if name is not None:
        return _round(picture, RoundId(name))
    return max(picture.rounds, key=lambda r: r.due_on)


def _about(round_state: RoundState) -> About:
    return About(campaign=round_state.campaign, round=round_state.round)


def _version(app: App, about: About, version: int) -> CompilationState:
    for row in app.ledger.select(CompilationState, campaign=str(about.campaign)):
        if row.round == about.round and row.version == version:
            return row
    raise NotFound(f"there is no version {version} of round {about.round}")


def latest_version(app: App, round_state: RoundState) -> CompilationState:
    """Return the newest version of a round; raises ``NotFound`` before the first."""
    return _version(app, _about(round_state), round_state.version)


def paths(app: App, compilation: CompilationState) -> list[Path]:
    """Return where the files of a version lie in the output folder."""
    return [app.output / file.name for file in compilation.files]
