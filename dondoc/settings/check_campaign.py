"""What a campaign must find outside its own file: offices, doors, working days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domain.campaign import Channel, ChannelChoice, ExchangeMode
from domain.enclosure import OverSize
from domain.errors import Problem
from domain.ids import OfficeId
from domain.office import Directory, Office
from domain.recipients import doors, successor
from domain.words import Words, say
from dondoc.settings.check_directory import unknown_office
from dondoc.settings.check_recipients import Reach, check_recipients
from dondoc.settings.convert import to_rounds
from dondoc.settings.doors import Mappings
from dondoc.settings.models import CampaignFile, ForwardEntry
from dondoc.settings.models_doors import RestEntry
from dondoc.settings.models_main import MainFile
from dondoc.settings.placed import Placed
from schedulers.calendar import WorkingCalendar, due_date

PlacedCampaign = Placed[CampaignFile]

_DAYS = (
    say("Monday"),
    say("Tuesday"),
    say("Wednesday"),
    say("Thursday"),
    say("Friday"),
    say("Saturday"),
    say("Sunday"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What campaigns refer to. ``known`` is None when the directory could not be read whole, and
    ``whole`` tells whether all of its offices are sound.

    ``years`` are those of which yearly deadlines are looked at; without a ``day`` only what holds
    on every day is.
    """

    directory: Directory
    known: frozenset[str] | None
    whole: bool
    calendar: WorkingCalendar
    years: tuple[int, ...]
    day: date | None
    main: MainFile | None
    mappings: Mappings

    @property
    def shows_sendings(self) -> bool:
        """Tell whether a door shows what the e-office sent, or how receivers answered it.

        Unknown counts as yes: a mapping file that is not sound is a problem of its own.
        """
        if self.main is None or self.main.exchange is not None:
            return True
        return any(door.folder or self._lists_sent(door.rest) for door in self.main.doors)

    @property
    def rehearsal(self) -> bool:
        """Tell whether every mail goes to one address instead of the offices."""
        return bool(self.main and self.main.mail and self.main.mail.redirect_all)

    def reach(self, known: frozenset[str]) -> Reach:
        """Return whom campaigns can mean."""
        return Reach(
            directory=self.directory,
            known=known,
            whole=self.whole,
            channels=frozenset(filter(self.usable, Channel)),
            day=self.day,
        )

    def _lists_sent(self, rest: RestEntry | None) -> bool:
        mapping = self.mappings.get(rest.mapping) if rest else None
        return rest is not None and (mapping is None or mapping.rules.sent is not None)

    def usable(self, channel: Channel) -> bool:
        """Tell whether we have an account on a channel; unknown counts as yes."""
        if self.main is None:
            return True
        account = self.main.exchange if channel is Channel.EXCHANGE else self.main.mail
        return account is not None


def check_campaigns(campaigns: Sequence[PlacedCampaign], around: Surroundings) -> Iterator[Problem]:
    """Find what campaigns name and the rest of the configuration lacks."""
    first: dict[str, PlacedCampaign] = {}
    for campaign in campaigns:
        other = first.setdefault(campaign.entry.id, campaign)
        if other is not campaign:
            yield campaign.problem(
                ("id",),
                say(
                    "two campaigns have the id {id}, the first in {place}",
                    id=campaign.entry.id,
                    place=other.where(("id",)),
                ),
                say("give each campaign an id of its own"),
            )
        yield from _accounts(campaign, around)
        if around.known is not None:
            yield from check_recipients(campaign, around.reach(around.known))
            yield from _forward(campaign, around, around.known)
        yield from _deadlines(campaign, around)
        yield from _over_size(campaign)


def _over_size(campaign: PlacedCampaign) -> Iterator[Problem]:
    entry = campaign.entry
    if entry.over_size is OverSize.LINK and not entry.source_url and entry.portal is None:
        yield campaign.problem(
            ("over_size",),
            say("{id} sends large files by link, but no address is given", id=entry.id),
            say(
                "add source_url, or write over_size: parts; a letter with a file over "
                "mail.smtp.max_megabytes waits until then"
            ),
            warning=True,
        )


def _accounts(campaign: PlacedCampaign, around: Surroundings) -> Iterator[Problem]:
    mode = campaign.entry.exchange
    if mode is ExchangeMode.FOLLOW and not around.shows_sendings:
        yield campaign.problem(
            ("exchange",),
            say("{id} follows the e-office's sending, but no door shows it", id=campaign.entry.id),
            say(
                "add the exchange section, a folder for status messages, or a rest door whose "
                "mapping has sent; docs/doors.md says what each door can do"
            ),
        )
    if mode is ExchangeMode.SEND and not around.usable(Channel.EXCHANGE):
        yield campaign.problem(
            ("exchange",),
            say(
                "{id} uses the exchange, but dondoc.yaml has no exchange section",
                id=campaign.entry.id,
            ),
            say("add the section, or set exchange: off"),
        )
    elif mode is ExchangeMode.SEND and around.rehearsal:
        yield campaign.problem(
            ("exchange",),
            say(
                "{id} sends on the exchange, but mail.redirect_all redirects mail only: a "
                "rehearsal would send to the offices",
                id=campaign.entry.id,
            ),
            say("write exchange: off for the rehearsal, or take mail.redirect_all out"),
        )
    if mode is not ExchangeMode.SEND and not around.usable(Channel.EMAIL):
        yield campaign.problem(
            ("exchange",),
            say(
                "{id} can send by mail only, but dondoc.yaml has no mail section",
                id=campaign.entry.id,
            ),
            say("add the section, or set exchange: send"),
        )
    for index, rule in enumerate(campaign.entry.recipients):
        wants_mail = rule.channels in {ChannelChoice.BOTH, ChannelChoice.PREFER_EMAIL}
        if wants_mail and not around.usable(Channel.EMAIL):
            yield campaign.problem(
                ("recipients", index, "channels"),
                say(
                    "channels {channels} uses mail, but dondoc.yaml has no mail section",
                    channels=rule.channels,
                ),
                say("add the section, or write prefer_exchange"),
            )


def _forward(
    campaign: PlacedCampaign, around: Surroundings, known: frozenset[str]
) -> Iterator[Problem]:
    rule = campaign.entry.forward
    if rule is None:
        if campaign.entry.compile is not None:
            yield campaign.problem(
                ("compile",),
                say("{id} compiles a report that goes to nobody", id=campaign.entry.id),
                say("add forward with the Department's office, unless a person carries it there"),
                warning=True,
            )
        return
    if rule.office not in known:
        yield campaign.problem(("forward", "office"), *unknown_office(rule.office, known))
        return
    yield from _department(campaign, rule, around)


def _department(
    campaign: PlacedCampaign, rule: ForwardEntry, around: Surroundings
) -> Iterator[Problem]:
    line = _line(around.directory, OfficeId(rule.office), campaign.entry.function)
    for office in line:
        found = doors(office, rule.channels, campaign.entry.exchange)
        if not any(around.usable(channel) for channel, _ in found):
            yield campaign.problem(
                ("forward", "office"),
                say("the compilation cannot reach {id}", id=office.id),
                say("give that office an organ_id or a mail address for a channel that is set up"),
            )
    if line and line[-1].valid_to is not None:
        yield campaign.problem(
            ("forward", "office"),
            say(
                "{id} ends on {day} and no later office succeeds it",
                id=line[-1].id,
                day=line[-1].valid_to,
            ),
            say("name its successor in the directory"),
            warning=True,
        )


def _line(directory: Directory, office: OfficeId, function: str | None) -> list[Office]:
    """Return an office and those that follow it, each as it is when its predecessor has ended."""
    line: list[Office] = []
    following: OfficeId | None = office
    while following is not None:
        found = directory.get(following)
        if found is None or found in line:
            break
        line.append(found)
        following = None
        if found.valid_to is not None:
            following = successor(directory, found.id, function, found.valid_to + timedelta(days=1))
    return line


def _deadlines(campaign: PlacedCampaign, around: Surroundings) -> Iterator[Problem]:
    rule = to_rounds(campaign.entry.rounds)
    days = [due_date(rule, year) for year in around.years] if rule.yearly else [rule.due_on]
    for day in filter(None, days):
        if not around.calendar.is_working(day):
            yield campaign.problem(
                ("rounds", "yearly" if rule.yearly else "once"),
                say(
                    "the deadline {day} is a day off ({weekday})",
                    day=day,
                    weekday=_DAYS[day.weekday()],
                ),
                _last_day(around.calendar, day, before=rule.before),
                warning=True,
            )


def _last_day(calendar: WorkingCalendar, day: date, *, before: bool) -> Words:
    last = calendar.practical(day, before=before)
    return say("the last working day in time is {day}", day=last)
