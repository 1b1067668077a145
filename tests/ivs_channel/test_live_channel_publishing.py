"""Publishing a LiveChannel's key: when copies are written, failed writes, and invalid destinations."""

import json

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from ivs_channel import LiveChannel, secrets_manager, ssm
from ivs_channel.publishing import KeyToPublish, destinations
from rehearsal.testing import OperationFailed
from rehearsal_aws.mocks import run_with_mocks

BOTH = (ssm("/live/{name}/key"), secrets_manager("live/{name}"))


class Lifecycle:
    """A stack with one LiveChannel, "studio", and the published copies of its key."""

    def __init__(self, rehearse, **given):
        self.given = given
        self.stack = rehearse(lambda: LiveChannel("studio", name="studio", **self.given), provider_process=False)
        self.faults = rehearse.faults

    def up(self, **given):
        self.given = {**self.given, **given}
        return self.stack.up()

    def client(self, service):
        return self.stack.cloud.boto3(service)

    @property
    def key(self):
        arn = self.stack.resource("StreamKey::studio").id
        return self.client("ivs").get_stream_key(arn=arn)["streamKey"]["value"]

    @property
    def parameter(self):
        return self.client("ssm").get_parameter(Name="/live/studio/key", WithDecryption=True)["Parameter"]["Value"]

    @property
    def secret(self):
        return self.client("secretsmanager").get_secret_value(SecretId="live/studio")["SecretString"]

    @property
    def published_keys(self):
        return {self.parameter, json.loads(self.secret)["stream_key"]}


@pytest.fixture
def lifecycle(rehearse):
    created = Lifecycle(rehearse, publish_to=BOTH)
    created.up()
    return created


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_the_secret_has_encoder_and_player_settings_and_the_parameter_has_the_key(lifecycle):
    component = lifecycle.stack.resource("LiveChannel::studio").outputs
    assert json.loads(lifecycle.secret) == {
        "server": component["ingest_url"],
        "stream_key": lifecycle.key,
        "playback_url": component["playback_url"],
        "channel_arn": component["channel_arn"],
    }
    assert lifecycle.parameter == lifecycle.key
    described = lifecycle.client("ssm").describe_parameters()["Parameters"]
    assert [one["Type"] for one in described] == ["SecureString"]
    assert component["published"] == {
        "/live/studio/key": lifecycle.stack.resource("Parameter::studio-live-key").outputs["arn"],
        "live/studio": lifecycle.stack.resource("Secret::studio-live").outputs["arn"],
    }


def test_a_rotation_publishes_the_new_key_in_the_same_up_and_readers_always_find_one(lifecycle):
    before = lifecycle.key
    up = lifecycle.up(rotation_triggers={"season": 2})
    assert up.plan == {
        "StreamKey::studio": "replace",
        "Parameter::studio-live-key": "update",
        "SecretVersion::studio-live": "replace",
    }
    assert lifecycle.published_keys == {lifecycle.key} != {before}
    # The key is created before the copies are written, and no copy is deleted.
    operations = [call.operation for call in up.calls]
    writes = [operations.index("PutParameter"), operations.index("PutSecretValue")]
    assert operations.index("DeleteStreamKey") < operations.index("CreateStreamKey") < min(writes)
    assert {"DeleteParameter", "DeleteSecret", "UpdateSecretVersionStage"}.isdisjoint(operations)


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_published_copies_are_deleted_before_the_key(lifecycle):
    up = lifecycle.stack.destroy()
    operations = [call.operation for call in up.calls]
    assert max(operations.index("DeleteParameter"), operations.index("DeleteSecret")) < operations.index(
        "DeleteStreamKey"
    )


@pytest.mark.slow("a lifecycle of several resources")
def test_adding_and_removing_a_destination_does_not_rotate(lifecycle):
    key = lifecycle.key
    assert lifecycle.up(publish_to=BOTH[0]).plan == {
        "Secret::studio-live": "delete",
        "SecretVersion::studio-live": "delete",
    }
    up = lifecycle.up(publish_to=[*BOTH, secrets_manager("other/{name}", format="plain")])
    assert set(up.plan.values()) == {"create", "same"}
    assert lifecycle.published_keys == {key}
    assert lifecycle.client("secretsmanager").get_secret_value(SecretId="other/studio")["SecretString"] == key


FAULTS = {
    "the parameter": ("PutParameter", "InternalServerError", 500, "/live/studio/key", ssm),
    "KMS": ("PutSecretValue", "EncryptionFailure", 400, "live/studio", secrets_manager),
    "KMS for the parameter": ("PutParameter", "InvalidKeyId", 400, "/live/studio/key", ssm),
}


@pytest.mark.slow("a lifecycle for each fault")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_write_reports_what_readers_find_and_the_next_up_writes_the_key(lifecycle, fault):
    call, code, status, path, kind = FAULTS[fault]
    before = lifecycle.key
    lifecycle.faults.error(call, code, "no", status=status, times=None)
    with pytest.raises(OperationFailed) as failed:
        lifecycle.up(rotation_triggers={"season": 2})
    message = str(failed.value)
    assert path in message
    assert "readers find" in message
    assert "run `pulumi up` again, which writes it" in message
    stale = lifecycle.parameter if kind is ssm else json.loads(lifecycle.secret)["stream_key"]
    assert stale == before != lifecycle.key
    rotated = lifecycle.key
    lifecycle.faults.clear()
    up = lifecycle.up()
    assert "CreateStreamKey" not in [call.operation for call in up.calls]
    assert lifecycle.published_keys == {rotated} == {lifecycle.key}


@pytest.mark.slow("a lifecycle of several resources")
def test_a_secret_scheduled_for_deletion_is_reported_and_written_after_its_restore(lifecycle):
    secrets = lifecycle.client("secretsmanager")
    secrets.delete_secret(SecretId="live/studio", RecoveryWindowInDays=7)
    with pytest.raises(OperationFailed) as failed:
        lifecycle.up(rotation_triggers={"season": 2})
    assert "live/studio could not be written: readers find" in str(failed.value)
    secrets.restore_secret(SecretId="live/studio")
    lifecycle.up()
    assert lifecycle.published_keys == {lifecycle.key}


@pytest.mark.slow("a lifecycle of several resources")
def test_a_half_done_rotation_reports_the_old_copies_and_the_next_up_repairs_them(lifecycle):
    before = lifecycle.key
    lifecycle.faults.error("CreateStreamKey", "AccessDeniedException", "no", status=403)
    with pytest.raises(OperationFailed) as failed:
        lifecycle.up(rotation_triggers={"season": 2})
    assert "Where that key was published, readers still find it" in str(failed.value)
    assert lifecycle.published_keys == {before}
    lifecycle.up()
    assert lifecycle.published_keys == {lifecycle.key} != {before}


@pytest.mark.slow("a lifecycle of several resources")
def test_a_manually_changed_parameter_is_drift_that_the_next_up_repairs(lifecycle):
    lifecycle.client("ssm").put_parameter(Name="/live/studio/key", Value="sk_mine", Overwrite=True)
    lifecycle.stack.refresh()
    assert lifecycle.stack.up().plan == {"Parameter::studio-live-key": "update"}
    assert lifecycle.published_keys == {lifecycle.key}


@pytest.mark.slow("a lifecycle of seven resources")
def test_a_protected_channel_protects_published_copies_and_its_key_still_rotates(lifecycle):
    lifecycle.up(opts=ResourceOptions(protect=True))
    for call in (lifecycle.stack.destroy, lambda: lifecycle.up(publish_to=None)):
        with pytest.raises(OperationFailed, match="protect"):
            call()
    lifecycle.up(publish_to=BOTH, rotation_triggers={"season": 2})
    assert lifecycle.published_keys == {lifecycle.key}
    lifecycle.up(opts=ResourceOptions(protect=False))


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_an_alias_renames_published_copies_whose_path_stays(rehearse):
    named = ["studio", None]

    def program():
        LiveChannel(named[0], name="studio", publish_to=ssm("/live/the-key"), opts=named[1])

    stack = rehearse(program, provider_process=False)
    stack.up()
    named[:] = ["main", ResourceOptions(aliases=[pulumi.Alias(name="studio")])]
    assert stack.up().has_no_replacements()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_function_publishes_in_a_custom_way(rehearse):
    def publish(key, opts):
        return aws.ssm.Parameter(f"{key.name}-own", type="SecureString", value=key.document, opts=opts)

    stack = rehearse(lambda: LiveChannel("studio", publish_to={"own": publish}), provider_process=False)
    stack.up()
    parameter = stack.resource("Parameter::studio-own")
    assert stack.resource("LiveChannel::studio").outputs["published"] == {"own": parameter.outputs["arn"]}
    assert stack.resource("StreamKey::studio").urn in parameter.dependencies
    assert stack.is_secret(parameter.urn, "value")


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_copy_is_in_the_channels_region_by_default(rehearse):
    places = [ssm("/live/{name}/key"), ssm("/far/{name}/key", region="eu-central-1"), secrets_manager("live/{name}")]
    stack = rehearse(lambda: LiveChannel("studio", region="eu-west-1", publish_to=places), provider_process=False)
    stack.up()
    arns = stack.resource("LiveChannel::studio").outputs["published"]
    assert {path: arn.split(":")[3] for path, arn in arns.items()} == {
        "/live/studio/key": "eu-west-1",
        "/far/studio/key": "eu-central-1",
        "live/studio": "eu-west-1",
    }


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("/live/{name}/key", TypeError, r"expected ssm\(…\), secrets_manager\(…\) or a mapping .*, got a string of"),
        ([12], TypeError, r"got a number\. Import them from ivs_channel"),
        (b"x", TypeError, "got a value of type bytes"),
        (
            [{"x": "y"}],
            TypeError,
            "expected a mapping of names to functions, got a string of 1 character for a string of 1 ch",
        ),
        (
            {"": print},
            TypeError,
            "expected a mapping of names to functions, got a value of type .* for an empty string",
        ),
        (ssm("/live/{name:>9}"), ValueError, r"in a path, got \{name\} with a format"),
        (ssm("/live/{name!r}"), ValueError, r"in a path, got \{name\} with a format"),
        (ssm("/{sk_us-west-2_abc}"), ValueError, "in a path, got a string of 16 characters in braces"),
        ([ssm("sk_us-west-2_abc")] * 2, ValueError, r"got '\[secret\]' twice"),
        (ssm(""), ValueError, "expected the name of a parameter, of letters, .*, got an empty string"),
        (ssm("/stüdio"), ValueError, "expected the name of a parameter, .*, got a string of 7 characters"),
        (ssm("live/{name}"), ValueError, "expected a / at the beginning of a parameter's name that has one"),
        (secrets_manager("a b"), ValueError, "expected the name of a secret, .*, got a string of 3 characters"),
        (
            ssm("/live/{nmae}"),
            ValueError,
            r"no placeholder but \{name\}, \{project\}, \{stack\} in a path, got \{nmae\}",
        ),
        (ssm("/live/{name"), ValueError, "expected a path such as"),
        (ssm(12), ValueError, "expected a path such as '/live/{name}/key', got a number"),
        (
            secrets_manager("x", format="jsn"),
            ValueError,
            r"expected the format 'json' or 'plain'.* Did you mean 'json'",
        ),
        ([ssm("/live/{name}"), ssm("/live-{name}")], ValueError, "got 'live' twice"),
        ({"ssm": {"paht": "/live"}}, TypeError, "publish_to: ssm: expected path, key_id, .* Did you mean path?"),
        ({"secrets_manager": {"format": "plain"}}, TypeError, "secrets_manager: path: expected a path, got nothing"),
        (ssm("/aws/live"), ValueError, "a parameter that is not AWS's own, got one that begins with aws or ssm"),
        (ssm("SSM-live"), ValueError, "a parameter that is not AWS's own"),
        ({"ssm": 12}, TypeError, "expected a mapping of names to functions, got a number for 'ssm'"),
        ({"ssm": "live/{name}"}, ValueError, "expected a / at the beginning"),
    ],
)
def test_an_invalid_destination_is_refused_before_anything_is_declared(given, error, message):
    with pytest.raises(error, match=message):
        destinations("LiveChannel 'live'", "live", given)


WEST, EAST = (ssm("/live/{name}", region=region) for region in ("eu-west-1", "us-east-1"))


@pytest.mark.parametrize(
    ("given", "region", "labels"),
    [
        ([WEST, EAST], None, ["live", "live-us-east-1"]),
        ([ssm("/live/{name}"), EAST], "eu-west-1", ["live", "live-us-east-1"]),
        ([EAST, ssm("/live/{name}")], "eu-west-1", ["live", "live-eu-west-1"]),
        ([WEST, EAST, secrets_manager("live")], None, ["live", "live-us-east-1", "live"]),
        ([ssm("/live-{name}", region="eu-west-1"), EAST], None, ["live", "live-us-east-1"]),
    ],
)
def test_one_path_in_two_regions_is_two_places(given, region, labels):
    assert [label for label, _, _ in destinations("LiveChannel 'live'", "live", given, region)] == labels


@pytest.mark.parametrize(
    ("given", "region", "message"),
    [
        ([WEST, WEST], None, "got 'live' twice. Give one of them another path, .*, or another region"),
        ([WEST, ssm("/live/{name}")], "eu-west-1", "got 'live' twice. Give one of them another path"),
        ([ssm("/live/{name}")] * 2, None, "got 'live' twice. Give one of them another path"),
        ([WEST, ssm("/live/{name}")], None, "not all are known before .* its region as text"),
        ([WEST, EAST, ssm("/live/{name}-us-east-1")], None, "got 'live-us-east-1' twice"),
        ([{"own": print}, {"own": print}], None, "got 'own' twice"),
    ],
)
def test_one_path_that_may_occur_twice_in_a_region_is_refused(given, region, message):
    with pytest.raises(ValueError, match=message):
        destinations("LiveChannel 'live'", "live", given, region)


def test_regions_that_are_outputs_have_to_be_plain_text():
    def program():
        region = pulumi.Output.from_input("eu-west-1")
        LiveChannel("live", publish_to=[ssm("/live", region=region), EAST])

    with pytest.raises(ValueError, match="not all are known before the program has run"):
        run_with_mocks(program)


@pytest.mark.slow("a rotation in two regions")
def test_copies_in_two_regions_have_one_path_and_the_new_key(rehearse):
    places = [ssm("/live/{name}/key"), ssm("/live/{name}/key", region="us-east-1"), secrets_manager("live/{name}")]
    given = {"region": "eu-west-1", "rotation_triggers": {"season": 1}}

    def program():
        LiveChannel("studio", publish_to=places, **given)

    stack = rehearse(program)
    stack.up()
    given["rotation_triggers"] = {"season": 2}
    stack.up()
    key = stack.cloud.boto3("ivs", region="eu-west-1").get_stream_key(arn=stack.resource("StreamKey::studio").id)
    for region in ("eu-west-1", "us-east-1"):
        parameter = stack.cloud.boto3("ssm", region=region).get_parameter(Name="/live/studio/key", WithDecryption=True)[
            "Parameter"
        ]
        assert parameter["Value"] == key["streamKey"]["value"]
    arns = stack.resource("LiveChannel::studio").outputs["published"]
    assert {path: arn.split(":")[3] for path, arn in arns.items()} == {
        "/live/studio/key": "eu-west-1",
        "/live/studio/key@us-east-1": "us-east-1",
        "live/studio": "eu-west-1",
    }


@pytest.mark.slow("an operation with several copies")
def test_a_parameter_a_secret_and_a_function_of_one_name_are_three_entries(rehearse):
    def publish(key, opts):
        return aws.ssm.Parameter(f"{key.name}-own", type="SecureString", value=key.document, opts=opts)

    places = [ssm("/live/x"), secrets_manager("/live/x"), secrets_manager("/live/x", region="us-east-1")]
    places.append({"/live/x": publish})
    stack = rehearse(lambda: LiveChannel("studio", region="eu-west-1", publish_to=places), provider_process=False)
    stack.up()
    arns = stack.resource("LiveChannel::studio").outputs["published"]
    assert {path: arn.split(":")[2:4] for path, arn in arns.items()} == {
        "/live/x": ["ssm", "eu-west-1"],
        "secrets_manager:/live/x": ["secretsmanager", "eu-west-1"],
        "/live/x@us-east-1": ["secretsmanager", "us-east-1"],
        "function:/live/x": ["ssm", "us-east-1"],
    }


def test_a_mapping_is_equivalent_to_the_functions():
    described = {"ssm": "/live/{name}/key", "secrets_manager": {"path": "live/{name}", "format": "plain"}, "own": print}
    found = destinations("LiveChannel 'live'", "live", described)
    assert [one for _, _, one in found] == [
        ssm("/live/{name}/key"),
        secrets_manager("live/{name}", format="plain"),
        print,
    ]
    assert destinations("LiveChannel 'live'", "live", {"ssm": print}) == [("ssm", "ssm", print)]


def test_labels_distinguish_destinations_and_exclude_the_name():
    found = destinations("LiveChannel 'live'", "live", [*BOTH, ssm("/{project}/{stack}/{name}"), ssm("{name}")])
    assert [(label, path.startswith("{")) for label, path, _ in found] == [
        ("live-key", False),
        ("live", False),
        ("project-stack", False),
        ("key", False),
    ]


def test_no_repr_of_a_key_to_publish_shows_tags():
    outputs = dict.fromkeys(("server", "stream_key", "playback_url", "channel_arn", "document"))
    assert "hunter2" not in repr(KeyToPublish(name="live", tags={"a": "hunter2"}, **outputs))
