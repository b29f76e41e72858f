"""The campaign that a fault befalls, over each of the two stores or one of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers.postfix import Postfix
from tests.servers.postgresql import Postgresql
from tests.system.crash.count import Account
from tests.system.crash.place import Variant
from tests.system.faults.played import RECIPIENTS, Played, played
from tests.system.faults.table import ACCOUNT

Begin = Callable[..., Played]


@pytest.fixture
def begin(
    postfix: Postfix, tmp_path: Path, record_property: Callable[[str, object], None]
) -> Iterator[Begin]:
    """Return what makes a campaign, by the arguments of ``Variant``; copies are asked for.

    What it came to in the end is noted for ``table``.
    """

    def told(account: Account) -> None:
        figures = {
            "sent": account.letters + account.packets,
            "lost": len(account.lost),
            "duplicated": len(account.duplicated),
            "marked": len(account.marked),
        }
        record_property(ACCOUNT, figures)

    with ExitStack() as stack:

        def made(
            postgresql: Postgresql | None = None,
            *,
            copies: bool = True,
            moved: bool = True,
            wired: bool = False,
            recipients: int = RECIPIENTS,
        ) -> Played:
            variant = Variant(
                copies=copies,
                database=postgresql.new_database() if postgresql else None,
                moved=moved,
                wired=wired,
            )
            campaign = stack.enter_context(played(tmp_path, postfix, variant, recipients))
            campaign.told = told
            return campaign

        yield made
