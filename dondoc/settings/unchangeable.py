"""What a set of configuration says otherwise than the one in force and a running daemon cannot do.

What the daemon opened at its start, or what its queues are named after, stays until a restart. The
rest of a configuration is swapped in whole.
"""

from dondoc.settings.records import MailSettings, Settings

REHEARSAL = (
    "mail.redirect_all cannot be set, changed or taken out on this store: what a rehearsal has "
    "sent counts as sent, and the offices would never get it; name another store for the other "
    "purpose (store.database, store.evidence) and start Dondoc with that"
)

UNKNOWN_REHEARSAL = (
    "whether what was sent from this store went to the offices or to the address of a rehearsal "
    "(mail.redirect_all) cannot be told any more: the set that was in force cannot be read; put "
    "its files back as they were, with all that they name, and start once with them, or name "
    "another store"
)


def unchangeable(old: Settings, new: Settings) -> tuple[str, ...]:
    """Return a sentence for each thing that only a restart can change; each says what to do."""
    pairs = {
        "store": (old.store, new.store),
        "schedule.poll_seconds": (old.schedule.poll_seconds, new.schedule.poll_seconds),
        "schedule.stop_seconds": (old.schedule.stop_seconds, new.schedule.stop_seconds),
        "exchange.name, or whether there is an exchange": (
            old.exchange and old.exchange.name,
            new.exchange and new.exchange.name,
        ),
        "mail.name, or whether there is a mail account": (
            old.mail and old.mail.name,
            new.mail and new.mail.name,
        ),
        "mail.smtp.connections": (_connections(old.mail), _connections(new.mail)),
    }
    found = [
        f"{name} cannot change while Dondoc runs: restart it, the new value holds from then on"
        for name, (before, after) in pairs.items()
        if before != after
    ]
    if rehearses(old) != rehearses(new):
        found.append(REHEARSAL)
    return tuple(found)


def rehearses(settings: Settings) -> str | None:
    """Return the address of a rehearsal, None where letters go to the offices."""
    return settings.mail.redirect_all if settings.mail else None


def _connections(mail: MailSettings | None) -> int | None:
    return mail.smtp.connections if mail and mail.smtp else None


def same_accounts(old: Settings, new: Settings) -> bool:
    """Tell whether both sets connect to the same servers, and in the same way."""
    return _accounts(old) == _accounts(new)


def _accounts(settings: Settings) -> tuple[object, ...]:
    return (
        settings.exchange,
        settings.doors,
        settings.mail,
        settings.mailboxes,
        settings.portals,
        settings.store.folder,
    )
