"""Mailboxes that are read: further ones, what becomes of read mail, and what contradicts."""

import shutil
from pathlib import Path

import pytest

from domain.errors import ConfigError
from domain.mail import OwnCopy
from dondoc.settings.check_secrets import references
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from tests.checkout import ROOT

DATA = ROOT / "tests" / "data" / "config"
MAIL = """\
mail:
  name: nq47
  address: nq47@huulung.example
  smtp: {host: mail.huulung.example}
  imap:
    host: mail.huulung.example
    username: nq47
    password: {env: DONDOC_TEST_MAIL}
    folders: [INBOX, Junk]
"""
MAILBOXES = """\
mailboxes:
  - name: vanthu
    address: VanThu@huulung.example
    imap:
      host: MAIL.huulung.example
      username: NQ47
      password: {env: DONDOC_TEST_VANTHU}
      folders: [Van thu]
      idle: false
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DATA / "minimal", tmp_path, dirs_exist_ok=True)
    return tmp_path


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "dondoc.yaml"
    minimal = (DATA / "minimal" / "dondoc.yaml").read_text(encoding="utf-8")
    path.write_text(minimal.partition("mail:")[0] + text, "utf-8")
    return load_settings(path)


def wrong(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return "\n".join(f"{problem.what}; {problem.advice}" for problem in caught.value.problems)


def test_further_mailboxes_are_read_and_have_secrets_of_their_own(folder: Path) -> None:
    settings = loaded(folder, MAIL + MAILBOXES)
    (further,) = settings.mailboxes
    assert (further.name, further.address) == ("vanthu", "vanthu@huulung.example")
    assert (further.imap.port, further.imap.folders, further.imap.idle) == (
        993,
        ("Van thu",),
        False,
    )
    assert further.imap.password is not None
    assert further.imap.password.name == "DONDOC_TEST_VANTHU"
    assert len(list(references(settings))) == len(list(references(loaded(folder, MAIL)))) + 1


def test_mail_is_left_as_it_is_unless_something_is_said(folder: Path) -> None:
    mail = loaded(folder, MAIL).mail
    assert mail is not None
    assert mail.imap is not None
    assert (mail.imap.idle, mail.imap.move, mail.imap.flag) == (True, None, None)


@pytest.mark.parametrize(
    ("said", "move", "flag"),
    [
        ("{move: Processed}", "Processed", None),
        (r"{flag: '\sEEN'}", None, "\\Seen"),
        (r"{flag: '\Flagged'}", None, "\\Flagged"),
        ("{flag: $DaDoc_1}", None, "$DaDoc_1"),
    ],
)
def test_read_mail_is_moved_or_flagged(
    folder: Path, said: str, move: str | None, flag: str | None
) -> None:
    mail = loaded(folder, f"{MAIL}    after_reading: {said}\n").mail
    assert mail is not None
    assert mail.imap is not None
    assert (mail.imap.move, mail.imap.flag) == (move, flag)


@pytest.mark.parametrize(
    ("said", "own_copy"),
    [
        ("", OwnCopy.UNLESS_REPORTED),
        ("  copy_to_self: auto\n", OwnCopy.UNLESS_REPORTED),
        ("  copy_to_self: true\n", OwnCopy.ALWAYS),
        ("  copy_to_self: false\n", OwnCopy.NEVER),
    ],
)
def test_when_a_letter_goes_to_ourselves(folder: Path, said: str, own_copy: OwnCopy) -> None:
    mail = loaded(folder, MAIL + said).mail
    assert mail is not None
    assert mail.own_copy is own_copy


def test_the_folder_of_sent_mail_is_not_read(folder: Path) -> None:
    mail = loaded(folder, f"{MAIL}    sent_folder: Sent\n").mail
    assert mail is not None
    assert mail.imap is not None
    assert (mail.imap.sent, "Sent" in mail.imap.folders) == ("Sent", False)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("{}", "must say exactly one thing"),
        ("{move: Processed, flag: DaDoc}", "must say exactly one thing"),
        (r"{flag: '\Deleted'}", "is not a flag that mail can get"),
        ("{flag: Đã đọc}", "is not a flag that mail can get"),
        ("{move: Junk}", "would be moved to a folder that is read"),
        ("{move: inbox}", "would be moved to a folder that is read"),
    ],
)
def test_what_cannot_become_of_mail_is_told(folder: Path, said: str, what: str) -> None:
    assert what in wrong(folder, f"{MAIL}    after_reading: {said}\n")


def test_a_folder_that_another_entry_reads_is_not_moved_to(folder: Path) -> None:
    text = f"{MAIL}    after_reading: {{move: Van thu}}\n{MAILBOXES}"
    assert "would be moved to a folder that is read" in wrong(folder, text)


def test_a_folder_is_read_once_and_an_account_has_its_own_name(folder: Path) -> None:
    twice = MAILBOXES.replace("[Van thu]", "[junk, Junk]").replace("name: vanthu", "name: nq47")
    told = wrong(folder, MAIL + twice)
    assert told.count("the folder is read already") == 1
    assert 'the name "nq47" is taken already' in told


def test_a_further_mailbox_is_protected_as_our_own(folder: Path) -> None:
    told = wrong(folder, MAIL + MAILBOXES + "      security: none\n      ca_file: nowhere.pem\n")
    assert "what goes to mailboxes[1].imap crosses the network unencrypted" in told
    assert "the file of certificate authorities is missing" in told
