"""Further mails of a letter: after it, never without it, and none that became needless."""

from dataclasses import replace

from domain import facts
from domain.ids import DispatchId
from domain.intents import CancelDispatch, Transmit
from domain.kinds import DispatchKind
from domain.state import DispatchState
from tests.unit.domain.round_story import Story, about, lost, taken
from tests.unit.domain.small_district import HOUR, START, YEN_SON
from tests.unit.schedulers.intents_found import MAIL, of

PART = DispatchId(f"nq47/2024/{YEN_SON}/part/1/email")


def story() -> Story:
    """Return a round whose letter to one commune has a further part; nothing has left."""
    found = Story().begin()
    for intent in found.due(START):
        found.perform(intent, START)
    letter = found.ledger.get(DispatchState, (MAIL,))
    assert letter is not None
    found.record(
        replace(
            first(found),
            dispatch=PART,
            kind=DispatchKind.PART,
            part_of=letter.dispatch,
        ),
        at=START,
    )
    return found


def first(found: Story) -> facts.DispatchPlanned:
    (fact,) = (
        one.event.fact
        for one in found.ledger.events()
        if isinstance(one.event.fact, facts.DispatchPlanned) and one.event.fact.dispatch == MAIL
    )
    return fact


def leaving(found: Story, hours: int = 0) -> list[DispatchId]:
    return [i.dispatch for i in of(Transmit, found.due(START + hours * HOUR))]


def dropped(found: Story, hours: int = 0) -> dict[DispatchId, str]:
    return {i.dispatch: i.why for i in of(CancelDispatch, found.due(START + hours * HOUR))}


def test_a_part_leaves_once_its_letter_was_taken() -> None:
    told = story()
    assert MAIL in leaving(told)
    assert PART not in leaving(told)
    told.run(START)
    part = told.ledger.get(DispatchState, (PART,))
    assert part is not None
    assert part.accepted_at == START


def test_a_part_waits_while_it_is_not_known_whether_its_letter_arrived() -> None:
    told = story()
    told.run(START, lambda d, now: lost(d, now) if d.dispatch == MAIL else taken(d, now))
    assert leaving(told, hours=0) == []
    assert dropped(told) == {}
    told.run(START + 2 * HOUR)
    part = told.ledger.get(DispatchState, (PART,))
    assert part is not None
    assert part.accepted_at == START + 2 * HOUR


def test_no_part_goes_to_whom_the_letter_could_not_be_brought() -> None:
    told = story()
    told.record(
        facts.DispatchAttempted(dispatch=MAIL, about=about(YEN_SON), attempt=1),
        facts.DispatchRefused(dispatch=MAIL, about=about(YEN_SON), reason="550"),
    )
    assert dropped(told) == {PART: "the letter that it belongs to is bounced"}


def test_a_letter_sent_anew_has_parts_of_its_own() -> None:
    told = story()
    again = replace(first(told), dispatch=DispatchId(MAIL.replace("/1/", "/2/")), occurrence=2)
    told.record(again, at=START + HOUR)
    assert dropped(told, hours=1)[PART] == "its letter was sent anew, with all its parts"


def test_parts_of_what_was_taken_back_stay_here() -> None:
    told = story()
    told.record(facts.RecallOrdered(about=about(YEN_SON), reason="sai thể thức", by="an"))
    assert dropped(told)[PART].startswith("taken back by an")
