"""`dondoc plan` tells each letter that another set sends or drops, in either direction."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest

from domain.campaign import CanaryRule, Channel, ChannelChoice, ExchangeMode, ReminderRule
from domain.errors import PeerUnavailable
from domain.ids import Address, OfficeId
from domain.kinds import DispatchKind
from domain.office import Directory
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.services.difference import differences
from dondoc.services.difference_of_letters import Difference, Subject
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from schedulers.quiet import QuietHours
from tests.checkout import ROOT
from tests.integration.services.service_parts import (
    CAMPAIGN,
    MINH_TIEN,
    RULES,
    Y_TE,
    YEN_SON,
    short_letter,
)
from tests.integration.services.service_world import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

PREFERRED = replace(
    RULES,
    recipients=tuple(replace(r, channels=ChannelChoice.PREFER_EXCHANGE) for r in RULES.recipients),
)


def the_set(world: World) -> Settings:
    example = load_settings(ROOT / "config" / "dondoc.yaml")
    return replace(example, campaigns=world.app.campaigns, directory=world.app.directory)


def told(world: World, old: Settings, new: Settings, later: timedelta = HOUR) -> list[Difference]:
    app = replace(world.app, campaigns=new.campaigns, directory=new.directory)
    return differences(old, new, app, world.now + later)


def ruled(old: Settings, **members: object) -> Settings:
    rules = replace(old.campaigns[CAMPAIGN], **members)  # type: ignore[arg-type]
    return replace(old, campaigns={CAMPAIGN: rules})


def letters(found: Sequence[Difference]) -> list[tuple[OfficeId | None, str, str]]:
    return [(d.office, d.before, d.after) for d in found if d.subject is Subject.LETTER]


def began_down(world: World) -> None:
    """Take the directive while no letter can leave."""
    world.put(short_letter())
    world.exchange.errors["send"] = world.line.cut = PeerUnavailable("server", "no route")
    world.turn()


def test_a_change_of_channels_is_told_and_sends_nothing_again(world: World) -> None:
    world.change(campaigns={CAMPAIGN: PREFERRED})
    world.began()
    (rule,) = told(world, old := the_set(world), ruled(old, recipients=RULES.recipients))
    assert (rule.subject, rule.name) == (Subject.RULE, "recipients")
    assert rule.before == "xa: report by prefer_exchange; biet: information by prefer_exchange"
    assert rule.after == "xa: report by both; biet: information by prefer_email"
    world.change(campaigns={CAMPAIGN: RULES})
    before = world.app.ledger.select(DispatchState)
    world.turn(later=HOUR)
    assert world.app.ledger.select(DispatchState) == before


def test_a_rule_for_first_letters_that_comes_after_all_have_gone_holds_none(begun: World) -> None:
    waiting = the_set(begun)
    held = ruled(waiting, canary=CanaryRule(first=1, stop_above_percent=10, wait=HOUR))
    # The first letters went before the rule: nobody waits.
    assert letters(told(begun, held, waiting)) == []


def test_both_sides_of_letters_that_wait_for_the_first_ones(world: World) -> None:
    canary = CanaryRule(first=1, stop_above_percent=10, wait=HOUR)
    world.change(campaigns={CAMPAIGN: replace(RULES, canary=canary)})
    began_down(world)
    held = the_set(world)
    free = ruled(held, canary=None)
    sent = (
        (Y_TE, "directive by exchange to H37.99.2"),
        (MINH_TIEN, "directive by email to xaminhtien@huulung.example"),
    )
    come = letters(told(world, held, free, timedelta()))
    assert {(office, after) for office, before, after in come if not before} >= set(sent)
    gone = letters(told(world, free, held, timedelta()))
    assert {(office, before) for office, before, after in gone if not after} >= set(sent)
    holds = [d for d in told(world, free, held, timedelta()) if d.subject is Subject.DUE]
    assert [d.after for d in holds] == ["hold_letters"]


def test_a_letter_that_has_not_left_is_told_as_dropped(world: World) -> None:
    began_down(world)
    assert world.dispatch(Y_TE, Channel.EXCHANGE).status is DispatchStatus.DEFERRED
    found = told(world, old := the_set(world), ruled(old, exchange=ExchangeMode.OFF))
    (dropped,) = [d for d in found if d.office == Y_TE]
    assert dropped.before == "H37.99.2"
    assert dropped.follows == "what has not left is dropped, and nothing more is written there"


def test_letters_that_wait_for_the_end_of_quiet_hours_are_told(world: World) -> None:
    began_down(world)
    mail = world.app.mail
    assert mail is not None
    old = the_set(world)
    assert old.mail is not None
    quiet = QuietHours(begins=time(0, 0), ends=time(23, 59))
    new = replace(old, mail=replace(old.mail, quiet_hours=quiet))
    waiting = letters(told(world, old, new))
    assert (
        MINH_TIEN,
        "directive by email to xaminhtien@huulung.example handed over",
        "",
    ) in waiting


def test_reminders_that_another_rule_sends_are_told(begun: World) -> None:
    begun.now = begun.round().due_at - 2 * DAY
    old = the_set(begun)
    never = ruled(old, reminders=ReminderRule(before=(), after=()))
    reminded = [office for office, _, after in letters(told(begun, never, old, timedelta()))]
    assert set(reminded) == {YEN_SON, MINH_TIEN, Y_TE}
    gone = [office for office, before, _ in letters(told(begun, old, never, timedelta())) if before]
    assert set(gone) == set(reminded)


@pytest.mark.parametrize(
    "change",
    [
        lambda old: old,
        lambda old: ruled(old, keywords=("NQ 47",)),
        lambda old: ruled(old, exchange=ExchangeMode.FOLLOW),
    ],
)
def test_what_sends_nothing_tells_no_letter(
    begun: World, change: Callable[[Settings], Settings]
) -> None:
    old = the_set(begun)
    assert letters(told(begun, old, change(old))) == []


def test_an_address_explains_its_letters_in_each_round_that_is_open(begun: World) -> None:
    begun.now = begun.round().due_at + 350 * DAY
    begun.turn()
    old = the_set(begun)
    moved = Directory(
        replace(o, emails=(Address("moi@huulung.example"),)) if o.id == MINH_TIEN else o
        for o in old.directory.offices
    )
    found = told(begun, old, replace(old, directory=moved))
    assert [(d.subject, d.round, d.office) for d in found] == [
        (Subject.ADDRESS, "2024", MINH_TIEN),
        (Subject.ADDRESS, "2025", MINH_TIEN),
    ]
    notice = begun.dispatch(MINH_TIEN, Channel.EMAIL, DispatchKind.NOTICE)
    assert notice.round == "2025"


def test_an_office_that_leaves_the_directory_is_told_by_its_name(begun: World) -> None:
    old = the_set(begun)
    without = Directory(o for o in old.directory.offices if o.id != MINH_TIEN)
    found = told(begun, old, replace(old, directory=without))
    (gone,) = [d for d in found if d.subject is Subject.REMOVED]
    office = old.directory.get(MINH_TIEN)
    assert office is not None
    assert (gone.office, gone.name) == (MINH_TIEN, office.name)
