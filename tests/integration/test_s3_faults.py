"""Evidence in a bucket when the store refuses, hangs, breaks off or is not there."""

import os
import pickle
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from connector.store.s3 import bucket
from connector.store.s3.account import Account, Limits
from connector.store.s3.evidence import S3Evidence
from domain.assembled import shared
from domain.errors import EvidenceMissing, StoreFailed
from domain.ids import digest_of
from tests.servers.process import free_ports
from tests.servers.s3 import S3
from tests.servers.s3_account import ACCESS_KEY, SECRET_KEY, account_of
from tests.servers.s3_door import Fault, S3Door
from tests.servers.wire import Wire

QUICK = Limits(connect=1.0, read=0.5, whole=3.0, tries=3)
LARGE = 17 * 1024 * 1024

SECOND = digest_of(b"second")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket, "_FIRST_PAUSE", 0.01)


@pytest.fixture
def folder(s3: S3) -> Path:
    """Return a new bucket as the store's files."""
    return s3.new_bucket()


@pytest.fixture
def door(s3: S3) -> Iterator[S3Door]:
    with S3Door(s3) as door:
        yield door


@pytest.fixture
def store(folder: Path, door: S3Door, tmp_path: Path) -> Iterator[S3Evidence]:
    account = account_of(folder, door.address)
    with closing(S3Evidence(account, local=tmp_path / "local", limits=QUICK)) as store:
        yield store


def objects(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("fault", [(503, "SlowDown"), (500, "InternalError"), "drop", "hang"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_put_that_fails_for_a_moment_is_made_again(
    store: S3Evidence, door: S3Door, folder: Path, fault: Fault, times: int
) -> None:
    door.fail(fault, method="PUT", times=times)
    digest = store.put(b"evidence")
    (only,) = objects(folder)
    assert (only.name, only.read_bytes()) == (digest, b"evidence")
    assert door.asked["PUT"] == times + 1


@pytest.mark.parametrize("fault", [(503, "SlowDown"), "truncate", "drop", "hang"])
def test_a_get_that_fails_for_a_moment_is_made_again(
    store: S3Evidence, door: S3Door, fault: Fault
) -> None:
    content = b"evidence" * 100_000
    digest = store.put(content)
    door.fail(fault, method="GET", times=2)
    assert store.get(digest) == content
    door.fail(fault, method="GET", times=2)
    with store.content(digest).open() as stream:
        assert stream.read() == content


@pytest.mark.parametrize(
    ("fault", "advice"),
    [
        ((503, "SlowDown"), r"refuses \(SlowDown\); it is too busy"),
        ((403, "AccessDenied"), r"rights s3:GetObject, s3:PutObject"),
        ((403, "SignatureDoesNotMatch"), r"store\.s3\.secret_key is not the one of"),
        ((403, "RequestTimeTooSkewed"), r"set the clock"),
        ((400, "AuthorizationHeaderMalformed"), r"store\.s3\.region"),
        ((507, "XMinioStorageFull"), r"it is full"),
        ((418, "Teapot"), r"refuses \(Teapot\); this was not expected"),
        ((418, "line\nbreak"), r"refuses \(418\); this was not expected"),
        ("hang", r"ReadTimeoutError; it does not answer in time"),
        ("drop", r"ConnectionClosedError; it broke off"),
    ],
)
def test_what_does_not_pass_is_told_with_what_to_do(
    store: S3Evidence, door: S3Door, folder: Path, fault: Fault, advice: str
) -> None:
    # Each new try has a fault of its own, and a refusal for good is not tried again.
    door.fail(fault, method="PUT", times=QUICK.tries)
    with pytest.raises(StoreFailed, match=advice) as caught:
        store.put(b"second")
    assert f"evidence s3://{folder.name}/dondoc at {door.address}: " in str(caught.value)
    passing = fault in ("hang", "drop") or fault == (503, "SlowDown")
    assert door.asked["PUT"] == (QUICK.tries if passing else 1)


def test_a_body_that_comes_too_slowly_is_given_up(folder: Path, s3: S3) -> None:
    limits = replace(QUICK, whole=0.0, rate=1_000_000_000_000)
    with closing(S3Evidence(account_of(folder, s3.address), limits=limits)) as store:
        digest = store.put(b"x" * 100_000)
        with pytest.raises(StoreFailed, match="Stalled; it does not answer in time"):
            store.get(digest)


def test_a_wrong_key_is_told_and_a_renewed_one_counts_at_once(folder: Path, door: S3Door) -> None:
    key = ["old"]
    account = replace(account_of(folder, door.address), access_key=lambda: key[0])
    with closing(S3Evidence(account, limits=QUICK)) as store:
        with pytest.raises(StoreFailed, match=r"does not know store\.s3\.access_key") as caught:
            store.put(b"x")
        assert "old" not in str(caught.value)
        with pytest.raises(StoreFailed, match="InvalidAccessKeyId"):
            store.check()
        with pytest.raises(StoreFailed, match="InvalidAccessKeyId"):
            store.content(SECOND)  # though the answer to its first request says nothing
        key[0] = ACCESS_KEY
        assert store.get(store.put(b"x")) == b"x"
        store.check()


def test_a_missing_bucket_is_no_missing_evidence(folder: Path, door: S3Door) -> None:
    account = replace(account_of(folder, door.address), bucket="khong-co")
    digest = digest_of(b"x")
    asked: list[Callable[[S3Evidence], object]] = [
        lambda store: store.check(),
        lambda store: store.put(b"x"),
        lambda store: store.get(digest),
        lambda store: store.content(digest),
        lambda store: list(store.digests()),
        lambda store: store.receive(lambda into: into.writelines([b"x"])),
        lambda store: store.assemble([b"x", shared(b"y")]),
    ]
    with closing(S3Evidence(account, limits=QUICK)) as store:
        for ask in asked:
            with pytest.raises(StoreFailed, match="there is no such bucket: make it"):
                ask(store)


def test_nobody_at_the_address_is_told(folder: Path) -> None:
    (port,) = free_ports(1)
    account = account_of(folder, f"http://127.0.0.1:{port}")
    with (
        closing(S3Evidence(account, limits=QUICK)) as store,
        pytest.raises(StoreFailed, match=r"EndpointConnectionError; it cannot be reached"),
    ):
        store.put(b"x")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_store_that_takes_nothing_is_given_up(folder: Path, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        account = account_of(folder, f"{scheme}://127.0.0.1:{silent.getsockname()[1]}")
        limits = replace(QUICK, connect=0.3, tries=2)
        with closing(S3Evidence(account, limits=limits)) as store:
            for ask in (lambda: store.put(b"x" * LARGE), store.check):
                with pytest.raises(StoreFailed, match="Dondoc tries again"):
                    ask()


def test_a_server_that_speaks_no_s3_is_no_store_without_evidence(
    store: S3Evidence, door: S3Door
) -> None:
    digest = store.put(b"x")
    door.fail((404, ""), method="GET")
    with pytest.raises(StoreFailed, match="this was not expected"):
        store.get(digest)


def test_tls_is_verified(s3: S3, folder: Path) -> None:
    with S3Door(s3, tls=True) as door:
        trusting = account_of(folder, door.address, ca_file=door.ca_file)
        with closing(S3Evidence(trusting, limits=QUICK)) as store:
            assert store.get(store.put(b"x")) == b"x"
        with (
            closing(S3Evidence(replace(trusting, ca_file=None), limits=QUICK)) as store,
            pytest.raises(StoreFailed, match=r"SSLError; its certificate is not trusted"),
        ):
            store.put(b"x")
    plain = account_of(folder, s3.address.replace("http:", "https:"))
    with (
        closing(S3Evidence(plain, limits=QUICK)) as store,
        pytest.raises(StoreFailed, match=r"SSLError; .* or it speaks no TLS"),
    ):
        store.put(b"x")


def test_a_store_that_is_killed_and_started_again_goes_on(
    s3: S3, folder: Path, tmp_path: Path
) -> None:
    with closing(S3Evidence(account_of(folder, s3.address), limits=QUICK)) as store:
        first = store.put(b"first")
        s3.kill()
        for ask in (lambda: store.put(b"second"), lambda: store.get(first)):
            with pytest.raises(StoreFailed, match="Dondoc tries again"):
                ask()
        s3.start()
        assert store.get(first) == b"first"
        assert store.put(b"second") == SECOND


def test_a_large_content_goes_in_parts_a_few_at_a_time(
    store: S3Evidence, door: S3Door, folder: Path
) -> None:
    content = os.urandom(LARGE)
    door.fail((503, "SlowDown"), method="PUT", times=2)
    stored = store.receive(lambda into: into.writelines([content]))
    (only,) = objects(folder)
    assert only.read_bytes() == content
    assert door.asked["PUT"] == 3 + 2
    assert door.most_at_once <= 4
    # It is there already, and does not cross the network again.
    assert store.receive(lambda into: into.writelines([content])) == stored
    assert door.asked["PUT"] == 3 + 2


@pytest.mark.parametrize("before", ["part", "end"])
def test_of_a_large_content_that_is_refused_nothing_is_left(
    store: S3Evidence, door: S3Door, folder: Path, before: str
) -> None:
    if before == "end":
        door.fail("pass", method="POST")
    door.fail((403, "AccessDenied"), method="PUT" if before == "part" else "POST")
    with pytest.raises(StoreFailed, match="AccessDenied"):
        store.receive(lambda into: into.writelines([b"x" * LARGE]))
    assert objects(folder) == []
    stored = store.receive(lambda into: into.writelines([b"x" * LARGE]))
    assert store.get(stored.digest) == b"x" * LARGE


def test_a_large_content_whose_last_answer_is_lost_is_stored(
    store: S3Evidence, door: S3Door, folder: Path
) -> None:
    for fault in ("pass", "drop"):
        door.fail(fault, method="POST")  # its beginning, and its end
    stored = store.receive(lambda into: into.writelines([b"x" * LARGE]))
    assert [path.name for path in objects(folder)] == [stored.digest]


def test_an_upload_that_was_forgotten_has_not_mended_what_is_damaged(
    store: S3Evidence, door: S3Door, folder: Path
) -> None:
    content = b"x" * LARGE
    stored = store.receive(lambda into: into.writelines([content]))
    (only,) = objects(folder)
    only.write_bytes(b"y" * LARGE)
    door.fail("pass", method="POST")  # its beginning
    door.fail((404, "NoSuchUpload"), method="POST")
    with pytest.raises(StoreFailed, match="an upload was forgotten before it ended"):
        store.receive(lambda into: into.writelines([content]))
    assert store.receive(lambda into: into.writelines([content])) == stored
    assert store.get(stored.digest) == content


def test_a_cut_in_an_upload_and_in_a_download_is_mended(s3: S3, folder: Path) -> None:
    content = os.urandom(LARGE)
    with Wire(s3.port) as wire:
        account = account_of(folder, f"http://127.0.0.1:{wire.port}")
        with closing(S3Evidence(account, limits=replace(QUICK, tries=20))) as store:
            wire.cut_after(100, again=False)
            stored = store.receive(lambda into: into.writelines([content]))
            wire.cut_after(5_000_000)
            with store.content(stored.digest).open() as stream:
                assert stream.read() == content
            wire.cut_after(3_000_000)
            assert store.get(stored.digest) == content
        assert wire.cuts >= 3


def test_a_damaged_object_is_missing_until_it_is_put_again(store: S3Evidence, folder: Path) -> None:
    digest = store.put(b"the whole message")
    content = store.content(digest)
    (only,) = objects(folder)
    for damage in (b"the whole messagE", b"the whole"):
        only.write_bytes(damage)
        with pytest.raises(EvidenceMissing, match="the stored bytes are damaged"):
            store.get(digest)
        with pytest.raises(EvidenceMissing, match="the stored bytes are damaged"):
            content.open()
        assert store.put(b"the whole message") == digest
        assert store.get(digest) == b"the whole message"
    only.unlink()
    with pytest.raises(EvidenceMissing, match="no such bytes"):
        content.open()


def test_a_damaged_piece_that_letters_share_is_seen_and_mended(
    store: S3Evidence, folder: Path
) -> None:
    file = shared(b"letter")
    digest = store.assemble([b"one ", file])
    (place,) = folder.glob(f"dondoc/sha256/*/*/{file.digest}")
    place.write_bytes(b"lettuce")
    with pytest.raises(EvidenceMissing, match="damaged") as caught:
        store.get(digest)
    assert caught.value.digest == file.digest
    assert store.assemble([b"two ", file]) != digest
    assert store.get(digest) == b"one letter"
    recipe = next(folder.glob(f"dondoc/assembled/*/{digest}"))
    recipe.write_bytes(recipe.read_bytes().replace(b"one", b"two"))
    for read in (store.get, store.content):
        with pytest.raises(EvidenceMissing, match="damaged"):
            read(digest)
    assert store.assemble([b"one ", file]) == digest
    assert store.get(digest) == b"one letter"


def test_a_store_without_conditions_is_put_into_all_the_same(
    store: S3Evidence, door: S3Door
) -> None:
    door.fail((501, "NotImplemented"), method="PUT")
    assert store.get(store.put(b"first")) == b"first"
    assert store.put(b"first") == digest_of(b"first")
    assert door.asked["PUT"] == 3


def test_what_letters_share_crosses_the_network_once(store: S3Evidence, door: S3Door) -> None:
    file = shared(os.urandom(100_000))
    letters = [store.assemble([b"%d " % number, file]) for number in range(4)]
    assert door.asked["PUT"] == 1 + len(letters)
    before = door.asked["GET"]
    for letter in letters:
        with store.content(letter).open() as stream:
            assert len(stream.read()) == 100_002
    # Each recipe; the file was kept when it was stored.
    assert door.asked["GET"] - before == len(letters)


def test_what_was_verified_is_read_again_though_the_store_is_away(
    s3: S3, folder: Path, tmp_path: Path
) -> None:
    account = account_of(folder, s3.address)
    with closing(S3Evidence(account, local=tmp_path / "writer")) as store:
        letters = [store.put(b"alone"), store.assemble([b"one ", shared(b"letter")])]
        letters.append(store.receive(lambda into: into.writelines([b"x" * LARGE])).digest)
    with closing(S3Evidence(account, local=tmp_path / "sender", limits=QUICK)) as store:
        contents = [store.content(digest) for digest in letters]
        for content in contents:
            content.open().close()
        s3.kill()
        for content, digest in zip(contents, letters, strict=True):
            with content.open() as stream:
                assert digest_of(stream.read()) == digest
        with pytest.raises(StoreFailed, match="it cannot be reached"):
            store.content(letters[0])


def test_a_block_goes_up_side_by_side(store: S3Evidence, door: S3Door, folder: Path) -> None:
    with store.together() as block:
        put = {block.put(b"%d" % number) for number in range(60)}
    assert {path.name for path in objects(folder)} == put
    assert 1 < door.most_at_once <= bucket.UPLOADS
    door.fail((403, "AccessDenied"), method="PUT")
    with pytest.raises(StoreFailed, match="AccessDenied"), store.together() as block:
        block.put(b"refused")


def test_many_contents_are_listed_page_by_page(
    store: S3Evidence, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {digest_of(b"%d" % number) for number in range(1500)}
    for digest in known:
        place = folder / "dondoc" / "sha256" / digest[:2] / digest[2:4] / digest
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    assert list(store.digests()) == sorted(known)


def test_strange_objects_are_no_evidence(store: S3Evidence, folder: Path) -> None:
    digest = store.put(b"x")
    (objects(folder)[0].parent / "notes.txt").write_bytes(b"")
    assert list(store.digests()) == [digest]


def test_an_account_goes_to_another_process_with_its_keys(folder: Path, door: S3Door) -> None:
    account: Account = pickle.loads(pickle.dumps(account_of(folder, door.address)))
    assert SECRET_KEY not in repr(account)
    with closing(S3Evidence(account, limits=QUICK)) as store:
        assert store.get(store.put(b"x")) == b"x"
