"""The shipped example: accepted, equal to the spreadsheet it was made from, whole on each day."""

import csv
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from domain.campaign import Channel, ChannelChoice, ExchangeMode, Expected
from domain.ids import Address, CampaignId, OfficeId, OrganId
from domain.office import AddressRole, Office, OfficeLevel, Successor
from domain.recipients import doors, expand, successor
from dondoc.settings.load import load_settings
from dondoc.settings.records import Settings
from dondoc.settings.secrets import SecretKind
from tests.checkout import ROOT

SHEET = ROOT / "tests" / "data" / "config" / "huu-lung-offices.csv"
UNITS = SHEET.with_name("huu-lung-units.json")
ISSUED = date(2024, 5, 8)
FUNCTIONS = {"external information": "external-information", "the rest": None}


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(ROOT / "config" / "dondoc.yaml")


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def heirs(text: str) -> Iterator[Successor]:
    for part in filter(None, text.split("; ")):
        match = re.fullmatch(r"([a-z0-9-]+)(?: \((.+)\))?", part)
        assert match
        function = FUNCTIONS[match[2]] if match[2] else None
        yield Successor(office=OfficeId(match[1]), function=function)


def sheet_offices() -> list[Office]:
    with SHEET.open(encoding="utf-8", newline="") as stream:
        return [
            Office(
                id=OfficeId(row["id"]),
                name=row["name"],
                groups=(row["group"],),
                organ_id=OrganId(row["organ_id"]) if row["organ_id"] else None,
                organ_id_old=OrganId(row["organ_id_old"]) if row["organ_id_old"] else None,
                emails=(Address(row["email"]),) if row["email"] else (),
                valid_from=day(row["valid_from"]),
                valid_to=day(row["valid_to"]),
                successors=tuple(heirs(row["successor"])),
                note=row["note"],
            )
            for row in csv.DictReader(stream)
        ]


def test_the_directory_is_the_spreadsheet(settings: Settings) -> None:
    offices = settings.directory.offices
    # The spreadsheet does not say what sort of body an office is.
    assert [replace(o, kind=None, level=None, parent=None) for o in offices] == sheet_offices()
    assert all(office.kind and office.level for office in offices)
    assert len(settings.directory.offices) == 78


def test_warnings_are_those_that_an_operator_must_know(settings: Settings) -> None:
    assert [(Path(w.file).name, w.what) for w in settings.warnings] == [
        ("nq47.yaml", "the deadline 2024-11-10 is a day off (Sunday)"),
        ("holidays.yaml", "the days of 2026, as known on 2026-01-07, are not verified"),
        ("holidays.yaml", "the days of 2027, as known on 2026-01-07, are not verified"),
    ]
    assert all(warning.warning for warning in settings.warnings)


def test_the_campaign_reaches_everyone_it_means(settings: Settings) -> None:
    campaign = settings.campaigns[CampaignId("nq47")]
    recipients = expand(campaign, settings.directory, ISSUED)
    counts = {e: sum(r.expected is e for r in recipients) for e in Expected}
    communes = [r for r in recipients if r.channels is ChannelChoice.BOTH]
    assert len(communes) == 24
    assert counts == {
        Expected.REPORT: len(recipients) - 5,
        Expected.ACKNOWLEDGEMENT: 1,
        Expected.INFORMATION: 4,
    }
    assert all(doors(r.office, r.channels, campaign.exchange) for r in recipients)


def test_the_compilation_follows_the_department(settings: Settings) -> None:
    campaign = settings.campaigns[CampaignId("nq47")]
    assert campaign.forward is not None
    found = [
        successor(settings.directory, campaign.forward.office, campaign.function, on)
        for on in (ISSUED, date(2025, 3, 1))
    ]
    assert found == ["so-thong-tin-va-truyen-thong", "so-van-hoa-the-thao-va-du-lich"]


def test_rules_of_the_campaign(settings: Settings) -> None:
    campaign = settings.campaigns[CampaignId("nq47")]
    assert campaign.exchange is ExchangeMode.SEND
    assert (campaign.intake.number, campaign.intake.notation) == ("512", "UBND-VH")
    assert campaign.intake.issuers == (settings.unit.organ_id,)
    assert (campaign.rounds.due_month, campaign.rounds.due_day) == (11, 10)
    assert campaign.rounds.before
    assert (campaign.reminders.before, campaign.reminders.after) == ((10, 3), (1, 3))
    assert campaign.compile.number_notation == "BC-VHTT"
    assert campaign.keywords == ("NQ47", "Nghị quyết 47", "NQ 47")


def test_accounts_and_places(settings: Settings) -> None:
    assert settings.mail is not None
    assert settings.exchange is not None
    assert settings.mail.address == "nq47@huulung.example"
    assert settings.mail.smtp is not None
    assert settings.mail.imap is not None
    assert settings.mail.smtp.password is not None
    assert settings.mail.smtp.password.kind is SecretKind.ENV
    assert settings.unit.organ_id == "H37.99"
    assert settings.exchange.max_octets == 256 * 1_048_576
    assert settings.mail.imap.max_octets == 50 * 1_048_576
    assert [path.name for path in settings.files] == [
        "dondoc.yaml",
        "huu-lung.yaml",
        "nq47.yaml",
        "holidays.yaml",
    ]


@pytest.mark.parametrize(
    ("on", "worked"),
    [
        (date(2024, 4, 29), False),
        (date(2024, 5, 4), True),
        (date(2025, 4, 26), True),
        (date(2026, 8, 22), True),
        (date(2026, 8, 31), False),
        (date(2024, 11, 8), True),
    ],
)
def test_the_calendar_knows_the_exchanged_days(settings: Settings, on: date, worked: bool) -> None:
    assert settings.calendar.is_working(on) is worked


def test_no_address_leads_anywhere(settings: Settings) -> None:
    addresses = [address for office in settings.directory.offices for address in office.emails]
    assert all(address.endswith(".example") for address in addresses)
    assert Channel.EMAIL in {
        channel
        for office in settings.directory.offices
        for channel, _ in doors(office, ChannelChoice.BOTH, ExchangeMode.OFF)
    }


def test_the_communes_are_those_of_the_reforms(settings: Settings) -> None:
    """Dates and successors as the acts of 2024 and 2025 have them; without units of before 2020."""
    units = json.loads(UNITS.read_text(encoding="utf-8"))
    acts = {
        (u["name"].lower(), u["valid_from"] == "2025-07-01"): (u["valid_to"], u["successor"])
        for u in units
        if u["level"] == "commune" and u["valid_to"] != "2019-12-31"
    }
    directory = settings.directory
    communes = [o for o in directory.offices if o.level is OfficeLevel.COMMUNE]
    found = {}
    for office in communes:
        heirs = [directory.get(heir.office) for heir in office.successors]
        name = heirs[0].name.removeprefix("UBND ").capitalize() if heirs and heirs[0] else None
        ends = office.valid_to.isoformat() if office.valid_to else None
        found[office.name.removeprefix("UBND ").lower(), bool(office.valid_from)] = (ends, name)
    assert {k: (end, n and n.lower()) for k, (end, n) in acts.items()} == {
        k: (end, n and n.lower()) for k, (end, n) in found.items()
    }
    assert len(found) == len(communes) == 32


def test_the_shipped_addresses_are_clerks_and_parents_exist(settings: Settings) -> None:
    for office in settings.directory.offices:
        assert office.emails_of(AddressRole.CLERK) == office.emails
        assert office.parent is None or settings.directory.get(office.parent)


def test_addresses_are_written_alone_or_with_a_role(tmp_path: Path) -> None:
    folder = tmp_path / "minimal"
    shutil.copytree(SHEET.parent / "minimal", folder)
    (folder / "directory.yaml").write_text(
        """offices:
  - id: xa-yen-son
    name: UBND xã Yên Sơn
    groups: [các xã]
    parent: so
    emails: [{address: RIENG@thu.example, role: private}, xayenson@huulung.example]
    deputies:
      - {office: so, valid_from: 2024-05-13, valid_to: 2024-05-17}
      - {address: thay@xa.example, valid_from: 2024-05-18, valid_to: 2024-05-18}
  - id: so
    name: Sở
    emails: [{address: so@langson.example, role: private}]
""",
        encoding="utf-8",
    )
    loaded = load_settings(folder / "dondoc.yaml")
    xa, so = loaded.directory.offices
    assert (xa.emails, xa.mail_address) == (
        ("rieng@thu.example", "xayenson@huulung.example"),
        "xayenson@huulung.example",
    )
    assert (xa.private_emails, xa.leader_emails, xa.parent) == (("rieng@thu.example",), (), "so")
    targets = [loaded.directory.mail_to(xa, date(2024, 5, day)) for day in (17, 18, 19)]
    assert targets == ["so@langson.example", "thay@xa.example", "xayenson@huulung.example"]
    private = [w.what for w in loaded.warnings if "private" in w.what]
    assert private == [
        f"{so.id} has only private addresses, so its letters go to one of them",
    ]
