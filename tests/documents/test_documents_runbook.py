"""The commands of docs/runbook.md and docs/audit.md are taken by the programs that they call, and do what is said."""

import json
import re
import shlex
import shutil
import sys
from pathlib import Path

import boto3
import pytest
from typer.main import get_command

import moto_ivs
from console import commands
from engines import stack_on
from ivs_stream_key.__main__ import main, parser
from pulumi_cli import PulumiCli
from rehearsal import Project
from rehearsal.cli import app

DOCS = Path(__file__).parents[2] / "docs"
TYPED = [
    shlex.split(command)
    for page in ("runbook.md", "audit.md")
    for command in commands((DOCS / page).read_text(encoding="utf-8"))
]
OURS = [words[3:] for words in TYPED if words[:3] == ["python", "-m", "ivs_stream_key"]]
PULUMI = [words[1:] for words in TYPED if words[0] == "pulumi"]
REHEARSED = [words for words in PULUMI if words[0] in get_command(app).commands and words[0] != "import"]
(IMPORT,) = [words for words in OURS if words[0] == "import"]


def test_there_are_commands_of_each_kind():
    assert {words[0] for words in TYPED} == {"pulumi", "python", "aws", "rm"}
    assert {words[0] for words in OURS} == {"audit", "import"}
    assert {words[0] for words in REHEARSED} == {"destroy", "preview", "up"}


@pytest.mark.parametrize("words", OURS, ids=" ".join)
def test_ours_are_taken_as_they_stand(words):
    assert parser().parse_args(words).action


@pytest.mark.parametrize("words", REHEARSED, ids=" ".join)
def test_those_of_pulumi_are_taken_by_rehearse_too(words):
    # What concerns how many stacks or threads there are, rehearse has no use for.
    given = [word for word in words[1:] if word not in ("--parallel", "4", "--stack", "prod")]
    get_command(app).commands[words[0]].make_context(words[0], given)


REGION = "eu-west-1"
PROGRAM = """\
import pulumi
from ivs_channel import LiveChannels, ssm

fleet = LiveChannels("studios", {"NAME": {}, "other": {}}, defaults={"publish_to": ssm("/live/{name}/key")})
pulumi.export("channels", fleet.channel_arns)
"""


@pytest.fixture
def stack(pytestconfig, tmp_path, monkeypatch):
    """A stack of two channels, on the engine that the run is for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: runbook\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    with stack_on(pytestconfig, Project.load(tmp_path), config={"aws:region": REGION}) as stack:
        stack.up()
        yield stack


def carried_out(report):
    assert report.ok, report.errors
    return {str(op): count for op, count in report.changes.items() if count and op != "same"}


def published():
    ssm = boto3.client("ssm", region_name=REGION)
    names = [one["Name"] for one in ssm.describe_parameters()["Parameters"]]
    return {name: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names}


def ivs():
    return boto3.client("ivs", region_name=REGION)


def key_of(channel):
    (key,) = ivs().list_stream_keys(channelArn=channel)["streamKeys"]
    return ivs().get_stream_key(arn=key["arn"])["streamKey"]


def channels(stack):
    return stack.export()["deployment"]["resources"][0]["outputs"]["channels"]


def audited(stack, capsys):
    """Return the exit code of the audit, and the problems that it finds."""
    Path("state.json").write_text(json.dumps(stack.export()), encoding="utf-8")
    capsys.readouterr()
    code = main(["audit", "--stack", "state.json", "--json"])
    return code, sorted(
        {problem for row in json.loads(capsys.readouterr().out)["channels"] for problem in row["problems"]}
    )


def pattern_of_one_key():
    (pattern,) = {words[2] for words in PULUMI if words[1:2] == ["--replace"]}
    return pattern


@pytest.mark.slow("a life of many operations")
def test_a_key_that_leaked_is_replaced_alone_and_written_where_it_is_published(stack):
    before = published()
    assert carried_out(stack.preview(replace=[pattern_of_one_key()])) == {"update": 1, "replace": 1}
    assert carried_out(stack.up(replace=[pattern_of_one_key()])) == {"update": 1, "replace": 1}
    after = published()
    assert [name for name in before if before[name] != after[name]] == ["/live/NAME/key"]
    assert stack.destroy().ok


@pytest.mark.slow("a life with a broadcast")
def test_whoever_has_a_key_that_leaked_is_on_air_until_the_stream_is_stopped_after_the_rotation(stack):
    channel = channels(stack)["NAME"]
    moto_ivs.go_live(channel)
    carried_out(stack.up(replace=[pattern_of_one_key()]))
    assert ivs().get_stream(channelArn=channel)["stream"]["state"] == "LIVE"
    ivs().stop_stream(channelArn=channel)
    with pytest.raises(ivs().exceptions.ChannelNotBroadcasting):
        ivs().get_stream(channelArn=channel)


@pytest.mark.slow("a life with three repairs")
def test_what_the_audit_finds_wrong_with_a_key_is_repaired_by_a_refresh_and_an_up(stack, capsys):
    channel = channels(stack)["NAME"]
    assert audited(stack, capsys) == (0, [])

    ivs().delete_stream_key(arn=key_of(channel)["arn"])
    assert audited(stack, capsys) == (3, ["no-key"])
    repair(stack)
    assert audited(stack, capsys) == (0, [])

    ivs().delete_stream_key(arn=key_of(channel)["arn"])
    ivs().create_stream_key(channelArn=channel)
    assert audited(stack, capsys)[1][:1] == ["copy-differs"]
    repair(stack)
    assert audited(stack, capsys) == (0, [])

    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/live/NAME/key", Value="another", Type="SecureString", Overwrite=True)
    assert audited(stack, capsys) == (3, ["copy-differs"])
    repair(stack)
    assert published()["/live/NAME/key"] == key_of(channel)["value"]
    assert carried_out(stack.preview()) == {}


def repair(stack):
    carried_out(stack.refresh())
    carried_out(stack.up(parallel=4))


@pytest.mark.slow("a life and an import")
def test_keys_whose_state_is_lost_are_in_the_file_that_the_runbook_makes_with_their_values(stack):
    assert main(IMPORT) == 0
    entries = json.loads(Path("import.json").read_text(encoding="utf-8"))["resources"]
    keys = [entry for entry in entries if entry["type"] == "pulumi-python:dynamic/ivs:StreamKey"]
    assert {entry["id"] for entry in keys} == {key_of(channel)["arn"] for channel in channels(stack).values()}
    values = {json.loads(entry["outputs"]["value"]["plaintext"]) for entry in keys}
    assert values == set(published().values())
    assert stack.destroy().ok


@pytest.mark.slow("two stacks")
def test_a_fleet_is_in_a_new_region_beside_the_old_one_until_that_is_destroyed(rehearse, tmp_path):
    (elsewhere,) = {words[-1] for words in PULUMI if words[:3] == ["config", "set", "aws:region"]}
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    old, new = (
        rehearse(tmp_path / "__main__.py", stack=name, project="runbook", config={"aws:region": region})
        for name, region in (("prod", REGION), ("prod-new", elsewhere))
    )
    old.up()
    made = new.up().outputs["channels"].value.values()
    assert {arn.split(":")[3] for arn in made} == {elsewhere}
    old.destroy()
    assert old.cloud.boto3("ivs", region=REGION).list_channels()["channels"] == []
    there = old.cloud.boto3("ivs", region=elsewhere).list_channels()["channels"]
    assert {one["arn"] for one in there} == set(made)
    new.up().has_no_changes()


RUN = """\
import json, runpy, sys
from pulumi import automation

options = automation.LocalWorkspaceOptions(work_dir=".")
program = lambda: runpy.run_path("__main__.py")
stack = automation.create_or_select_stack("dev", project_name="runbook", program=program, opts=options)
stack.set_config("aws:region", automation.ConfigValue("eu-west-1"))
done = getattr(stack, sys.argv[1])()
changes = done.change_summary if sys.argv[1] == "preview" else done.summary.resource_changes
print(json.dumps({str(op): count for op, count in changes.items()}))
"""


@pytest.mark.rehearse_engine("pulumi", reason="rehearsal has no import of resources that are there")
def test_a_stack_whose_state_is_lost_is_imported_by_the_cli_without_a_rotation(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: runbook\nruntime: python\n", encoding="utf-8")
    named = PROGRAM.replace('"NAME": {}', '"NAME": {"name": "studio"}').replace('"other": {}', '"other": {"name": "b"}')
    (folder / "__main__.py").write_text(re.sub(r", defaults=.*", ")", named), encoding="utf-8")
    (folder / "run.py").write_text(RUN, encoding="utf-8")
    cli = PulumiCli(folder, tmp_path)

    def run(operation):
        return json.loads(cli.run(sys.executable, "run.py", operation).splitlines()[-1])

    def keys():
        exported = json.loads(cli.run("pulumi", "stack", "export", "--stack", "dev"))
        found = [one for one in exported["deployment"]["resources"] if one["type"].endswith(":StreamKey")]
        return {one["urn"]: one["id"] for one in found}

    assert run("up") == {"create": 8}
    before = keys()
    shutil.rmtree(tmp_path / "backend" / ".pulumi")
    assert run("preview") == {"create": 8}  # and so there is a stack again
    cli.run(sys.executable, "-m", "ivs_stream_key", *IMPORT, "--protect=false")
    (words,) = [words for words in PULUMI if words[0] == "import"]
    cli.run("pulumi", *words, "--protect=false", "--stack", "dev", "--yes")
    up = run("up")
    assert up.keys() <= {"create", "same", "update"}
    assert up["create"] == 1  # the fleet
    assert keys() == before
    assert run("preview") == {"same": 8}
    assert run("destroy") == {"delete": 8}
