"""Offices that may bear an identifier, found without comparing it with every office.

Whether one does is asked of ``organs`` all the same: the search leaves out only those of which
neither their text, nor the exchange's table, nor the formula can make the identifier theirs.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from domain.campaign import Channel
from domain.ids import CampaignId, OfficeId, OrganId, RoundId
from domain.office import Directory, Office
from domain.state import DispatchState
from dondoc.app import App
from dondoc.services.organs import table_held
from mappings.edxml.identifiers import formula_key

_Key = tuple[str, ...]


def may_bear(app: App, organ: OrganId) -> list[Office]:
    """Return the offices that an identifier may be of, in the order of the directory."""
    index = _by_key(app.directory)
    found = {place for key in _keys(app, organ) for place in index.get(key, ())}
    return [app.directory.offices[place] for place in sorted(found)]


def sent_in(
    app: App, campaign: CampaignId, round_id: RoundId, organ: OrganId
) -> list[DispatchState]:
    """Return what may have gone to an identifier in a round, in key order.

    An office is known by what its letters were addressed to, too: its identifier may have been
    changed in the directory since.
    """
    offices = {office.id for office in may_bear(app, organ)}
    former = _former(app, campaign, round_id)
    offices.update(*(former.get(key, ()) for key in _keys(app, organ)))
    found = [d for o in offices for d in app.ledger.dispatches_of(campaign, round_id, o)]
    return sorted(found, key=lambda dispatch: dispatch.key)


def _keys(app: App, organ: OrganId) -> Collection[_Key]:
    return {formula_key(form) for form in (organ, *table_held(app).forms(organ))}


@lru_cache(maxsize=8)  # a directory never changes once made
def _by_key(directory: Directory) -> Mapping[_Key, Sequence[int]]:
    found: dict[_Key, list[int]] = {}
    for place, office in enumerate(directory.offices):
        for organ in filter(None, (office.organ_id, office.organ_id_old)):
            found.setdefault(formula_key(organ), []).append(place)
    return found


def _former(
    app: App, campaign: CampaignId, round_id: RoundId
) -> Mapping[_Key, Collection[OfficeId]]:
    """Return the offices of a round by identifiers that only their letters bear."""
    known = app.lasting.former if app.lasting else {}
    if (campaign, round_id) not in known:
        found: dict[_Key, set[OfficeId]] = {}
        for dispatch in app.ledger.select(DispatchState, campaign=campaign, round=round_id):
            office, target = app.directory.get(dispatch.office), OrganId(dispatch.target)
            own = (office.organ_id, office.organ_id_old) if office else ()
            if dispatch.channel is Channel.EXCHANGE and target not in own:
                found.setdefault(formula_key(target), set()).add(dispatch.office)
        known[campaign, round_id] = found
    return known[campaign, round_id]
