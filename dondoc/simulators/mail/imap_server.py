"""The IMAP side: pymap over the journal.

pymap's own maildir backend (0.36) is not used: it numbers letters in the order in which the
file system lists them, keeps its numbering in a file moved from the temporary folder (which
fails across file systems), and reads every letter's metadata on each command. Its backend in
memory serves here, with an INBOX that fills itself from the journal under fixed numbers.
Flags last as long as the server runs; letters enter INBOX by SMTP only.
"""

import asyncio
import ssl
from argparse import Namespace
from collections.abc import Mapping
from typing import NoReturn

from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.concurrent import Subsystem
from pymap.exceptions import NotSupportedError
from pymap.imap import IMAPServer
from pymap.mime import MessageContent
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from domain.ids import Address
from dondoc.simulators.mail.journal import Journal


class ImapConfig(Config):
    """pymap's settings without its look-up of this machine's name, which can take seconds."""

    @property
    def greeting(self) -> bytes:
        return b"ready"


class Inbox(MailboxData):
    """One address's letters in the journal, numbered from 1."""

    def __init__(self, boxes: MailboxSet, journal: Journal, address: Address) -> None:
        super().__init__(boxes._content_cache, boxes._thread_cache)
        self._journal = journal
        self._address = address
        self._uid_validity = journal.uid_validity
        self._max_uid = 0
        self.opened = False

    async def catch_up(self) -> None:
        """Show what the journal has and this mailbox has not; harmless to repeat."""
        if self._journal.count(self._address) == self._max_uid:
            return
        async with self.messages_lock.write_lock():
            for uid, at, raw in self._journal.letters(self._address, skip=self._max_uid):
                content = MessageContent.parse(raw)
                self._messages[uid] = Message(
                    uid,
                    at,
                    (),
                    email_id=self._content_cache.add(content),
                    thread_id=self._thread_cache.add(content),
                    recent=True,
                    content=content,
                )
                self._max_uid = uid
                self._mod_sequences.update([uid])
            self._updated.set()

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> NoReturn:
        """Refuse: a letter that is not in the journal would take another one's number."""
        raise NotSupportedError("letters enter INBOX by SMTP only")


class Boxes(MailboxSet):
    """The mailboxes of one account; all but INBOX live in memory."""

    def __init__(self, journal: Journal, address: Address) -> None:
        super().__init__()
        self.inbox = self._inbox = Inbox(self, journal, address)

    async def get_mailbox(self, name: str) -> MailboxData:
        if name.upper() == "INBOX":
            self.inbox.opened = True
            await self.inbox.catch_up()
        return await super().get_mailbox(name)


class ImapSide:
    """The IMAP server of one mail system; lives in the event loop's thread."""

    def __init__(self, journal: Journal, accounts: Mapping[Address, str]) -> None:
        config = ImapConfig(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            demo_data=False,
            demo_user="",
            demo_password="",
            host=None,
            port=0,
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
            tls_enabled=False,
            invalid_user_sleep=0.0,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        login = Login(config)
        self._boxes = {address: Boxes(journal, address) for address in accounts}
        for address, password in accounts.items():
            login.users_dict[address] = UserMetadata(config, address, password=password)
            config.set_cache[address] = (self._boxes[address], FilterSet())
        self._imap = IMAPServer(login, config)
        self._open: set[asyncio.StreamWriter] = set()
        self._watched: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        self._open.add(writer)
        try:
            await self._imap(reader, writer, SocketInfoLocal(writer))
        except ConnectionError:
            pass
        finally:
            self._open.discard(writer)
            # Closing a TLS connection twice breaks it in Python 3.11.
            if not writer.is_closing():
                writer.close()

    def announce(self, address: Address) -> None:
        """Tell clients that wait with IDLE; boxes that nobody reads by IMAP cost nothing."""
        boxes = self._boxes.get(address)
        if boxes is not None and boxes.inbox.opened:
            task = asyncio.ensure_future(boxes.inbox.catch_up())
            self._watched.add(task)
            task.add_done_callback(self._watched.discard)

    def hang_up(self) -> None:
        """Close every connection at once, as a crashing server would."""
        for writer in list(self._open):
            if not writer.is_closing():
                writer.transport.abort()
