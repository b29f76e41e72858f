"""Mailboxes that are read: Dondoc's own and the further ones of dondoc.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.errors import Problem
from domain.ids import Address
from domain.words import say
from dondoc.settings.check_access import Main
from dondoc.settings.check_mail import check_login, check_server
from dondoc.settings.convert import to_imap
from dondoc.settings.models_main import ImapEntry
from dondoc.settings.records import ImapSettings, MailboxSettings, Settings
from dondoc.settings.source import Trail


def check_mailboxes(main: Main) -> Iterator[Problem]:
    """Find what keeps a mailbox from being read, folders that are read twice or moved in a ring."""
    entries = list(_entries(main))
    first: dict[tuple[str, str, str], Trail] = {}
    for trail, entry in entries:
        yield from check_login(main, trail, entry)
        yield from check_server(main, trail, entry)
        for index, folder in enumerate(entry.folders):
            place = (*_account(entry), _folder(folder))
            at = (*trail, "folders", index)
            if place in first:
                what = say(
                    "the folder is read already, see {place}", place=main.where(first[place])
                )
                yield main.problem(at, what, say("name each folder of an account once"))
            first.setdefault(place, at)
    for trail, entry in entries:
        move = entry.after_reading.move if entry.after_reading else None
        read = first.get((*_account(entry), _folder(move))) if move else None
        if read:
            yield main.problem(
                (*trail, "after_reading", "move"),
                say(
                    "mail would be moved to a folder that is read, see {place}",
                    place=main.where(read),
                ),
                say("name a folder that is read nowhere, such as Processed"),
            )
        sent = entry.sent_folder
        read = first.get((*_account(entry), _folder(sent))) if sent else None
        if read:
            yield main.problem(
                (*trail, "sent_folder"),
                say("what is sent would be read as what came, see {place}", place=main.where(read)),
                say("name the folder of sent mail here alone, not among the folders"),
            )


def _entries(main: Main) -> Iterator[tuple[Trail, ImapEntry]]:
    if main.entry.mail and main.entry.mail.imap:
        yield ("mail", "imap"), main.entry.mail.imap
    for index, mailbox in enumerate(main.entry.mailboxes):
        yield ("mailboxes", index, "imap"), mailbox.imap


def _account(entry: ImapEntry) -> tuple[str, str]:
    return entry.host.lower(), entry.username.lower()


def _folder(name: str) -> str:
    # INBOX alone is the same in any case (RFC 9051 section 5.1).
    return "INBOX" if name.upper() == "INBOX" else name


def to_mailboxes(main: Main) -> tuple[MailboxSettings, ...]:
    """Make the records of the further mailboxes."""
    return tuple(
        MailboxSettings(
            name=entry.name,
            address=Address(entry.address),
            imap=to_imap(main, ("mailboxes", index, "imap"), entry.imap),
        )
        for index, entry in enumerate(main.entry.mailboxes)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A mailbox that answers arrive in: the address that they are sent to, and where it is kept."""

    address: Address
    server: str
    username: str

    @property
    def account(self) -> tuple[str, str]:
        """Return what tells it from another mailbox, whatever its address."""
        return self.server, self.username


def boxes_of(settings: Settings) -> Mapping[str, Box]:
    """Return the mailboxes that are read, by their names in the configuration."""
    found = {box.name: _box(box.address, box.imap) for box in settings.mailboxes}
    mail = settings.mail
    if mail and mail.imap:
        found[mail.name] = _box(mail.address, mail.imap)
    elif mail and mail.ews:
        found[mail.name] = Box(
            address=mail.address, server=mail.ews.url, username=mail.ews.username.lower()
        )
    return found


def _box(address: Address, imap: ImapSettings) -> Box:
    return Box(
        address=address,
        server=f"{imap.host.lower()}:{imap.port}",
        username=imap.username.lower(),
    )
