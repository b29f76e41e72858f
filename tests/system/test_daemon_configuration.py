"""`dondoc run` whose files are changed under it: on a real Postfix and Dovecot, letters counted."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connector.eoffice.vxp import VxpExchange
from domain.content import Inline
from domain.exchange import PacketKind
from domain.state import AssignmentState, ConfigurationState, DispatchState, ReviewState
from domain.status import DispatchStatus
from dondoc.app import App
from dondoc.bootstrap import has_store, open_app
from dondoc.settings.load import load_settings
from dondoc.simulators.eoffice import Exchange
from tests.checkout import clean_environment
from tests.integration.configured_folder import Clock
from tests.integration.services.service_parts import UNIT, short_letter
from tests.servers.postfix import Postfix
from tests.servers.process import ServerFailed, wait_for
from tests.system.configured import SECRET, Peers, configure
from tests.system.started import DONDOC, start_daemon

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

NAMES = ("mot", "hai", "ba", "bon")
LATE = "nam"
CAMPAIGN = """\
id: nq47
title: Nghị quyết 47
exchange: "off"
intake: {number: "512"}
recipients: [{group: các xã, channels: prefer_email}]
rounds: {once: 2030-11-11}
"""
_DONE = set(DispatchStatus) - {
    DispatchStatus.PLANNED,
    DispatchStatus.SENDING,
    DispatchStatus.DEFERRED,
    DispatchStatus.UNCERTAIN,
}


def written(domain: str, name: str, mailbox: str, group: str) -> str:
    address = f"{mailbox or name}@{domain}"
    return f"{{id: {name}, name: UBND xã {name}, groups: [{group}], emails: [{address}]}}"


@dataclass
class Place:
    """A configuration folder and the daemon that works in it."""

    folder: Path
    postfix: Postfix
    domain: str
    daemon: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        return self.folder / "dondoc.yaml"

    def entry(self, name: str, mailbox: str = "", group: str = "các xã") -> str:
        return written(self.domain, name, mailbox, group)

    def start(self) -> None:
        self.daemon = start_daemon(self.config, self.folder / "log")

    def kill(self) -> None:
        if self.daemon is not None:
            self.daemon.kill()
            self.daemon.wait()

    def directory(self, *entries: str, name: str = "directory.yaml") -> None:
        text = "offices:\n" + "".join(f"  - {one}\n" for one in entries)
        (self.folder / name).write_text(text, encoding="utf-8")

    def command(self, *words: str) -> dict[str, Any]:  # the shape is the command's
        done = subprocess.run(
            [str(DONDOC), *words, "--json"],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return dict(json.loads(done.stdout))

    def app(self, look: Callable[[App], Any]) -> Any:  # whatever the look returns
        kept = self.folder / "as-it-was" / "dondoc.yaml"
        with open_app(load_settings(kept), Clock(datetime.now(UTC)), read_only=True) as app:
            return look(app)

    def row(self) -> ConfigurationState:
        rows: list[ConfigurationState] = self.app(lambda app: app.ledger.select(ConfigurationState))
        return rows[0]

    def statuses(self) -> dict[str, DispatchStatus]:
        def look(app: App) -> dict[str, DispatchStatus]:
            return {f"{d.office} {d.target}": d.status for d in app.ledger.select(DispatchState)}

        found: dict[str, DispatchStatus] = self.app(look)
        return found

    def letters(self, name: str) -> int:
        return len(self.postfix.mail_for(f"{name}@{self.domain}"))

    def until(self, true: Callable[[], bool], what: str) -> None:
        try:
            wait_for(what, true, seconds=60, pause=0.2)
        except ServerFailed as error:
            raise AssertionError(f"{error}\n{(self.folder / 'log').read_text()[-4000:]}") from None


@pytest.fixture
def place(postfix: Postfix, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    # The servers are shared by all tests: each has boxes of its own.
    domain = f"d{len(request.node.name)}.example"
    for name in ("nq47", *NAMES, LATE, "ba-moi"):
        postfix.dovecot.add(f"{name}@{domain}")
    with Exchange(tmp_path / "exchange", {UNIT: SECRET}) as exchange:
        peers = Peers(
            postfix=postfix,
            exchange_url=exchange.url,
            smtp=postfix.submission_port,
            imap=postfix.dovecot.imaps_port,
        )
        postfix.behave(f"khong-co@{domain}", "refuse")
        offices = [
            written(domain, "mot", "", "các xã"),
            written(domain, "hai", "", "các xã"),
            written(domain, "ba", "khong-co", "các xã"),
            written(domain, "bon", "", "các xã"),
        ]
        configure(
            tmp_path,
            peers,
            own=f"nq47@{domain}",
            offices=offices,
            campaign=CAMPAIGN,
            schedule="poll_seconds: 5",
        )
        main = (tmp_path / "dondoc.yaml").read_text(encoding="utf-8")
        absolute = main.replace("store/", f"{tmp_path}/store/")
        absolute = absolute.replace("output: ", f"output: {tmp_path}/")
        (tmp_path / "dondoc.yaml").write_text(absolute, encoding="utf-8")
        copied(tmp_path, "as-it-was")
        with VxpExchange(
            exchange.url, system_id=UNIT, secret=SECRET, now=lambda: datetime.now(UTC)
        ) as client:
            client.send(
                Inline(short_letter()), kind=PacketKind.DOCUMENT, sender=UNIT, receivers=[UNIT]
            )
        made = Place(tmp_path, postfix, domain)
        try:
            yield made
        finally:
            made.kill()
            postfix.policy.forget()


def copied(folder: Path, name: str) -> Path:
    """Copy the files of a configuration to a folder of their own."""
    copy = folder / name
    copy.mkdir()
    for file in folder.iterdir():
        if file.is_file() and file.name != "log":
            (copy / file.name).touch(mode=0o600)
            (copy / file.name).write_bytes(file.read_bytes())
    return copy


def removed(place: Place) -> list[str]:
    def look(app: App) -> list[str]:
        return [row.office for row in app.ledger.select(AssignmentState) if row.removed]

    found: list[str] = place.app(look)
    return found


def begun(place: Place) -> None:
    place.start()
    place.until(
        lambda: (
            has_store(load_settings(place.folder / "as-it-was" / "dondoc.yaml"))
            and len(place.statuses()) == 4
            and set(place.statuses().values()) <= _DONE
            and place.statuses()[f"ba khong-co@{place.domain}"] is DispatchStatus.BOUNCED
        ),
        "the letters went out, and one was refused",
    )


def test_a_changed_directory_acts_without_a_restart_and_nobody_gets_a_letter_twice(
    place: Place,
) -> None:
    begun(place)
    new = copied(place.folder, "new")
    offices = [
        place.entry("mot"),
        place.entry("hai", "hai", "khác"),
        place.entry("ba", "ba-moi"),
        place.entry("bon"),
    ]
    text = "offices:\n" + "".join(f"  - {one}\n" for one in [*offices, place.entry(LATE)])
    (new / "directory.yaml").write_text(text, encoding="utf-8")
    explained = place.command("plan", "--config", str(new))
    assert {(one["subject"], one["office"]) for one in explained["differences"]} == {
        ("added", LATE),
        ("removed", "hai"),
        ("address", "ba"),
    }
    (address,) = [one for one in explained["differences"] if one["subject"] == "address"]
    assert address["follows"] == "the letter is sent there, once"
    assert place.command("plan", "--config", str(place.config)).get("differences") is None

    place.directory(*offices, place.entry(LATE))
    place.until(
        lambda: place.letters(LATE) == place.letters("ba-moi") == 1,
        "the late and the corrected one have their letters",
    )
    assert place.row().problems == ()
    assert removed(place) == ["hai"]
    open_ones = place.app(lambda app: app.ledger.select(ReviewState, open=True))
    assert open_ones == []

    # Whatever is changed from here on sends nothing again.
    place.directory(
        place.entry("mot"),
        place.entry("hai"),
        place.entry("ba", "ba-moi"),
        place.entry("bon"),
        place.entry(LATE),
    )
    before = place.row().adopted
    place.until(lambda: place.row().adopted > before, "the next set is in force")
    place.until(lambda: removed(place) == [], "the removed office is back")
    counted = {name: place.letters(name) for name in ("mot", "hai", "ba-moi", "bon", LATE)}
    assert counted == dict.fromkeys(counted, 1)


def test_a_bad_set_is_refused_visibly_and_the_daemon_goes_on(place: Place) -> None:
    begun(place)
    digest = place.row().digest
    place.directory(place.entry("mot"), place.entry("mot"))
    place.until(lambda: bool(place.row().problems), "the bad set is refused")
    assert place.row().digest == digest
    assert place.daemon is not None
    assert place.daemon.poll() is None
    log = [json.loads(line) for line in (place.folder / "log").read_text("utf-8").splitlines()]
    (refused,) = [line for line in log if line["event"] == "configuration_refused"]
    assert "directory.yaml" in refused["problems"][0]
    metrics = place.folder / "store" / "metrics.prom"
    problems = len(place.row().problems)
    place.until(
        lambda: f"dondoc_configuration_problems {problems}\n" in metrics.read_text("utf-8"),
        "the metrics tell",
    )
    kept = str(place.folder / "as-it-was" / "dondoc.yaml")
    checks = place.command("doctor", "--quick", "--config", kept)["checks"]
    (check,) = [one for one in checks if one["name"] == "configuration in force"]
    assert not check["ok"]
    assert check["details"] == list(place.row().problems)
    # Mended, it is taken in; somebody who sends a signal need not wait for a look.
    place.directory(
        place.entry("mot"),
        place.entry("hai"),
        place.entry("ba", "khong-co"),
        place.entry("bon"),
        place.entry(LATE),
    )
    place.daemon.send_signal(signal.SIGHUP)
    place.until(lambda: place.letters(LATE) == 1, "the mended set is in force")
    assert place.row().problems == ()


def test_a_daemon_that_is_killed_in_a_swap_goes_on_by_the_new_set(place: Place) -> None:
    begun(place)
    others = (place.entry("mot"), place.entry("hai"), place.entry("bon"), place.entry(LATE))
    for number, seconds in enumerate((0.0, 0.3, 0.6, 0.9, 1.2)):
        place.directory(place.entry("ba", "khong-co" if number % 2 else "ba-moi"), *others)
        assert place.daemon is not None
        place.daemon.send_signal(signal.SIGHUP)
        time.sleep(seconds)
        place.kill()
        place.start()
        place.until(partial(_started, place, number + 2), "it is there again")
    place.until(
        lambda: len(place.statuses()) == 6 and set(place.statuses().values()) <= _DONE,
        "all letters went out",
    )
    counted = {name: place.letters(name) for name in ("mot", "hai", "ba-moi", "bon", LATE)}
    assert counted == dict.fromkeys(counted, 1)
    assert place.command("replay", "--config", str(place.config))["differences"] == []


def _started(place: Place, times: int) -> bool:
    return (place.folder / "log").read_bytes().count(b'"daemon_started"') == times
