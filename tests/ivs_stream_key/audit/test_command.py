"""The audit of a region and a state with each problem that it can find."""

import json
from datetime import UTC, datetime

import pytest
from botocore.session import Session

import moto_ivs
from ivs_stream_key import clock
from ivs_stream_key.__main__ import main
from ivs_stream_key.ivs.ownership import Owner, owner_tag_for
from owners import OWNER

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
OWNER_TAGS = owner_tag_for(Owner.of(OWNER), None, "2026-03-01T00:00:00Z")


class Region:
    """Channels in moto, and a state that has some of their keys."""

    def __init__(self, cloud, tmp_path):
        self.cloud, self.file, self.resources = cloud, tmp_path / "state.json", []
        self.ssm = Session().create_client("ssm", region_name="us-west-2")
        self.secrets = Session().create_client("secretsmanager", region_name="us-west-2")

    def channel(self, name, *, owned=True, in_state=True, due="2026-04-10T00:00:00Z"):
        response = self.cloud.client.create_channel(name=name)
        channel, key = response["channel"]["arn"], response["streamKey"]
        if owned:
            self.cloud.client.tag_resource(resourceArn=key["arn"], tags=OWNER_TAGS)
        if in_state:
            outputs = {"arn": key["arn"], "channel_arn": channel, "rotation_due_at": due}
            outputs["created_at"] = "2026-03-11T12:00:00Z"
            state = {"type": "pulumi-python:dynamic/ivs:StreamKey", "urn": f"urn:pulumi::{name}", "outputs": outputs}
            self.resources.append(state)
        return channel, key

    def put_parameter(self, name, value):
        self.ssm.put_parameter(Name=f"/{name}", Type="SecureString", Value=value)
        self.add_to_state(name, "aws:ssm/parameter:Parameter", {"name": f"/{name}"})

    def create_secret(self, name, value):
        arn = self.secrets.create_secret(Name=name, SecretString=value)["ARN"]
        self.add_to_state(name, "aws:secretsmanager/secretVersion:SecretVersion", {"secretId": arn})

    def add_to_state(self, name, kind, outputs):
        self.resources.append(
            {"type": kind, "urn": "urn:c", "dependencies": [f"urn:pulumi::{name}"], "outputs": outputs}
        )

    def audit(self, *arguments, state=True):
        self.file.write_text(json.dumps({"version": 3, "deployment": {"resources": self.resources}}))
        given = [*arguments, "--config", "aws:region=us-west-2", *(["--stack", str(self.file)] if state else [])]
        with clock.clock_set_to(lambda: NOW):
            return main(["audit", *given])


@pytest.fixture
def region(cloud, tmp_path):
    return Region(cloud, tmp_path)


def problems_by_channel(text):
    return {row["channel"]: row["problems"] for row in json.loads(text)["channels"]}


@pytest.mark.slow("an audit of many channels")
def test_every_problem_of_a_region_is_found_and_no_key_is_printed(region, capsys):
    values = {}
    for name in ("healthy", "differs", "missing", "json"):
        values[name] = region.channel(name)[1]["value"]
    region.put_parameter("healthy", values["healthy"])
    region.create_secret("json", json.dumps({"stream_key": values["json"]}))
    region.put_parameter("differs", "sk_us-west-2_another")
    region.add_to_state("missing", "aws:ssm/parameter:Parameter", {"name": "/nowhere"})
    gone, _ = region.channel("gone")
    region.cloud.client.delete_channel(arn=gone)
    channel, key = region.channel("replaced")
    region.cloud.client.delete_stream_key(arn=key["arn"])
    region.cloud.client.create_stream_key(channelArn=channel, tags=OWNER_TAGS)
    region.cloud.client.delete_stream_key(arn=region.channel("keyless")[1]["arn"])
    region.channel("overdue", due="2026-03-30T00:00:00Z")
    region.channel("by-hand", owned=False, in_state=False)
    region.channel("elsewhere", in_state=False)
    moto_ivs.go_live(region.channel("live")[0])
    assert region.audit("--all", "--json") == 3
    text = capsys.readouterr().out
    assert problems_by_channel(text) == {
        "healthy": [],
        "json": [],
        "live": [],
        "differs": ["copy-differs"],
        "missing": ["copy-missing"],
        "gone": ["no-channel"],
        "replaced": ["key-gone"],
        "keyless": ["no-key"],
        "overdue": ["overdue"],
        "by-hand": ["not-in-state", "no-owner"],
        "elsewhere": ["not-in-state"],
    }
    found = {row["channel"]: row for row in json.loads(text)["channels"]}
    assert [name for name, row in found.items() if row["live"]] == ["live"]
    assert found["healthy"]["age_days"] == 20
    assert found["elsewhere"]["age_days"] == 30
    assert found["by-hand"]["age_days"] is None
    assert json.loads(text)["due"] == {"2026-03-31": 1, "2026-04-10": 5}
    assert not any(value in text for value in values.values())


def test_the_table_has_a_row_per_channel_an_explanation_of_the_codes_and_a_calendar(region, capsys, tmp_path):
    region.channel("healthy")
    region.cloud.client.delete_stream_key(arn=region.channel("keyless")[1]["arn"])
    svg = tmp_path / "due.svg"
    assert region.audit("--svg", str(svg)) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["channel", "key", "age", "due", "live", "owner", "wrong"]
    assert "20 d" in lines[1]
    assert "2026-04-10" in lines[1]
    assert "shop/prod/live" in lines[1]
    assert "no key" in lines[2]
    assert "no-key: the channel has no stream key: nobody can go live on it" in lines
    assert "2 channels, 1 with problems, on 2026-03-31." in lines
    assert lines[-1].startswith("1 due in the next 60 days")
    assert svg.read_text().startswith("<svg")


@pytest.mark.slow("audits with clients of several services")
def test_a_manually_created_key_is_no_problem_without_a_state(region, capsys):
    region.channel("by-hand", owned=False, in_state=False)
    assert region.audit("--all", "--json", state=False) == 0
    assert problems_by_channel(capsys.readouterr().out) == {"by-hand": ["no-owner"]}


@pytest.mark.slow("audits with clients of several services")
def test_a_copy_without_read_permission_is_reported_as_unreadable(region, capsys):
    value = region.channel("healthy")[1]["value"]
    region.create_secret("healthy", value)
    region.secrets.delete_secret(SecretId="healthy")
    assert region.audit("--json") == 3
    assert problems_by_channel(capsys.readouterr().out) == {"healthy": ["copy-unreadable"]}


def test_a_copy_may_be_an_encoder_url(region, capsys):
    value = region.channel("healthy")[1]["value"]
    region.put_parameter("healthy", f"rtmps://host:443/app/{value}")
    assert region.audit("--json") == 0
    assert problems_by_channel(capsys.readouterr().out) == {"healthy": []}


def test_a_channel_in_two_states_is_read_once(region, capsys, tmp_path):
    region.channel("healthy")
    other = {**region.resources[0], "urn": "urn:pulumi::other"}
    (tmp_path / "other.json").write_text(json.dumps({"version": 3, "deployment": {"resources": [other]}}))
    region.cloud.clear_calls()
    assert region.audit("--stack", str(tmp_path / "other.json")) == 0
    assert region.cloud.calls.count("ListStreamKeys") == 1
    assert "1 channels, 0 with problems" in capsys.readouterr().out


def plaintext_secret(value):
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


@pytest.mark.slow("clients of three services")
def test_channels_and_copies_that_are_secrets_in_the_state_are_not_shown(region, capsys):
    channel, key = region.channel("healthy")
    region.put_parameter("healthy", key["value"])
    state, copy = region.resources
    state["outputs"]["channel_arn"], copy["outputs"]["name"] = (
        plaintext_secret(channel),
        plaintext_secret("/hidden-path"),
    )
    for arguments in ([], ["--json"]):
        region.audit(*arguments)
        printed = "".join(capsys.readouterr())
        assert "healthy" in printed
        assert not any(text in printed for text in (channel, channel.rpartition("/")[2], "hidden-path"))


@pytest.mark.slow("creates 30 channels in moto")
def test_an_audit_makes_one_call_per_channel_and_a_few_per_region(region):
    for number in range(30):
        region.channel(f"studio-{number}", in_state=False)
    region.cloud.clear_calls()
    region.audit("--all", state=False)
    calls = region.cloud.calls
    assert {name: calls.count(name) for name in set(calls)} == {
        "ListChannels": 1,
        "ListStreams": 1,
        "ListStreamKeys": 30,
    }


@pytest.mark.slow("creates 30 channels in moto")
def test_progress_goes_to_stderr(region, capsys):
    for number in range(30):
        region.channel(f"studio-{number}", in_state=False)
    region.audit("--all", "--json", state=False)
    printed = capsys.readouterr()
    assert printed.err == "25 of 30 channels\n"
    json.loads(printed.out)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "expected --all, --stack FILE, or both"),
        (["--stack", "x", "--region", "eu-west-1"], "--region: expected with --all"),
        (["--all", "--config", "x"], "--config: expected KEY=VALUE, got a string of 1 character"),
    ],
)
def test_invalid_options_are_reported(capsys, given, message):
    assert main(["audit", *given]) == 2
    assert message in capsys.readouterr().err


def test_an_invalid_state_file_fails_the_audit(capsys, tmp_path):
    (tmp_path / "state").write_text("{}")
    assert main(["audit", "--stack", str(tmp_path / "state")]) == 1
    assert "pulumi stack export" in capsys.readouterr().err


def test_the_command_line_has_import_and_audit(capsys):
    assert main(["audit", "-h"]) == 0
    assert "--stack" in capsys.readouterr().out
    assert main(["-h"]) == 0
    assert "audit" in capsys.readouterr().out


@pytest.mark.parametrize("newline", ["\n", "\r", "\u2028", "\x85", "\x0b"])
def test_a_name_with_line_breaks_stays_one_row(region, capsys, newline):
    region.channel("north")
    region.resources[0]["urn"] = f"urn:pulumi::north{newline}south (AbCd)  1 d  -  -  -  -\x9b31m"
    region.audit()
    header, north, after, *_ = capsys.readouterr().out.splitlines()
    assert header.startswith("channel")
    assert north.startswith("north\\")
    assert north.isprintable()
    assert after == ""
