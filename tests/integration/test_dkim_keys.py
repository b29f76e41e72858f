"""Keys of signing domains, asked of a real name server on loopback."""

import pytest

from connector.email import dkim_keys
from connector.email.dkim_keys import DnsKeys
from domain.errors import PeerUnavailable
from tests.name_server import NameServer, serving
from tests.signed_mail import record

NAME = "nq47._domainkey.yenson.example"
TEXT = record().decode()
HALVES = f'"{TEXT[:200]}" "{TEXT[200:]}"'


def test_a_record_is_put_together_and_remembered() -> None:
    with serving(NameServer({NAME: [HALVES], "empty.example": []})) as server:
        keys = DnsKeys([server.place])
        assert keys.key(NAME) == TEXT.encode()
        assert keys.key(NAME) == TEXT.encode()
        assert keys.key("none.example") is None
        assert keys.key("none.example") is None
        assert keys.key("empty.example") is None
        assert server.asked == [NAME, "none.example", "empty.example"]


def test_of_several_records_the_one_that_says_what_it_is_counts() -> None:
    with serving(NameServer({NAME: ['"v=spf1 -all"', HALVES]})) as server:
        assert DnsKeys([server.place]).key(NAME) == TEXT.encode()


def test_a_record_is_asked_for_again_when_its_time_is_over() -> None:
    with serving(NameServer({NAME: [HALVES]}, ttl=0)) as server:
        keys = DnsKeys([server.place])
        assert keys.key(NAME) == keys.key(NAME)
        assert server.asked == [NAME, NAME]


def test_silence_is_waited_for_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"s{number}._domainkey.yenson.example" for number in range(200)]
    monkeypatch.setattr(dkim_keys, "WASTE_SECONDS", 1.0)
    with serving(NameServer({NAME: [HALVES]}, silent=frozenset(names))) as server:
        keys = DnsKeys([server.place], timeout=0.3)
        for name in names:
            with pytest.raises(PeerUnavailable):
                keys.key(name)
        # Each silence counts, and those that would be over the share are not asked at all.
        assert 1 <= len(set(server.asked)) <= 4
        with pytest.raises(PeerUnavailable, match="too many questions"):
            keys.key(NAME)
        monkeypatch.setattr(dkim_keys, "WINDOW_SECONDS", 0.0)
        assert keys.key(NAME) == TEXT.encode()


def test_what_was_not_answered_is_left_alone_for_a_while() -> None:
    with serving(NameServer({}, silent=frozenset({NAME}))) as server:
        keys = DnsKeys([server.place], timeout=0.2)
        for _ in range(3):
            with pytest.raises(PeerUnavailable, match="no answer about a key"):
                keys.key(NAME)
        assert set(server.asked) == {NAME}
        asked = len(server.asked)
        with pytest.raises(PeerUnavailable):
            keys.key(NAME)
        assert len(server.asked) == asked


def test_an_impossible_name_is_no_key() -> None:
    keys = DnsKeys(["127.0.0.1:9"], timeout=0.2)
    with pytest.raises(PeerUnavailable):
        keys.key("a" * 70 + "._domainkey.yenson.example")


def test_memory_does_not_grow_with_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dkim_keys, "NAMES_KEPT", 2)
    with serving(NameServer({NAME: [HALVES]})) as server:
        keys = DnsKeys([server.place])
        for name in ("a.example", "b.example", NAME, "a.example"):
            keys.key(name)
        assert server.asked == ["a.example", "b.example", NAME, "a.example"]


def test_without_servers_those_of_the_system_are_asked() -> None:
    keys = DnsKeys(timeout=0.2)
    try:
        found = keys.key("nq47._domainkey.dondoc.invalid")
    except PeerUnavailable:
        found = None
    assert found is None
