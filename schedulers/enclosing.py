"""Which mails a letter needs for its files, and letters that wait as no mail can carry a file."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.campaign import Channel
from domain.directive import StoredFile
from domain.enclosure import Enclosure, OverSize, Room, enclosures, stranded
from domain.facts import About
from domain.intents import AskPerson, HoldLetters, Intent, PlanDispatch
from domain.kinds import LETTERS, DispatchKind, ReviewKind
from schedulers.picture import Picture

_MEGABYTE = 1_048_576


def files_of(picture: Picture, version: int, at: datetime) -> tuple[StoredFile, ...]:
    """Return what goes with a letter planned at an instant: its files, and the one of the portal.

    That joins those that it came without, and no other one of the same bytes or name.
    """
    own = picture.directive.versions[version - 1].files
    posted = picture.portal.joins(version, at) if picture.portal else None
    if posted is None or any(posted.digest == f.digest or posted.name == f.name for f in own):
        return own
    return (*own, posted)


def enclosed(picture: Picture, intent: PlanDispatch, now: datetime) -> tuple[Enclosure, ...]:
    """Return what each mail of a letter is to carry, at least one; nothing if a file cannot go."""
    files, room = _files(picture, intent, now), _room(picture, intent)
    return () if stranded(files, room) else enclosures(files, room)


def sendable(picture: Picture, found: list[Intent], now: datetime) -> list[Intent]:
    """Put in the place of mails that cannot carry a file the question what is to be done.

    The letter waits whole: an office that gets half of it would carry out half of it.
    """
    kept: list[Intent] = []
    asked: dict[tuple[str | None, str], About] = {}
    for intent in found:
        if not isinstance(intent, PlanDispatch) or intent.channel is not Channel.EMAIL:
            kept.append(intent)
            continue
        mails = enclosed(picture, intent, now)
        if mails:
            in_parts = f"; in {len(mails)} mails" if len(mails) > 1 else ""
            kept.append(replace(intent, why=intent.why + in_parts))
            continue
        about = About(campaign=intent.about.campaign, round=intent.about.round)
        asked[about.round, why_stranded(picture, intent, now)] = about
    for (_, why), about in asked.items():
        kept += [HoldLetters(about=about, why=why), *_ask(picture, about, why)]
    return kept


def why_stranded(picture: Picture, intent: PlanDispatch, now: datetime) -> str:
    """Say which files no mail can carry, and what can be done."""
    files, room = _files(picture, intent, now), _room(picture, intent)
    named = ", ".join(f"{f.name} ({f.size / _MEGABYTE:.1f} MB)" for f in stranded(files, room))
    limit = (room.octets or 0) / _MEGABYTE
    result = intent.kind is DispatchKind.COMPILATION
    address = "" if result else "give the campaign the source_url at which everybody may read it, "
    parts = "write over_size: parts, " if room.over_size is OverSize.LINK else ""
    return (
        f"{'the result' if result else f'version {picture.directive.version} of the letter'} "
        f"waits, as it cannot be mailed: {named} has no room in a message of {limit:g} MB "
        f"(in base64 a file grows by 37 %); {address}{parts}"
        "raise mail.smtp.max_megabytes if the mail server takes more, or bring it by hand"
    )


def _ask(picture: Picture, about: About, why: str) -> list[Intent]:
    kind = ReviewKind.OVER_SIZE
    asked = any((r.kind, r.round, r.reason) == (kind, about.round, why) for r in picture.reviews)
    return [] if asked else [AskPerson(about=about, kind=kind, why=why, of=why)]


def _files(picture: Picture, intent: PlanDispatch, now: datetime) -> tuple[StoredFile, ...]:
    if intent.kind in LETTERS:
        return files_of(picture, picture.directive.version, now)
    if intent.kind is DispatchKind.COMPILATION:
        made = (c for c in picture.compilations if c.round == intent.about.round)
        return next(c.files for c in made if c.version == intent.version)
    return ()


def _room(picture: Picture, intent: PlanDispatch) -> Room:
    """Return what the files of a letter may fill; a result of ours is published nowhere."""
    campaign = picture.campaign
    if intent.kind is DispatchKind.COMPILATION:
        return Room(octets=picture.mail_octets, over_size=OverSize.PARTS, source=lambda _file: "")
    return Room(
        octets=picture.mail_octets,
        over_size=campaign.over_size,
        source=partial(_source, picture),
    )


def _source(picture: Picture, file: StoredFile) -> str:
    """Return where a file is published: the portal's own address of it, or the campaign's."""
    portal = picture.portal
    posted = portal is not None and portal.file is not None and portal.file.digest == file.digest
    return (portal.url if portal and posted else "") or picture.campaign.source_url
