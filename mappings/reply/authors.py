"""Who wrote a message, also when its From field names several or it has several such fields.

RFC 5322 section 3.6.2 allows several authors in one field, section 3.6 allows one field only. Mail
programs show any one of them, so that an office's address beside a stranger's proves nothing.
"""

from collections.abc import Sequence
from datetime import date

from domain.ids import Address, OfficeId
from domain.office import Directory, Office
from domain.reading import Clue, MailContent
from mappings.mail.headers import addresses, is_plain, written


def doubtful_authors(content: MailContent, directory: Directory, day: date) -> tuple[Address, ...]:
    """Return all authors of a message when they are not surely of one office on ``day``.

    What cannot be read in one way only counts as several authors.
    """
    fields = [value for name, value in content.headers if name == "from"]
    if not all(map(is_plain, fields)):
        return tuple(dict.fromkeys(a for value in fields for a in written(value)))
    authors = tuple(dict.fromkeys(addresses(fields)))
    if len(fields) <= 1 and (len(authors) <= 1 or _share_office(authors, directory, day)):
        return ()
    return authors


def _share_office(authors: tuple[Address, ...], directory: Directory, day: date) -> bool:
    offices = [directory.by_address(author, day) for author in authors]
    return None not in offices and len({office.id for office in offices if office}) == 1


def sending_office(
    content: MailContent,
    directory: Directory,
    day: date,
    known: OfficeId | None,
    clues: Sequence[Clue],
) -> Office | None:
    """Return the office that a message comes from, by identifier or by its address.

    An address that several offices share is settled by the clue, as is one whose office has
    ended: the thread proves which of them was asked.
    """
    if known is not None:
        return directory.get(known)
    if content.sender is None:
        return None
    for clue in clues:
        asked = directory.get(clue.office)
        if asked is not None and content.sender in asked.emails:
            return asked
    return directory.by_address(content.sender, day)
