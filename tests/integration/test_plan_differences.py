"""What `dondoc plan` says of a changed set: everything that changes letters, and where they go."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path

import pytest

from domain.campaign import Channel
from domain.state import DispatchState
from dondoc import bootstrap
from dondoc.services.difference import differences
from dondoc.services.difference_of_letters import Difference, Subject, letter_differences
from dondoc.settings.loaded import load_set
from dondoc.settings.records import Settings
from dondoc.views.foreseen import foreseen_views
from mappings.mail.rendering import SOURCES
from schedulers.calendar import local_day
from tests.integration.changing_set import MORE, Folder, Running, running, written
from tests.integration.test_reload_under_load import Server, campaign

DEPUTY = "deputies: [{address: thay@huyen.example, valid_from: 2024-05-01, valid_to: 2024-05-31}]"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = written(tmp_path)
    folder.write("secret2", "z" * 32)
    folder.write("secret3", "k" * 32)
    return folder


@pytest.fixture
def daemon(folder: Folder) -> Iterator[Running]:
    with running(folder) as found:
        yield found


def seen(daemon: Running, old: Settings) -> list[Difference]:
    new = load_set(daemon.folder.main).sound()
    return differences(old, new, bootstrap.ruled(daemon.sets.app, new), daemon.clock.now())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("token_key: {file: secret}", "token_key: {file: secret2}", [("token_key", "")]),
        ("token_key: {file: secret}", "token_key: {file: lacking}", [("token_key", "")]),
        ("token_key: {file: secret}", "token_key: {file: secret3}", []),
        ("place: Hữu Lũng}", "place: Chi Lăng}", [("place", ""), ("rule", "compile")]),
        (
            "name: UBND huyện Hữu Lũng",
            "name: UBND huyện Chi Lăng",
            [("accounts", ""), ("unit", "")],
        ),
        (
            "token_key:",
            "schedule: {retry_minutes: [1], probe_minutes: 7}\ntoken_key:",
            [("schedule", "retry_minutes"), ("schedule", "probe_minutes")],
        ),
        ("token_key:", "templates: templates\ntoken_key:", [("template", "notice.j2")]),
        ("token_key:", "phrases: phrases.yaml\ntoken_key:", [("phrases", "acknowledgements")]),
        ("store:", "# a line more\nstore:", []),
        ("username: x", "username: y", [("accounts", ""), ("mailbox", "mail")]),
        ("address: nq47@", "address: khac@", [("accounts", ""), ("mailbox", "mail")]),
        ("address: nq47@", "display_name: UBND\n  address: nq47@", [("accounts", "")]),
    ],
)
def test_what_changes_letters_or_their_reading_is_told(
    daemon: Running, old: str, new: str, told: Sequence[tuple[str, str]]
) -> None:
    folder = daemon.folder
    before = load_set(folder.main).sound()
    folder.write("templates/notice.j2", SOURCES["notice.j2"] + "\n{# của huyện #}")
    folder.write("phrases.yaml", "changes: [{list: acknowledgements, add: [chẳng hề]}]\n")
    folder.change("dondoc.yaml", old, new)
    found = seen(daemon, before)
    assert [(one.subject, one.name) for one in found] == told
    assert all(one.follows for one in found)


def test_a_template_says_whose_it_was_and_will_be(daemon: Running) -> None:
    folder = daemon.folder
    bare = load_set(folder.main).sound()
    folder.write("templates/notice.j2", SOURCES["notice.j2"])
    folder.change("dondoc.yaml", "token_key:", "templates: templates\ntoken_key:")
    own = load_set(folder.main).sound()
    changed = replace(own, templates={"notice.j2": "x"})
    app = daemon.sets.app

    def words(old: Settings, new: Settings) -> list[tuple[str, str]]:
        return [(one.before, one.after) for one in letter_differences(old, new, app)]

    assert words(bare, own) == [("Dondoc's", "of the office")]
    assert words(own, bare) == [("of the office", "Dondoc's")]
    assert words(own, changed) == [("of the office", "of the office, changed")]
    assert words(own, own) == []


def letters_are_out(daemon: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = [DispatchState.__new__(DispatchState)]
    object.__setattr__(sent[0], "attempts", 1)
    monkeypatch.setattr(type(daemon.sets.app.ledger), "select", lambda *_a, **_k: sent)


FURTHER = """\
mailboxes:
  - name: vanthu
    address: vanthu@huulung.example
    imap: {host: 127.0.0.1, port: 9, security: none, username: v, password: {file: secret}}
token_key:"""


@pytest.mark.parametrize(
    ("old", "new", "warning", "before", "after"),
    [
        (
            "username: x",
            "username: y",
            "read no more: keep it among mailboxes",
            "nq47@huulung.example, x at 127.0.0.1:9",
            "nq47@huulung.example, y at 127.0.0.1:9",
        ),
        (
            "address: nq47@",
            "address: khac@",
            "see that its mail still arrives",
            "nq47@huulung.example",
            "khac@huulung.example",
        ),
        (
            FURTHER,
            "token_key:",
            "read no more: keep it among mailboxes",
            "vanthu@huulung.example, v at 127.0.0.1:9",
            "",
        ),
    ],
)
def test_another_mailbox_or_address_is_a_warning_while_letters_are_out(
    daemon: Running,
    monkeypatch: pytest.MonkeyPatch,
    old: str,
    new: str,
    warning: str,
    before: str,
    after: str,
) -> None:
    daemon.folder.change("dondoc.yaml", "token_key:", FURTHER)
    was = load_set(daemon.folder.main).sound()
    daemon.folder.change("dondoc.yaml", old, new)
    becomes, app = load_set(daemon.folder.main).sound(), daemon.sets.app
    (told,) = letter_differences(was, becomes, app)
    assert (told.subject, told.before, told.after) == (Subject.MAILBOX, before, after)
    assert "careful" not in told.follows
    letters_are_out(daemon, monkeypatch)
    (told,) = letter_differences(was, becomes, app)
    assert told.follows.startswith("careful: letters are out")
    assert warning in told.follows


def test_another_token_key_is_a_warning_while_letters_are_out(
    daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = load_set(daemon.folder.main).sound()
    daemon.folder.change("dondoc.yaml", "token_key: {file: secret}", "token_key: {file: secret2}")
    (told,) = seen(daemon, before)
    assert told.subject is Subject.TOKEN_KEY
    assert "careful" not in told.follows
    letters_are_out(daemon, monkeypatch)
    (told,) = letter_differences(before, load_set(daemon.folder.main).sound(), daemon.sets.app)
    assert told.follows.startswith("careful: letters are out")


NOTHING_UNDER_WAY = {"path", "files", "warnings", "directory", "campaigns", "list_words"}
"""What is no rule, what is compared for each campaign, and what only `directory import` reads."""

ELSEWHERE = {
    *("store", "exchange", "doors", "mail", "mailboxes", "portals"),
    *("token_key", "unit", "place", "templates", "phrases", "schedule", "calendar"),
}
"""What is compared as a whole."""


def test_a_new_part_of_the_settings_must_be_compared_or_left_out_on_purpose() -> None:
    assert {field.name for field in fields(Settings)} == NOTHING_UNDER_WAY | ELSEWHERE


def test_the_address_is_that_of_who_stands_in(folder: Folder) -> None:
    with running(folder) as daemon:
        stood_in = MORE.replace("emails", f"{DEPUTY}, emails")
        folder.write("directory/more.yaml", stood_in)
        new = load_set(folder.main).sound()
        app = bootstrap.ruled(daemon.sets.app, new)
        day = local_day(daemon.clock.now())
        ways = [(view["office"], view["target"]) for view in foreseen_views(app, day)]
    assert ("xa-minh-tien", "thay@huyen.example") in ways
    assert ("xa-yen-son", "xayenson@huulung.example") in ways


def test_a_late_recipient_gets_it_where_somebody_stands_in(folder: Folder) -> None:
    with campaign(folder, Server()) as (sets, clock):
        old = load_set(folder.main).sound()
        folder.write("directory/more.yaml", MORE.replace("emails", f"{DEPUTY}, emails"))
        new = load_set(folder.main).sound()
        (told,) = differences(old, new, bootstrap.ruled(sets.app, new), clock.now())
    assert told.subject is Subject.ADDED
    assert f"{Channel.EMAIL} to thay@huyen.example" in told.follows
