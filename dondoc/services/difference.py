"""What another set of configuration changes in campaigns that are under way, before it acts.

Both sets are looked at over the same ledger, at the same instant; nothing is recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from datetime import date, datetime

from domain.campaign import Campaign, Channel, RecipientRule
from domain.ids import CampaignId, OfficeId, RoundId
from domain.intents import (
    AddRecipient,
    AskPerson,
    CancelDispatch,
    Intent,
    PassDuty,
    PlanDispatch,
    RemoveRecipient,
    RestoreRecipient,
)
from domain.kinds import ReviewKind
from domain.office import Directory
from domain.recipients import doors_on
from domain.state import AssignmentState
from dondoc.app import App
from dondoc.services.difference_of_intents import intent_differences, without
from dondoc.services.difference_of_letters import Difference, Subject, letter_differences
from dondoc.services.picture import picture_of
from dondoc.services.rule_words import said
from dondoc.settings.records import Settings
from dondoc.settings.unchangeable import same_accounts, unchangeable
from schedulers.calendar import local_day
from schedulers.doors import address_now
from schedulers.due import due
from schedulers.picture import Picture
from schedulers.recall import taken_back
from schedulers.taking_part import recipients_of

_OF_RULE = {
    "recipients": "who comes and goes follows below; who has the letter gets it by no further door",
    "title": "stands over the status from now on",
    "intake": "the directive has been taken already; a replacement is known by it",
    "exchange": "letters that have not left follow it, what has left stays as it is",
    "rounds": "rounds that are open keep their deadlines; later ones follow it",
    "reminders": "reminders to come follow it, also for rounds that are open",
    "compile": "the next version of a result follows it",
    "forward": "a result that is not forwarded yet goes there",
    "canary": "who waits follows it; once a person was asked, only the answer sends to the others",
    "function": "successors are chosen by it when an office ends or a later round opens",
}
_OF_OTHER_RULE = "holds from now on; what was sent stays as it is"


def differences(old: Settings, new: Settings, app: App, now: datetime) -> list[Difference]:
    """Return what changes when ``new`` takes the place of ``old``, the widest first.

    ``app`` is the store as ``new`` opens it.
    """
    found = [
        Difference(subject=Subject.RESTART, follows=sentence) for sentence in unchangeable(old, new)
    ]
    if not same_accounts(old, new):
        follows = "connections are closed and made anew with the changed accounts"
        found.append(Difference(subject=Subject.ACCOUNTS, follows=follows))
    if old.calendar != new.calendar:
        follows = "reminders and compilations to come are counted by the new days off"
        found.append(Difference(subject=Subject.CALENDAR, follows=follows))
    found += letter_differences(old, new, app)
    for name in dict.fromkeys((*old.campaigns, *new.campaigns)):
        found += _of_campaign(old, new, name, app, now)
    return found


def _of_campaign(
    old: Settings, new: Settings, name: CampaignId, app: App, now: datetime
) -> list[Difference]:
    before, after = old.campaigns.get(name), new.campaigns.get(name)
    rules = after or before
    running = picture_of(app, rules) if rules else None
    of_all = Difference(subject=Subject.CAMPAIGN, campaign=name, follows="")
    if after is None:
        stands = "it stands still: nothing is sent, and it goes on when it is there again"
        follows = stands if running else "its directive is not waited for any more"
        return [replace(of_all, before="there", follows=follows)]
    if before is None:
        follows = "it goes on where it stood" if running else "its directive is waited for"
        return [replace(of_all, after="there", follows=follows)]
    found = list(_rules(before, after))
    was, becomes = _seen(app, old, before), _seen(app, new, after)
    if was is None or becomes is None or not becomes.rounds:
        # Who gets a directive that has not come depends on its date.
        return found
    will, would = due(becomes, new.calendar, now), due(was, old.calendar, now)
    come, gone = without(will, would), without(would, will)
    found += _members(come, was, becomes, local_day(now))
    found += _expected(was, becomes)
    addresses = list(_addresses(was, becomes, come, local_day(now)))
    found += [difference for _, difference in addresses]
    found += intent_differences(come, gone, becomes, frozenset(way for way, _ in addresses))
    return found


def _seen(app: App, settings: Settings, campaign: Campaign) -> Picture | None:
    """Return a campaign as a daemon with these settings sees it."""
    found = picture_of(replace(app, directory=settings.directory), campaign)
    mail = settings.mail
    return found and replace(
        found,
        quiet=mail.quiet_hours if mail else None,
        mail_octets=mail.smtp.max_octets if mail and mail.smtp else None,
    )


def _rules(before: Campaign, after: Campaign) -> Iterator[Difference]:
    for field in fields(Campaign):
        was, becomes = getattr(before, field.name), getattr(after, field.name)
        if was != becomes:
            words = _recipients if field.name == "recipients" else said
            yield Difference(
                subject=Subject.RULE,
                campaign=after.id,
                name=field.name,
                before=words(was, becomes),
                after=words(becomes, was),
                follows=_OF_RULE.get(field.name, _OF_OTHER_RULE),
            )


def _recipients(rules: Iterable[RecipientRule], others: Sequence[RecipientRule]) -> str:
    """Say the rules that are none of the others."""
    found = [
        f"{rule.group or rule.office}: {rule.expected} by {rule.channels}"
        for rule in rules
        if rule not in others
    ]
    return "; ".join(found) or "the others"


def _members(
    moves: Iterable[Intent], was: Picture, picture: Picture, today: date
) -> Iterator[Difference]:
    named = (picture.directory, was.directory)
    for intent in moves:
        match intent:
            case AddRecipient():
                doors = ", ".join(_ways(picture, intent.about.office, today))
                ways = doors or "no door, a person is asked"
                yield _member(Subject.ADDED, intent, named, f"gets the directive, once: {ways}")
            case RemoveRecipient():
                dropped = "gets nothing more and owes nothing; what has not left is dropped"
                yield _member(Subject.REMOVED, intent, named, dropped)
            case RestoreRecipient():
                goes_on = "goes on where it was; no second letter if it has one"
                yield _member(Subject.RESTORED, intent, named, goes_on)
            case PassDuty():
                follows = f"{intent.why}; nothing more goes to it"
                yield _member(Subject.PASSED, intent, named, follows)
            case AskPerson(kind=ReviewKind.RECIPIENTS | ReviewKind.TOO_LATE | ReviewKind.ENDED):
                yield Difference(
                    subject=Subject.ASKED,
                    campaign=intent.about.campaign,
                    round=intent.about.round,
                    office=intent.about.office,
                    follows=intent.why,
                )


def _ways(picture: Picture, office: OfficeId | None, today: date) -> list[str]:
    directory, mode = picture.directory, picture.campaign.exchange
    for recipient in recipients_of(picture):
        if recipient.office.id == office:
            found = doors_on(today, recipient.office, recipient.channels, mode, directory)
            return [f"{channel} to {target}" for channel, target in found]
    entry = directory.get(office) if office else None
    address = directory.mail_to(entry, today) if entry else None
    return [f"email to {address}"] if address else []


def _member(
    subject: Subject,
    intent: AddRecipient | RemoveRecipient | RestoreRecipient | PassDuty,
    directories: Sequence[Directory],
    follows: str,
) -> Difference:
    """Say what becomes of an office; one that has left the directory bears its name of before."""
    about = intent.about
    entries = (one.get(about.office) for one in directories) if about.office else ()
    entry = next(filter(None, entries), None)
    return Difference(
        subject=subject,
        campaign=about.campaign,
        round=about.round,
        office=about.office,
        name=entry.name if entry else str(about.office),
        follows=follows,
    )


def _expected(was: Picture, becomes: Picture) -> Iterator[Difference]:
    before = {r.office.id: r.expected for r in recipients_of(was)}
    for recipient in recipients_of(becomes):
        office = recipient.office
        if before.get(office.id, recipient.expected) is not recipient.expected:
            yield Difference(
                subject=Subject.EXPECTED,
                campaign=becomes.campaign.id,
                office=office.id,
                name=office.name,
                before=before[office.id],
                after=recipient.expected,
                follows="rounds that are open keep what they expect; later ones follow it",
            )


def _addresses(
    was: Picture, becomes: Picture, moves: Sequence[Intent], today: date
) -> Iterator[tuple[tuple[RoundId, OfficeId, Channel], Difference]]:
    """Yield where offices are written to elsewhere, each with its round and its channel."""
    sent = {(i.about, i.channel, i.target) for i in moves if isinstance(i, PlanDispatch)}
    drops = (becomes.dispatch(i.dispatch) for i in moves if isinstance(i, CancelDispatch))
    dropped = {(d.about, d.channel) for d in drops if d is not None}
    for assignment in _open(becomes):
        for channel in Channel:
            before = address_now(was, assignment.office, channel, today)
            after = address_now(becomes, assignment.office, channel, today)
            if before == after:
                continue
            entry = becomes.directory.get(assignment.office)
            told = Difference(
                subject=Subject.ADDRESS,
                campaign=assignment.campaign,
                round=assignment.round,
                office=assignment.office,
                name=entry.name if entry else assignment.office,
                before=before or "",
                after=after or "",
                follows=_of_address(
                    after,
                    sends=(assignment.about, channel, after) in sent,
                    dropped=(assignment.about, channel) in dropped,
                ),
            )
            yield (assignment.round, assignment.office, channel), told


def _of_address(after: str | None, *, sends: bool, dropped: bool) -> str:
    if after is None:
        gone = "what has not left is dropped, and " if dropped else ""
        return f"{gone}nothing more is written there"
    if sends:
        return "the letter is sent there, once"
    if dropped:
        return "the letter that has not left is written anew to it"
    return "nothing is sent again; what is still to come goes there"


def _open(picture: Picture) -> list[AssignmentState]:
    """Return the assignments of every round that may still be written in."""
    return [
        assignment
        for round_state in picture.rounds
        if not picture.forwarded(round_state) and not taken_back(picture, round_state.round)
        for assignment in picture.assignments_of(round_state)
    ]
