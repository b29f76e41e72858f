"""What a run of the crash suite is worth is told by the tally of its kills."""

from tests.system.crash.boundaries import boundaries, in_campaigns
from tests.system.crash.tally import ENOUGH, Tally


def test_a_long_run_without_a_kill_at_a_boundary_is_not_sound() -> None:
    tally = Tally()
    first, *others = sorted(tally.wanted)
    tally.kills.update(dict.fromkeys(others, ENOUGH))
    assert tally.spared == [first]
    assert not tally.sound
    tally.reached.add(first)
    assert f"killed at in this run: {first.rpartition(' ')[0]}." in tally.table()
    tally.kills[first] += 1
    assert tally.spared == []
    assert tally.sound


def test_a_short_run_may_leave_boundaries_out() -> None:
    tally = Tally()
    tally.kills["transport.send before"] += ENOUGH - 1
    assert tally.sound


def test_one_daemon_is_not_killed_where_workers_do_nothing() -> None:
    workers = {name for name in boundaries() if name.startswith("workers.")}
    assert in_campaigns(pairs=True) - in_campaigns() == workers
