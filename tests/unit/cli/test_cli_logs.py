"""The fuses of the log: nothing secret, no address and no letter text gets through."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from dondoc import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    said = capsys.readouterr()
    assert said.out == ""
    return [json.loads(line) for line in said.err.splitlines()]


def test_an_event_is_one_json_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger("any").info("dispatch_outcome", dispatch="nq47/2024/xã", outcome="x")
    (event,) = logged(capsys)
    assert event.pop("timestamp")
    assert event == {
        "event": "dispatch_outcome",
        "dispatch": "nq47/2024/xã",
        "outcome": "x",
        "level": "info",
    }


def test_telling_keys_lose_their_value(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().warning(
        "e", password="p1", secret="s1", token="t1", body="b1", text="x1"
    )
    (event,) = logged(capsys)
    assert {event[key] for key in ("password", "secret", "token", "body", "text")} == {"dropped"}


def test_addresses_become_the_same_short_digest(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    log = structlog.get_logger()
    log.warning("e", error="550 <xayenson@huulung.example>: unknown")
    log.warning("e", error="550 <XaYenSon@HuuLung.example>: unknown")
    first, second = (str(event["error"]) for event in logged(capsys))
    assert first == second
    assert first.startswith("550 <address-")
    assert "@" not in first


def test_a_failure_is_told_by_type_and_place_without_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    try:
        try:
            raise KeyError("Kính gửi")
        except KeyError as error:
            raise ValueError("UBND xã Yên Sơn") from error
    except ValueError:
        structlog.get_logger().exception("reading_failed", raw="imap:1")
    (event,) = logged(capsys)
    failure = event["failure"]
    assert isinstance(failure, list)
    assert failure[0] == "ValueError"
    assert "test_cli_logs.py" in failure[1]
    assert failure[2:4] == ["caused by", "KeyError"]
    assert "Kính" not in json.dumps(event, ensure_ascii=False)


def test_levels_below_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level=logging.WARNING, lines=False)
    log = structlog.get_logger()
    log.info("unheard")
    log.warning("heard", count=2)
    said = capsys.readouterr()
    assert said.out == ""
    assert "unheard" not in said.err
    assert "event=heard count=2" in said.err


def test_libraries_log_the_same_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("library").warning("no route to %s", "box@huulung.example")
    logging.getLogger("library").info("unheard")
    (event,) = logged(capsys)
    assert str(event["event"]).startswith("no route to address-")
    assert event["level"] == "warning"
