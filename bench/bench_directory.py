"""A directory of 11,000 offices checked and all its groups expanded, beside a bare parse."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import yaml

from bench.arguments import nothing
from bench.measure import Pair, Result, report, scratch, side_by_side
from bench.memory import peak
from dondoc.settings.load import load_settings

PROVINCES, DISTRICTS, COMMUNES = 63, 11, 15
"""About the country before July 2025, when it had 63, 696 and 10,035 of them."""

DAY = date(2025, 6, 30)
"""The last day on which all of them exist."""

MAIN = """\
unit: {organ_id: H0, name: Văn phòng, place: Hà Nội}
store: {database: dondoc.sqlite, evidence: evidence, output: output}
token_key: {env: DONDOC_TOKEN_KEY}
directory: directory/*.yaml
campaigns: campaign.yaml
exchange: {url: https://truc.vanphong.example, system_id: H0, secret: {env: DONDOC_SECRET}}
"""

CAMPAIGN = """\
id: ca-nuoc
title: Triển khai trong cả nước
intake: {number: "512"}
recipients: [{group: "các xã, thị trấn"}]
rounds: {once: 2025-06-20}
"""


def write(folder: Path) -> int:
    """Write the configuration, a file for each province; return how many offices it has."""
    (folder / "directory").mkdir()
    (folder / "dondoc.yaml").write_text(MAIN, encoding="utf-8")
    (folder / "campaign.yaml").write_text(CAMPAIGN, encoding="utf-8")
    count = 0
    for province in range(1, PROVINCES + 1):
        offices = list(_offices(province))
        text = "offices:\n" + "\n".join(offices)
        (folder / "directory" / f"tinh-{province:02}.yaml").write_text(text, encoding="utf-8")
        count += len(offices)
    return count


def _offices(province: int) -> Sequence[str]:
    here = f"tỉnh {province}"
    found = [_office(f"{province:02}", f"UBND {here}", ["các tỉnh"], ["level: province"])]
    for district in range(1, DISTRICTS + 1):
        code = f"{province:02}.{district:02}"
        above = ["level: district", f"parent: {_id(code[:2])}"]
        found.append(_office(code, f"UBND huyện {district} {here}", [f"các huyện {here}"], above))
        for commune in range(1, COMMUNES + 1):
            groups = ["các xã, thị trấn", f"các xã, thị trấn huyện {district} {here}"]
            name = f"UBND xã {commune} huyện {district} {here}"
            more = [
                "level: commune",
                f"parent: {_id(code)}",
                f"valid_to: {DAY}",
                f"successors: [{{office: {_id(code)}}}]",
            ]
            if commune == 1:
                away = f"office: {_id(code)}, valid_from: 2025-06-02, valid_to: 2025-06-13"
                more.append(f"deputies: [{{{away}}}]")
            found.append(_office(f"{code}.{commune:02}", name, groups, more))
    return found


def _id(code: str) -> str:
    return f"c-{code.replace('.', '-')}"


def _office(code: str, name: str, groups: Sequence[str], more: Sequence[str] = ()) -> str:
    parts = code.split(".")
    old = [*reversed(parts[1:]), f"H{parts[0]}"]
    listed = ", ".join(f'"{group}"' for group in groups)
    lines = [
        f"  - id: {_id(code)}",
        f"    name: {name}",
        "    kind: peoples_committee",
        f"    groups: [{listed}]",
        f"    organ_id: H{code}",
        f"    organ_id_old: {'.'.join(['00'] * (4 - len(old)) + old)}",
        "    emails:",
        f"      - vanthu@{_id(code)}.example",
        f"      - {{address: chutich@{_id(code)}.example, role: leader}}",
        *(f"    {line}" for line in more),
    ]
    return "\n".join(lines) + "\n"


def check(path: Path) -> None:
    """Check the configuration, which is sound, and expand every group on one day."""
    settings = load_settings(path, day=DAY)
    if settings.warnings:
        sys.exit(f"the configuration is doubtful: {settings.warnings[0]}")
    directory = settings.directory
    for group in {group for office in directory.offices for group in office.groups}:
        directory.in_group(group, DAY)


def parse(files: Sequence[Path]) -> None:
    """Parse the same files by PyYAML's fast loader, into plain data."""
    for file in files:
        yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def processor_seconds(work: Callable[[], None]) -> float:
    """Return how long the processor works for one call, whatever else the machine does."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measured(folder: Path) -> Result:
    """Measure memory first: it is the work of a process that has done nothing else."""
    count, path = write(folder), folder / "dondoc.yaml"
    memory = peak(lambda: check(path))
    processor = min(processor_seconds(lambda: check(path)) for _ in range(3))
    files = sorted((folder / "directory").glob("*.yaml"))
    beside: Pair = side_by_side(lambda: check(path), lambda: parse(files), rounds=3)
    return Result(
        name="directory",
        figures={
            "offices": (count, f"in {len(files)} files"),
            "checked and all groups expanded": (beside.first, "s"),
            "the same, time of the processor": (processor, "s"),
            "memory of the whole process at its peak": (memory / 1_048_576, "MB"),
            "the same files parsed by libyaml": (beside.second, "s"),
        },
        ratios={"time of a check by that of a bare parse": beside},
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report."""
    nothing("bench.bench_directory", __doc__, arguments)
    with scratch() as folder:
        report(measured(Path(folder)))


if __name__ == "__main__":
    main()
