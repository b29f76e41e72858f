"""The simulated exchange as a whole: restart, concurrency, own errors, wrong descriptions."""

import base64
import http.client
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import ConfigError, PeerUnavailable, StoreFailed
from dondoc.simulators.eoffice import Agency, Exchange
from tests.unit.simulators.vxp_offices import (
    AGENCIES,
    MINH_SON,
    OTHER,
    SENDER,
    SYSTEMS,
    YEN_SON,
    Clock,
)
from tests.unit.simulators.vxp_requests import (
    Caller,
    calling,
    document,
    status_message,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def exchange(tmp_path: Path, clock: Clock) -> Iterator[Exchange]:
    with Exchange(tmp_path, SYSTEMS, AGENCIES, now=clock) as running:
        yield running


@pytest.fixture
def sender(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, SENDER, SYSTEMS[SENDER]) as caller:
        yield caller


@pytest.fixture
def receiver(exchange: Exchange) -> Iterator[Caller]:
    with calling(exchange.url, OTHER, SYSTEMS[OTHER]) as caller:
        yield caller


def test_an_error_inside_is_reported_as_20(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moment = Clock()

    def now() -> datetime:
        if threading.current_thread().name.startswith("AnyIO"):
            raise OSError("no clock")
        return moment()

    with (
        Exchange(tmp_path, {"A": "s"}, now=now) as exchange,
        calling(exchange.url, "A", "s") as caller,
    ):
        answer = caller.send(document("A", "A"))
        assert (answer["ErrorCode"], answer["DocId"]) == ("20", "")
        assert "operation_failed operation=sendEdoc" in caplog.text
        assert caller.listed() == []


def test_what_goes_through_reserialised(tmp_path: Path, clock: Clock) -> None:
    with (
        Exchange(tmp_path, {"A": "s"}, now=clock, reserialise=True) as exchange,
        calling(exchange.url, "A", "s") as caller,
    ):
        content = document("A", "A")
        doc_id = caller.send(content)["DocId"]
        back = caller.download(doc_id)
        assert back != content
        assert b"\r\n      <edXML:MessageHeader>\r\n" in back
        assert b"<edXML:Timestamp>2024/05/08 08:00:00</edXML:Timestamp>" in back
        clock.instant += timedelta(days=1)
        assert base64.b64decode(caller.call("getEdoc", docId=doc_id)["data"]) == back
        status = caller.send(status_message("A", "A"), messagetype="status")["DocId"]
        assert b"TraceHeader" not in caller.download(status)


def test_restart_on_the_same_folder(tmp_path: Path, clock: Clock) -> None:
    exchange = Exchange(tmp_path, SYSTEMS, AGENCIES, now=clock)
    exchange.start()
    exchange.start()
    with calling(exchange.url, SENDER, SYSTEMS[SENDER]) as caller:
        first = caller.send(document(SENDER, YEN_SON, MINH_SON))
        before = caller.call("getSynchronizeUnit", b"")
    with calling(exchange.url, OTHER, SYSTEMS[OTHER]) as caller:
        caller.call("updateStatus", docId=first["DocId"], status="done")
    address = exchange.url
    exchange.stop()
    exchange.stop()
    exchange.start()
    assert exchange.url == address
    with calling(exchange.url, SENDER, SYSTEMS[SENDER]) as caller:
        assert caller.call("getSynchronizeUnit", b"") == before
        assert caller.send(document(SENDER, YEN_SON, MINH_SON)) == first
    exchange.stop()
    with (
        Exchange(tmp_path, SYSTEMS) as other,
        calling(other.url, OTHER, SYSTEMS[OTHER]) as caller,
    ):
        assert [row["to"] for row in caller.listed()] == [MINH_SON]


def test_concurrent_callers_lose_and_double_nothing(exchange: Exchange) -> None:
    ids: list[str] = []
    failures: list[Exception] = []

    def send(worker: int) -> None:
        try:
            with calling(exchange.url, SENDER, SYSTEMS[SENDER]) as caller:
                for number in range(20):
                    own = document(SENDER, YEN_SON, document_id=f"{worker}-{number}")
                    ids.append(caller.send(own)["DocId"])
                    ids.append(caller.send(document(SENDER, YEN_SON, document_id="same"))["DocId"])
        except (OSError, KeyError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=send, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with calling(exchange.url, OTHER, SYSTEMS[OTHER]) as caller:
        listed = {row["docId"] for row in caller.listed()}
    assert listed == set(ids)
    assert len(listed) == 6 * 20 + 1


def test_wrong_descriptions_are_refused_at_once(tmp_path: Path, exchange: Exchange) -> None:
    with pytest.raises(ConfigError, match="'A' is incomplete"):
        Exchange(tmp_path, {"A": ""})
    with pytest.raises(ConfigError, match="unknown system 'B'"):
        Exchange(tmp_path, {"A": "s"}, [Agency(code="X", system="B")])
    with pytest.raises(ConfigError, match="without code"):
        Exchange(tmp_path, {"A": "s"}, [Agency(code=" ")])
    twice = Exchange(tmp_path / "twice", {"A": "s", "B": "t"}, [Agency(code="A", old_code="B")])
    with twice:
        pass  # one unit of two names is no contradiction
    merged = [Agency(code="X"), Agency(code="Y"), Agency(code="Y", old_code="X")]
    with pytest.raises(ConfigError, match="two units"):
        Exchange(tmp_path / "two", {"A": "s"}, merged).start()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFailed):
        Exchange(tmp_path / "file", {"A": "s"}).start()
    port = int(exchange.url.rpartition(":")[2])
    with pytest.raises(PeerUnavailable):
        Exchange(tmp_path / "taken", {"A": "s"}, port=port).start()
    with pytest.raises(ValueError, match="not running"):
        Exchange(tmp_path / "idle", {"A": "s"}).lock("A")


def test_an_agency_with_the_code_of_a_system_belongs_to_it(tmp_path: Path) -> None:
    with (
        Exchange(tmp_path, {"A": "s"}, [Agency(code="A", name="Cơ quan A")]) as exchange,
        calling(exchange.url, "A", "s") as caller,
    ):
        assert caller.send(document("A", "A"))["ErrorCode"] == "0"
        units = caller.call("getSynchronizeUnit", b"")["data"]
        assert [(row["name"], row["version"]) for row in units] == [("Cơ quan A", 1)]
