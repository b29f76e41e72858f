"""What a test asks for that only the operating system has, and what happens where it is not there.

In CI a missing server is a failure: a test that is skipped there proves nothing.
"""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest

# Where Debian puts servers; the PATH of an ordinary user may lack it.
_SEARCHED = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
POSTFIX_MASTER = Path("/usr/lib/postfix/sbin/master")
_POSTGRESQL = Path("/usr/lib/postgresql")
HOW = "`make servers` as root on Debian or Ubuntu installs it (the Makefile lists the packages)"


def program(name: str) -> str:
    """Return where a program lies, or end the test: a failure in CI, skipped elsewhere."""
    found = shutil.which(name, path=_SEARCHED)
    if found is None:
        missing(f"this test needs the program '{name}'")
    return found


def needs_dovecot() -> None:
    """End the test when Dovecot is not installed, with IMAP and LMTP."""
    program("dovecot")
    for service in ("imap", "lmtp"):
        if not Path("/usr/lib/dovecot", service).exists():
            missing(f"this test needs Dovecot's {service} service")


def needs_postfix() -> None:
    """End the test when Postfix is not installed, or this user cannot run it."""
    if not POSTFIX_MASTER.exists():
        missing("this test needs Postfix")
    if as_postfix() is None:
        missing(
            "this test needs Postfix, which an ordinary user can run only with a range of ids"
            " of his own",
            "it takes a line in /etc/subuid and /etc/subgid, and the package uidmap",
        )


@cache
def as_postfix() -> tuple[str, ...] | None:
    """Return what goes before a command of Postfix, which needs several users; None: impossible."""
    if os.geteuid() == 0:
        return ()
    inside = ("unshare", "--user", "--map-root-user", "--map-auto")
    done = subprocess.run(
        [*inside, "chown", "--version"], capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    return inside if done.returncode == 0 else None


def postgresql_programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs, or end the test; Debian keeps it."""
    found = sorted(_POSTGRESQL.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        missing("this test needs PostgreSQL")
    return found[-1].parent


def as_postgresql() -> tuple[str, ...]:
    """Return what goes before a command of PostgreSQL, which refuses to run as root."""
    user = ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups")
    return user if os.geteuid() == 0 else ()


def missing(what: str, how: str = HOW) -> NoReturn:
    """End the test because of something that this machine lacks."""
    message = f"{what}; {how}"
    if os.environ.get("CI"):
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
