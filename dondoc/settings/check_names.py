"""Names that are hardly meant as they stand: one name twice in a group, one group written twice."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from domain.errors import Problem
from domain.words import say
from dondoc.settings.check_directory import PlacedOffice, overlap
from mappings.names.fold import fold_loose


def check_names(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    """Find names of offices and of groups that are too much alike; warnings only."""
    yield from _offices(offices)
    yield from _groups(offices)


def _offices(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    known: dict[tuple[str, str], list[PlacedOffice]] = defaultdict(list)
    for office in offices:
        for group in dict.fromkeys(office.entry.groups):
            alike = known[group, office.entry.name.casefold()]
            other = next((one for one in alike if overlap(one.entry, office.entry)), None)
            alike.append(office)
            if other is not None:
                yield office.problem(
                    ("name",),
                    say(
                        "{id} has the same name as {other} in {place}, in one group on the same "
                        "days",
                        id=office.entry.id,
                        other=other.entry.id,
                        place=other.where(("name",)),
                    ),
                    say("take one out if they are one office; else write names that differ"),
                    warning=True,
                )
                break


def _groups(offices: Sequence[PlacedOffice]) -> Iterator[Problem]:
    count = Counter(group for office in offices for group in office.entry.groups)
    alike: dict[str, list[str]] = defaultdict(list)
    for group in count:
        alike[fold_loose(group)].append(group)
    # Of several the one that most offices have is taken for the right one.
    meant = {
        group: usual
        for groups in alike.values()
        if len(groups) > 1
        for usual in [max(groups, key=count.__getitem__)]
        for group in groups
        if group != usual
    }
    for office in offices:
        for index, group in enumerate(office.entry.groups):
            usual = meant.pop(group, None)
            if usual is not None:
                yield office.problem(
                    ("groups", index),
                    say(
                        "group {group} differs from {other} in accents, case or signs only",
                        group=group,
                        other=usual,
                    ),
                    say("write it as the other offices do, unless two groups are meant"),
                    warning=True,
                )
