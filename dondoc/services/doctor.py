"""What the doctor looks at: the store, the disk, the clock, and every connection; nothing changes.

Each check says what was found and, where something is wrong, what to do.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from domain.errors import DondocError, PeerUnavailable
from domain.exchange import Ability, Agency, PacketKind
from domain.ids import MessageId
from domain.kinds import ReviewKind
from domain.ports import Ledger
from domain.state import DispatchState, RestorationState, ReviewState, RoundState
from dondoc.app import App, ExchangeDoor, Inbox, MailDoor
from dondoc.services.agencies import listed
from dondoc.services.doctor_check import Check
from dondoc.services.doctor_evidence import examine_all, examine_sample
from dondoc.services.doctor_logins import examine_logins
from dondoc.services.doctor_organs import examine_organs, examine_table
from dondoc.services.doctor_portal import examine_portals
from dondoc.services.doctor_senders import examine_senders
from mappings.archives.packed_members import library_found

FREE_OCTETS = 512 * 1_048_576
"""Room for several rounds of letters and reports, and for the database to be compacted."""

_MAIL_ADVICE = {
    "smtp": "check mail.smtp: host, port, security, username and password",
    "imap": "check mail.imap: host, port, username, password and folders",
    "ews": "check mail.exchange: url, auth, username, password and folders",
}
_CLOCK_SLACK = timedelta(minutes=5)
_NOT_OURS = MessageId("<doctor@dondoc.invalid>")


@runtime_checkable
class Greeting(Protocol):
    """A transport that can say hello to its server without sending anything."""

    def check(self) -> None:
        """Connect and log in; raises as ``MailTransport.send``."""


def examine_store(
    app: App, places: Mapping[str, Path], now: datetime, *, whole: bool = False
) -> list[Check]:
    """Check the ledger, the evidence, the clock, and each place by what it is for.

    The evidence is verified ``whole``, which reads all of it, or by a sample.
    """
    return [
        _asked("ledger", "restore the ledger from a backup", lambda: _rows(app.ledger)),
        _history(app.ledger),
        examine_all(app) if whole else examine_sample(app),
        _clock(app.ledger, now),
        *examine_table(app, now),
        *(_place(name, folder) for name, folder in places.items()),
    ]


def examine_doors(app: App, now: datetime) -> list[Check]:
    """Connect to everything that is configured and check that it answers and knows us."""
    further = [_further(door) for door in app.further]
    found = [*_exchange(app, app.exchange, now), *further, *_mail(app), *_inboxes(app)]
    return [*found, *examine_portals(app), _archives()]


def _archives() -> Check:
    if library_found():
        return Check(name="archives", ok=True, what="RAR and 7z can be opened")
    what = "RAR and 7z cannot be opened: answers that come so wait for a person"
    return Check(name="archives", ok=False, what=what, advice="install libarchive (libarchive13)")


def _asked(name: str, advice: str, question: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, what=question())
    except PeerUnavailable as error:
        # Without the error's promise to try again: the doctor asks once.
        what = f"{error.peer} is not available: {error.detail}"
        return Check(name=name, ok=False, what=what, advice=advice)
    except DondocError as error:
        return Check(name=name, ok=False, what=str(error), advice=advice)


def _rows(ledger: Ledger) -> str:
    rounds = len(ledger.select(RoundState))
    reviews = len(ledger.select(ReviewState, open=True))
    return f"readable: {rounds} round(s), {reviews} open review(s)"


def _history(ledger: Ledger) -> Check:
    """Say whether the ledger is an older one, and let nobody overlook one that was put back."""
    rows = sorted(ledger.select(RestorationState), key=lambda row: row.restored_at)
    asked = ledger.select(ReviewState, open=True)
    waiting = [one.review for one in asked if one.kind is ReviewKind.STORE_PUT_BACK]
    if not rows:
        return Check(
            name="history", ok=True, what="nothing shows that an older ledger was put back"
        )
    last = rows[-1]
    what = (
        f"an older ledger is in use since {last.restored_at:%Y-%m-%d %H:%M} UTC: what happened "
        f"after {last.made_at:%Y-%m-%d %H:%M} UTC is not in it"
    )
    if not waiting:
        return Check(name="history", ok=True, what=what)
    advice = f"dondoc review list; {', '.join(waiting)} says what showed it and what to do"
    return Check(name="history", ok=False, what=what, advice=advice)


def _clock(ledger: Ledger, now: datetime) -> Check:
    latest = max((row.changed_at for row in ledger.select(DispatchState)), default=now)
    if latest <= now + _CLOCK_SLACK:
        return Check(name="clock", ok=True, what=f"{now:%Y-%m-%d %H:%M:%S} UTC")
    what = (
        f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the ledger knows of {latest:%Y-%m-%d %H:%M}"
    )
    advice = "set the machine's clock and keep it with a time service; deadlines depend on it"
    return Check(name="clock", ok=False, what=what, advice=advice)


def _place(name: str, folder: Path) -> Check:
    """Check rights and room of a folder, or of the nearest one above that exists."""
    found = next((f for f in (folder, *folder.parents) if f.exists()), Path("/"))
    if not os.access(found, os.W_OK | os.X_OK) or not found.is_dir():
        advice = "give Dondoc's user the right to write there, or configure another folder"
        return Check(name=name, ok=False, what=f"{found} cannot be written to", advice=advice)
    free = shutil.disk_usage(found).free
    what = f"{folder} is writable, {free // 1_048_576} MB are free"
    if free >= FREE_OCTETS:
        return Check(name=name, ok=True, what=what)
    advice = f"make room: keep at least {FREE_OCTETS // 1_048_576} MB free"
    return Check(name=name, ok=False, what=what, advice=advice)


def _exchange(app: App, door: ExchangeDoor | None, now: datetime) -> list[Check]:
    if door is None:
        return [Check(name="exchange", ok=True, what="none is configured")]
    known: list[Agency] = []

    def ask() -> str:
        listing = listed(door)
        if listing.flaw:
            raise listing.flaw
        known.extend(listing.rows)
        waiting = len(door.exchange.waiting(PacketKind.DOCUMENT))
        units = len({agency.code for agency in known})
        rehearsal = "; REHEARSAL: nothing is sent on it" if door.rehearsal else ""
        return f"answers: {units} units, {waiting} document(s) waiting{rehearsal}"

    advice = (
        "check exchange.url, exchange.protocol, exchange.system_id, its secret and the network; "
        "with protocol lgsp exchange.lgsp, too"
    )
    answer = _asked("exchange", advice, ask)
    if not answer.ok:
        return [answer]
    return [answer, *examine_organs(app, known, now)]


def _further(door: ExchangeDoor) -> Check:
    """Check a door that documents are only taken from."""
    name = f"door {door.name}"
    for folder in door.folders:
        wrong = _unusable(folder, must_exist=folder == door.folders[0])
        if wrong:
            return Check(name=name, ok=False, what=wrong[0], advice=wrong[1])

    def ask() -> str:
        if Ability.RECEIVE not in door.exchange.abilities:
            return f"answers: {len(door.exchange.sent(PacketKind.DOCUMENT))} entries of sent ones"
        listed = len(door.exchange.waiting(PacketKind.DOCUMENT))
        return "can be read and written" if door.folders else f"answers: lists {listed} document(s)"

    if door.folders:
        return _asked(name, f"look at the folder {door.folders[0]}", ask)
    advice = "check the addresses and the account of this door, its mapping file and the network"
    return _asked(name, advice, ask)


def _unusable(folder: Path, *, must_exist: bool) -> tuple[str, str] | None:
    """Return what is wrong with a folder of a door, and what to do."""
    if not folder.is_dir() or (folder.is_symlink() and not must_exist):
        if not must_exist and not os.path.lexists(folder):
            return None
        what = f"{folder} is no folder" if os.path.lexists(folder) else f"{folder} is not there"
        return what, "make the folder itself, or connect the share that it lies on"
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        what = f"{folder} cannot be read and written"
        return what, "give Dondoc's user the right to read and write there: files are moved"
    return None


def _mail(app: App) -> list[Check]:
    if app.mail is None:
        return [Check(name="mail", ok=True, what="none is configured")]
    return [*examine_logins(app.mail), _smtp(app.mail), examine_senders(app.proof)]


def _inboxes(app: App) -> list[Check]:
    return [_folder(inbox, folder) for inbox in app.inboxes for folder in _asked_for(inbox)]


def _smtp(door: MailDoor) -> Check:
    def ask() -> str:
        if not isinstance(door.transport, Greeting):
            return "cannot be asked without sending"
        door.transport.check()
        return f"the server answers and lets us in{_rehearsal(door)}"

    name = "ews" if door.inbox.protocol == "ews" else "smtp"
    return _asked(name, _MAIL_ADVICE[name], ask)


def _rehearsal(door: MailDoor) -> str:
    if door.redirected is None:
        return ""
    return f"; REHEARSAL: every letter goes to {door.redirected}, none to an office"


def _asked_for(inbox: Inbox) -> tuple[str, ...]:
    return inbox.folders if inbox.sent_in is None else (*inbox.folders, inbox.sent_in)


def _folder(inbox: Inbox, folder: str) -> Check:
    def ask() -> str:
        inbox.mailbox.contains(folder, _NOT_OURS)
        return f"{folder} can be opened and searched"

    return _asked(inbox.protocol, _MAIL_ADVICE[inbox.protocol], ask)
