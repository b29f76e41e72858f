"""Logins by OAuth 2.0 and proofs of who sent a mail, as the program gets them."""

import shutil
from pathlib import Path

import pytest

from dondoc.settings.check_ews import is_online
from dondoc.settings.check_secrets import references
from dondoc.settings.load import load_settings
from dondoc.settings.oauth import OAuthSettings
from dondoc.settings.records import ImapSettings, MailSettings, SmtpSettings
from mappings.mail.authentication.rules import SenderRules
from tests.checkout import ROOT

MINIMAL = ROOT / "tests" / "data" / "config" / "minimal"
SMTP = "smtp: {host: 127.0.0.1, port: 2525, security: none}"
PASSWORD = "password: {file: mail.secret}"
IMAP_HOST = "mail.huulung.example"


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


def imap(found: MailSettings) -> ImapSettings:
    assert found.imap is not None
    return found.imap


def login_of(server: ImapSettings | SmtpSettings) -> OAuthSettings:
    assert server.oauth is not None
    return server.oauth


def smtp(found: MailSettings) -> SmtpSettings:
    assert found.smtp is not None
    return found.smtp


def test_microsoft_365_needs_a_tenant_only(folder: Path) -> None:
    login = "{tenant: ubnd.example, client_id: a, client_secret: {env: DONDOC_OAUTH_SECRET}}"
    found = mail(folder, password=f"oauth: {login}")
    assert imap(found).password is None
    assert login_of(imap(found)).authority == "https://login.microsoftonline.com/ubnd.example"
    assert login_of(imap(found)).microsoft
    assert login_of(imap(found)).scopes == ("https://outlook.office365.com/.default",)
    secret = login_of(imap(found)).client_secret
    assert secret is not None
    assert secret.name == "DONDOC_OAUTH_SECRET"
    assert smtp(found).oauth is None


@pytest.mark.parametrize("host", ["outlook.office365.com", "partner.outlook.cn"])
def test_a_password_for_exchange_online_is_warned_of(folder: Path, host: str) -> None:
    main = folder / "dondoc.yaml"
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace(IMAP_HOST, host), encoding="utf-8")
    warned = [w for w in load_settings(main).warnings if "Exchange Online" in w.what]
    assert [w.advice for w in warned] == ["use oauth there, see docs/configuration.md"]


@pytest.mark.parametrize(
    ("host", "online"),
    [
        ("partner.outlook.cn", True),
        ("outlook.office365.us", True),
        ("outlook-dod.office365.us", True),
        ("webmail.apps.mil", True),
        ("outlook.office.de", True),
        ("Outlook.Office365.com.", True),
        ("mail.huulung.example", False),
        ("myoutlook.cn", False),
        ("outlook.cn.example", False),
    ],
)
def test_every_cloud_of_exchange_online_is_known(host: str, online: bool) -> None:
    assert is_online(f"https://{host}/EWS/Exchange.asmx") is online


def test_a_person_is_asked_for_what_each_server_needs(folder: Path) -> None:
    login = "oauth: {tenant: ubnd.example, client_id: a, flow: device_code}"
    server = f"smtp: {{host: smtp.ubnd.example, username: nq47, {login}}}"
    found = mail(folder, smtp=server, password=login)
    assert login_of(smtp(found)).scopes == ("https://outlook.office.com/SMTP.Send",)
    assert login_of(imap(found)).scopes == ("https://outlook.office.com/IMAP.AccessAsUser.All",)
    assert login_of(imap(found)).client_secret is None


def test_another_issuer_is_named_by_its_address(folder: Path) -> None:
    shutil.copy(ROOT / "tests" / "data" / "tls" / "authority.pem", folder / "ca.pem")
    login = (
        "oauth: {authority: https://dang-nhap.example/realms/a/, client_id: a, scopes: [mail], "
        "flow: device_code, ca_file: ca.pem}"
    )
    assert imap(mail(folder, password=login)).oauth == OAuthSettings(
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
    secret = login_of(imap(settings.mail)).client_secret
    assert secret is not None
    assert secret.reveal in list(references(settings))


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
