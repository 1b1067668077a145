"""A production stack that is imported into rehearsal has no changes, and can be rotated and destroyed."""

import json

import pulumi
import pulumi_aws as aws
import pytest

from ivs_channel import LiveChannel
from rehearsal import Project, Stack


def program():
    bucket = aws.s3.Bucket("rec", tags={"k": "v"})
    recording = aws.ivs.RecordingConfiguration("rc", destination_configuration={"s3": {"bucket_name": bucket.bucket}})
    triggers = {"rotation": pulumi.Config().get("rotation") or "1"}
    live = LiveChannel("live", tags={"a": "b"}, recording_configuration_arn=recording.arn, rotation_triggers=triggers)
    aws.ssm.Parameter("secure", type="SecureString", value=live.stream_key, tags={"x": "y"})
    aws.ssm.Parameter("plain", type="String", value="plain", description="d")
    secret = aws.secretsmanager.Secret("secret", tags={"q": "w"}, description="text")
    aws.secretsmanager.SecretVersion("version", secret_id=secret.id, secret_string=live.stream_key)


def changed(report):
    assert report.ok, report.errors
    return {step.urn.rpartition("::")[2]: step.op.value for step in report.steps if step.op.value in CHANGES}


def outputs_by_urn(stack):
    return {r["urn"]: r.get("outputs") for r in stack.export()["deployment"]["resources"]}


CHANGES = ("create", "update", "delete", "create-replacement")


@pytest.fixture
def make(tmp_path):
    project = Project("p", tmp_path, tmp_path)

    def make_stack(folder=None, **config):
        paths = {"state": folder / "s.json", "cloud_folder": folder / "cloud"} if folder else {}
        settings = {"aws:region": "eu-west-1", **{f"aws:{name}": value for name, value in config.items()}}
        return Stack(project, program=program, config=settings, provider_process=False, **paths)

    return make_stack


@pytest.mark.slow("a lifecycle of a stack from production")
def test_an_imported_production_stack_is_refreshed_rotated_and_destroyed(make, tmp_path):
    with make(allowedAccountIds='["999988887777"]') as production:
        assert production.up().ok
        exported = json.dumps(production.export())
    stack, warnings = make(tmp_path), []
    # The stack, the component, seven resources of pulumi-aws, and the stream key.
    assert stack.import_deployment(exported, warn=warnings.append) == 10
    # All resources were created in the cloud, so the only warning is about secrets in plaintext.
    (warning,) = warnings
    assert warning.startswith("the secrets of 5 resources are in plaintext in ")
    assert str(tmp_path / "cloud") in warning
    assert changed(stack.refresh()) == {}
    assert changed(stack.preview()) == {}
    stack.config["rotation"] = "2"
    assert changed(stack.up()) == {"live": "create-replacement", "secure": "update", "version": "create-replacement"}
    assert changed(stack.up()) == {}
    # An import also recreates a cloud whose file was lost.
    (tmp_path / "cloud" / "aws.journal").unlink()
    stack.import_deployment(json.dumps(stack.export()))
    assert changed(stack.refresh()) == {}
    assert stack.destroy().ok
    with stack:
        assert stack.clouds[0].boto3("ivs").list_channels()["channels"] == []
        assert stack.clouds[0].remaining() == []


def program_with_settings():
    bucket = aws.s3.Bucket("rec")
    LiveChannel(
        "private",
        srt=True,
        container_format="FRAGMENTED_MP4",
        multitrack_input_configuration={"enabled": True, "policy": "ALLOW", "maximum_resolution": "FULL_HD"},
        playback_restriction={"allowed_countries": ["DE"]},
        recording={"bucket": bucket.bucket, "renditions": {"rendition_selection": "NONE"}},
        tags={"a": "b"},
    )
    LiveChannel("advanced", type="ADVANCED_SD", preset="CONSTRAINED_BANDWIDTH_DELIVERY", insecure_ingest=True)


@pytest.mark.slow("a lifecycle of a stack from production")
def test_settings_policies_and_recordings_of_an_imported_channel_have_no_changes(tmp_path):
    def make_stack(folder=None):
        paths = {"state": folder / "s.json", "cloud_folder": folder / "cloud"} if folder else {}
        project = Project("p", tmp_path, tmp_path)
        config = {"aws:region": "eu-west-1"}
        return Stack(project, program=program_with_settings, config=config, provider_process=False, **paths)

    with make_stack() as production:
        assert production.up().ok
        before, exported = outputs_by_urn(production), json.dumps(production.export())
    stack, warnings = make_stack(tmp_path), []
    stack.import_deployment(exported, warn=warnings.append)
    assert [warning for warning in warnings if "in no cloud" in warning] == []
    assert changed(stack.refresh()) == {}
    assert changed(stack.up()) == {}
    assert outputs_by_urn(stack) == before
    assert stack.destroy().ok
    with stack:
        assert stack.clouds[0].remaining() == []
