"""The test servers themselves: what they offer, and that they come and go cleanly."""

import imaplib
import os
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers.dovecot import FOLDERS, PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.process import HOST

MAIL = b"Message-ID: <1@a.example>\r\nSubject: x\r\n\r\ny\r\n"
IMAP = {
    *("IDLE", "CONDSTORE", "QRESYNC", "ENABLE", "UIDPLUS", "MOVE", "SPECIAL-USE"),
    *("LITERAL+", "QUOTA", "NAMESPACE"),
}
SMTP = {"dsn", "size", "8bitmime", "smtputf8", "pipelining", "chunking", "auth"}
Account = Callable[[], str]


def trusting(server: Dovecot | Postfix) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca_file)


def login(server: Dovecot) -> IMAPClient:
    return IMAPClient(HOST, server.imaps_port, ssl_context=trusting(server), timeout=10)


class TestDovecot:
    def test_tls_can_be_verified_and_offers_what_is_needed(
        self, dovecot: Dovecot, new_account: Account
    ) -> None:
        with login(dovecot) as client:
            client.plain_login(new_account(), PASSWORD)
            assert {name.decode() for name in client.capabilities()} >= IMAP
            assert {name for _, _, name in client.list_folders()} == {"INBOX", *FOLDERS}

    def test_starttls_can_be_verified(self, dovecot: Dovecot, new_account: Account) -> None:
        client = IMAPClient(HOST, dovecot.imap_port, ssl=False, timeout=10)
        client.starttls(trusting(dovecot))
        client.plain_login(new_account(), PASSWORD)
        client.logout()

    def test_a_token_opens_its_own_account_until_it_is_revoked(
        self, dovecot: Dovecot, new_account: Account
    ) -> None:
        owner, other = new_account(), new_account()
        token = dovecot.tokens.issue(owner)
        with login(dovecot) as client:
            client.oauth2_login(owner, token)
        with login(dovecot) as client, pytest.raises(LoginError):
            client.oauth2_login(other, token)
        dovecot.tokens.revoke(token)
        with login(dovecot) as client, pytest.raises(LoginError):
            client.oauth2_login(owner, token)

    def test_a_sub_address_arrives_in_its_account(
        self, dovecot: Dovecot, new_account: Account
    ) -> None:
        address = new_account()
        dovecot.deliver(MAIL, address.replace("@", "+tok.1@"))
        (raw,) = dovecot.messages(address)
        assert raw.endswith(MAIL)
        assert f"Delivered-To: {address.replace('@', '+tok.1@')}\r\n".encode() in raw

    def test_a_full_account_takes_nothing_more(self, dovecot: Dovecot) -> None:
        address = dovecot.add("daythu@donvi.example", quota_octets=2000)
        dovecot.deliver(MAIL + b"z" * 900 + b"\r\n", address)
        with pytest.raises(smtplib.SMTPDataError, match=r"552.*5\.2\.2"):
            dovecot.deliver(MAIL + b"z" * 900 + b"\r\n", address)
        assert len(dovecot.messages(address)) == 1

    def test_a_folder_gets_another_uidvalidity(
        self, dovecot: Dovecot, new_account: Account
    ) -> None:
        address = new_account()
        dovecot.deliver(MAIL, address)
        first = dovecot.uid_validity(address)
        dovecot.renumber(address)
        second = dovecot.uid_validity(address)
        assert len(dovecot.messages(address)) == 1
        dovecot.recreate(address)
        assert dovecot.messages(address) == []
        assert first < second < dovecot.uid_validity(address)

    def test_mail_survives_a_kill(self, dovecot: Dovecot, new_account: Account) -> None:
        address = new_account()
        dovecot.deliver(MAIL, address)
        dovecot.kill()
        with pytest.raises((OSError, imaplib.IMAP4.abort)):
            dovecot.messages(address)
        dovecot.start()
        assert len(dovecot.messages(address)) == 1


class TestPostfix:
    @pytest.mark.parametrize("security", ["starttls", "tls"])
    def test_submission_wants_a_login_over_tls_and_offers_what_is_needed(
        self, postfix: Postfix, new_account: Account, security: str
    ) -> None:
        sender, recipient = new_account(), new_account()
        with _submission(postfix, security) as client:
            client.ehlo("localhost")
            assert client.esmtp_features.keys() >= SMTP
            assert {"PLAIN", "LOGIN", "XOAUTH2"} <= set(client.esmtp_features["auth"].split())
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail(sender, [recipient], MAIL)
            token = postfix.dovecot.tokens.issue(sender)
            code, _ = client.docmd(
                "AUTH XOAUTH2 " + _encoded(f"user={sender}\1auth=Bearer {token}\1\1")
            )
            assert code == 235
            client.sendmail(sender, [recipient], MAIL)
        (raw,) = postfix.mail_for(recipient)
        assert raw.endswith(MAIL)

    def test_mail_survives_a_kill(self, postfix: Postfix, new_account: Account) -> None:
        recipient = new_account()
        postfix.dovecot.stop()
        with smtplib.SMTP(HOST, postfix.smtp_port, "localhost") as client:
            client.sendmail(recipient, [recipient], MAIL)
        postfix.kill()
        postfix.dovecot.start()
        postfix.start()
        assert len(postfix.dovecot.wait_for_messages(recipient, 1)) == 1

    def test_nothing_is_taken_for_the_world(self, postfix: Postfix) -> None:
        with (
            smtplib.SMTP(HOST, postfix.smtp_port, "localhost") as client,
            pytest.raises(smtplib.SMTPRecipientsRefused),
        ):
            client.sendmail("a@donvi.example", ["b@elsewhere.invalid"], MAIL)


def test_servers_leave_neither_process_nor_folder() -> None:
    with Dovecot("a@donvi.example") as dovecot, Postfix(dovecot) as postfix:
        folders = [dovecot.folder, postfix.folder]
        assert all(_users_of(folder) for folder in folders)
    assert not any(folder.exists() for folder in folders)
    assert [_users_of(folder) for folder in folders] == [[], []]


def _submission(postfix: Postfix, security: str) -> smtplib.SMTP:
    if security == "tls":
        return smtplib.SMTP_SSL(
            HOST, postfix.submissions_port, "localhost", context=trusting(postfix)
        )
    client = smtplib.SMTP(HOST, postfix.submission_port, "localhost")
    client.starttls(context=trusting(postfix))
    return client


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def _users_of(folder: Path) -> list[str]:
    """Return the processes whose command line names a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and int(process.name) != os.getpid():
            found.append(words)
    return found
