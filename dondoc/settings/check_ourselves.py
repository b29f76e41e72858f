"""Whether an office of the directory is our own unit, which cannot be a recipient of itself."""

from collections.abc import Iterator, Sequence

from domain.errors import Problem
from domain.ids import OrganId
from domain.words import say
from dondoc.settings.check_access import Main
from dondoc.settings.check_directory import PlacedOffice, addresses_of
from dondoc.settings.models import CampaignFile, OfficeEntry
from dondoc.settings.models_main import MailEntry
from dondoc.settings.placed import Placed
from mappings.edxml.identifiers import same_by_formula


def check_ourselves(
    offices: Sequence[PlacedOffice], campaigns: Sequence[Placed[CampaignFile]], main: Main
) -> Iterator[Problem]:
    """Find offices with our own identifier or mailbox.

    A list of offices may name our own unit: its identifier is an error only where a campaign
    writes to it.
    """
    mail = main.entry.mail
    ours = OrganId(main.entry.unit.organ_id)
    for office in offices:
        if mail is not None:
            yield from _mailbox(office, mail)
        for key in ("organ_id", "organ_id_old"):
            written = getattr(office.entry, key)
            if written and same_by_formula(ours, OrganId(written)):
                writes = any(_names(campaign.entry, office.entry) for campaign in campaigns)
                yield office.problem(
                    (key,),
                    say("{id} has the identifier of our own unit", id=office.entry.id),
                    say("correct it, or leave the office out: we do not write to ourselves"),
                    warning=not writes,
                )


def _mailbox(office: PlacedOffice, mail: MailEntry) -> Iterator[Problem]:
    for address, trail in addresses_of(office.entry):
        if _read_by_us(address, mail):
            yield office.problem(
                trail,
                say("{id} has Dondoc's own mailbox as its address", id=office.entry.id),
                say("give the address at which the office reads its mail"),
            )


def _read_by_us(address: str, mail: MailEntry) -> bool:
    """Tell whether mail to an address comes to our mailbox, with a plus tag where it takes them."""
    local, _, host = address.partition("@")
    plain = f"{local.partition('+')[0]}@{host}" if mail.plus_addressing else address
    return mail.address in (address, plain)


def _names(campaign: CampaignFile, office: OfficeEntry) -> bool:
    return any(
        rule.office == office.id or rule.group in office.groups for rule in campaign.recipients
    )
