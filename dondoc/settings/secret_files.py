"""What keeps the file of a secret from being read by Dondoc, and by Dondoc only."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.words import Words, say

_READ = 0o044
_WRITE = 0o022
_ROOT = 0


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a file and what to do; an error where no account could ever use it."""

    what: Words
    advice: Words
    error: bool = False


def flaws(path: Path) -> Iterator[Flaw]:
    """Look at a file without opening it.

    The check may run under another account than the service, so only what holds for every account
    is an error.
    """
    try:
        status = path.stat()
    except PermissionError:
        yield Flaw(
            say("this account may not look at the file of a secret"),
            say("run the check as the account of the service"),
        )
    except OSError:
        yield Flaw(
            say("the file of a secret is not there"),
            say("write the secret into it, then: chmod 600"),
        )
    else:
        yield from flaws_of(status, os.geteuid())


def flaws_of(status: os.stat_result, account: int) -> Iterator[Flaw]:
    """Judge a file by its status for the account that runs the check; root may be anybody's."""
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        yield Flaw(
            say("the file of a secret is a folder"),
            say("name the file that holds the secret"),
            error=True,
        )
        return
    if not stat.S_ISREG(status.st_mode):
        yield Flaw(
            say("the file of a secret is a pipe, a socket or a device"),
            say("name the file that holds the secret"),
            error=True,
        )
        return
    if mode & _WRITE:
        yield Flaw(
            say("other accounts of this machine may change the file of a secret"),
            say("allow its owner only: chmod 600"),
        )
    elif mode & _READ:
        yield Flaw(
            say("other accounts of this machine may read the file of a secret"),
            say("allow its owner only: chmod 600"),
        )
    if _ROOT not in (status.st_uid, account) and status.st_uid != account:
        yield Flaw(
            say("the file of a secret belongs to another account"),
            say("give it to the account of the service: chown, and run the check as that account"),
        )
