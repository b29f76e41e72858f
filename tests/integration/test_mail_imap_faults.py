"""What the IMAP mailbox makes of servers that misbehave on cue, over real sockets."""

import re
import socket
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import pytest
from structlog.testing import capture_logs

from connector.email.imap import ImapMailbox
from connector.email.imap_messages import TRIES
from connector.email.security import Secret
from domain.errors import ConfigError, PeerRefused, PeerUnavailable
from domain.ids import MessageId
from domain.mail import MailArrival, MailCursor, MailPosition

DROP = "drop"
SILENCE = "silence"
LETTER = b"Message-ID: <7@x.example>\r\nSubject: x\r\n\r\nbody\r\n"


class ScriptedServer:
    """One mailbox whose letters are ``uids``; ``script`` overrides the answer to a command.

    Keys are command names, ``greeting``, or ``name n`` for the n-th time it is said; values are
    ``drop``, ``silence`` or the tagged answer with untagged lines before it, the tag written as
    ``TAG``.
    """

    def __init__(self, script: dict[str, str], uids: tuple[int, ...] = (7,)) -> None:
        self.script = script
        self.uids = uids
        self.heard: list[str] = []
        self.connections = 0
        self._lines: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                self._lines.append(line)
                self.connections += 1
                with suppress(OSError):
                    self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        greeting = self.script.get("greeting", "* OK ready")
        if greeting == DROP:
            line.shutdown(socket.SHUT_RDWR)
            return
        line.sendall(greeting.encode() + b"\r\n")
        with line.makefile("rb") as stream:
            while command := stream.readline():
                tag, _, words = command.decode().strip().partition(" ")
                name = words.removeprefix("UID ").split()[0].upper()
                self.heard.append(words)
                times = sum(name in said.upper().split()[:2] for said in self.heard)
                if name == "AUTHENTICATE":
                    line.sendall(b"+ \r\n")
                    self.heard.append(b64decode(stream.readline()).decode())
                answer = self.script.get(f"{name} {times}", self.script.get(name))
                if answer == DROP:
                    line.shutdown(socket.SHUT_RDWR)
                    return
                if answer == SILENCE:
                    continue
                reply = self._normal(name, words) if answer is None else answer.encode()
                line.sendall(reply.replace(b"TAG", tag.encode()) + b"\r\n")

    def _normal(self, name: str, words: str) -> bytes:
        if name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\nTAG OK done"
        if name == "EXAMINE":
            return b"* 1 EXISTS\r\n* OK [UIDVALIDITY 5] x\r\nTAG OK [READ-ONLY] done"
        if name == "SEARCH":
            # As RFC 3501 has it: "n:*" finds the last one always.
            return f"* SEARCH {self.uids[-1]}\r\nTAG OK done".encode()
        if name == "FETCH" and "RFC822.SIZE" in words:
            return f"* 1 FETCH (UID 7 RFC822.SIZE {len(LETTER)})\r\nTAG OK done".encode()
        if name == "FETCH":
            return b"* 1 FETCH (UID 7 BODY[] {%d}\r\n%s)\r\nTAG OK done" % (len(LETTER), LETTER)
        if name == "LOGOUT":
            return b"* BYE\r\nTAG OK done"
        return b"TAG OK done"


Serve = Callable[[dict[str, str]], ScriptedServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers = []

    def start(script: dict[str, str]) -> ScriptedServer:
        servers.append(ScriptedServer(script))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def mailbox(server: ScriptedServer, password: Secret = "secret") -> ImapMailbox:
    return ImapMailbox(
        "main",
        "127.0.0.1",
        server.port,
        security="none",
        username="a",
        password=password,
        timeout=2,
    )


def read(server: ScriptedServer, after: MailCursor | None = None) -> list[bytes]:
    with mailbox(server) as box:
        return [arrival.raw for arrival in box.arrivals("INBOX", after)]


def test_the_last_message_below_the_position_is_filtered(serve: Serve) -> None:
    server = serve({})
    assert read(server) == [LETTER]
    assert read(server, MailCursor("5:7")) == []
    assert "UID SEARCH UID 8:*" in server.heard


def test_a_sparse_mailbox_is_searched_in_windows(serve: Serve) -> None:
    server = serve({"EXAMINE": "* OK [UIDVALIDITY 5] x\r\n* OK [UIDNEXT 200000] x\r\nTAG OK done"})
    assert read(server) == [LETTER]
    searches = [words for words in server.heard if "SEARCH" in words]
    assert searches == [
        "UID SEARCH UID 1:80000",
        "UID SEARCH UID 80001:160000",
        "UID SEARCH UID 160001:*",
    ]


def test_nothing_is_opened_or_fetched_in_a_way_that_marks(serve: Serve) -> None:
    server = serve({})
    read(server)
    assert not any(words.startswith("SELECT") for words in server.heard)
    fetches = [words for words in server.heard if "FETCH" in words]
    assert all(re.fullmatch(r"UID FETCH 7 \((RFC822\.SIZE|BODY\.PEEK\[\])\)", w) for w in fetches)


def test_unsolicited_lines_are_tolerated(serve: Serve) -> None:
    stray = "* 2 EXISTS\r\n* 9 FETCH (FLAGS (\\Seen))\r\n* 7 FETCH (FLAGS ())\r\n* 1 RECENT\r\n"
    whole = f"* 1 FETCH (UID 7 BODY[] {{{len(LETTER)}}}\r\n{LETTER.decode()})\r\n"
    server = serve(
        {
            "FETCH 1": f"{stray}* 1 FETCH (UID 7 RFC822.SIZE 9)\r\nTAG OK done",
            "FETCH 2": f"{stray}{whole}{stray}TAG OK done",
        }
    )
    assert read(server) == [LETTER]


def test_a_message_that_vanishes_while_reading_is_skipped(serve: Serve) -> None:
    gone = {"SEARCH 2": "* SEARCH\r\nTAG OK done"}
    assert read(serve({**gone, "FETCH": "TAG OK done"})) == []
    size = f"* 1 FETCH (UID 7 RFC822.SIZE {len(LETTER)})\r\nTAG OK done"
    assert read(serve({**gone, "FETCH": "* 1 EXPUNGE\r\nTAG OK done", "FETCH 1": size})) == []


@pytest.mark.parametrize("command", ["SEARCH 1", "FETCH 1", "FETCH 2"])
def test_a_dropped_connection_is_renewed_once(serve: Serve, command: str) -> None:
    server = serve({})
    with mailbox(server) as box:
        box.check("INBOX")
        server.script = {command: DROP}
        assert [arrival.raw for arrival in box.arrivals("INBOX", None)] == [LETTER]
    assert server.connections == 2


def test_a_server_that_hangs_is_waited_for_once_and_asked_anew_later(serve: Serve) -> None:
    server = serve({})
    with mailbox(server) as box:
        box.check("INBOX")
        server.script = {"EXAMINE 2": SILENCE}
        with pytest.raises(PeerUnavailable):
            box.check("INBOX")
        assert server.connections == 1
        assert box.check("INBOX") == 5
    assert server.connections == 2


@pytest.mark.parametrize(
    "script",
    [
        {"greeting": DROP},
        {"greeting": "* BYE too busy"},
        {"greeting": "HTTP/1.1 400 Bad Request"},
        {"LOGIN": DROP},
        {"LOGIN": "TAG NO [UNAVAILABLE] directory is down"},
        {"EXAMINE": DROP},
        {"EXAMINE": "TAG NO [INUSE] locked"},
        {"EXAMINE": "* 1 EXISTS\r\nTAG OK no uidvalidity"},
        {"SEARCH": "TAG BAD what"},
        {"SEARCH": "* SEARCH one two\r\nTAG OK done"},
        {"FETCH": "* 1 FETCH (UID\r\nTAG OK done"},
        {"FETCH": "* 1 FETCH (UID 7 RFC822.SIZE (1))\r\nTAG OK done"},
        {"FETCH": DROP},
    ],
    ids=str,
)
def test_a_server_in_trouble_is_unavailable(serve: Serve, script: dict[str, str]) -> None:
    with pytest.raises(PeerUnavailable):
        read(serve(script))


def test_reading_goes_on_after_trouble(serve: Serve) -> None:
    server = serve({"SEARCH": "TAG BAD what"})
    with mailbox(server) as box:
        with pytest.raises(PeerUnavailable):
            list(box.arrivals("INBOX", None))
        server.script = {}
        assert len(list(box.arrivals("INBOX", None))) == 1


class Damaged(ScriptedServer):
    """Three letters, of which the server does not give the second: ``answer`` comes for it."""

    def __init__(self, answer: str, header: str = "", size: str = "") -> None:
        self.answer, self.header, self.size = answer, header, size
        super().__init__({}, (1, 2, 3))

    def _answers(self, words: str) -> bytes:
        uids = [int(uid) for uid in words.split()[2].replace(":", ",").split(",")]
        if "1:3" in words:
            uids = [1, 2, 3]
        asked = "header" if "HEADER" in words else "size" if "SIZE" in words else "answer"
        special = getattr(self, asked)
        if 2 in uids and special:
            return str(special).encode()
        items = b"".join(self._item(uid, asked) for uid in uids)
        return items + b"TAG OK done"

    def _item(self, uid: int, asked: str) -> bytes:
        if asked == "size":
            return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, len(LETTER))
        part = b"BODY[HEADER]" if asked == "header" else b"BODY[]"
        return b"* %d FETCH (UID %d %b {%d}\r\n%b)\r\n" % (uid, uid, part, len(LETTER), LETTER)

    def _normal(self, name: str, words: str) -> bytes:
        if name == "FETCH":
            return self._answers(words)
        if name == "SEARCH" and not words.endswith("*"):
            return b"* SEARCH %b\r\nTAG OK done" % words.rsplit(maxsplit=1)[-1].encode()
        if name == "SEARCH":
            return b"* SEARCH 1 2 3\r\nTAG OK done"
        return super()._normal(name, words)


HEADER = "* 2 FETCH (UID 2 BODY[HEADER] {11}\r\nSubject: 2\n)\r\nTAG OK done"
NIL = "* 2 FETCH (UID 2 BODY[] NIL)\r\nTAG OK done"


def damaged(answer: str, header: str = "", size: str = "", turns: int = 1) -> list[MailArrival]:
    """Read the mailbox of a damaged server, as many times as a daemon does at most."""
    server = Damaged(answer, header, size)
    try:
        with mailbox(server) as box:
            for _ in range(turns - 1):
                with pytest.raises(PeerUnavailable):
                    list(box.arrivals("INBOX", MailCursor("5:1")))
            return list(box.arrivals("INBOX", None))
    finally:
        server.close()


@pytest.mark.parametrize("answer", ["TAG NO cannot read it", NIL])
def test_a_message_that_is_not_given_comes_as_its_header(answer: str) -> None:
    with capture_logs() as logs:
        first, second, third = damaged(answer, HEADER)
    assert [logged["event"] for logged in logs] == ["message_not_given"]
    assert first.raw == third.raw == LETTER
    assert (second.position, second.raw) == ("5:2", b"Subject: 2\n")
    assert second.oversize == len(LETTER)


@pytest.mark.parametrize("size", ["", "TAG NO cannot read it"])
def test_a_message_of_which_nothing_is_given_comes_empty(size: str) -> None:
    refused = "TAG NO cannot read it"
    _, second, third = damaged(refused, refused, size)
    assert (second.raw, second.oversize) == (b"", 1 if size else len(LETTER))
    assert third.raw == LETTER


@pytest.mark.parametrize("answer", ["TAG NO [SERVERBUG] internal error", DROP])
def test_a_message_that_breaks_the_connection_is_passed_over_after_some_turns(
    answer: str,
) -> None:
    first, second, third = damaged(answer, HEADER, turns=TRIES)
    assert first.raw == third.raw == LETTER
    assert second.oversize is not None


def test_a_message_that_is_not_given_is_not_given_by_its_place_either() -> None:
    server = Damaged("TAG NO cannot read it", HEADER)
    with mailbox(server) as box:
        found = box.message("INBOX", MailPosition("5:2"))
        assert found is not None
        assert found.oversize == len(LETTER)
        server.answer = ""
        whole = box.message("INBOX", MailPosition("5:2"))
        assert whole is not None
        assert (whole.raw, whole.oversize) == (LETTER, None)
    server.close()


def test_a_refused_login_is_explained_and_shows_no_secret(serve: Serve) -> None:
    server = serve({"LOGIN": "TAG NO [AUTHENTICATIONFAILED] wrong"})
    box = mailbox(server, password="hunter2")
    with pytest.raises(PeerRefused, match="user name and password") as caught:
        box.contains("INBOX", MessageId("<1@x.example>"))
    assert "hunter2" not in f"{caught.value}{box!r}"


def test_a_refused_password_is_not_tried_without_a_pause(serve: Serve) -> None:
    server = serve({"LOGIN 1": "TAG NO [AUTHENTICATIONFAILED] wrong"})
    given = ["hunter2"]
    box = mailbox(server, password=lambda: given[0])
    for _ in range(3):
        with pytest.raises(PeerRefused, match="user name and password"):
            box.check("INBOX")
    assert server.connections == 1
    given[0] = "corrected"
    assert box.check("INBOX") == 5
    box.close()


def test_a_mailbox_without_rights_is_refused(serve: Serve) -> None:
    with pytest.raises(PeerRefused, match="rights"):
        read(serve({"EXAMINE": "TAG NO [NOPERM] not yours"}))


def test_a_password_with_vietnamese_letters_goes_by_plain(serve: Serve) -> None:
    server = serve({})
    with mailbox(server, password="mật khẩu") as box:
        assert box.check("INBOX") == 5
    assert server.heard[1:3] == ["AUTHENTICATE PLAIN", "\0a\0mật khẩu"]


def test_starttls_that_is_not_offered_is_explained(serve: Serve) -> None:
    server = serve({})
    box = ImapMailbox(
        "main", "127.0.0.1", server.port, security="starttls", username="a", password="x", timeout=2
    )
    with pytest.raises(PeerUnavailable, match="check port and security"):
        box.check("INBOX")
    assert not any(words.startswith("LOGIN") for words in server.heard)


def test_nobody_listening_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    box = ImapMailbox("main", "127.0.0.1", port, security="none", username="a", password="x")
    with pytest.raises(PeerUnavailable, match="refused"):
        box.check("INBOX")


def test_plain_text_to_another_machine_must_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="unencrypted"):
        ImapMailbox("m", "mail.huulung.example", 143, security="none", username="a", password="x")


def test_a_message_longer_than_stated_is_not_read_into_memory(serve: Serve) -> None:
    huge = "* 1 FETCH (UID 7 BODY[] {9999999999999}\r\nTAG OK done"
    server = serve({"FETCH": huge, "FETCH 1": "* 1 FETCH (UID 7 RFC822.SIZE 9)\r\nTAG OK done"})
    with pytest.raises(PeerUnavailable):
        read(server)


def test_a_batch_in_an_unknown_form_is_asked_for_in_another_way(serve: Serve) -> None:
    quoted = '* 1 FETCH (UID 7 BODY[] "quoted")\r\nTAG OK done'
    server = serve({"FETCH 2": quoted, "FETCH 4": quoted, "FETCH 5": quoted})
    assert read(server) == [b"quoted"]
