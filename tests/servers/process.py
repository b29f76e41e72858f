"""A server's processes and ports: started, killed and ended so that nothing stays behind."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "127.0.0.1"
PATIENCE_SECONDS = 20.0
# Below the ports that the kernel gives to outgoing connections, so that a server that is
# stopped for a while finds its port free when it comes back.
_PORTS = range(20_000, 32_000)


class ServerFailed(Exception):
    """A server did not start or stop; the text holds the end of its log."""


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback address that nobody listens on now."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((HOST, port))
            found.append(port)
        if len(found) == count:
            return found
    raise ServerFailed(f"no {count} ports are free between {_PORTS.start} and {_PORTS.stop}")


def new_folder() -> Path:
    """Make a temporary folder that a server's own users can enter.

    Test folders of pytest are closed to others, and too deep for a Unix socket's name.
    """
    folder = Path(tempfile.mkdtemp(prefix="dondoc-"))
    folder.chmod(0o755)
    return folder


def remove_folder(folder: Path, before: Sequence[str] = ()) -> None:
    """Remove a folder with all that lies in it; ``before`` goes before the command."""
    if before:
        subprocess.run([*before, "rm", "-rf", str(folder)], check=True)
    else:
        shutil.rmtree(folder)


def wait_for(
    what: str,
    true: Callable[[], bool],
    *,
    seconds: float = PATIENCE_SECONDS,
    pause: float = 0.005,
) -> None:
    """Wait until something holds; raises ``ServerFailed`` when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise ServerFailed(f"not within {seconds:.0f} s: {what}")
        time.sleep(pause)


class Process:
    """One server: a master process and its children, in a process group of their own."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        *,
        before: Sequence[str] = (),
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = [*before, *command]
        self._stop_signal = stop_signal
        self._log = log
        self._master: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Tell whether the master process is there."""
        return self._master is not None and self._master.poll() is None

    def start(self, ports: Sequence[int]) -> None:
        """Start, and wait until every port greets; raises ``ServerFailed``."""
        if self.running:
            raise ServerFailed("it runs already")
        # Killed processes may hold their ports a moment longer, and would greet for the new ones.
        wait_for("the ports are free", lambda: not any(map(_answers, ports)))
        with self._log.open("ab") as log:
            self._master = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # A test run that is killed takes its servers with it: the pipe closes when it ends.
        self._guard = subprocess.Popen(
            ["sh", "-c", f"read ended; kill -s KILL -- -{self._master.pid}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for("the server greets", lambda: self._greets(ports))
        except ServerFailed as error:
            self.kill()
            raise ServerFailed(f"{error}\n{self.log_end()}") from None

    def stop(self) -> None:
        """End in order, and wait for it; harmless when it does not run."""
        if self._master is not None:
            self._master.send_signal(self._stop_signal)
            try:
                self._master.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise ServerFailed(f"it does not stop\n{self.log_end()}") from None
            self.kill()

    def kill(self) -> None:
        """Kill every process of the server at once, as a power cut does."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.kill()
            self._guard.wait()
            self._guard.stdin.close()
            self._guard = None
        if self._master is not None:
            # PostgreSQL's children lead groups of their own, end by themselves a moment after the
            # master, and until then no other server may have its data.
            children = self._halted_children() if self.running else []
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._master.pid, signal.SIGKILL)
            for child in children:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            self._master.wait(PATIENCE_SECONDS)
            self._master = None
            wait_for("its children are gone", lambda: not any(map(_lives, children)))

    def _halted_children(self) -> list[int]:
        """Return the children of the master, which makes no more of them from now on."""
        if self._master is None:
            return []
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self._master.pid, signal.SIGSTOP)
        return _children(self._master.pid)

    def log_end(self, lines: int = 30) -> str:
        """Return the last lines of the server's log."""
        if not self._log.exists():
            return "(no log)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def _greets(self, ports: Sequence[int]) -> bool:
        if not self.running:
            raise ServerFailed("the server ended as soon as it was started")
        return all(map(_answers, ports))


def _children(process: int) -> list[int]:
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return list(map(int, text.split()))


def _lives(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


class Server(ABC):
    """A server made of one ``Process``; as a context it is started and closed."""

    process: Process

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def start(self) -> None:
        """Start, also after ``stop`` or ``kill``: with the same ports and what it held."""

    @abstractmethod
    def close(self) -> None:
        """Stop and remove everything."""

    def stop(self) -> None:
        """Stop; connections are closed, and what it holds stays."""
        self.process.stop()

    def kill(self) -> None:
        """Kill every process at once."""
        self.process.kill()
