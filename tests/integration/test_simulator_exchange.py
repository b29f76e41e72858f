"""The simulated Exchange by a client that was not written for it: exchangelib as it comes."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from exchangelib import (
    BASIC,
    DELEGATE,
    Account,
    Configuration,
    Credentials,
    EWSTimeZone,
    FailFast,
    FileAttachment,
    Message,
    errors,
)
from exchangelib.protocol import CachingProtocol

from dondoc.simulators.exchange import Exchange
from tests.checkout import ROOT

OWN = "nq47@huulung.example"
OTHER = "vanphong@yenson.example"
_MAIN = "from dondoc.cli import main; main()"
_COMMAND = (sys.executable, "-c", _MAIN, "simulate", "exchange")
LETTER = (
    b"From: x@yenson.example\r\nMessage-ID: <1@yenson.example>\r\n"
    b"Subject: =?utf-8?B?xJDDoyBuaOG6rW4=?=\r\n\r\nx\r\n"
)


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with Exchange(tmp_path, {OWN: "secret", OTHER: "secret"}, heartbeat=0.1) as exchange:
        yield exchange
    CachingProtocol.clear_cache()


def opened(exchange: Exchange, address: str = OWN) -> Any:  # the library ships no types
    config = Configuration(
        service_endpoint=exchange.url,
        credentials=Credentials(address, "secret"),
        auth_type=BASIC,
        retry_policy=FailFast(),
        max_connections=2,
    )
    return Account(
        address, config=config, access_type=DELEGATE, default_timezone=EWSTimeZone("UTC")
    )


def test_a_message_made_of_properties_arrives_with_its_files(exchange: Exchange) -> None:
    account = opened(exchange)
    draft = Message(
        account=account,
        folder=account.drafts,
        subject="Báo cáo năm 2024",
        body="Kính gửi",
        to_recipients=[OTHER],
    )
    draft.attach(FileAttachment(name="báo cáo.txt", content=b"abc"))
    draft.save()
    draft.attach(FileAttachment(name="b.txt", content=b"abcd"))
    draft.send()
    (arrived,) = opened(exchange, OTHER).inbox.all().only("subject", "mime_content", "sender")
    assert arrived.subject == "Báo cáo năm 2024"
    assert arrived.sender.email_address == OWN
    assert arrived.mime_content.count(b"Content-Disposition: attachment") == 2
    assert account.drafts.all().count() == 0
    assert [sent.subject for sent in account.sent.all().only("subject")] == ["Báo cáo năm 2024"]


def test_a_draft_that_was_changed_meanwhile_is_not_sent(exchange: Exchange) -> None:
    account = opened(exchange)
    draft = Message(account=account, folder=account.drafts, subject="x", to_recipients=[OTHER])
    draft.save()
    (again,) = account.drafts.all().only("changekey", "is_read")
    again.is_read = True
    again.save(update_fields=["is_read"])
    with pytest.raises(errors.ErrorStaleObject):
        draft.send()
    account.drafts.all().only("subject")[0].send()
    with pytest.raises(errors.ErrorItemNotFound):
        again.send()


def test_reading_moving_and_deleting_show_in_the_changes(exchange: Exchange) -> None:
    account = opened(exchange)
    for number in (b"1", b"2", b"3"):
        exchange.deliver(OWN, LETTER.replace(b"<1@", b"<" + number + b"@"))
    inbox = account.inbox
    kinds = [kind for kind, _ in inbox.sync_items(only_fields=["subject"], max_changes_returned=2)]
    assert kinds == ["create"] * 3
    read, moved, deleted = inbox.all().only("message_id", "is_read", "changekey")
    read.is_read = True
    read.save(update_fields=["is_read"])
    moved.move(account.junk)
    deleted.delete()
    kinds = sorted(kind for kind, _ in inbox.sync_items(only_fields=["subject"]))
    assert kinds == ["delete", "delete", "read_flag_change"]
    assert [kind for kind, _ in account.junk.sync_items(only_fields=["subject"])] == ["create"]
    with pytest.raises(errors.ErrorInvalidSyncStateData):
        list(account.junk.sync_items(sync_state=inbox.item_sync_state, only_fields=["subject"]))


def test_events_are_pulled_and_streamed(exchange: Exchange) -> None:
    account = opened(exchange)
    pulled, watermark = account.inbox.subscribe_to_pull(event_types=["NewMailEvent"])
    stream = account.inbox.subscribe_to_streaming(event_types=["NewMailEvent"])
    timer = threading.Timer(0.2, exchange.deliver, [OWN, LETTER])
    timer.start()
    heard = next(iter(account.inbox.get_streaming_events(stream, connection_timeout=1)))
    assert [type(event).__name__ for event in heard.events] == ["NewMailEvent"]
    (told,) = account.inbox.get_events(pulled, watermark)
    assert [type(event).__name__ for event in told.events] == ["NewMailEvent"]
    account.inbox.unsubscribe(pulled)
    with pytest.raises(errors.ErrorSubscriptionNotFound):
        list(account.inbox.get_events(pulled, watermark))


def test_folders_are_walked_and_found_by_name(exchange: Exchange) -> None:
    account = opened(exchange)
    inbox = exchange.folder(OWN, "inbox")
    exchange.store.make_folder(inbox, "Trả lời")
    assert (account.inbox // "Trả lời").name == "Trả lời"
    names = {folder.name for folder in account.root.walk()}
    assert {"Hộp thư đến", "Thư nháp", "Thư rác", "Trả lời"} <= names
    with pytest.raises(errors.ErrorFolderNotFound):
        account.inbox // "Khác"


def test_another_mailbox_is_not_opened(exchange: Exchange) -> None:
    exchange.gate.tokens["t"] = OWN
    account = opened(exchange)
    account.identity.primary_smtp_address = OTHER
    with pytest.raises(errors.ErrorAccessDenied):
        account.inbox.all().count()


def test_the_state_survives_another_start(tmp_path: Path) -> None:
    with Exchange(tmp_path, {OWN: "secret"}) as first:
        first.deliver(OWN, LETTER)
        account = opened(first)
        assert len(list(account.inbox.sync_items(only_fields=["subject"]))) == 1
        state = account.inbox.item_sync_state
    with Exchange(tmp_path, {OWN: "secret"}) as second:
        account = opened(second)
        assert account.inbox.all().count() == 1
        assert list(account.inbox.sync_items(sync_state=state, only_fields=["subject"])) == []
    CachingProtocol.clear_cache()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<x", b"ErrorSchemaValidation"),
        (b"<x/>", b"ErrorSchemaValidation"),
        (
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            b'<m:Fly xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"/>'
            b"</s:Body></s:Envelope>",
            b"ErrorInvalidRequest",
        ),
    ],
)
def test_what_is_no_request_is_refused(exchange: Exchange, body: bytes, code: bytes) -> None:
    answer = requests.post(exchange.url, data=body, auth=(OWN, "secret"), timeout=5)
    assert answer.status_code == 500
    assert code in answer.content


def test_who_is_not_known_is_told_how_to_log_in(exchange: Exchange) -> None:
    answer = requests.post(exchange.url, data=b"<x/>", timeout=5)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="exchange", NTLM, Bearer'


def test_the_command_runs_a_server(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--state", str(tmp_path), "--account", OWN, "--password", "secret"]
    process = subprocess.Popen(
        [*_COMMAND, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Exchange listens on http://127.0.0.1:")
        url = line.split()[-1]
        assert requests.post(url, data=b"<x/>", timeout=5).status_code == 401
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--account", OWN],
        ["--account", OWN, "--password", "x", "--auth", "kerberos"],
        ["--account", OWN, "--password", "x", "--fault", "nonsense"],
    ],
)
def test_the_command_refuses_what_makes_no_sense(tmp_path: Path, arguments: list[str]) -> None:
    done = subprocess.run(
        [*_COMMAND, "--state", str(tmp_path), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done
