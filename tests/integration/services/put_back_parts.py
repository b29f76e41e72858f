"""An older ledger in the place of a newer one, and what came of it."""

from collections.abc import Callable
from datetime import timedelta

from connector.store.memory import MemoryLedger
from domain.facts import StoreRestored
from domain.ids import OfficeId
from domain.ports import Ledger
from dondoc.app import Noticing
from dondoc.demo.copies import MARK
from dondoc.demo.office_mail import Received
from tests.integration.services.service_world import World

HOUR = timedelta(hours=1)


def copied(ledger: Ledger, upto: Callable[[object], bool], *, since: int = 0) -> MemoryLedger:
    """Return a ledger with the events before the first one of which ``upto`` is true.

    Those until the event ``since`` are copied whatever they are.
    """
    copy = MemoryLedger()
    for one in ledger.events():
        if one.sequence > since and upto(one.event.fact):
            break
        copy.append([one.event], recorded_at=one.recorded_at)
    return copy


def attempted(fact: object) -> bool:
    return type(fact).__name__ == "DispatchAttempted"


def planned(fact: object) -> bool:
    return type(fact).__name__ == "DispatchPlanned"


def put_back(world: World, ledger: Ledger) -> None:
    """Put an older ledger in place, under a daemon that is started anew."""
    world.change(ledger=ledger, noticing=Noticing())


def restored(world: World) -> list[StoreRestored]:
    facts = (one.event.fact for one in world.app.ledger.events())
    return [fact for fact in facts if isinstance(fact, StoreRestored)]


def copies(world: World, office: OfficeId) -> list[bool]:
    """Return the letters in an office's mailbox, each by whether it says that it may be a copy."""
    found = world.mail.mail_for(world.office(office).emails[0])
    return [MARK in " ".join(Received.of(raw).text.split()) for raw in found]
