"""The daemon's limits for a server that says nothing, shortened where a test waits for their end.

A file ``patience`` in the folder says how many seconds they are; without it they stay as they are.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

from connector.email.imap import ImapMailbox
from connector.email.smtp import SmtpTransport
from connector.store import postgresql
from dondoc import bootstrap_mail
from dondoc.settings.records import Settings

FILE = "patience"


@contextmanager
def impatient(folder: Path) -> Iterator[Callable[[Settings], Settings]]:
    """Shorten what no configuration can; what is returned shortens a configuration's own."""
    file = folder / FILE
    if not file.exists():
        yield lambda settings: settings
        return
    seconds = float(file.read_text(encoding="ascii"))

    def shortened(settings: Settings) -> Settings:
        door = settings.exchange
        hasty = door and replace(door, connect_seconds=seconds, read_seconds=seconds)
        return replace(settings, exchange=hasty)

    smtp = partial(SmtpTransport, timeout=seconds, final_timeout=seconds)
    imap = partial(ImapMailbox, timeout=seconds)
    alive = {
        "keepalives_idle": 1,
        "keepalives_interval": 1,
        "keepalives_count": max(1, int(seconds) - 1),
        "tcp_user_timeout": int(1000 * seconds),
    }
    with (
        patch.object(bootstrap_mail, "SmtpTransport", smtp),
        patch.object(bootstrap_mail, "ImapMailbox", imap),
        patch.dict(postgresql._ALIVE, alive),
    ):
        yield shortened
