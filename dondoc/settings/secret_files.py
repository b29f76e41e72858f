"""What keeps the file of a secret from holding one, and from being read by Dondoc only."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from domain.words import Words, say
from dondoc.settings.source import octets

MAX_OCTETS = 65_536
"""So much of a file is read for a secret."""

_READ = 0o044
_WRITE = 0o022
_ROOT = 0


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a file and what to do; an error where no account could ever use it."""

    what: Words
    advice: Words
    error: bool = False


def flaws(path: Path, least: int = 1) -> Iterator[Flaw]:
    """Look at a file, and into it where this account may; nothing of it is shown.

    The check may run under another account than the service, so only what holds for every account
    is an error. What the file holds never is: it is read when it is used, and may be written then.
    ``least`` is how many octets the secret must have.
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
        yield from _of_folder(path.parent)
        if stat.S_ISREG(status.st_mode):
            yield from _of_content(path, least)


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


def _of_folder(folder: Path) -> Iterator[Flaw]:
    mode = folder.stat().st_mode
    # In a folder such as /tmp each may take away what is his only.
    if mode & _WRITE and not mode & stat.S_ISVTX:
        yield Flaw(
            say("other accounts of this machine may put another file in place of a secret's"),
            say("allow the owner of the folder only: chmod go-w"),
        )


def _of_content(path: Path, least: int) -> Iterator[Flaw]:
    try:
        secret = octets(path, MAX_OCTETS).decode().strip().encode()
    except UnicodeDecodeError:
        yield Flaw(
            say("the file of a secret is not UTF-8 text"),
            say("write the secret into it as text"),
        )
    except OSError:
        # What this account may not read is told by its rights.
        return
    else:
        if not secret:
            yield Flaw(
                say("the file of a secret is empty"),
                say("write the secret into it"),
            )
        elif len(secret) < least:
            yield Flaw(
                say("the file of a secret has fewer than {octets} octets", octets=least),
                say("write a longer one into it, by chance: openssl rand -hex 32"),
            )
