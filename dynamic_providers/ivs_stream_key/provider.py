"""The provider behind StreamKey. Its path, ``ivs_stream_key.provider.StreamKeyProvider``, is in users' state."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final

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

from ivs_stream_key.aws import arns
from ivs_stream_key.aws_config.default_tags import Tagging
from ivs_stream_key.aws_config.setting_values import has_unknown
from ivs_stream_key.error_reporting import report_errors
from ivs_stream_key.errors import BadArn, NotFound
from ivs_stream_key.ivs.ownership import Owner
from ivs_stream_key.lifecycle import (
    check,
    create,
    delete,
    diff,
    live_broadcast,
    preview,
    protection,
    retagging,
    rotation,
)
from ivs_stream_key.lifecycle.existing_keys import place_of, without
from ivs_stream_key.lifecycle.last_up import by_settings_of_the_last_up
from ivs_stream_key.lifecycle.operation import Holder, Operation, operation_of
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep
from ivs_stream_key.messages.redaction import SECRETS
from ivs_stream_key.properties import (
    ARN,
    CHANNEL_ARN,
    COMPUTED,
    CONNECTION,
    CREATED_AT,
    DECLARED,
    EXISTING_KEY,
    IDENTITY,
    KEEP,
    OWNER,
    OWNER_TAG,
    PROTECT,
    REPLACE,
    ROTATION_DUE_AT,
    SECRET_INPUTS,
    TAGS,
    TAGS_ALL,
    VALUE,
    WHEN_LIVE,
    WHEN_LIVE_CHOICES,
)

__all__ = ["StreamKeyProvider"]

_LOCK = threading.Lock()

# Of the inputs: whether `existing_key` was given says whether another stack's key may be taken over.
_DEFAULTS: Final[Mapping[str, str]] = {WHEN_LIVE: KEEP}
_DEFAULTS_OF_OUTPUTS: Final[Mapping[str, str]] = {EXISTING_KEY: REPLACE, WHEN_LIVE: KEEP}
_KNOWN_TO_PULUMI_ALONE: Final = tuple(name for name in DECLARED if name not in (CHANNEL_ARN, TAGS))


class StreamKeyProvider(ResourceProvider):
    """Makes, reads, changes and deletes the stream keys of Amazon IVS channels.

    It is made without arguments and pickled as a reference to this class and nothing else. `configure` gives an
    unpickled one the stack's config; one that was not configured goes by the AWS environment alone. As in Pulumi, one
    configured instance serves one operation of the engine (an update, a refresh, a destroy), in any number of threads.
    """

    serialize_as_secret_always = False

    _run: Operation | None = None

    def __reduce__(self) -> tuple[type["StreamKeyProvider"], tuple[()]]:
        return type(self), ()

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's `aws:*` config (see `ivs_stream_key.aws_config.settings`). Raises nothing: check does."""
        self._run = operation_of(req.config)

    def _configured(self) -> Operation:
        with _LOCK:
            if self._run is None:
                self._run = Operation()
            return self._run

    @report_errors
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Find what is wrong with the inputs, and with the config, which needs no credentials.

        Before a create on a channel whose ARN is known it looks, in one call or two, at the key that the channel has,
        and says what will become of it; before a rotation, in one call, whether another stack has taken the key over.
        KeyExists or OnAir if the create will be refused; where AWS cannot be asked, that is a note.
        """
        deep = [CheckFailure("", f"{name}: {TOO_DEEP}") for name, value in news.items() if is_too_deep(value)]
        if deep:
            return CheckResult({}, deep)
        run, secret = self._configured(), _secret_inputs(news)
        SECRETS.learn_all([news.get(name) for name in secret])
        for channel in (olds.get(CHANNEL_ARN), news.get(CHANNEL_ARN)):
            if isinstance(channel, str):
                run.when_live[channel] = _when_live(news)
                run.refreshed.discard(channel)
                protection.note(run, channel, news)
        connection = news.get(CONNECTION)
        place = "" if connection is None else CONNECTION
        failures = [CheckFailure(place, str(problem)) for problem in run.clients.problems(connection)]
        default_tags = Tagging().default if failures else run.at(connection).clients.tagging().default
        failures += [] if failures else _of_region(run, news, is_secret=CHANNEL_ARN in secret)
        failures += [*check.failures(news, default_tags, secret), *_of_another_stream_key(run, news)]
        if olds.get(CHANNEL_ARN) is not None:
            # What check is asked next about this place, without old inputs, is the new half of a rotation.
            if olds[CHANNEL_ARN] == news.get(CHANNEL_ARN):
                run.established.add(place_of(news))
        elif not failures:
            preview.announce_create(run, news)
        inputs = {**_DEFAULTS, **_given({**news, PROTECT: None, SECRET_INPUTS: None})}
        if olds.get(CHANNEL_ARN) is not None:
            # In the state it stays as it is, or absent after an import: a change would stand in the diff of an update.
            run.declared_owners[olds[CHANNEL_ARN]] = news.get(OWNER)
            inputs = _given({**inputs, OWNER: olds.get(OWNER)})
        return CheckResult(inputs, [check.without_secret_values(failure, news, secret) for failure in failures])

    @report_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace, old key first, for what a key is made for and if it is due; update for the rest.

        Asks AWS one thing, and that only if it replaces: whether the channel is live. Raises OnAir if `when_live` is
        ``"fail"`` and it is. The diff of a refresh asks nothing and finds nothing due: it is about what drifted.
        """
        connection, channel = news.get(CONNECTION), olds.get(CHANNEL_ARN)
        # Through a connection that is not known yet nothing can be asked: then the one that made the key has to do.
        run = self._configured().at(olds.get(CONNECTION) if has_unknown(connection) else connection)
        tagging = self._configured().at(connection).clients.tagging()
        changed = diff.changed(_with_all_tags(olds, tagging), {**news, TAGS_ALL: tagging.wanted(news.get(TAGS))})
        replaces = [name for name in changed if name in IDENTITY]
        if channel in run.refreshed:
            return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=bool(replaces))
        _note_holder(run, id_, olds, news)
        if rotation.is_due(olds, news):
            replaces.append(ROTATION_DUE_AT)
            rotation.announce(olds, news)
        if replaces:
            run.replaced.add(str(channel))
            protection.announce(run, channel)
            live_broadcast.announce(run, channel, _when_live(news))
        changes = bool(changed or replaces or rotation.due_time_is_outdated(olds, news))
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=bool(replaces))

    @report_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Give the channel its key, and see that it is this create's (see `ivs_stream_key.lifecycle.create`)."""
        run = self._configured().at(props.get(CONNECTION))
        key, owner_tag, created_at = create.key_for(props, run)
        made = {
            ARN: key.arn,
            VALUE: key.value,
            OWNER_TAG: owner_tag,
            **rotation.creation_and_due_time(props, created_at),
        }
        return CreateResult(key.arn, made | _declared(props, run))

    @report_errors
    @by_settings_of_the_last_up()
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the key whose ARN is `id_`, in one call; an empty id says that it is gone.

        NotFound if it is StreamKey.get that asks: from an empty id the engine would make a key without a value.

        What IVS does not know is taken from `props`: of a key that StreamKey.get reads, nothing. The inputs that come
        back hold the tags as they are, which is what `ignore_changes` has to find there. Ignored tags are not seen.
        """
        arn, run = _arn_to_read(id_, props), self._configured().at(props.get(CONNECTION))
        key = run.clients.ivs(arn).get(arn.text)
        if key is None and ARN not in props:
            raise NotFound(
                f"There is no stream key {arn}.",
                resource=arn.text,
                remedy="correct the ARN that StreamKey.get is given; a rotation gives a key another one.",
            )
        if key is None:
            return ReadResult("", {})
        run.refreshed.add(key.channel_arn)
        kept = _given({name: props.get(name) for name in _KNOWN_TO_PULUMI_ALONE})
        since = _given({name: props.get(name) for name in (CREATED_AT, ROTATION_DUE_AT, OWNER_TAG)})
        if VALUE not in props:
            # Read for the first time, by an import or StreamKey.get. Later, it is for a delete to see what has changed.
            since[OWNER_TAG] = key.mark or ""
        tagging = run.clients.tagging()
        tags = {TAGS: tagging.own(key.tags, props.get(TAGS) or {})}
        inputs = {CHANNEL_ARN: key.channel_arn, **(tags if tags[TAGS] else {}), **kept}
        found = {ARN: key.arn, VALUE: key.value, CHANNEL_ARN: key.channel_arn, TAGS_ALL: tagging.visible(key.tags)}
        return ReadResult(key.arn, {**found, **tags, **kept, **since}, inputs)

    @report_errors
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change the tags, with no call if they are the same, and reckon anew when the key is due.

        KeyExists if they change and another stack has taken the key over since.
        """
        arn, run = arns.parse(id_, arns.STREAM_KEY), self._configured().at(news.get(CONNECTION))
        tagging = run.clients.tagging()
        before, after = _with_all_tags(olds, tagging)[TAGS_ALL], tagging.wanted(news.get(TAGS))
        computed: dict[str, Any] = {name: olds[name] for name in COMPUTED if name in olds and name != ROTATION_DUE_AT}
        if before != after:
            owner_tag = retagging.retag(run, arn, olds, news, (before, after))
            computed |= {} if owner_tag is None else {OWNER_TAG: owner_tag}
        return UpdateResult(
            computed | rotation.creation_and_due_time(news, olds.get(CREATED_AT)) | _declared(news, run)
        )

    @report_errors
    @by_settings_of_the_last_up()
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the key; a key or channel that is gone is no error.

        Takes three calls, of which a rotation has made one before: whose the key is, and whether the channel is live,
        which `when_live` is about, is asked too, or StopStream called. A key that somebody else has taken over stays
        (see `ivs_stream_key.lifecycle.delete`), and where a key that is gone has a successor, `when_live` is not asked.
        DeletionProtected if the key is protected and this is no rotation.
        """
        arn, run = arns.parse(id_, arns.STREAM_KEY), self._configured().at(props.get(CONNECTION))
        channel = arns.parse(props[CHANNEL_ARN], arns.CHANNEL)
        if arn.text in run.deleted or delete.is_spared(run, arn, channel, props):
            return
        protection.before_delete(run, arn, channel, props)
        ivs = run.clients.ivs(arn)
        # What the program declares now, if it declares the key still, comes before what it declared when it last ran.
        when_live = run.when_live.get(channel.text) or _when_live(props)
        is_gone = delete.has_successor(run, arn, channel)
        if not is_gone:
            live_broadcast.before_delete(run, channel, when_live)
        ivs.delete(arn.text)
        without(run, channel, arn.text)
        run.made.discard(arn.text)
        run.channels_without_key.add(channel.text)
        if not is_gone:
            live_broadcast.end_broadcast(run, channel, when_live)


def _arn_to_read(id_: str, props: Mapping[str, Any]) -> arns.Arn:
    """Return the ARN of the key to read. BadArn quotes nothing that StreamKey.get is given, which may be a secret."""
    try:
        return arns.parse(id_, arns.STREAM_KEY)
    except BadArn as error:
        if ARN not in props:
            error.got = kind_of(id_)
        raise


def _secret_inputs(news: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the inputs that the program has marked as secrets as a whole, as far as it says."""
    names = news.get(SECRET_INPUTS)
    return (
        frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list | tuple) else frozenset()
    )


def _of_region(run: Operation, news: Mapping[str, Any], *, is_secret: bool) -> Iterator[CheckFailure]:
    """Fail the ARN of a channel in a region that is none, as far as the settings want that checked."""
    try:
        channel = arns.parse(news.get(CHANNEL_ARN), arns.CHANNEL)
    except BadArn:
        # Not known yet, or none, which has a failure of its own.
        return
    wrong = run.clients.bad_region(channel.region, news.get(CONNECTION))
    if wrong is not None:
        expected, kind, remedy = wrong
        got = kind if is_secret else repr(channel.region)
        yield CheckFailure(CHANNEL_ARN, f"expected an ARN in {expected}, got one in {got}. {remedy}")


def _of_another_stream_key(run: Operation, news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    """Fail a channel that the program has given to another StreamKey: each would delete the other's key in turn."""
    channel, owner = news.get(CHANNEL_ARN), Owner.of(news.get(OWNER))
    if not isinstance(channel, str) or owner is None:
        return
    first = run.owners.setdefault(channel, owner)
    if first != owner:
        name = first.name if first.name != owner.name else first.path
        yield CheckFailure(
            CHANNEL_ARN,
            f"expected a channel of its own for each StreamKey, got that of StreamKey {name!r}. Take one out: IVS has "
            "room for one key a channel.",
        )


def _note_holder(run: Operation, key: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    """Remember which resource of the program holds the key, for the delete of any other that has it in the state."""
    run.held[key] = Holder(delete.entry_of(olds), olds.get(OWNER_TAG), olds.get(OWNER))
    channel = olds.get(CHANNEL_ARN)
    owner = run.declared_owners.get(str(channel), news.get(OWNER))
    run.held_on[place_of({OWNER: owner, CHANNEL_ARN: channel})] = key


def _when_live(props: Mapping[str, Any]) -> str:
    """Return what `props` say, or the default for what is not known yet, or no choice at all."""
    choice = props.get(WHEN_LIVE)
    return choice if choice in WHEN_LIVE_CHOICES else KEEP


def _given(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if value is not None}


def _with_all_tags(olds: Mapping[str, Any], tagging: Tagging) -> Mapping[str, Any]:
    """Return old outputs with the tags that were looked at, less those that are ignored now.

    A state from before there was `tags_all` had no default tags.
    """
    tags = olds.get(TAGS_ALL)
    return {**olds, TAGS_ALL: tagging.visible((olds.get(TAGS) or {}) if tags is None else tags)}


def _declared(props: Mapping[str, Any], run: Operation) -> dict[str, Any]:
    """Return the inputs as outputs: diff sees nothing else of them. Tags are always there, if only empty."""
    tags = {TAGS: {}, TAGS_ALL: run.clients.tagging().wanted(props.get(TAGS))}
    return {**tags, **_DEFAULTS_OF_OUTPUTS, **_given({name: props.get(name) for name in DECLARED})}
