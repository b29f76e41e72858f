"""Made-up systems and units for tests of the simulated exchange, and a clock set by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dondoc.simulators.eoffice import Agency

SYSTEMS = {"000.00.27.H37": "one", "H37.X": "two"}
SENDER, OTHER = SYSTEMS
YEN_SON, MINH_SON, LOCKED = "H37.27.01", "H37.27.02", "H37.27.03"
AGENCIES = [
    Agency(
        code=YEN_SON, old_code="001.01.27.H37", name="UBND xã Yên Sơn", system=OTHER, parent=SENDER
    ),
    Agency(code=MINH_SON, name="UBND xã Minh Sơn", mail="minhson@huulung.example", system=OTHER),
    Agency(code=LOCKED, system=OTHER, locked=True),
    Agency(code="H37.NOBODY"),
]


@dataclass
class Clock:
    instant: datetime = datetime(2024, 5, 8, 1, 0, tzinfo=UTC)  # 08:00 in Vietnam

    def __call__(self) -> datetime:
        return self.instant
