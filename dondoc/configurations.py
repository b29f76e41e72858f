"""The sets of configuration of one daemon: the one in force, and what takes its place.

A set comes into force whole, between two turns, or not at all. Whoever works by a set holds it: a
batch that another daemon handed out may be under way while the set changes, and ends by the one
that it began with. The connections of a set that is no longer in force are closed when nobody
holds it any more.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

import structlog

from domain.campaign import Channel
from domain.errors import Conflict, DondocError, Problem, StoreFailed
from domain.ids import SetDigest
from domain.ports import Clock, Ledger
from domain.state import ConfigurationState, DispatchState
from dondoc.app import App
from dondoc.in_force import InForce
from dondoc.services.configuration import (
    adopt,
    adopt_again,
    in_force,
    left_out,
    redirected_to,
    refuse,
    set_of,
    worker_name,
)
from dondoc.settings.kept_set import kept_settings
from dondoc.settings.loaded import LoadedSet, load_set, unjudged
from dondoc.settings.records import Settings
from dondoc.settings.unchangeable import REHEARSAL, UNKNOWN_REHEARSAL, rehearses, unchangeable
from dondoc.watching_files import QuietFiles

log = structlog.get_logger(__name__)


Rewire = Callable[[App, Settings, Settings], App]
"""Makes the application of another set from that of the one before; nothing connects."""


class Configurations:
    """The sets of one daemon. All but ``using`` and ``look`` belong to the thread of the turns.

    ``rewire`` makes the application of a set that comes into force, ``changed`` is told of it.
    """

    def __init__(
        self,
        first: LoadedSet,
        settings: Settings,
        app: App,
        clock: Clock,
        *,
        rewire: Rewire,
        changed: Callable[[App], object] = lambda _app: None,
    ) -> None:
        self._path = first.path
        self._clock = clock
        self._rewire = rewire
        self._changed = changed
        self._now = InForce(app=app, digest=first.digest)
        self._settings = settings
        self._problems = 0
        self._lock = Lock()
        self._held: Counter[Callable[[], object]] = Counter()
        self._over: set[Callable[[], object]] = set()
        self._quiet = QuietFiles(first.files.footprint, first.files.as_read())
        self._unrecorded: LoadedSet | None = None
        self._begin(first)
        self._warn()
        if self._unrecorded is None:
            first.files.forget_contents()

    @property
    def app(self) -> App:
        """The application of the set in force."""
        return self._now.app

    @property
    def digest(self) -> SetDigest:
        """The digest of the set in force."""
        return self._now.digest

    @property
    def refused(self) -> int:
        """How many problems the files have as they stand, 0 for a good set."""
        return self._problems

    @contextmanager
    def using(self) -> Iterator[InForce]:
        """Hold the set in force while the block works by it, from any thread."""
        with self._lock:
            held = self._now
            self._held[held.app.close_accounts] += 1
        try:
            yield held
        finally:
            self._let_go(held.app.close_accounts)

    def _let_go(self, close: Callable[[], object]) -> None:
        with self._lock:
            self._held[close] -= 1
            if self._held[close]:
                return
            del self._held[close]
            over = close in self._over
            self._over.discard(close)
        if over:
            close()

    def close(self) -> None:
        """Close the connections of the set in force."""
        self.app.close_accounts()

    def ask(self) -> None:
        """Have the files judged at once; may be called from a signal handler."""
        self._quiet.ask()

    def look(self) -> bool:
        """Tell whether the files were changed and are quiet now, from any thread."""
        return self._quiet.look()

    def elsewhere(self) -> bool:
        """Tell whether another daemon that lives works by a newer set: this one stands still then.

        Where nobody lives who does, this one's set is in force again.
        """
        current = in_force(self.app.ledger)
        if current is None or current.digest == self.digest:
            return False
        living = {life.partition(".")[0] for life in self.app.workers.alive()}
        own = worker_name(self.app)
        if current.worker != own and current.worker in living:
            log.warning("configuration_elsewhere", worker=current.worker, digest=current.digest)
            return True
        now = self._clock.now()
        adopt_again(self.app, self._path, self.digest, (), now, redirected_to=self._letters_to)
        return False

    def take_changes(self) -> bool:
        """Judge the files if they were changed, and tell whether another set is in force now.

        To be called between two turns: it swaps the set in whole, or refuses it.
        """
        self._record_first()
        if not self._quiet.ready:
            return False
        with self._quiet.judging():
            return self._judge_files()

    def _judge_files(self) -> bool:
        loaded = load_set(self._path)
        seen = loaded.files.as_read()
        if seen != loaded.files.footprint():
            # Somebody is at it: what was read may be half of one set and half of another.
            return False
        changed = self._judge(loaded)
        loaded.files.forget_contents()
        self._quiet.judged(loaded.files.footprint, seen)
        return changed

    def _judge(self, loaded: LoadedSet) -> bool:
        settings = loaded.settings
        if settings is None:
            return self._refuse(loaded, [_printable(problem) for problem in loaded.problems])
        row = set_of(self.app.ledger, worker_name(self.app))
        if loaded.digest == self.digest:
            if row is not None and row.refused:
                self._adopt(loaded)
                log.info("configuration_mended", digest=loaded.digest)
            return False
        stays = unchangeable(self._settings, settings)
        if stays:
            return self._refuse(loaded, stays)
        try:
            app = self._rewire(self.app, self._settings, settings)
        except DondocError as error:
            return self._refuse(loaded, [str(error)])
        except Exception as error:  # noqa: BLE001 - told as a problem of the set, and logged
            return self._refuse(loaded, [str(unjudged(loaded.path, error))])
        with ExitStack() as unused:
            if app.close_accounts != self.app.close_accounts:
                unused.callback(app.close_accounts)
            self._adopt(loaded)
            unused.pop_all()
        before, self._settings = self._settings, settings
        self._swap(InForce(app=app, digest=loaded.digest))
        log.info("configuration_adopted", digest=loaded.digest, campaigns=len(settings.campaigns))
        self._warn(before)
        return True

    def _warn(self, before: Settings | None = None) -> None:
        """Log what a person should look at; of the set that takes another's place what is new."""
        told = {(p.file, p.what) for p in before.warnings} if before else set()
        for problem in self._settings.warnings:
            if (problem.file, problem.what) not in told:
                log.warning("configuration_warning", problem=str(problem))
        for campaign, rounds in left_out(self.app.ledger, self._settings.campaigns).items():
            if before is None or campaign in before.campaigns:
                log.warning("campaign_left_out", campaign=campaign, rounds=rounds)

    def _adopt(self, loaded: LoadedSet) -> None:
        self._problems = 0
        now = self._clock.now()
        files = loaded.files.contents
        adopt(self.app, loaded.path, loaded.manifest, files, now, redirected_to=self._letters_to)

    def _refuse(self, loaded: LoadedSet, problems: Sequence[str]) -> bool:
        now, self._problems = self._clock.now(), len(problems)
        if refuse(self.app, loaded.path, loaded.digest, problems, now):
            log.error("configuration_refused", digest=loaded.digest, problems=list(problems))
        return False

    def _swap(self, following: InForce) -> None:
        with self._lock:
            before, self._now = self._now, following
            close = before.app.close_accounts
            over = following.app.close_accounts != close
            held = close in self._held
            if over and held:
                self._over.add(close)
        self._changed(following.app)
        if over and not held:
            close()

    def _begin(self, first: LoadedSet) -> None:
        """Record the set that the daemon starts with, unless that is recorded already."""
        app = self._now.app
        row, current = set_of(app.ledger, worker_name(app)), in_force(app.ledger)
        if current is not None:
            self._refuse_rehearsal(current)
        alone = len(app.workers.alive()) == 1
        known = row is not None and row.digest == first.digest and not row.refused
        if not known or (alone and current is not None and current.digest != first.digest):
            self._unrecorded = first
            self._record_first()

    def _record_first(self) -> None:
        """Record the first set once there is room for it: letters do not wait for the record."""
        if self._unrecorded is None:
            return
        try:
            self._adopt(self._unrecorded)
        except StoreFailed as error:
            log.warning("configuration_not_recorded", error=str(error))
            return
        self._unrecorded.files.forget_contents()
        self._unrecorded = None

    @property
    def _letters_to(self) -> str:
        """Where letters go: the address of a rehearsal, empty for the offices."""
        return rehearses(self._settings) or ""

    def _refuse_rehearsal(self, before: ConfigurationState) -> None:
        """Raise ``Conflict`` where letters of a rehearsal would count as sent, or the reverse.

        Where nothing tells any more whether it was one, it may have been.
        """
        app = self._now.app
        known = redirected_to(app.ledger, before)
        if known is None and before.digest is not None:
            kept = kept_settings(Path(before.path), app.evidence, before.digest)
            known = rehearses(kept) or "" if kept else None
        if known != self._letters_to and _has_sent(app.ledger):
            raise Conflict(REHEARSAL if known is not None else UNKNOWN_REHEARSAL)


def _has_sent(ledger: Ledger) -> bool:
    return any(row.attempts for row in ledger.select(DispatchState, channel=Channel.EMAIL))


def _printable(problem: Problem) -> str:
    """Return a problem as text that can be kept: a file's name may hold what is none."""
    return str(problem).encode(errors="backslashreplace").decode()
