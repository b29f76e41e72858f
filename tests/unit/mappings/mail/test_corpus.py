"""Every message of the corpus is read as the YAML beside it says."""

from collections import Counter

import pytest

from domain.errors import DondocError
from domain.reading import DeliveryReport
from dondoc.app import App
from dondoc.services.read_command import message_view
from mappings.mail.take_apart import take_apart
from tests.mail_corpus import MAIL, Sample, difference, district, letters, now, samples

ALL = samples()
_NOT_READ = frozenset({"about", "at", "error", "events", "proposed", "review", "status"})
"""Keys that are not of the object that ``dondoc read message`` prints."""


@pytest.fixture(scope="module")
def app() -> App:
    return district()


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_a_message_is_read_as_expected(app: App, sample: Sample) -> None:
    moment = sample.expected.get("at", now())
    expected = {key: value for key, value in sample.expected.items() if key not in _NOT_READ}
    if "error" in sample.expected:
        with pytest.raises(DondocError, match=sample.expected["error"]):
            message_view(app, sample.raw, moment, moment)
        return
    view = message_view(app, sample.raw, moment, moment)
    rules = expected.pop("reasons", [])
    assert difference(expected, view) == []
    assert [rule for rule in rules if rule not in {r["rule"] for r in view["reasons"]}] == []
    proposed = [r["evidence"] for r in view["reasons"] if r["rule"] == "new_address"]
    assert proposed == sample.expected.get("proposed", [])


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_a_message_reports_what_is_expected(sample: Sample) -> None:
    if "error" in sample.expected:
        return
    events = [dict(event) for event in sample.expected.get("events", [])]
    details = [event.pop("detail", "") for event in events]
    found = take_apart(sample.raw).reports
    assert difference(events, [_event(report) for report in found]) == []
    assert [d for d, report in zip(details, found, strict=True) if d not in report.detail] == []


def _event(report: DeliveryReport) -> dict[str, object]:
    return {
        "event": report.event.value if report.event else None,
        "recipient": report.recipient,
        "original_message_id": report.original_message_id,
        "envelope_id": report.envelope_id,
    }


def test_the_corpus_is_whole() -> None:
    for sample in ALL:
        assert {"about", "kind"} <= sample.expected.keys() or "error" in sample.expected
        assert len(sample.expected["about"]) >= len("a real shape")
    alone = {p.with_suffix("") for p in MAIL.glob("*/*.yaml")} - {
        s.path.with_suffix("") for s in ALL
    }
    assert alone == set()
    groups = Counter(sample.path.parent.name for sample in ALL)
    assert min(groups.values()) > 0


def test_the_letters_are_known(app: App) -> None:
    for letter in letters():
        raw = f"From: {letter.to}\nTo: nq47+{letter.token}@huulung.example\n\nĐã nhận được văn bản."
        assert message_view(app, raw.encode(), now(), now())["office"] == letter.office
