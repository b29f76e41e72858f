"""Letters with an attachment through a real Postfix, beside smtp-source with the same sessions.

Both hand the same number of messages of the same size to the same server, which takes each to its
queue and throws it away afterwards (discard(8)). Dondoc's time is that of a whole turn: what is due
is decided, every attempt and outcome is committed to a ledger on disk, and every letter is read
from the evidence. smtp-source (of Postfix) writes one buffer again and again and records nothing:
it is what the server can take.
"""

import multiprocessing
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import structlog

from bench.measure import Pair, Result, report, scratch, side_by_side
from bench.memory import peak_above_idle
from connector.email.memory import MemoryHub, MemoryMailbox
from connector.email.smtp import SmtpTransport
from connector.store.evidence import FolderEvidence
from connector.store.ledger import SqlLedger
from domain.campaign import (
    Campaign,
    ChannelChoice,
    ExchangeMode,
    IntakeRule,
    RecipientRule,
    RoundRule,
)
from domain.directive import Directive, StoredFile
from domain.exchange import Organ
from domain.facts import About, DirectiveTaken, Event
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.office import Directory, Office
from domain.state import DispatchState
from domain.status import DispatchStatus
from dondoc.app import App, MailDoor
from dondoc.services.rounds import first_round
from dondoc.services.turn import turn
from mappings.reply.phrases import default_phrases
from schedulers.calendar import WorkingCalendar
from schedulers.quiet import QuietHours
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import Postfix
