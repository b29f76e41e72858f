"""Whether letters go to a rehearsal's address is told by the set in force, not by refused files.

And the exchange is told of it.
"""

from pathlib import Path

import pytest

from domain.state import ConfigurationState
from dondoc.bootstrap import SystemClock, open_app
from dondoc.services.configuration import rehearses
from dondoc.settings.loaded import load_set
from tests.integration.changing_set import running, written


@pytest.mark.parametrize("rehearsed", [True, False])
def test_a_rehearsal_is_told_by_the_set_in_force(tmp_path: Path, rehearsed: bool) -> None:
    folder = written(tmp_path)
    redirected = "mail:\n  redirect_all: x@huulung.example\n"
    before, after = (redirected, "mail:\n") if rehearsed else ("mail:\n", redirected)
    if rehearsed:
        folder.change("dondoc.yaml", after, before)
    with running(folder) as daemon:
        folder.change("dondoc.yaml", before, after)
        assert not daemon.settle()
        (row,) = daemon.sets.app.ledger.select(ConfigurationState)
        assert row.refused
    # As a command opens it: by the files.
    with open_app(load_set(folder.main).sound(), SystemClock(), read_only=True) as app:
        assert rehearses(app) is rehearsed


EXCHANGE = """\
exchange:
  url: https://truc.langson.example/vxp
  system_id: H37.99
  secret: {env: DONDOC_EXCHANGE_SECRET}
mail:
"""


@pytest.mark.parametrize("address", ["", "  redirect_all: x@huulung.example\n"])
def test_the_exchange_is_held_in_a_rehearsal_only(tmp_path: Path, address: str) -> None:
    folder = written(tmp_path)
    folder.change("dondoc.yaml", "mail:\n", EXCHANGE + address)
    with open_app(load_set(folder.main).sound(), SystemClock(), create=True) as app:
        assert app.exchange is not None
        assert app.exchange.rehearsal is bool(address)
