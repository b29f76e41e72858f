"""The doctor's look at the evidence: how much of how many, and everything when asked."""

import typing
from dataclasses import fields
from pathlib import Path

from connector.store.evidence import FolderEvidence
from domain import facts
from domain.directive import Directive, StoredFile
from domain.facts import About, DeadlinePassed, DispatchAttempted, Event, Fact, RawArrived
from domain.ids import CampaignId, Digest, DispatchId, OfficeId, RawId, RoundId
from domain.kinds import RawChannel
from dondoc.app import App
from dondoc.services.doctor import examine_store
from dondoc.services.doctor_evidence import SAMPLE, contents, examine_all, examine_sample, spread
from tests.unit.cli.memory_apps import NOW, memory_app

LOST = Digest("0" * 64)
ABOUT = About(campaign=CampaignId("nq47"), round=RoundId("2024"), office=OfficeId("xa-yen-son"))


def arrived(app: App, digest: Digest, uid: int = 1) -> None:
    fact = RawArrived(
        raw=RawId(f"imap:nq47/INBOX|1:{uid}"),
        channel=RawChannel.MAIL,
        account="nq47",
        place="INBOX",
        position=f"1:{uid}",
        size=3,
    )
    record(app, "imap:nq47/INBOX", f"1:{uid}", fact, digest)


def record(app: App, source: str, key: str, fact: Fact, digest: Digest | None) -> None:
    event = Event(source=source, source_key=key, occurred_at=NOW, fact=fact, evidence=digest)
    app.ledger.append([event], recorded_at=NOW)


def test_a_sample_says_of_how_many(tmp_path: Path) -> None:
    app = memory_app(tmp_path)
    for uid in range(1, 43):
        arrived(app, app.evidence.put(b"%d" % uid), uid)
    check = examine_sample(app)
    assert check.ok
    assert check.what.startswith(f"{SAMPLE} of 42 verified of what came and was sent; --evidence ")
    assert examine_all(app).what == "42 of 42 verified"


def test_a_small_store_is_verified_whole_at_each_look(tmp_path: Path) -> None:
    app = memory_app(tmp_path)
    arrived(app, app.evidence.put(b"raw"))
    assert examine_sample(app).what.startswith("1 of 1 verified")


def test_lost_evidence_is_found_in_the_sample(tmp_path: Path) -> None:
    app = memory_app(tmp_path)
    arrived(app, LOST)
    check = examine_sample(app)
    assert not check.ok
    assert LOST in check.what
    assert "restore" in check.advice


def test_the_sample_is_spread_and_bounded() -> None:
    digests = [Digest(f"{n:064d}") for n in range(1000)]
    chosen = spread(digests)
    assert len(chosen) == SAMPLE
    assert chosen[0] == digests[0]
    assert chosen[-1] > digests[900]
    assert spread(digests[:3]) == digests[:3]


def test_everything_that_is_lost_or_damaged_is_listed_with_its_inputs(tmp_path: Path) -> None:
    folder = FolderEvidence(tmp_path / "evidence")
    app = memory_app(tmp_path)
    object.__setattr__(app, "evidence", folder)
    whole, damaged = folder.put(b"whole"), folder.put(b"damaged")
    place = tmp_path / "evidence" / "sha256" / damaged[:2] / damaged[2:4] / damaged
    place.chmod(0o600)
    place.write_bytes(b"another")
    for uid, digest in enumerate((whole, damaged, LOST, LOST), 1):
        arrived(app, digest, uid)
    (check,) = (c for c in examine_store(app, {}, NOW, whole=True) if c.name == "evidence")
    assert (check.ok, check.what) == (False, "1 of 3 verified, 2 missing or damaged")
    lost = "named by input imap:nq47/INBOX|1:3, input imap:nq47/INBOX|1:4"
    assert sorted(check.details) == sorted(
        [
            f"evidence {LOST}: no such bytes are stored; {lost}",
            f"evidence {damaged}: the stored bytes are damaged; restore the file; "
            "named by input imap:nq47/INBOX|1:2",
        ]
    )
    assert check.advice


def test_what_belongs_to_no_input_is_named_by_its_round(tmp_path: Path) -> None:
    class Lone:
        """A ledger with one event, which no state machine has to allow."""

        def events(self) -> list[facts.Recorded]:
            fact = DeadlinePassed(about=ABOUT, due_at=NOW)
            event = Event(source="x", source_key="y", occurred_at=NOW, fact=fact, evidence=LOST)
            return [facts.Recorded(sequence=1, recorded_at=NOW, event=event)]

    app = memory_app(tmp_path)
    object.__setattr__(app, "ledger", Lone())
    assert examine_all(app).details[0].endswith("named by nq47/2024/xa-yen-son")


def test_a_second_writing_of_a_letter_counts_too() -> None:
    attempted = DispatchAttempted(
        dispatch=DispatchId("D-1"), about=ABOUT, attempt=2, marked=True, content=LOST
    )
    assert contents(attempted) == (LOST,)


def test_no_fact_with_stored_contents_is_forgotten() -> None:
    telling: set[object] = {Digest, Digest | None, Directive, StoredFile}
    telling |= {tuple[StoredFile, ...], tuple[Digest, ...]}
    kinds = [kind for kind in typing.get_args(Fact) if telling & {*hints(kind).values()}]
    names = {kind.__name__ for kind in kinds}
    assert names == {
        *("DirectiveTaken", "DirectiveReplaced"),
        *("DispatchPlanned", "DispatchFollowed", "DispatchAttempted"),
        *("ReplyRecorded", "CompilationMade", "AnswerPlanned"),
        *("PortalFileFetched", "PortalCompared", "ConfigurationAdopted"),
    }


def hints(kind: type[Fact]) -> dict[str, object]:
    found = typing.get_type_hints(kind)
    return {field.name: found[field.name] for field in fields(kind)}
