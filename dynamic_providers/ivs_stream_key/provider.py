"""The provider behind StreamKey. Its path, ``ivs_stream_key.provider.StreamKeyProvider``, is in users' state."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from ivs_stream_key.aws import arns
from ivs_stream_key.aws_config.default_tags import Tagging
from ivs_stream_key.aws_config.setting_values import has_unknown
from ivs_stream_key.connected_provider import ConnectedProvider, nesting_failures, secret_inputs
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
from ivs_stream_key.lifecycle.operation import Holder, Operation
from ivs_stream_key.messages.descriptions import kind_of
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

# EXISTING_KEY has no default in the inputs: only an explicit choice may take over another stack's key.
_DEFAULTS: Final[Mapping[str, str]] = {WHEN_LIVE: KEEP}
_DEFAULTS_OF_OUTPUTS: Final[Mapping[str, str]] = {EXISTING_KEY: REPLACE, WHEN_LIVE: KEEP}
_KNOWN_TO_PULUMI_ALONE: Final = tuple(name for name in DECLARED if name not in (CHANNEL_ARN, TAGS))


class StreamKeyProvider(ConnectedProvider):
    """Creates, reads, changes and deletes the stream keys of Amazon IVS channels."""

    @report_errors
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs and the config; needs no credentials.

        Before a create on a channel whose ARN is known, this makes one or two calls to look at the channel's key, and
        reports what will happen to it. Before a rotation, it makes one call to find out whether another stack has taken
        the key over. KeyExists or OnAir if the create will raise that error. If AWS cannot be called, a note says so.
        """
        if deep := nesting_failures(news):
            return CheckResult({}, deep)
        operation, secret = self._configured(), secret_inputs(news)
        for channel in (olds.get(CHANNEL_ARN), news.get(CHANNEL_ARN)):
            if isinstance(channel, str):
                operation.when_live[channel] = _when_live(news)
                operation.refreshed.discard(channel)
                protection.note(operation, channel, news)
        connection = news.get(CONNECTION)
        failures = [*self.settings_failures(news)]
        default_tags = Tagging().default if failures else operation.at(connection).clients.tagging().default
        failures += [] if failures else _region_failures(operation, news, is_secret=CHANNEL_ARN in secret)
        failures += [*check.failures(news, default_tags, secret), *_second_stream_key_failures(operation, news)]
        if olds.get(CHANNEL_ARN) is not None:
            # If check is called again for this resource and channel, without old inputs, that is for a rotation.
            if olds[CHANNEL_ARN] == news.get(CHANNEL_ARN):
                operation.established.add(place_of(news))
        elif not failures:
            preview.announce_create(operation, news)
        inputs = {**_DEFAULTS, **_without_unset({**news, PROTECT: None, SECRET_INPUTS: None})}
        if olds.get(CHANNEL_ARN) is not None:
            # Keep the state's owner, which is missing after an import: a change would appear in the diff of an update.
            operation.declared_owners[olds[CHANNEL_ARN]] = news.get(OWNER)
            inputs = _without_unset({**inputs, OWNER: olds.get(OWNER)})
        return CheckResult(inputs, [check.without_secret_values(failure, news, secret) for failure in failures])

    @report_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace, old key first, if identity or triggers change or the key is due; update for other changes.

        Makes one call to AWS, and only for a replacement: whether the channel is live. Raises OnAir if it is and
        `when_live` is ``"fail"``. The diff of a refresh makes no call and treats no key as due: it is about drift.
        """
        connection, channel = news.get(CONNECTION), olds.get(CHANNEL_ARN)
        # If the connection is not known yet, use the one in the state.
        operation = self._configured().at(olds.get(CONNECTION) if has_unknown(connection) else connection)
        tagging = self._configured().at(connection).clients.tagging()
        changed = diff.changed(_with_all_tags(olds, tagging), {**news, TAGS_ALL: tagging.wanted(news.get(TAGS))})
        replaces = [name for name in changed if name in IDENTITY]
        if channel in operation.refreshed:
            return DiffResult(changes=bool(changed), replaces=replaces, delete_before_replace=bool(replaces))
        _record_holder(operation, id_, olds, news)
        # A key that is replaced for another reason does not count towards its group's limit.
        if rotation.is_due(olds, news) and (replaces or not rotation.has_to_wait(operation, id_, olds, news)):
            replaces.append(ROTATION_DUE_AT)
            rotation.announce(olds, news)
        if replaces:
            operation.replaced.add(str(channel))
            protection.announce(operation, channel)
            live_broadcast.announce(operation, channel, _when_live(news))
        changes = bool(changed or replaces or rotation.due_time_is_outdated(olds, news))
        return DiffResult(changes=changes, replaces=replaces, delete_before_replace=bool(replaces))

    @report_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the channel's key, or take over an existing one (see `ivs_stream_key.lifecycle.create`)."""
        operation = self._configured().at(props.get(CONNECTION))
        key, owner_tag, created_at = create.key_for(props, operation)
        made = {
            ARN: key.arn,
            VALUE: key.value,
            OWNER_TAG: owner_tag,
            **rotation.creation_and_due_time(props, created_at),
        }
        return CreateResult(key.arn, made | _declared(props, operation))

    @report_errors
    @by_settings_of_the_last_up()
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the key whose ARN is `id_`, in one call; an empty id in the result means that it does not exist.

        For StreamKey.get a missing key is the error NotFound, because the engine would turn an empty id into a key
        without a value.

        `props` has the properties that IVS does not store; for StreamKey.get it is empty. The returned inputs contain
        the current tags, which `ignore_changes` needs. Ignored tags are left out.
        """
        arn, operation = _arn_to_read(id_, props), self._configured().at(props.get(CONNECTION))
        key = operation.clients.ivs(arn).get(arn.text)
        if key is None and ARN not in props:
            raise NotFound(
                f"There is no stream key {arn}.",
                resource=arn.text,
                remedy="correct the ARN that StreamKey.get is given; a rotation gives a key a new ARN.",
            )
        if key is None:
            return ReadResult("", {})
        operation.refreshed.add(key.channel_arn)
        kept = _without_unset({name: props.get(name) for name in _KNOWN_TO_PULUMI_ALONE})
        since = _without_unset({name: props.get(name) for name in (CREATED_AT, ROTATION_DUE_AT, OWNER_TAG)})
        if VALUE not in props:
            # Only the first read, by an import or StreamKey.get, sets the owner tag. A delete compares it later.
            since[OWNER_TAG] = key.owner_tag or ""
        tagging = operation.clients.tagging()
        tags = {TAGS: tagging.own(key.tags, props.get(TAGS) or {})}
        inputs = {CHANNEL_ARN: key.channel_arn, **(tags if tags[TAGS] else {}), **kept}
        found = {ARN: key.arn, VALUE: key.value, CHANNEL_ARN: key.channel_arn, TAGS_ALL: tagging.visible(key.tags)}
        return ReadResult(key.arn, {**found, **tags, **kept, **since}, inputs)

    @report_errors
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change the tags, without a call if they are the same, and compute the due time again.

        KeyExists if the tags change and another stack has taken the key over.
        """
        arn, operation = arns.parse(id_, arns.STREAM_KEY), self._configured().at(news.get(CONNECTION))
        tagging = operation.clients.tagging()
        before, after = _with_all_tags(olds, tagging)[TAGS_ALL], tagging.wanted(news.get(TAGS))
        computed: dict[str, Any] = {name: olds[name] for name in COMPUTED if name in olds and name != ROTATION_DUE_AT}
        if before != after:
            owner_tag = retagging.retag(operation, arn, olds, news, (before, after))
            computed |= {} if owner_tag is None else {OWNER_TAG: owner_tag}
        return UpdateResult(
            computed | rotation.creation_and_due_time(news, olds.get(CREATED_AT)) | _declared(news, operation)
        )

    @report_errors
    @by_settings_of_the_last_up()
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the key; no error if the key or the channel does not exist any more.

        Makes three calls: to find the key's owner, to find out whether the channel is live (or to call StopStream, if
        `when_live` says so), and to delete the key. A rotation has made one of them before. A key that somebody else
        has taken over is kept (see `ivs_stream_key.lifecycle.delete`). If the key is already replaced by another one,
        `when_live` has no effect. DeletionProtected if the key is protected and this is not part of a rotation.
        """
        arn, operation = arns.parse(id_, arns.STREAM_KEY), self._configured().at(props.get(CONNECTION))
        channel = arns.parse(props[CHANNEL_ARN], arns.CHANNEL)
        if arn.text in operation.deleted or delete.is_spared(operation, arn, channel, props):
            return
        protection.before_delete(operation, arn, channel, props)
        ivs = operation.clients.ivs(arn)
        # If the program still declares the key, its current value overrides that of the last run.
        when_live = operation.when_live.get(channel.text) or _when_live(props)
        is_gone = delete.has_successor(operation, arn, channel)
        if not is_gone:
            live_broadcast.before_delete(operation, channel, when_live)
        ivs.delete(arn.text)
        without(operation, channel, arn.text)
        operation.made.discard(arn.text)
        operation.channels_without_key.add(channel.text)
        if not is_gone:
            live_broadcast.end_broadcast(operation, channel, when_live)


def _arn_to_read(id_: str, props: Mapping[str, Any]) -> arns.Arn:
    """Return the ARN of the key to read. BadArn does not quote the argument of StreamKey.get, which may be a secret."""
    try:
        return arns.parse(id_, arns.STREAM_KEY)
    except BadArn as error:
        if ARN not in props:
            error.got = kind_of(id_)
        raise


def _region_failures(operation: Operation, news: Mapping[str, Any], *, is_secret: bool) -> Iterator[CheckFailure]:
    """Yield a failure if the channel's ARN has an invalid region, unless the settings turn that check off."""
    try:
        channel = arns.parse(news.get(CHANNEL_ARN), arns.CHANNEL)
    except BadArn:
        # The ARN is not known yet, or is invalid, which another check reports.
        return
    wrong = operation.clients.bad_region(channel.region, news.get(CONNECTION))
    if wrong is not None:
        expected, kind, remedy = wrong
        got = kind if is_secret else repr(channel.region)
        yield CheckFailure(CHANNEL_ARN, f"expected an ARN in {expected}, got one in {got}. {remedy}")


def _second_stream_key_failures(operation: Operation, news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    """Yield a failure if the program has a second StreamKey on the channel: each would delete the other's key."""
    channel, owner = news.get(CHANNEL_ARN), Owner.of(news.get(OWNER))
    if not isinstance(channel, str) or owner is None:
        return
    first = operation.owners.setdefault(channel, owner)
    if first != owner:
        name = first.name if first.name != owner.name else first.path
        yield CheckFailure(
            CHANNEL_ARN,
            f"expected a channel of its own for each StreamKey, got that of StreamKey {name!r}. Remove one: IVS allows "
            "one key a channel.",
        )


def _record_holder(operation: Operation, key: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    """Remember which resource of the program has the key, for the delete of another resource with the same key."""
    operation.held[key] = Holder(delete.entry_of(olds), olds.get(OWNER_TAG), olds.get(OWNER))
    channel = olds.get(CHANNEL_ARN)
    owner = operation.declared_owners.get(str(channel), news.get(OWNER))
    operation.held_on[place_of({OWNER: owner, CHANNEL_ARN: channel})] = key


def _when_live(props: Mapping[str, Any]) -> str:
    """Return `when_live` from `props`, or the default if it is not known yet or invalid."""
    choice = props.get(WHEN_LIVE)
    return choice if choice in WHEN_LIVE_CHOICES else KEEP


def _without_unset(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if value is not None}


def _with_all_tags(olds: Mapping[str, Any], tagging: Tagging) -> Mapping[str, Any]:
    """Return old outputs whose `tags_all` excludes the tags that are ignored now.

    An older state without `tags_all` had no default tags.
    """
    tags = olds.get(TAGS_ALL)
    return {**olds, TAGS_ALL: tagging.visible((olds.get(TAGS) or {}) if tags is None else tags)}


def _declared(props: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    """Return the inputs as outputs, because diff gets only old outputs. `tags` is always present, possibly empty."""
    tags = {TAGS: {}, TAGS_ALL: operation.clients.tagging().wanted(props.get(TAGS))}
    return {**tags, **_DEFAULTS_OF_OUTPUTS, **_without_unset({name: props.get(name) for name in DECLARED})}
