"""The provider behind StreamKey. Its path, ``ivs_stream_key.provider.StreamKeyProvider``, is in users' state."""

import functools
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, ParamSpec, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from ivs_stream_key import arns, checks, clock, comparison
from ivs_stream_key.clients import Clients
from ivs_stream_key.errors import KeyExists, NotFound, QuotaExceeded, ServiceFailed, StreamKeyError, Unreachable
from ivs_stream_key.keys import (
    ADOPT,
    ARN,
    CHANNEL_ARN,
    COMPUTED,
    CREATED_AT,
    DECLARED,
    EXISTING_KEY,
    FAIL,
    IDENTITY,
    REPLACE,
    ROTATION_TRIGGERS,
    TAGS,
    VALUE,
)

__all__ = ["StreamKeyProvider"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class _Run:
    """What a configured provider works with, from the engine's start of an operation to its end."""

    clients: Clients = field(default_factory=Clients)
    made: set[str] = field(default_factory=set)
    adopted: set[str] = field(default_factory=set)


_LOCK = threading.Lock()

_WITHOUT_KEY: Final = (
    "the channel {}, and an earlier key of it no longer works: nobody can go live on it, though a broadcast that runs "
    "goes on. The next `pulumi up` that succeeds mends it."
)


def _without_frames(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a StreamKeyError leave `method` without the frames and the causes below it.

    Whatever a dynamic provider raises reaches the user as a traceback, and this much of it helps nobody.
    """

    @functools.wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(*args, **kwargs)
        except StreamKeyError as error:
            raise error.with_traceback(None) from None

    return call


class StreamKeyProvider(ResourceProvider):
    """Makes, reads, changes and deletes the stream keys of Amazon IVS channels.

    It is made without arguments and pickled as a reference to this class and nothing else. `configure` gives an
    unpickled one the stack's config; one that was not configured goes by the AWS environment alone. As in Pulumi, one
    configured instance serves one operation of the engine (an update, a refresh, a destroy), in any number of threads.
    """

    serialize_as_secret_always = False

    _run: _Run | None = None

    def __reduce__(self) -> tuple[type["StreamKeyProvider"], tuple[()]]:
        return type(self), ()

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's `aws:*` config (see `ivs_stream_key.settings`). Raises nothing: check says what is amiss."""
        self._run = _Run(Clients(req.config.get))

    def _configured(self) -> _Run:
        with _LOCK:
            if self._run is None:
                self._run = _Run()
            return self._run

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Find what is wrong with the inputs, and with the config, without asking AWS; needs no credentials."""
        del olds
        failures = [CheckFailure("", str(problem)) for problem in self._configured().clients.problems()]
        return CheckResult({EXISTING_KEY: REPLACE, **_given(news)}, [*failures, *checks.failures(news)])

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace, old key first, for what a key is made for; update for the rest. Asks nothing of AWS."""
        del id_
        changed = comparison.changed(olds, news)
        replaces = [name for name in changed if name in IDENTITY]
        return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=bool(replaces))

    @_without_frames
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Give the channel its key: two calls for a channel without one, three for one whose key is replaced.

        Raises KeyExists where `existing_key` or another StreamKey of this very run forbids to touch the key found,
        QuotaExceeded if somebody else made one in between, and any other StreamKeyError.
        """
        run = self._configured()
        channel = arns.parse(props[CHANNEL_ARN], arns.CHANNEL)
        ivs = run.clients.ivs(channel)
        tags = props.get(TAGS) or {}
        found = ivs.keys_of(channel.text)
        _refuse(found, props.get(EXISTING_KEY) or REPLACE, channel.text, run)

        if found and props.get(EXISTING_KEY) == ADOPT:
            key = ivs.get(found[0])
            if key is not None:
                ivs.retag(key.arn, key.tags, tags)
                run.adopted.add(key.arn)
                return _created(key.arn, key.value, props, run)
        else:
            for arn in found:
                ivs.delete(arn)

        try:
            key = ivs.create(channel.text, tags)
        except (NotFound, QuotaExceeded):
            raise
        except StreamKeyError as error:
            error.aftermath = _WITHOUT_KEY.format(
                "may have no stream key" if isinstance(error, (Unreachable, ServiceFailed)) else "has no stream key"
            )
            raise
        return _created(key.arn, key.value, props, run)

    @_without_frames
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the key whose ARN is `id_`, in one call; an empty id says that it is gone.

        What IVS does not know is taken from `props`: of a key that StreamKey.get reads, nothing. The inputs that come
        back hold the tags as they are, which is what `ignore_changes` has to find there.
        """
        arn = arns.parse(id_, arns.STREAM_KEY)
        key = self._configured().clients.ivs(arn).get(arn.text)
        if key is None:
            return ReadResult("", {})
        kept = {name: props[name] for name in (ROTATION_TRIGGERS, EXISTING_KEY) if props.get(name) is not None}
        created = {CREATED_AT: props[CREATED_AT]} if props.get(CREATED_AT) is not None else {}
        inputs = {CHANNEL_ARN: key.channel_arn, **({TAGS: key.tags} if key.tags else {}), **kept}
        outs = {ARN: key.arn, VALUE: key.value, CHANNEL_ARN: key.channel_arn, TAGS: key.tags, **kept, **created}
        return ReadResult(key.arn, outs, inputs)

    @_without_frames
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change the tags, with no call if they are the same (as when only `existing_key` changed)."""
        arn = arns.parse(id_, arns.STREAM_KEY)
        before, after = olds.get(TAGS) or {}, news.get(TAGS) or {}
        if before != after:
            self._configured().clients.ivs(arn).retag(arn.text, before, after)
        computed: dict[str, Any] = {name: olds[name] for name in COMPUTED if name in olds}
        return UpdateResult(computed | _declared(news))

    @_without_frames
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the key, in one call; a key or channel that is gone is no error.

        A key that this run adopted stays: then the delete is for the resource that held it before, which was renamed,
        or replaced with the replacement first.
        """
        del props
        arn = arns.parse(id_, arns.STREAM_KEY)
        run = self._configured()
        if arn.text not in run.adopted:
            run.clients.ivs(arn).delete(arn.text)
            run.made.discard(arn.text)


def _refuse(found: list[str], existing_key: str, channel: str, run: _Run) -> None:
    """Raise KeyExists if a key that was found on the channel may be neither deleted nor taken over."""
    ours = [arn for arn in found if arn in run.made or arn in run.adopted]
    if ours:
        raise KeyExists(
            f"Another StreamKey has just made {ours[0]} for the channel {channel}: IVS has room for one key a channel.",
            resource=channel,
            expected="one StreamKey a channel",
            got="two or more",
            remedy="take one of them out of the program, or give it a channel of its own.",
        )
    if found and existing_key == FAIL:
        raise KeyExists(
            f"The channel {channel} has a stream key, and existing_key='fail' leaves it alone.",
            resource=channel,
            expected="a channel without a stream key",
            got=", ".join(found),
            remedy="delete that key, or set existing_key='replace' (deletes it) or 'adopt' (takes it over).",
        )
    if existing_key == ADOPT and len(found) > 1:
        raise KeyExists(
            f"The channel {channel} has several stream keys, of which existing_key='adopt' can take over one.",
            resource=channel,
            expected="one stream key or none",
            got=", ".join(found),
            remedy="delete the keys that are not to be taken over.",
        )


def _created(arn: str, value: str, props: Mapping[str, Any], run: _Run) -> CreateResult:
    if arn not in run.adopted:
        run.made.add(arn)
    return CreateResult(arn, {ARN: arn, VALUE: value, CREATED_AT: clock.timestamp(), **_declared(props)})


def _given(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if value is not None}


def _declared(props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs as outputs: diff sees nothing else of them. Tags are always there, if only empty."""
    return {TAGS: {}, EXISTING_KEY: REPLACE, **_given({name: props.get(name) for name in DECLARED})}
