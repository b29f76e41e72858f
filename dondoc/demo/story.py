"""The two stories of the demo: Dondoc sends on the exchange, or follows what the e-office sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.campaign import ExchangeMode
from domain.exchange import Organ
from domain.ids import OfficeId
from domain.office import Directory
from dondoc.demo import directive
from dondoc.demo.world import DAY

Document = Callable[[datetime, Directory], bytes]
"""Makes what the district's e-office puts on the exchange at an instant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens, by whom the directive travels on the exchange, and when the story ends.

    The systems of ``offline`` offices fetch nothing from the exchange.
    """

    mode: ExchangeMode
    documents: tuple[tuple[datetime, Document], ...]
    end: datetime
    offline: frozenset[OfficeId] = frozenset()


def _sent_by_the_e_office(at: datetime, offices: Directory) -> bytes:
    receivers = [
        Organ(organ_id=office.organ_id, name=office.name)
        for office in offices.offices
        if office.organ_id and office.valid_on(DAY)
    ]
    return directive.issued_to(at, receivers)


_ISSUED_AT = datetime(2024, 5, 8, 2, 0, tzinfo=UTC)

SENDING = Story(
    mode=ExchangeMode.SEND,
    documents=(
        (datetime(2024, 5, 7, 2, 0, tzinfo=UTC), lambda at, _: directive.draft(at)),
        (_ISSUED_AT, lambda at, _: directive.issued(at)),
        (datetime(2024, 5, 9, 2, 0, tzinfo=UTC), lambda at, _: directive.secret(at)),
    ),
    end=datetime(2025, 5, 7, 1, 0, tzinfo=UTC),
)
"""The whole year, from the draft to the forwarded result."""

FOLLOWING = Story(
    mode=ExchangeMode.FOLLOW,
    documents=((_ISSUED_AT, _sent_by_the_e_office),),
    end=datetime(2024, 5, 20, 1, 0, tzinfo=UTC),
    offline=frozenset(map(OfficeId, ("xa-hoa-son", "xa-yen-thinh", "phong-tu-phap"))),
)
"""The first days, as most offices begin: three systems do not fetch what the e-office sent."""
