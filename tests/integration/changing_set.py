"""A folder of configuration that tests change, and the sets of a daemon that works by it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from domain.ports import Workers
from dondoc import bootstrap
from dondoc.app import App
from dondoc.configurations import Configurations
from dondoc.settings.loaded import load_set

MAIN = """\
store: {database: store/ledger.sqlite, evidence: store/evidence, output: result}
unit: {organ_id: H37.99, name: UBND huyện Hữu Lũng, place: Hữu Lũng}
mail:
  address: nq47@huulung.example
  smtp: {host: 127.0.0.1, port: 9, security: none, per_minute: 60}
  imap: {host: 127.0.0.1, port: 9, security: none, username: x, password: {file: secret}}
token_key: {file: secret}
directory: directory/*.yaml
campaigns: campaigns/*.yaml
"""
DIRECTORY = """\
offices:
  - {id: xa-yen-son, name: UBND xã Yên Sơn, groups: [các xã], emails: [xayenson@huulung.example]}
  - {id: xa-ho-son, name: UBND xã Hồ Sơn, groups: [các xã], emails: [xahoson@huulung.example]}
"""
CAMPAIGN = """\
id: nq47
title: Nghị quyết 47
exchange: "off"
intake: {number: "512", notation: UBND-VH}
recipients: [{group: các xã}]
rounds: {once: 2024-11-08}
"""
MORE = """\
offices:
  - {id: xa-minh-tien, name: UBND xã Minh Tiến, groups: [các xã], emails: [mt@huulung.example]}
"""

_TICKS = count(1)


@dataclass
class Clock:
    at: datetime = datetime(2024, 5, 8, 2, tzinfo=UTC)

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass
class Folder:
    """Files of a configuration; what is written looks as if it had been written a while ago."""

    path: Path

    @property
    def main(self) -> Path:
        return self.path / "dondoc.yaml"

    def write(self, name: str, text: str) -> None:
        place = self.path / name
        place.parent.mkdir(exist_ok=True)
        place.touch(mode=0o600)
        place.write_text(text, encoding="utf-8")
        # Whatever the clock of the file system counts in, two writings are told apart.
        at = place.stat().st_mtime_ns + next(_TICKS)
        os.utime(place, ns=(at, at))

    def contents(self) -> list[bytes]:
        """Return the files of the set, without the secret."""
        return [path.read_bytes() for path in self.path.rglob("*.yaml")]

    def change(self, name: str, old: str, new: str) -> None:
        text = (self.path / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))


def written(path: Path) -> Folder:
    folder = Folder(path)
    folder.write("dondoc.yaml", MAIN)
    folder.write("directory/offices.yaml", DIRECTORY)
    folder.write("campaigns/nq47.yaml", CAMPAIGN)
    folder.write("secret", "k" * 32)
    return folder


@dataclass
class Running:
    """The sets of a daemon; ``changed`` are the applications that it was told of."""

    folder: Folder
    sets: Configurations
    clock: Clock
    changed: list[App] = field(default_factory=list)

    def settle(self) -> bool:
        """Look twice and judge, as the daemon does between two turns."""
        self.sets.look()
        self.sets.look()
        return self.sets.take_changes()


@contextmanager
def running(folder: Folder, workers: Workers | None = None) -> Iterator[Running]:
    first, clock = load_set(folder.main), Clock()
    with bootstrap.open_app(first.sound(), clock, create=True) as opened:
        app = replace(opened, workers=workers) if workers else opened
        changed: list[App] = []
        sets = Configurations(
            first,
            first.sound(),
            app,
            clock,
            rewire=partial(bootstrap.rewired, clock=clock, dress=lambda app: app),
            changed=changed.append,
        )
        try:
            yield Running(folder, sets, clock, changed)
        finally:
            sets.close()
