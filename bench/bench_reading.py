"""Messages taken apart, judged and matched, beside a bare parse by the standard library."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

from bench.measure import Result, report, side_by_side
from dondoc.bootstrap import SystemClock, open_app
from dondoc.demo.office_mail import OfficeMail, write
from dondoc.demo.reports import report_files
from dondoc.services.read_command import message_view
from dondoc.settings.load import load_settings

CONFIG = Path(__file__).parent.parent / "config" / "dondoc.yaml"
AT = datetime(2024, 11, 5, 2, tzinfo=UTC)
OFFICES = ("xacaikinh", "xadongtan", "xahoalac", "xahoason", "xahoathang", "xahoson")


def messages() -> list[bytes]:
    """Return short answers and reports with a Word and a PDF file, as offices send them."""
    found: list[bytes] = []
    for index, box in enumerate(OFFICES):
        for files in ((), report_files("UBND xã Cai Kinh", index, AT)):
            mail = OfficeMail(
                sender=f"{box}@huulung.example",
                sender_name="UBND xã",
                to="nq47@huulung.example",
                subject="Báo cáo thực hiện Công văn 512/UBND-VH",
                text="Em gửi BC bản word và bản có dấu ạ." if files else "Đã nhận văn bản.",
                at=AT,
                files=files,
            )
            found.append(write(mail))
    return found


def main() -> None:
    """Measure and report."""
    raws = messages()
    settings = load_settings(CONFIG)
    with open_app(settings, SystemClock(), read_only=True, may_lack_store=True) as app:

        def ours() -> None:
            for raw in raws:
                message_view(app, raw, AT, AT)

        def bare() -> None:
            for raw in raws:
                for part in message_from_bytes(raw, policy=policy.default).walk():
                    if not part.is_multipart():
                        part.get_content()

        ours()
        understood, parsed = side_by_side(ours, bare)
    report(
        Result(
            name="reading",
            figures={
                "messages understood": (len(raws) / understood, "per second"),
                "messages parsed by the standard library": (len(raws) / parsed, "per second"),
                "mean size": (sum(map(len, raws)) / len(raws) / 1024, "KB"),
            },
            ratios={"vs_bare_parse": parsed / understood},
        )
    )


if __name__ == "__main__":
    main()
