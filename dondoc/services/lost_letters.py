"""Letters of ours that the ledger does not know, recognised by what only our key can make.

A dispatch is named by its campaign, round, office, kind and occurrence, and its token follows from
that name and the key. So a token that belongs to no dispatch is compared with those of whatever
Dondoc may have sent to the offices that the message itself names.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import assert_never

from domain.campaign import Channel
from domain.errors import ConfigError
from domain.facts import About
from domain.ids import Address, CampaignId, OfficeId, RoundId
from domain.kinds import DispatchKind
from domain.reading import Clue, MailContent, Via
from domain.state import DispatchState, RoundState
from dondoc.app import App
from dondoc.services.live import ANSWERABLE
from dondoc.services.sending import name_of
from mappings.mail.tokens import reply_token, token_in
from schedulers.calendar import local_day
from schedulers.reminders import possible_occurrences
from schedulers.replacement import POSSIBLE_COUNTS, POSSIBLE_NUMBERS

_TOKENS = 50
"""Tokens of one message that are looked for; a person's answer bears one or two."""

_YEARS = (-1, 0, 1)
"""Rounds are named by the year of their deadline; the ledger may not know the latest."""


def proving_tokens(app: App, content: MailContent) -> tuple[str, ...]:
    """Return the tokens by which a message proves that a letter has left, each once.

    Of the letters that it follows the nearest alone counts: our own letters name earlier ones in
    their References, whether or not those left.
    """
    ours = {address for inbox in app.inboxes for address in inbox.addresses}
    if content.sender in ours:
        messages = [content.message_id]
    else:
        reported = (r.original_message_id for r in content.reports)
        messages = [*content.thread[:1], *filter(None, reported)]
    envelopes = (r.envelope_id for r in content.reports)
    named = (token_in(message) for message in messages)
    found = filter(None, chain(content.tokens, envelopes, named))
    return tuple(dict.fromkeys(found))[:_TOKENS]


def lost_letters(
    app: App, content: MailContent, known: Iterable[Clue], at: datetime
) -> tuple[Clue, ...]:
    """Return the letters that a message proves and the ledger does not know.

    ``known`` are the dispatches that it points at. Nothing without the key.
    """
    tokens = set(proving_tokens(app, content))
    rows = (app.ledger.get(DispatchState, (one.dispatch,)) for one in known)
    tokens -= {row.token for row in rows if row}
    if not tokens:
        return ()
    addresses = [content.sender, *content.recipients, *(r.recipient for r in content.reports)]
    offices = _owners(app, filter(None, addresses))
    if not offices:
        return ()
    try:
        key = app.token_key()
    except ConfigError:
        # Whoever only looks at a message may not have the key.
        return ()
    possible = possible_letters(app, offices, Channel.EMAIL, at)
    return tuple(one for one in possible if reply_token(key, one.dispatch) in tokens)


def possible_letters(
    app: App, offices: Iterable[OfficeId], channel: Channel, at: datetime
) -> Iterator[Clue]:
    """Yield whatever may have been sent to these offices by a door."""
    today = local_day(at)
    possible = [(kind, each) for kind in DispatchKind for each in _occurrences(kind, today)]
    for office in offices:
        for campaign in app.campaigns:
            for period in _rounds(app, campaign, at):
                about = About(campaign=campaign, round=period, office=office)
                for kind, occurrence in possible:
                    yield Clue(
                        via=Via.TOKEN,
                        dispatch=name_of(about, kind, occurrence, channel),
                        campaign=campaign,
                        round=period,
                        office=office,
                    )


def _occurrences(kind: DispatchKind, today: date) -> Sequence[int]:
    match kind:
        case DispatchKind.REMINDER:
            return possible_occurrences(today)
        case DispatchKind.COMPILATION | DispatchKind.RECALL | DispatchKind.REPLACEMENT:
            return POSSIBLE_NUMBERS
        case DispatchKind.DIRECTIVE | DispatchKind.NOTICE | DispatchKind.PART:
            return POSSIBLE_COUNTS
        case _:
            assert_never(kind)


def answerable_lost(lost: Iterable[Clue]) -> list[Clue]:
    """Keep the letters that an office may answer, by their names."""
    kinds = {kind.value for kind in ANSWERABLE}
    return [one for one in lost if one.dispatch.split("/")[-3] in kinds]


def _rounds(app: App, campaign: CampaignId, at: datetime) -> list[RoundId]:
    known = [row.round for row in app.ledger.select(RoundState, campaign=campaign)]
    year = local_day(at).year
    return list(dict.fromkeys([*known, *(RoundId(str(year + one)) for one in _YEARS)]))


def _owners(app: App, addresses: Iterable[Address]) -> list[OfficeId]:
    owners = chain.from_iterable(map(app.directory.owners, addresses))
    return list(dict.fromkeys(office.id for office in owners))
