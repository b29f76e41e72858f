"""Events in the table of a SQL database, read inside a transaction."""

from collections.abc import Iterator

from sqlalchemy import Connection, RowMapping, Select, select

from connector.store import codec
from connector.store.schema import EVENTS
from domain.facts import Recorded
from domain.ids import CampaignId, OfficeId

PAGE = 500
"""Events read at a time: a reader that pauses between two pages holds no connection."""


def events_of(
    connection: Connection,
    *,
    after: int = 0,
    campaign: CampaignId | None = None,
    office: OfficeId | None = None,
) -> Iterator[Recorded]:
    """Yield recorded events in order, all or those about one campaign or office."""
    query = page(campaign=campaign, office=office)
    full = True
    while full:
        found = connection.execute(query.where(EVENTS.c.sequence > after)).mappings().all()
        full = len(found) == PAGE
        for columns in found:
            yield recorded_of(columns)
            after = columns["sequence"]


def page(*, campaign: CampaignId | None, office: OfficeId | None) -> Select[tuple[object, ...]]:
    """Return the query of one page of events, without where it begins."""
    given = {"campaign": campaign, "office": office}
    wanted = [EVENTS.c[name] == value for name, value in given.items() if value is not None]
    return select(EVENTS).where(*wanted).order_by(EVENTS.c.sequence).limit(PAGE)


def event_under(connection: Connection, source: str, source_key: str) -> Recorded | None:
    """Return the event that stands under this source and source key, or None."""
    same = (EVENTS.c.source == source, EVENTS.c.source_key == source_key)
    found = connection.execute(select(EVENTS).where(*same)).mappings().first()
    return recorded_of(found) if found is not None else None


def newest_event(connection: Connection) -> Recorded | None:
    """Return the event that was recorded last, or None before the first."""
    query = select(EVENTS).order_by(EVENTS.c.sequence.desc()).limit(1)
    found = connection.execute(query).mappings().first()
    return recorded_of(found) if found is not None else None


def recorded_of(columns: RowMapping) -> Recorded:
    """Return the event that a row of the table holds; raises ``StoreFailed``."""
    return codec.recorded_of({str(name): value for name, value in columns.items()})
