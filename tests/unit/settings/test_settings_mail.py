"""Logins by OAuth 2.0 and proofs of who sent a mail, as the program gets them."""

import shutil
from pathlib import Path

import pytest

from dondoc.settings.check_secrets import references
from dondoc.settings.load import load_settings
from dondoc.settings.oauth import OAuthSettings
from dondoc.settings.records import MailSettings
from mappings.mail.authentication.rules import SenderRules
from tests.checkout import ROOT

MINIMAL = ROOT / "tests" / "data" / "config" / "minimal"
SMTP = "smtp: {host: 127.0.0.1, port: 2525, security: none}"
PASSWORD = "password: {file: mail.secret}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINIMAL, tmp_path / "config"))


def mail(folder: Path, **changes: str) -> MailSettings:
    """Return the mail section with parts of the file replaced: ``smtp`` and ``password``."""
    path = folder / "dondoc.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in ((SMTP, changes.get("smtp")), (PASSWORD, changes.get("password"))):
        assert old in text
        text = text.replace(old, new or old)
    path.write_text(text + changes.get("more", ""), encoding="utf-8")
    found = load_settings(path).mail
    assert found is not None
    return found


def test_microsoft_365_needs_a_tenant_only(folder: Path) -> None:
    login = "{tenant: ubnd.example, client_id: a, client_secret: {env: DONDOC_OAUTH_SECRET}}"
    found = mail(folder, password=f"oauth: {login}")
    assert found.imap.password is None
    assert found.imap.oauth is not None
    assert found.imap.oauth.authority == "https://login.microsoftonline.com/ubnd.example"
    assert found.imap.oauth.microsoft
    assert found.imap.oauth.scopes == ("https://outlook.office365.com/.default",)
    assert found.imap.oauth.client_secret is not None
    assert found.imap.oauth.client_secret.name == "DONDOC_OAUTH_SECRET"
    assert found.smtp.oauth is None


def test_a_person_is_asked_for_what_each_server_needs(folder: Path) -> None:
    login = "oauth: {tenant: ubnd.example, client_id: a, flow: device_code}"
    smtp = f"smtp: {{host: smtp.ubnd.example, username: nq47, {login}}}"
    found = mail(folder, smtp=smtp, password=login)
    assert found.smtp.oauth is not None
    assert found.imap.oauth is not None
    assert found.smtp.oauth.scopes == ("https://outlook.office.com/SMTP.Send",)
    assert found.imap.oauth.scopes == ("https://outlook.office.com/IMAP.AccessAsUser.All",)
    assert found.imap.oauth.client_secret is None


def test_another_issuer_is_named_by_its_address(folder: Path) -> None:
    (folder / "ca.pem").write_text("", encoding="utf-8")
    login = (
        "oauth: {authority: https://dang-nhap.example/realms/a/, client_id: a, scopes: [mail], "
        "flow: device_code, ca_file: ca.pem}"
    )
    assert mail(folder, password=login).imap.oauth == OAuthSettings(
        authority="https://dang-nhap.example/realms/a",
        microsoft=False,
        client_id="a",
        client_secret=None,
        flow="device_code",
        scopes=("mail",),
        ca_file=folder / "ca.pem",
    )


def test_the_secret_of_an_application_is_looked_for(folder: Path) -> None:
    login = "{tenant: a, client_id: a, client_secret: {env: DONDOC_OAUTH_SECRET}}"
    mail(folder, password=f"oauth: {login}")
    settings = load_settings(folder / "dondoc.yaml")
    assert settings.mail is not None
    assert settings.mail.imap.oauth is not None
    assert settings.mail.imap.oauth.client_secret is not None
    assert settings.mail.imap.oauth.client_secret.reveal in list(references(settings))


def test_without_a_word_signatures_count_and_nothing_is_due(folder: Path) -> None:
    found = mail(folder).authentication
    assert (found.rules, found.name_servers) == (SenderRules(), ())


def test_what_counts_as_a_proof(folder: Path) -> None:
    more = (
        "  authentication:\n"
        "    authserv_ids: [MX.huulung.example]\n"
        "    unnamed: true\n"
        "    signatures: false\n"
        "    require: true\n"
        "    signing_domains: [Langson.example]\n"
        "    name_servers: [192.0.2.53, '::1', '192.0.2.54:5353']\n"
    )
    found = mail(folder, more=more).authentication
    assert found.rules == SenderRules(
        authserv_ids=frozenset({"mx.huulung.example"}),
        unnamed=True,
        signatures=False,
        require=True,
        signing_domains=frozenset({"langson.example"}),
    )
    assert found.name_servers == ("192.0.2.53", "::1", "192.0.2.54:5353")
