"""The directory's identifiers beside the exchange's own table of units.

Letters always go to ``organ_id`` as it stands in the directory: where the table calls the office
otherwise, only a person may change that.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from domain.exchange import Agency
from domain.ids import OrganId
from domain.office import Directory, Office
from domain.organs import OrganTable, Sameness
from dondoc.app import App
from dondoc.services.doctor_check import Check
from dondoc.services.organs import table_door, table_in_force
from mappings.agencies import read_agencies, write_agencies
from mappings.edxml.identifiers import compare_organs
from mappings.names.fold import fold
from mappings.names.mentions import mentions
from schedulers.calendar import local_day

OLD = timedelta(days=7)
"""An age of the table that is worth a word: it is asked for every day."""

_NAMED = 5
_TOLD = 20


def examine_organs(app: App, rows: Sequence[Agency], now: datetime) -> list[Check]:
    """Compare what the exchange lists now with our own identifier and with the directory's."""
    table = OrganTable(read_agencies(write_agencies(rows)))
    return [_own_unit(app.unit.organ_id, table), _recipients(app.directory, table, now)]


def examine_table(app: App, now: datetime) -> list[Check]:
    """Say which table identifiers are compared by, how old and how large; asks nobody."""
    if table_door(app) is None:
        return []
    state = table_in_force(app)
    if state is None:
        what = "none was taken yet, so old and new identifiers are compared by the formula only"
        return [Check(name="units", ok=True, what=f"{what}; the daemon takes the table by itself")]
    days = (now - state.confirmed_at) // timedelta(days=1)
    what = (
        f"the table of {local_day(state.taken_at)}, confirmed {local_day(state.confirmed_at)} "
        f"({days} day(s) ago): {state.units} units, {state.pairs} old identifiers"
    )
    old = "the exchange has not confirmed it for long; look at the daemon's log for agencies_"
    details = (old,) if now - state.confirmed_at > OLD else ()
    return [Check(name="units", ok=True, what=what, details=details)]


def _own_unit(own: OrganId, table: OrganTable) -> Check:
    if not table.knows(own):
        what = f"the exchange has no unit {own}"
        advice = "correct unit.organ_id, or have the operator of the exchange register it"
        return Check(name="own unit", ok=False, what=what, advice=advice)
    told = tuple(_renumbered(own, table, "unit.organ_id"))
    return Check(name="own unit", ok=True, what=f"the exchange knows {own}", details=told)


def _recipients(directory: Directory, table: OrganTable, now: datetime) -> Check:
    """Find offices that a sending would be refused for; those without identifier get mail."""
    today = local_day(now)
    asked = [o for o in directory.offices if o.organ_id is not None and o.valid_on(today)]
    unknown = [o for o in asked if o.organ_id and not table.knows(o.organ_id)]
    lines = [line for office in asked for line in _told(office, directory, table, now)]
    if not unknown:
        what = f"the exchange knows all {len(asked)} offices that have an identifier"
        return Check(name="recipients", ok=True, what=what, details=_some(lines))
    more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
    return Check(
        name="recipients",
        ok=False,
        what=f"the exchange does not know {', '.join(o.id for o in unknown[:_NAMED])}{more}",
        advice="correct organ_id in the directory, or leave it out so that the office gets mail",
        details=_some(lines),
    )


def _told(office: Office, directory: Directory, table: OrganTable, now: datetime) -> Iterator[str]:
    """Yield what is odd about one office, each with what to do."""
    organ, old = office.organ_id or OrganId(""), office.organ_id_old
    before = table.unit(old) if old else None
    if not table.knows(organ):
        if before is not None:
            yield (
                f"{office.id}: the exchange has no {organ}, but knows {old} as {before.code} "
                f"({before.name}); write that as organ_id if it is this office"
            )
        return
    yield from (f"{office.id}: {line}" for line in _renumbered(organ, table, "organ_id"))
    unit = table.unit(organ)
    if unit is not None and old and compare_organs(table, organ, old) is Sameness.NONE:
        owner = f"is {before.code} ({before.name}) there" if before else "is no other form of it"
        yield (
            f"{office.id}: the exchange has {organ}, and organ_id_old {old} {owner}; correct "
            "organ_id_old, or what comes under it is counted for this office"
        )
    if unit is not None and not _called(office, unit.name, directory, now):
        yield (
            f"{office.id}: the exchange calls {organ} {unit.name!r}; correct organ_id if that is "
            "another office, else add the name to its aliases"
        )


def _renumbered(organ: OrganId, table: OrganTable, key: str) -> Iterator[str]:
    unit = table.unit(organ)
    if unit is None:
        yield f"{organ} names several units; ask the operator of the exchange which code to use"
    elif unit.code.upper() != organ.strip().upper():
        yield (
            f"the exchange has {unit.code} in place of {organ}; write that as {key} when the "
            f"operator says so, letters go to {organ} until then"
        )


def _called(office: Office, name: str, directory: Directory, now: datetime) -> bool:
    """Tell whether a name of the table may be this office's; a blank one says nothing."""
    if fold(name) in {"", *map(fold, (office.name, *office.aliases))}:
        return True
    return any(office.id in m.offices for m in mentions(name, directory, local_day(now)))


def _some(lines: Iterable[str]) -> tuple[str, ...]:
    found = tuple(lines)
    more = (f"and {len(found) - _TOLD} more",) if len(found) > _TOLD else ()
    return (*found[:_TOLD], *more)
