"""One call to a mapped e-office and its answer, proved to be a success or turned into an error."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

import structlog
import tenacity

from connector.eoffice.http import Answer, AnswerTooLarge, NoAnswer
from connector.eoffice.rest_hosts import JSON, Hosts
from domain.content import Content, whole
from domain.errors import MalformedDocument, PeerRefused, PeerUnavailable
from domain.rest import CallRule, RequestRule, Rule
from domain.rest_forms import Template
from domain.rest_values import holds, optional_text, parsed

LIST_LIMIT = 16 * 1024 * 1024
"""Bytes of a JSON answer; a list item is below 4 KB."""

ERROR_LIMIT = 64 * 1024
"""Bytes of an answer that came instead of a file and is read as JSON."""

HTML = "text/html"
# RFC 9110 sections 15.5.9, RFC 6585 section 4: the server did not take the request up.
_NOT_TAKEN = {408, 429}
_DESCRIPTION_LENGTH = 200

T = TypeVar("T")
log = structlog.get_logger()


class Expired(Exception):
    """The server wants a new token; the session gets one and asks again."""


@dataclass(frozen=True, slots=True)
class Json:
    """An answer in JSON, as it came and parsed."""

    content: bytes
    data: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """How the mapping tells success, refusal and an ended session apart."""

    message: Rule | None
    expired_statuses: frozenset[int]
    expired: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a call is made and how long to wait in between (seconds, doubling)."""

    attempts: int
    pause: float
    sleep: Callable[[float], None]


class Caller:
    """Makes calls and repeats those that got no usable answer: all of them may be repeated."""

    def __init__(self, name: str, hosts: Hosts, verdicts: Verdicts, patience: Patience) -> None:
        self._name = name
        self._hosts = hosts
        self._verdicts = verdicts
        self._patience = patience

    def json(
        self, call: CallRule, values: Mapping[str, str], headers: Mapping[str, Template]
    ) -> Json:
        """Return a successful answer.

        Raises ``Expired``; ``PeerRefused`` for a refusal; ``PeerUnavailable`` for everything that
        proves neither: a page in HTML, an empty body, a success condition that gives null, or an
        answer that says success and lacks what the call's own condition wants.
        """

        def once() -> Json:
            with self._reading():
                answer = self._hosts.send(call.request, values, headers, limit=LIST_LIMIT)
                return self._proved(answer, call)

        return self._retried(call.success.key, once)

    def file(
        self,
        request: RequestRule | str,
        values: Mapping[str, str],
        headers: Mapping[str, Template],
        *,
        name: str,
        into: tuple[BinaryIO, Content],
        limit: int,
    ) -> str:
        """Write a file into the stream of ``into``, whose content it is; return its media type.

        ``request`` may be an address that an answer gave. ``name`` is the file's, by which a web
        page or an error in JSON is told from a file.
        """
        stream, content = into

        def once() -> str:
            with self._reading():
                if isinstance(request, str):
                    answer = self._hosts.follow(request, values, headers, limit=limit, into=stream)
                else:
                    answer = self._hosts.send(request, values, headers, limit=limit, into=stream)
                stream.flush()
                self._check_file(answer, content, name.lower())
                return answer.media_type

        return self._retried("file", once)

    def _proved(self, answer: Answer, call: CallRule) -> Json:
        data = self._checked_status(answer)
        with _shapeless():
            if holds(call.success, data):
                return Json(answer.content, data)
            if call.word and holds(call.word, data):
                raise NoAnswer(f"{call.success.key} is false in an answer that says success")
        if data is None or data in ({}, []):
            # A server that fails; one that refuses says so.
            raise NoAnswer("the answer has nothing in it")
        raise PeerRefused(self._name, "refused", self._description(call.success, data))

    def _checked_status(self, answer: Answer) -> object:
        """Return the data of an answer with a status of success and no sign of expiry."""
        if answer.status in self._verdicts.expired_statuses:
            raise Expired
        try:
            data = parsed(answer.content)
        except MalformedDocument as unreadable:
            self._check_http(answer.status)
            raise NoAnswer(_unreadable(answer, unreadable)) from None
        with _shapeless():
            if self._verdicts.expired and holds(self._verdicts.expired, data):
                raise Expired
        self._check_http(answer.status)
        return data

    def _check_http(self, status: int) -> None:
        if 200 <= status < 300:
            return
        if status in _NOT_TAKEN or status >= 500:
            raise NoAnswer(f"HTTP {status}: the server failed or is too busy")
        detail = "no such interface answers there; check the address and the path in the mapping"
        raise PeerRefused(self._name, f"HTTP {status}", detail)

    def _check_file(self, answer: Answer, content: Content, name: str) -> None:
        if not 200 <= answer.status < 300:
            self._checked_status(answer)
        if answer.media_type == HTML and not name.endswith((".htm", ".html")):
            raise NoAnswer("a web page came instead of a file")
        if answer.media_type == JSON and not name.endswith(".json"):
            if content.size <= ERROR_LIMIT:
                self._checked_status(Answer(answer.status, whole(content), JSON))
            raise NoAnswer("an answer in JSON came instead of a file")

    def _description(self, success: Rule, data: object) -> str:
        try:
            said = optional_text(self._verdicts.message, data)
        except MalformedDocument:
            said = ""
        visible = "".join(letter if letter.isprintable() else " " for letter in said)
        words = " ".join(visible.split())[:_DESCRIPTION_LENGTH]
        return f"{words or 'no reason given'} ({success.key} is false)"

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except AnswerTooLarge as error:
            raise PeerRefused(self._name, "too large", error.detail) from error
        except NoAnswer as error:
            raise PeerUnavailable(self._name, error.detail) from error

    def _retried(self, key: str, call: Callable[[], T]) -> T:
        """Repeat a call without a usable answer; the one place of tenacity."""

        def note(state: tenacity.RetryCallState) -> None:
            log.warning(
                "rest_call_retried", exchange=self._name, key=key, attempt=state.attempt_number
            )

        return tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._patience.attempts),
            wait=tenacity.wait_exponential(multiplier=self._patience.pause, max=30)
            + tenacity.wait_random(0, self._patience.pause),
            retry=tenacity.retry_if_exception_type(PeerUnavailable),
            before_sleep=note,
            sleep=self._patience.sleep,
            reraise=True,
        )(call)


@contextmanager
def _shapeless() -> Iterator[None]:
    """Take an answer in which a condition cannot be worked out for none at all."""
    try:
        yield
    except MalformedDocument as error:
        raise NoAnswer(error.reason) from None


def _unreadable(answer: Answer, error: MalformedDocument) -> str:
    if not answer.content.strip():
        return "the answer is empty"
    page = answer.content.lstrip()[:1] == b"<"
    return f"the answer is unusable: {'it is a web page' if page else error.reason}"
