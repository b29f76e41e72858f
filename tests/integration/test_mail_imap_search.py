"""When the IMAP mailbox searches for new messages, and what it makes of numbers that go back."""

from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from domain.mail import MailCursor
from tests.integration.test_mail_imap_faults import LETTER, ScriptedServer, mailbox, read

Serve = Callable[[dict[str, str]], ScriptedServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ScriptedServer] = []

    def start(script: dict[str, str]) -> ScriptedServer:
        servers.append(ScriptedServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


OPENED = "* 1 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\n"


@pytest.mark.parametrize(
    ("opened", "searches"),
    [
        # Nothing has been given a UID above the cursor.
        ("* OK [UIDNEXT 8] x\r\n", 0),
        # A server that counts changes, and says neither more nor less.
        ("* OK [HIGHESTMODSEQ 90] x\r\n", 1),
        ("* OK [UIDNEXT 20] x\r\n", 1),
        # One that says nothing, or that it does not count, is asked each time.
        ("", 3),
        ("* OK [NOMODSEQ] x\r\n", 3),
    ],
)
def test_what_cannot_have_changed_is_not_searched(serve: Serve, opened: str, searches: int) -> None:
    server = serve({"EXAMINE": f"{OPENED}{opened}TAG OK done"})
    with mailbox(server) as box:
        for _ in range(3):
            assert list(box.arrivals("INBOX", MailCursor("5:7"))) == []
    assert sum("SEARCH" in words for words in server.heard) == searches


@pytest.mark.parametrize("moved", ["[HIGHESTMODSEQ 91]", "[UIDNEXT 9]", "[UIDVALIDITY 6]"])
def test_what_may_have_changed_is_searched(serve: Serve, moved: str) -> None:
    server = serve({"EXAMINE": f"{OPENED}* OK [HIGHESTMODSEQ 90] x\r\nTAG OK done"})
    with mailbox(server) as box:
        assert list(box.arrivals("INBOX", MailCursor("5:7"))) == []
        server.uids = (8,)
        server.script = {"EXAMINE": f"{OPENED}* OK {moved} x\r\nTAG OK done"}
        list(box.arrivals("INBOX", MailCursor("5:7")))
    assert sum("SEARCH" in words for words in server.heard) >= 2


def test_a_mailbox_that_went_back_is_read_from_its_beginning(serve: Serve) -> None:
    server = serve({"EXAMINE": f"{OPENED}* OK [UIDNEXT 8] x\r\nTAG OK done"})
    with capture_logs() as logs:
        assert read(server, MailCursor("5:40")) == [LETTER]
    assert [logged["event"] for logged in logs] == ["mailbox_went_back"]
    # Where it stands now nothing is new.
    assert read(server, MailCursor("5:7")) == []
