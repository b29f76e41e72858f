"""Messages taken apart, judged and matched, beside a bare parse by the standard library."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from bench.arguments import nothing
from bench.measure import Pair, Result, report, side_by_side
from domain.ids import Address, OfficeId
from domain.office import Directory, Office
from domain.reading import LiveRound
from dondoc.app import App
from dondoc.bootstrap import SystemClock, open_app
from dondoc.demo.office_mail import OfficeMail, write
from dondoc.demo.reports import report_files
from dondoc.services.live import foreseen_rounds
from dondoc.services.understand import understand_content
from dondoc.settings.load import load_settings
from mappings.mail.take_apart import take_apart
from mappings.names.mentions import mentions

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config" / "dondoc.yaml"
SHORT = ROOT / "tests" / "data" / "mail"
AT = datetime(2024, 11, 5, 2, tzinfo=UTC)
REPORTS = 24
COPIES = 5
"""How often a round reads each short message, for it to last long enough."""

GROWTH = 10


def short_messages() -> list[bytes]:
    """Return bounces, receipts, automatic answers and short replies, without attachments."""
    return [file.read_bytes() for file in sorted(SHORT.glob("*/*.eml"))] * COPIES


def reports(offices: Sequence[Office]) -> list[bytes]:
    """Return reports with a Word and a PDF file from the first offices that have an address."""
    senders = [office for office in offices if office.emails and office.valid_on(AT.date())]
    return [_report(index, office) for index, office in enumerate(senders[:REPORTS])]


def _report(index: int, office: Office) -> bytes:
    return write(
        OfficeMail(
            sender=office.emails[0],
            sender_name=office.name,
            to="nq47@huulung.example",
            subject="Báo cáo thực hiện Công văn 512/UBND-VH",
            text="Em gửi báo cáo bản Word và bản có dấu ạ.",
            at=AT,
            files=report_files(office.name, index, AT),
        )
    )


def grown(directory: Directory) -> Directory:
    """Return a directory ten times as large; the further offices have names of their own."""
    return Directory(
        office if copy == 0 else _further(office, f"khu {copy}")
        for copy in range(GROWTH)
        for office in directory.offices
    )


def _further(office: Office, mark: str) -> Office:
    slug = mark.replace(" ", "-")
    return replace(
        office,
        id=OfficeId(f"{office.id}-{slug}"),
        name=f"{office.name} {mark}",
        aliases=tuple(f"{alias} {mark}" for alias in office.aliases),
        emails=tuple(Address(f"{slug}-{address}") for address in office.emails),
        organ_id=None,
        organ_id_old=None,
        successors=(),
    )


def read(app: App, rounds: Sequence[LiveRound], raws: Sequence[bytes]) -> None:
    """Take apart, judge and match each message."""
    for raw in raws:
        understand_content(app, take_apart(raw), rounds, AT)


def parse(raws: Sequence[bytes]) -> None:
    """Parse each message and undo the transfer encoding of its parts."""
    for raw in raws:
        for part in message_from_bytes(raw, policy=policy.default).walk():
            part.get_payload(decode=True)


def beside_parse(app: App, rounds: Sequence[LiveRound], raws: Sequence[bytes]) -> Pair:
    """Compare reading with a bare parse of the same messages."""
    return side_by_side(lambda: read(app, rounds, raws), lambda: parse(raws))


def growth(app: App, large: App, raws: Sequence[bytes]) -> Pair:
    """Compare reading with the large directory to reading with the small one."""
    of_large, of_small = foreseen_rounds(large, AT.date()), foreseen_rounds(app, AT.date())
    return side_by_side(lambda: read(large, of_large, raws), lambda: read(app, of_small, raws))


def index_growth(app: App, large: App) -> Pair:
    """Compare making the index of names, which happens once for a directory and a day."""

    def fresh(directory: Directory) -> None:
        mentions("xã", Directory(directory.offices), AT.date())

    return side_by_side(lambda: fresh(large.directory), lambda: fresh(app.directory))


def measured(app: App) -> Result:
    """Measure short messages and reports, with both directories."""
    large = replace(app, directory=grown(app.directory))
    rounds = foreseen_rounds(app, AT.date())
    groups = {"short message": short_messages(), "report": reports(app.directory.offices)}
    small_size, large_size = len(app.directory.offices), len(large.directory.offices)
    by = f"with {large_size} offices by that with {small_size}"
    figures: dict[str, tuple[float, str]] = {}
    ratios: dict[str, Pair] = {}
    for name, raws in groups.items():
        count = len(raws)
        beside = beside_parse(app, rounds, raws)
        more = growth(app, large, raws)
        figures[f"{name}s understood"] = count / beside.first, "per second"
        figures[f"{name}s parsed by the standard library"] = count / beside.second, "per second"
        figures[f"mean size of a {name}"] = sum(map(len, raws)) / count / 1024, "KB"
        figures[f"a {name} with {small_size} offices"] = more.second / count * 1e3, "ms"
        figures[f"a {name} with {large_size} offices"] = more.first / count * 1e3, "ms"
        ratios[f"time of a {name} by that of a bare parse"] = beside
        ratios[f"time of a {name} {by}"] = more
    index = index_growth(app, large)
    figures[f"index of the names of {small_size} offices, once a day"] = index.second * 1e3, "ms"
    figures[f"index of the names of {large_size} offices, once a day"] = index.first * 1e3, "ms"
    ratios[f"time of the index {by}"] = index
    return Result(name="reading", figures=figures, ratios=ratios)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    nothing("bench.bench_reading", __doc__, arguments)
    settings = load_settings(CONFIG)
    with open_app(settings, SystemClock(), read_only=True, may_lack_store=True) as app:
        report(measured(app))


if __name__ == "__main__":
    main()
