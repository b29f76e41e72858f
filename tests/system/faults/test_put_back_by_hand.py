"""An older ledger that is put back by hand under `dondoc run`: noticed, and nobody gets it twice.

A campaign of sixteen is half sent when its store is copied. It goes on: the other letters leave,
offices answer. Then the daemon is stopped, the copy is put in place, and the daemon started.
"""

import shutil
import sys
from itertools import product
from pathlib import Path

import pytest

from domain.campaign import Channel
from domain.exchange import PacketKind
from domain.facts import StoreReconciled, StoreRestored
from domain.kinds import DispatchKind, RestorationCause
from domain.state import DispatchState, RestorationState
from domain.status import DispatchStatus
from dondoc.services.doctor import examine_store
from tests.checkout import run
from tests.servers.postgresql import Postgresql
from tests.system.crash.place import OFFICES_SYSTEM
from tests.system.crash.story import PHASES, REMINDED
from tests.system.faults.conftest import Begin
from tests.system.faults.played import Played, assert_each_once_or_marked

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

RECIPIENTS = 16
_LEFT = {DispatchStatus.PLANNED, DispatchStatus.SENDING, DispatchStatus.DEFERRED}


def half_sent(campaign: Played) -> None:
    """Have a daemon send some letters, and kill it while others wait."""
    campaign.place.start({"transport.send before": 4, "exchange.send before": 5})
    campaign.until(campaign.some_left, "letters leave")
    campaign.place.fleet.killed_itself()
    statuses = {one.status for one in campaign.dispatches()}
    assert DispatchStatus.PLANNED in statuses
    assert statuses - _LEFT


def goes_on(campaign: Played) -> None:
    """Have everything sent and answered, and the daemon end in order."""
    campaign.start()
    assert_each_once_or_marked(campaign.end())


def noticed(campaign: Played) -> list[RestorationCause]:
    """Return by what it was noticed that an older ledger was put back."""
    with campaign.place.opened() as app:
        checks = {check.name: check for check in examine_store(app, {}, campaign.place.now())}
        assert not checks["history"].ok
        facts = (one.event.fact for one in app.ledger.events())
        return [fact.cause for fact in facts if isinstance(fact, StoreRestored)]


def given_again(campaign: Played) -> None:
    """Have the exchange give again what offices sent, as its operator does when asked."""
    with campaign.place.client(OFFICES_SYSTEM) as client:
        for kind in PacketKind:
            for doc_id in {row.doc_id for row in client.sent(kind)}:
                campaign.place.exchange.redeliver(doc_id)


def killed_as_it_notices(campaign: Played) -> None:
    """Kill a daemon before it has recorded that it was put back, and the next one after it.

    So it is with having asked everybody.
    """
    for notices, moment in product((True, False), ("before", "after")):
        noticing = f"ledger.append {StoreRestored.__name__} {moment}"
        reconciling = f"ledger.append {StoreReconciled.__name__} {moment}"
        boundary = noticing if notices else reconciling
        campaign.place.start({boundary: 0})
        campaign.place.fleet.killed_itself()
        assert campaign.place.fleet.reached()[-1:] == [f"killed {boundary}"]


def reconciled(campaign: Played, *, killed: bool) -> None:
    """Start the daemon on what was put back, and count when it has come to an end.

    Before that it is ``killed`` as it notices.
    """
    replies = [one for one in campaign.offices.replies().values() if one]
    assert len(replies) > RECIPIENTS // 2
    if killed:
        killed_as_it_notices(campaign)
    campaign.start()
    # Those that were killed may have left it nothing to do; before that it cannot end in order.
    campaign.until(lambda: bool(campaign.place.fleet.reached()), "the daemon works")
    account = campaign.end(read_anew=True)
    assert_each_once_or_marked(account)
    assert not {one.status for one in campaign.dispatches()} & _LEFT


@pytest.mark.parametrize("whole", [False, True], ids=["ledger alone", "whole store"])
@pytest.mark.parametrize("copies", [True, False], ids=["with copies", "without copies"])
def test_a_ledger_file_that_was_copied(
    begin: Begin, tmp_path: Path, whole: bool, copies: bool
) -> None:
    campaign = begin(copies=copies, recipients=RECIPIENTS)
    half_sent(campaign)
    store, kept = campaign.place.folder / "store", tmp_path / "kept"
    shutil.copytree(store, kept)
    goes_on(campaign)
    if whole:
        shutil.rmtree(store)
        shutil.copytree(kept, store)
        given_again(campaign)
    else:
        for file in store.glob("ledger.sqlite*"):
            file.unlink()
        for file in kept.glob("ledger.sqlite*"):
            shutil.copy2(file, store / file.name)
    reconciled(campaign, killed=copies)
    (cause,) = noticed(campaign)
    assert cause in (_BY_WHOLE if whole else {RestorationCause.MARK})


_BY_WHOLE = {RestorationCause.MAILBOX, RestorationCause.EXCHANGE}


@pytest.mark.parametrize("copies", [True, False], ids=["with copies", "without copies"])
def test_a_machine_that_was_set_back_to_before_the_reminders(
    begin: Begin, tmp_path: Path, copies: bool
) -> None:
    campaign = begin(copies=copies)
    goes_on(campaign)
    store, kept = campaign.place.folder / "store", tmp_path / "kept"
    shutil.copytree(store, kept)
    campaign.place.jump(REMINDED)
    campaign.phase = PHASES[1]
    goes_on(campaign)
    reminded = reminders(campaign)
    assert {one.channel for one in reminded} == set(Channel)
    shutil.rmtree(store)
    shutil.copytree(kept, store)
    given_again(campaign)
    campaign.start()
    # Whoever reported after the reminder needs none any more, so the ledger never knows that one.
    assert_each_once_or_marked(campaign.end(read_anew=True, forgotten=reminded))
    (cause,) = noticed(campaign)
    assert cause in _BY_WHOLE
    assert {one.dispatch for one in reminders(campaign)} <= {one.dispatch for one in reminded}


def reminders(campaign: Played) -> list[DispatchState]:
    return [one for one in campaign.dispatches() if one.kind is DispatchKind.REMINDER]


@pytest.mark.parametrize("marked", [True, False], ids=["with its mark", "without a mark"])
def test_a_dump_of_postgresql(begin: Begin, postgresql: Postgresql, marked: bool) -> None:
    campaign = begin(postgresql, recipients=RECIPIENTS)
    half_sent(campaign)
    database = campaign.place.database
    assert database is not None
    dump = postgresql.dump(database)
    goes_on(campaign)
    postgresql.put_back(database, dump)
    if not marked:
        (campaign.place.folder / "store" / "ledger.mark").unlink()
    reconciled(campaign, killed=marked)
    (cause,) = noticed(campaign)
    assert cause in ({RestorationCause.MARK} if marked else _BY_WHOLE)


def test_a_store_that_was_moved_is_none_that_was_put_back(
    begin: Begin, postgresql: Postgresql
) -> None:
    campaign = begin(recipients=RECIPIENTS)
    half_sent(campaign)
    folder, new = campaign.place.folder, postgresql.new_database()
    before = (folder / "dondoc.yaml").read_text(encoding="utf-8")
    address = f"postgresql://{new.username}@{new.host}:{new.port}/{new.name}"
    after = before.replace(
        "database: store/ledger.sqlite",
        f"database: {address}\n  password: {{file: database-password}}",
    )
    (folder / "moved.yaml").write_text(after, encoding="utf-8")
    dondoc = Path(sys.executable).with_name("dondoc")
    run(dondoc, "store", "move", "--config", "dondoc.yaml", "--to", "moved.yaml", cwd=folder)
    (folder / "dondoc.yaml").write_text(after, encoding="utf-8")
    campaign.place.configured_anew()
    goes_on(campaign)
    with campaign.place.opened() as app:
        assert app.ledger.select(RestorationState) == []
