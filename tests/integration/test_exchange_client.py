"""Reaching an Exchange server: logins, certificates, what errors tell, and what is never shared."""

import hashlib
import logging
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from exchangelib.protocol import BaseProtocol, CachingProtocol
from requests.auth import AuthBase

from connector.email.exchange import ExchangeMailbox
from connector.email.exchange_client import AnswerLost, ExchangeServer
from connector.email.exchange_login import Basic, Bearer, Ntlm
from connector.email.exchange_transport import ExchangeTransport
from domain.errors import ConfigError, PeerRefused, PeerUnavailable, Problem
from domain.ids import Address, MessageId
from domain.mail import Envelope
from dondoc.simulators.exchange import Exchange

TLS = Path(__file__).parents[1] / "data" / "tls"
OWN = Address("nq47@huulung.example")
OTHER = Address("vanphong@yenson.example")
PASSWORD = "mật khẩu 1"
LETTER = (
    b"From: nq47@huulung.example\r\nTo: vanphong@yenson.example\r\n"
    b"Message-ID: <1@huulung.example>\r\nSubject: x\r\n\r\nn\xe1\xbb\x99i dung\r\n"
)
WHOM = Envelope(sender=OWN, recipient=OTHER)

Make = Callable[..., Exchange]


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Make]:
    running: list[Exchange] = []

    def serve(**options: object) -> Exchange:
        state = tmp_path / f"exchange-{len(running)}"
        accounts: dict[str, str] = {OWN: PASSWORD, OTHER: "x"}
        exchange = Exchange(state, accounts, **options)  # type: ignore[arg-type]  # as given
        running.append(exchange.start())
        return exchange

    yield serve
    for exchange in running:
        exchange.stop()
        exchange.store.close()


def at(
    exchange: Exchange, login: AuthBase | None = None, *, ca_file: Path | None = None, pin: str = ""
) -> ExchangeServer:
    auth = login or Basic(OWN, PASSWORD)
    return ExchangeServer(
        url=exchange.url,
        address=OWN,
        login=lambda: auth,
        ca_file=ca_file,
        fingerprint=pin,
        timeout=5,
    )


def reads(server: ExchangeServer) -> str:
    with ExchangeMailbox("main", server) as mailbox:
        return mailbox.check("inbox")


def secured() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context


class Token:
    """Gives tokens one after the other, and the last one ever after."""

    def __init__(self, *tokens: str) -> None:
        self._left = list(tokens)
        self.renewed = 0

    def __call__(self) -> str:
        return self._left[0]

    def renew(self) -> None:
        self.renewed += 1
        self._left = self._left[1:] or self._left


def fingerprint() -> str:
    pem = (TLS / "server.pem").read_text()
    start = pem.index("-----BEGIN CERTIFICATE-----")
    end = pem.index("-----END CERTIFICATE-----", start)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem[start:end] + ssl.PEM_FOOTER)).hexdigest()


@pytest.mark.parametrize(
    ("scheme", "login"),
    [
        ("basic", Basic(OWN, PASSWORD)),
        ("bearer", Bearer(Token("token-1"))),
        ("ntlm", Ntlm(OWN, PASSWORD)),
    ],
)
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_each_way_of_logging_in_reads_and_sends(
    serving: Make, scheme: str, login: AuthBase, tls: bool
) -> None:
    exchange = serving(schemes=(scheme,), tokens={"token-1": OWN}, tls=secured() if tls else None)
    server = at(exchange, login, ca_file=TLS / "authority.pem" if tls else None)
    with ExchangeMailbox("main", server) as mailbox, ExchangeTransport(server) as transport:
        exchange.deliver(OWN, LETTER)
        (arrival,) = mailbox.arrivals("inbox", None)
        assert arrival.raw.endswith(LETTER)
        transport.send(WHOM, LETTER)
    assert len(exchange.messages(OTHER)) == 1


def test_a_refused_token_is_renewed_once_and_nothing_is_sent_twice(serving: Make) -> None:
    exchange = serving(schemes=("bearer",), tokens={"new": OWN})
    token = Token("ended", "new")
    with ExchangeTransport(at(exchange, Bearer(token))) as transport:
        transport.send(WHOM, LETTER)
        assert token.renewed == 1
        assert len(exchange.messages(OTHER)) == 1
        del exchange.gate.tokens["new"]
        with pytest.raises(PeerUnavailable):
            transport.send(WHOM, LETTER)
        assert token.renewed == 2
        exchange.gate.tokens["new"] = OWN
        transport.send(WHOM, LETTER.replace(b"<1@", b"<2@"))
    assert len(exchange.messages(OTHER)) == 2
    assert token.renewed == 2


@pytest.mark.parametrize(
    ("scheme", "login"),
    [
        ("basic", Basic(OWN, "wrong")),
        ("bearer", Bearer(Token("stale"))),
        ("ntlm", Ntlm(OWN, "wrong")),
        ("ntlm", Basic(OWN, PASSWORD)),
        ("bearer", Ntlm(OWN, PASSWORD)),
    ],
)
def test_a_refused_login_says_so_and_shows_no_secret(
    serving: Make, scheme: str, login: AuthBase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    server = at(serving(schemes=(scheme,)), login)
    with pytest.raises(PeerRefused, match=r"401: login refused; check auth") as caught:
        reads(server)
    with ExchangeTransport(server) as transport, pytest.raises(PeerUnavailable) as put_off:
        transport.send(WHOM, LETTER)
    told = f"{caught.value} {put_off.value} {caplog.text}"
    assert PASSWORD not in told
    assert "wrong" not in told
    assert "n\u1ed9i dung" not in told


def test_a_renewed_secret_is_used_at_once(serving: Make) -> None:
    exchange = serving(schemes=("basic",))
    passwords = ["wrong"]
    with ExchangeMailbox("main", at(exchange, Basic(OWN, lambda: passwords[-1]))) as mailbox:
        with pytest.raises(PeerRefused):
            mailbox.check("inbox")
        passwords.append(PASSWORD)
        assert mailbox.check("inbox") == "Hộp thư đến"


def test_a_secret_that_cannot_be_read_is_an_error_of_the_configuration(serving: Make) -> None:
    exchange = serving(schemes=("basic",))
    secrets: list[str] = []

    def reveal() -> str:
        if not secrets:
            missing = Problem(file="dondoc.yaml", line=1, column=1, what="is not set", advice="set")
            raise ConfigError((missing,))
        return secrets[0]

    with ExchangeTransport(at(exchange, Basic(OWN, reveal))) as transport:
        for _ in range(3):
            with pytest.raises(ConfigError, match="is not set"):
                transport.send(WHOM, LETTER)
        secrets.append(PASSWORD)
        transport.send(WHOM, LETTER)
    assert len(exchange.messages(OTHER)) == 1


def test_a_certificate_is_verified(serving: Make) -> None:
    exchange = serving(schemes=("basic",), tls=secured())
    assert reads(at(exchange, ca_file=TLS / "authority.pem")) == "Hộp thư đến"
    with pytest.raises(PeerUnavailable, match="certificate is not trusted"):
        reads(at(exchange))


def test_a_pinned_certificate_is_the_only_one_that_is_accepted(serving: Make) -> None:
    exchange = serving(schemes=("basic",), tls=secured())
    assert reads(at(exchange, pin=fingerprint())) == "Hộp thư đến"
    with pytest.raises(PeerUnavailable, match="fingerprint"):
        reads(at(exchange, pin="00" * 32))
    assert exchange.requests.count("GetFolder") == 2


def test_a_pinned_certificate_serves_ntlm_too(serving: Make) -> None:
    exchange = serving(schemes=("ntlm",), tls=secured())
    assert reads(at(exchange, Ntlm(OWN, PASSWORD), pin=fingerprint())) == "Hộp thư đến"


def test_a_file_of_authorities_that_is_none_is_refused_at_once(
    serving: Make, tmp_path: Path
) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    with pytest.raises(ConfigError, match="no certificates can be read"):
        ExchangeMailbox("main", at(serving(), ca_file=broken))


def test_accounts_share_nothing(serving: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(TLS / "authority.pem"))
    exchange = serving(schemes=("basic",), tls=secured())
    before = BaseProtocol.HTTP_ADAPTER_CLS, BaseProtocol.USERAGENT
    pinned = at(exchange, pin=fingerprint())
    with ExchangeMailbox("one", pinned) as one, ExchangeMailbox("two", at(exchange)) as two:
        assert one.check("inbox")
        with pytest.raises(PeerUnavailable, match="not trusted"):
            two.check("inbox")
        assert one.check("inbox")
    with pytest.raises(PeerRefused, match="401"):
        reads(at(exchange, Basic(OWN, "wrong"), pin=fingerprint()))
    assert CachingProtocol._protocol_cache == {}
    assert before == (BaseProtocol.HTTP_ADAPTER_CLS, BaseProtocol.USERAGENT)


def test_a_connection_that_was_closed_meanwhile_is_made_anew(serving: Make) -> None:
    exchange = serving(schemes=("basic",))
    with ExchangeTransport(at(exchange)) as transport:
        transport.check()
        exchange.stop()
        exchange.start()
        transport.send(WHOM, LETTER)
    assert len(exchange.messages(OTHER)) == 1


def test_a_server_that_is_not_there_is_unavailable(serving: Make) -> None:
    exchange = serving(schemes=("basic",))
    server = at(exchange)
    exchange.stop()
    with ExchangeTransport(server) as transport:
        with pytest.raises(PeerUnavailable, match="no connection can be made") as caught:
            transport.send(WHOM, LETTER)
        assert not isinstance(caught.value, AnswerLost)
        exchange.start()
        transport.send(WHOM, LETTER)
    assert len(exchange.messages(OTHER)) == 1


def test_a_server_that_is_no_exchange_is_not_understood(serving: Make) -> None:
    exchange = serving(schemes=("basic",))
    elsewhere = ExchangeServer(
        url=exchange.url.replace("Exchange.asmx", "other"),
        address=OWN,
        login=lambda: Basic(OWN, PASSWORD),
        timeout=5,
    )
    with pytest.raises(PeerUnavailable, match="cannot be understood"):
        reads(elsewhere)


def test_an_answer_that_does_not_come_is_given_up(serving: Make) -> None:
    exchange = serving(schemes=("basic",))
    server = ExchangeServer(
        url=exchange.url, address=OWN, login=lambda: Basic(OWN, PASSWORD), timeout=0.3
    )
    exchange.faults.arm("slow", operation="FindItem")
    with (
        ExchangeMailbox("main", server) as mailbox,
        pytest.raises(PeerUnavailable, match="no answer in time"),
    ):
        mailbox.contains("inbox", MessageId("<1@huulung.example>"))
    assert exchange.requests.count("FindItem") == 1
