"""A directory in which somebody stands in for an office."""

from dataclasses import replace
from datetime import date

from domain.ids import Address, OfficeId
from domain.office import Deputy, Directory

STANDING_IN = Address("thay@huyen.example")


def with_deputy(
    directory: Directory, office: OfficeId, first: date, last: date | None = None
) -> Directory:
    """Return the directory with STANDING_IN as the deputy of an office, for one day at least."""
    deputy = Deputy(address=STANDING_IN, valid_from=first, valid_to=last or first)
    return Directory(
        replace(o, deputies=(deputy,)) if o.id == office else o for o in directory.offices
    )
