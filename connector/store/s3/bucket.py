"""Objects in a bucket: put whole, read, listed; every request bounded in time and tried again."""

import hashlib
import io
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from threading import Lock
from typing import BinaryIO, TypeVar

from botocore.exceptions import ClientError
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from connector.store.s3.account import Account, Limits
from connector.store.s3.client import Client, Fields, new_client
from connector.store.s3.failures import (
    CONDITION_UNKNOWN,
    FAILURES,
    Stalled,
    code_of,
    passes,
    store_failed,
)
from domain.content import Stored
from domain.errors import StoreFailed

A = TypeVar("A")
T = TypeVar("T")

UPLOADS = 8
"""Objects, or parts of one, that go to the store at the same time."""

_PART = 8 * 1024 * 1024
"""Octets of a part; the protocol wants 5 MiB at least (Amazon S3 user guide, "limits")."""
_PARTS = 10_000
"""The most parts of one object (the same page)."""
_PARTS_AT_ONCE = 4
_MISSING = frozenset({"NoSuchKey"})
_MISSING_AT_HEAD = frozenset({"NoSuchKey", "404"})
_REFUSED_AT_HEAD = "403"
_TAKEN = frozenset({"PreconditionFailed", "412"})
_UPLOAD_GONE = frozenset({"NoSuchUpload"})
_UPLOAD_LOST = (
    "an upload was forgotten before it ended; if a rule of the bucket removes unfinished uploads, "
    "let it wait a day. Dondoc tries again"
)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_PIECE = 16_384
"""Octets after which it is asked whether the rest comes fast enough."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object: its number of bytes, and the mark that changes when it is put anew."""

    size: int
    mark: str


class Bucket:
    """A bucket of an S3-compatible store; may be used by several threads.

    Every method raises ``StoreFailed`` when the store cannot be reached, refuses, or is too slow,
    and what looking up a key raises. ``key`` is without the prefix of the account.
    """

    def __init__(self, account: Account, limits: Limits) -> None:
        self._account = account
        self._limits = limits
        self._conditions = True
        self._beginning = Lock()

    def check(self) -> None:
        """Find out whether the bucket is there and lets us in."""
        self._tried(self._look)

    def find(self, key: str) -> Found | None:
        """Return what is known of an object.

        None where there is none, and also where there is no bucket: an answer without a body
        cannot tell. Whoever concludes something from it asks with another request.
        """
        return self._tried_for(_MISSING_AT_HEAD, partial(self._head, key))

    def read(self, key: str) -> bytes | None:
        """Return an object, None where there is none."""
        return self._tried_for(_MISSING, lambda: b"".join(self._got(key).pieces()))

    def copy(self, key: str, into: BinaryIO) -> str | None:
        """Write an object into a stream that can seek and return its mark; see ``read``.

        Errors of the stream go on.
        """

        def once() -> str:
            into.seek(0)
            into.truncate()
            body = self._got(key)
            into.writelines(body.pieces())
            return body.mark

        return self._tried_for(_MISSING, once)

    def digest(self, key: str) -> str | None:
        """Return the SHA-256 of an object, in hexadecimal digits; see ``read``."""

        def once() -> str:
            found = hashlib.sha256()
            for piece in self._got(key).pieces():
                found.update(piece)
            return found.hexdigest()

        return self._tried_for(_MISSING, once)

    def put(self, key: str, content: bytes) -> str:
        """Store an object and return its mark: others see all of it or nothing."""
        return self._tried(partial(self._put, key, content))

    def put_new(self, key: str, content: bytes) -> str | None:
        """Store an object as ``put`` does, unless there is one already; then it stays, and None.

        A store that knows no conditions replaces it.
        """
        if self._conditions:
            conditional = partial(self._put, key, content, IfNoneMatch="*")
            try:
                return self._tried_for(_TAKEN, conditional)
            except _ConditionUnknown:
                self._conditions = False
        return self.put(key, content)

    def put_parts(self, key: str, stored: Stored, part: Callable[[int, int], bytes]) -> str:
        """Store a large object in parts and return its mark; it is not there before the last one.

        ``stored`` says what it holds, ``part`` gives so many bytes of it from an offset; a few are
        in memory at one time.
        """
        octets = max(_PART, -(-stored.size // _PARTS))
        begun = self._tried(lambda: self._client.create_multipart_upload(**self._at(key)))
        upload = self._at(key) | {"UploadId": begun["UploadId"]}

        def send(number: int) -> Fields:
            content = part((number - 1) * octets, octets)
            answer = self._tried(
                lambda: self._client.upload_part(
                    **upload, PartNumber=number, Body=io.BytesIO(content)
                )
            )
            return {"PartNumber": number, "ETag": answer["ETag"]}

        try:
            numbers = range(1, -(-stored.size // octets) + 1)
            parts = {"Parts": side_by_side(send, numbers, threads=_PARTS_AT_ONCE)}
            return self._finished(key, stored, upload | {"MultipartUpload": parts})
        except BaseException:
            # If this fails, too, a rule of the bucket removes what is left of it.
            with suppress(StoreFailed):
                self._tried(lambda: self._client.abort_multipart_upload(**upload))
            raise

    def keys(self, under: str) -> Iterator[str]:
        """Yield the keys that begin with ``under``, in order, a page at a time."""
        start = self._account.prefix
        after: Fields = {}
        while True:
            page = self._tried(partial(self._page, start + under, after))
            yield from (found["Key"].removeprefix(start) for found in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            after = {"ContinuationToken": page["NextContinuationToken"]}

    def close(self) -> None:
        """Close all connections."""
        if "_client" in self.__dict__:
            self._client.close()

    @property
    def _client(self) -> Client:
        # Making one takes a fifth of a second, which two threads need not spend.
        with self._beginning:
            return self._made

    @cached_property
    def _made(self) -> Client:
        return new_client(self._account, self._limits, connections=2 * UPLOADS)

    def _at(self, key: str) -> Fields:
        return {"Bucket": self._account.bucket, "Key": self._account.prefix + key}

    def _look(self) -> None:
        account = self._account
        self._client.list_objects_v2(Bucket=account.bucket, Prefix=account.prefix, MaxKeys=1)

    def _head(self, key: str) -> Found:
        try:
            answer = self._client.head_object(**self._at(key))
        except ClientError as error:
            if code_of(error) == _REFUSED_AT_HEAD:
                # An answer with a body says why.
                self._look()
            raise
        return Found(answer["ContentLength"], _mark(answer))

    def _put(self, key: str, content: bytes, **condition: str) -> str:
        # A stream goes out in blocks, each with its own time; bytes would have one for all.
        body = io.BytesIO(content)
        try:
            return _mark(self._client.put_object(**self._at(key), **condition, Body=body))
        except ClientError as error:
            if condition and code_of(error) == CONDITION_UNKNOWN:
                raise _ConditionUnknown from error
            raise

    def _finished(self, key: str, stored: Stored, upload: Fields) -> str:
        finish = self._client.complete_multipart_upload
        mark = self._tried_for(_UPLOAD_GONE, lambda: _mark(finish(**upload)))
        if mark is not None:
            return mark
        # An earlier try may have made it, and its answer was lost. A damaged one that was to
        # be replaced may have the same size, so what lies there is read.
        found = self.find(key)
        if found is None or found.size != stored.size or self.digest(key) != stored.digest:
            raise StoreFailed(f"evidence {self._account}: {_UPLOAD_LOST}")
        return found.mark

    def _got(self, key: str) -> "_Body":
        return _Body(self._client.get_object(**self._at(key)), self._limits)

    def _page(self, prefix: str, after: Fields) -> Fields:
        return self._client.list_objects_v2(Bucket=self._account.bucket, Prefix=prefix, **after)

    def _tried_for(self, nothing: frozenset[str], call: Callable[[], T]) -> T | None:
        """Do as ``_tried``; None where the store refuses with one of some codes."""

        def once() -> T | None:
            try:
                return call()
            except ClientError as error:
                if code_of(error) in nothing:
                    return None
                raise

        return self._tried(once)

    def _tried(self, call: Callable[[], T]) -> T:
        """Call the store, again where that may help; the only place where anything is repeated."""
        limits = self._limits
        tries = Retrying(
            retry=retry_if_exception(passes),
            stop=stop_after_attempt(limits.tries) | stop_after_delay(limits.whole),
            wait=wait_random_exponential(multiplier=_FIRST_PAUSE, max=_LONGEST_PAUSE),
            reraise=True,
        )
        try:
            return tries(call)
        except FAILURES as error:
            raise store_failed(self._account, error) from error


class _Body:
    """An object on its way."""

    def __init__(self, answer: Fields, limits: Limits) -> None:
        self.mark = _mark(answer)
        self._stream = answer["Body"]
        self._limits = limits

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole; raises ``Stalled`` when it comes too slowly."""
        begun, octets = time.monotonic(), 0
        with closing(self._stream):
            while piece := self._stream.read(_PIECE):
                octets += len(piece)
                if time.monotonic() - begun > self._limits.whole + octets / self._limits.rate:
                    raise Stalled
                yield piece


class _ConditionUnknown(Exception):
    """The store does not know how to put under a condition."""


def _mark(answer: Fields) -> str:
    return str(answer["ETag"])


def side_by_side(work: Callable[[A], T], among: Iterable[A], *, threads: int) -> list[T]:
    """Return what ``work`` makes of each, in order; after a failure nothing more is begun."""
    with ThreadPoolExecutor(threads) as pool:
        begun = [pool.submit(work, one) for one in among]
        try:
            return [one.result() for one in begun]
        finally:
            pool.shutdown(cancel_futures=True)
