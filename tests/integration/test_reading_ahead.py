"""Messages read in other processes: the same as in this one, and no crash takes this one along."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Condition

import pytest

from connector.store.evidence import FolderEvidence
from domain.errors import DondocError, MalformedDocument
from domain.ids import Digest
from dondoc.reading_ahead import MANY, ReadingAhead
from dondoc.reading_process import Read
from dondoc.reading_worker import ReadingWorker
from dondoc.services.own_words import OwnWords, own_words
from mappings.reply.phrase_lists import default_phrases
from mappings.reply.phrases import Phrases

CORPUS = Path(__file__).parent.parent / "data" / "mail"
POISON = b"Subject: poison\r\n\r\n"


def letter(number: int) -> bytes:
    return (
        f"From: commune{number}@office.example\r\nMessage-ID: <{number}@office.example>\r\n"
        f"Subject: Re: 512\r\n\r\nEm da nhan duoc cong van so {number}.\r\n"
    ).encode()


LETTERS = [letter(number) for number in range(MANY)]


@pytest.fixture
def kept(tmp_path: Path) -> FolderEvidence:
    return FolderEvidence(tmp_path)


@pytest.fixture
def ahead(kept: FolderEvidence, tmp_path: Path) -> Iterator[ReadingAhead]:
    with opened(tmp_path) as found:
        yield found


@contextmanager
def opened(
    folder: Path, read: Read = own_words, patience: float = 60, processes: int = 2
) -> Iterator[ReadingAhead]:
    store = partial(FolderEvidence, folder, read_only=True)
    found = ReadingAhead(store, processes=processes, patience=patience, read=read)
    try:
        yield found
    finally:
        found.close()


def offered(ahead: ReadingAhead, kept: FolderEvidence, raws: list[bytes]) -> list[Digest]:
    digests = [kept.put(raw) for raw in raws]
    ahead.offer(zip(digests, map(len, raws), strict=True))
    return digests


def here(raw: bytes) -> OwnWords | None:
    try:
        return own_words(raw, default_phrases())
    except DondocError:
        return None


def dies(raw: bytes, phrases: Phrases) -> OwnWords:
    if raw.startswith(POISON):
        os.kill(os.getpid(), signal.SIGKILL)
    return own_words(raw, phrases)


def sleeps(raw: bytes, phrases: Phrases) -> OwnWords:
    if raw.startswith(POISON):
        time.sleep(3600)
    return own_words(raw, phrases)


def fails(raw: bytes, phrases: Phrases) -> OwnWords:
    raise KeyError("the part that nobody thought of")


def refuses(raw: bytes, phrases: Phrases) -> OwnWords:
    raise MalformedDocument("the message", "its header is odd")


def only_once(folder: Path, opened: Path) -> FolderEvidence:
    opened.touch(exist_ok=False)
    return FolderEvidence(folder, read_only=True)


def nowhere() -> FolderEvidence:
    raise OSError("no disk")


def test_it_reads_every_message_of_the_corpus_as_this_process_does(
    ahead: ReadingAhead, kept: FolderEvidence
) -> None:
    corpus = {path.read_bytes() for path in CORPUS.rglob("*.eml")}
    raws = [*corpus, *LETTERS]
    assert len(corpus) >= MANY
    for raw, digest in zip(raws, offered(ahead, kept, raws), strict=True):
        assert ahead.take(digest) == here(raw)


def test_a_few_messages_start_no_process(ahead: ReadingAhead, kept: FolderEvidence) -> None:
    digests = offered(ahead, kept, LETTERS[1:])
    assert ahead.processes == ()
    assert [ahead.take(digest) for digest in digests] == [None] * len(digests)


def test_without_processes_nothing_is_read_ahead(kept: FolderEvidence, tmp_path: Path) -> None:
    with opened(tmp_path, processes=0) as ahead:
        assert [ahead.take(d) for d in offered(ahead, kept, LETTERS)] == [None] * MANY


def test_they_may_be_asked_for_in_another_order(ahead: ReadingAhead, kept: FolderEvidence) -> None:
    digests = offered(ahead, kept, LETTERS)
    for raw, digest in reversed(list(zip(LETTERS, digests, strict=True))):
        assert ahead.take(digest) == here(raw)


def test_no_more_is_held_than_may_be_until_somebody_takes_it(
    kept: FolderEvidence, tmp_path: Path
) -> None:
    news = Condition()
    digests = [kept.put(raw) for raw in LETTERS[:4]]
    store = partial(FolderEvidence, tmp_path, read_only=True)
    worker = ReadingWorker((store, default_phrases(), own_words), news, held=1)

    def answered(number: int, *, within: float = 60) -> bool:
        with news:
            return news.wait_for(lambda: len(worker.answers) >= number, timeout=within)

    try:
        for digest in digests:
            worker.give(digest)
        assert answered(1)
        assert not answered(2, within=0.5)
        assert worker.take(digests[0]) == here(LETTERS[0])
        assert answered(1)
        worker.hurry(True)
        assert answered(3)
        assert list(worker.answers) == digests[1:]
    finally:
        worker.end()


def test_a_message_that_ended_processes_is_told_wherever_it_lies(
    kept: FolderEvidence, tmp_path: Path
) -> None:
    with opened(tmp_path, read=dies) as ahead:
        poison, *_ = offered(ahead, kept, [POISON, *LETTERS])
        for _ in range(2):
            with pytest.raises(MalformedDocument, match="crashed"):
                ahead.take(poison)


def test_what_was_taken_or_never_offered_is_read_here(
    ahead: ReadingAhead, kept: FolderEvidence
) -> None:
    first, *_ = offered(ahead, kept, LETTERS)
    assert ahead.take(first) is not None
    assert ahead.take(first) is None
    assert ahead.take(Digest("0" * 64)) is None


def test_closing_ends_every_process(ahead: ReadingAhead, kept: FolderEvidence) -> None:
    offered(ahead, kept, LETTERS)
    processes = ahead.processes
    assert len(processes) == 2
    ahead.close()
    assert ahead.processes == ()
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_a_process_that_is_killed_costs_no_message(
    ahead: ReadingAhead, kept: FolderEvidence
) -> None:
    digests = offered(ahead, kept, LETTERS)
    assert ahead.take(digests[0]) is not None
    for process in ahead.processes:
        os.kill(process, signal.SIGKILL)
    for raw, digest in zip(LETTERS[1:], digests[1:], strict=True):
        assert ahead.take(digest) == here(raw)


@pytest.mark.parametrize(
    ("read", "patience", "reason"), [(dies, 60, "crashed"), (sleeps, 5, "took over 5 seconds")]
)
def test_a_message_that_ends_its_process_costs_that_message_only(
    kept: FolderEvidence, tmp_path: Path, read: Read, patience: float, reason: str
) -> None:
    raws = [*LETTERS[:10], POISON, *LETTERS[10:]]
    with opened(tmp_path, read, patience) as ahead:
        for raw, digest in zip(raws, offered(ahead, kept, raws), strict=True):
            if raw == POISON:
                with pytest.raises(MalformedDocument, match=reason):
                    ahead.take(digest)
            else:
                assert ahead.take(digest) == here(raw)


@pytest.mark.parametrize(
    ("read", "reason"), [(dies, "crashed"), (fails, r"failed on it \(KeyError\)"), (refuses, "odd")]
)
def test_what_is_kept_apart_is_read_in_a_process_or_not_at_all(
    kept: FolderEvidence, tmp_path: Path, read: Read, reason: str
) -> None:
    with opened(tmp_path, read, processes=0) as ahead:
        poison = kept.put(POISON)
        ahead.keep_apart([poison])
        for _ in range(2):
            with pytest.raises(MalformedDocument, match=reason):
                ahead.take(poison)
        assert len(ahead.processes) == 1


def test_a_large_message_that_is_kept_apart_is_read_there(
    ahead: ReadingAhead, kept: FolderEvidence
) -> None:
    raw = LETTERS[0] + b"x" * 9_000_000
    (digest,) = offered(ahead, kept, [raw])
    assert ahead.take(digest) is None
    ahead.keep_apart([digest])
    assert ahead.take(digest) == here(raw)


def test_a_message_that_crashed_is_not_read_here_when_no_more_processes_start(
    kept: FolderEvidence, tmp_path: Path
) -> None:
    opening = partial(only_once, tmp_path, tmp_path / "opened")
    ahead = ReadingAhead(opening, processes=0, read=dies)
    digest = kept.put(POISON)
    ahead.keep_apart([digest])
    with pytest.raises(MalformedDocument, match="crashed"):
        ahead.take(digest)
    assert ahead.processes == ()
    ahead.close()
    fresh = kept.put(LETTERS[0])
    ahead.keep_apart([fresh])
    assert ahead.take(fresh) is None


def test_what_fails_there_is_read_here(kept: FolderEvidence, tmp_path: Path) -> None:
    with opened(tmp_path, fails) as ahead:
        assert [ahead.take(d) for d in offered(ahead, kept, LETTERS)] == [None] * MANY


def test_where_no_process_can_work_all_is_read_here(kept: FolderEvidence) -> None:
    ahead = ReadingAhead(nowhere, processes=2)
    assert [ahead.take(d) for d in offered(ahead, kept, LETTERS)] == [None] * MANY
    assert ahead.processes == ()
    offered(ahead, kept, LETTERS)
    assert ahead.processes == ()
