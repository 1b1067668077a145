"""The commands of docs/runbook.md and docs/audit.md are valid, and work as described."""

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
COMMANDS = [
    shlex.split(command)
    for page in ("runbook.md", "audit.md")
    for command in commands((DOCS / page).read_text(encoding="utf-8"))
]
OWN_COMMANDS = [arguments[3:] for arguments in COMMANDS if arguments[:3] == ["python", "-m", "ivs_stream_key"]]
PULUMI_COMMANDS = [arguments[1:] for arguments in COMMANDS if arguments[0] == "pulumi"]
REHEARSED = [
    arguments for arguments in PULUMI_COMMANDS if arguments[0] in get_command(app).commands and arguments[0] != "import"
]
(IMPORT_COMMAND,) = [arguments for arguments in OWN_COMMANDS if arguments[0] == "import"]


def test_the_runbook_has_commands_of_each_kind():
    assert {arguments[0] for arguments in COMMANDS} == {"pulumi", "python", "aws", "rm"}
    assert {arguments[0] for arguments in OWN_COMMANDS} == {"audit", "import"}
    assert {arguments[0] for arguments in REHEARSED} == {"destroy", "preview", "up"}


@pytest.mark.parametrize("arguments", OWN_COMMANDS, ids=" ".join)
def test_commands_of_the_package_are_accepted_as_written(arguments):
    assert parser().parse_args(arguments).action


@pytest.mark.parametrize("arguments", REHEARSED, ids=" ".join)
def test_commands_of_pulumi_are_accepted_by_rehearse_too(arguments):
    # rehearse has no options for the stack and the number of parallel operations.
    given = [word for word in arguments[1:] if word not in ("--parallel", "4", "--stack", "prod")]
    get_command(app).commands[arguments[0]].make_context(arguments[0], given)


REGION = "eu-west-1"
PROGRAM = """\
import pulumi
from ivs_channel import LiveChannels, ssm

fleet = LiveChannels("studios", {"NAME": {}, "other": {}}, defaults={"publish_to": ssm("/live/{name}/key")})
pulumi.export("channels", fleet.channel_arns)
"""


@pytest.fixture
def stack(pytestconfig, tmp_path, monkeypatch):
    """A stack with two channels, on the selected engine."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: runbook\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    with stack_on(pytestconfig, Project.load(tmp_path), config={"aws:region": REGION}) as stack:
        stack.up()
        yield stack


def changes_of(report):
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


def run_audit(stack, capsys):
    """Audit the stack; return the exit code and the problems found."""
    Path("state.json").write_text(json.dumps(stack.export()), encoding="utf-8")
    capsys.readouterr()
    code = main(["audit", "--stack", "state.json", "--json"])
    return code, sorted(
        {problem for row in json.loads(capsys.readouterr().out)["channels"] for problem in row["problems"]}
    )


def pattern_of_one_key():
    (pattern,) = {arguments[2] for arguments in PULUMI_COMMANDS if arguments[1:2] == ["--replace"]}
    return pattern


@pytest.mark.slow("every command of a guide or an example")
def test_a_leaked_key_alone_is_replaced_and_republished(stack):
    before = published()
    assert changes_of(stack.preview(replace=[pattern_of_one_key()])) == {"update": 1, "replace": 1}
    assert changes_of(stack.up(replace=[pattern_of_one_key()])) == {"update": 1, "replace": 1}
    after = published()
    assert [name for name in before if before[name] != after[name]] == ["/live/NAME/key"]
    assert stack.destroy().ok


@pytest.mark.slow("a lifecycle with a broadcast")
def test_a_broadcast_with_a_leaked_key_runs_until_its_stream_is_stopped_after_the_rotation(stack):
    channel = channels(stack)["NAME"]
    moto_ivs.go_live(channel)
    changes_of(stack.up(replace=[pattern_of_one_key()]))
    assert ivs().get_stream(channelArn=channel)["stream"]["state"] == "LIVE"
    ivs().stop_stream(channelArn=channel)
    with pytest.raises(ivs().exceptions.ChannelNotBroadcasting):
        ivs().get_stream(channelArn=channel)


@pytest.mark.slow("a lifecycle with three repairs")
def test_a_refresh_and_an_up_repair_what_the_audit_reports(stack, capsys):
    channel = channels(stack)["NAME"]
    assert run_audit(stack, capsys) == (0, [])

    ivs().delete_stream_key(arn=key_of(channel)["arn"])
    assert run_audit(stack, capsys) == (3, ["no-key"])
    repair(stack)
    assert run_audit(stack, capsys) == (0, [])

    ivs().delete_stream_key(arn=key_of(channel)["arn"])
    ivs().create_stream_key(channelArn=channel)
    assert run_audit(stack, capsys)[1][:1] == ["copy-differs"]
    repair(stack)
    assert run_audit(stack, capsys) == (0, [])

    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name="/live/NAME/key", Value="another", Type="SecureString", Overwrite=True)
    assert run_audit(stack, capsys) == (3, ["copy-differs"])
    repair(stack)
    assert published()["/live/NAME/key"] == key_of(channel)["value"]
    assert changes_of(stack.preview()) == {}


def repair(stack):
    changes_of(stack.refresh())
    changes_of(stack.up(parallel=4))


@pytest.mark.slow("a lifecycle and an import")
def test_keys_of_a_lost_state_are_in_the_import_file_of_the_runbook_with_their_values(stack):
    assert main(IMPORT_COMMAND) == 0
    entries = json.loads(Path("import.json").read_text(encoding="utf-8"))["resources"]
    keys = [entry for entry in entries if entry["type"] == "pulumi-python:dynamic/ivs:StreamKey"]
    assert {entry["id"] for entry in keys} == {key_of(channel)["arn"] for channel in channels(stack).values()}
    values = {json.loads(entry["outputs"]["value"]["plaintext"]) for entry in keys}
    assert values == set(published().values())
    assert stack.destroy().ok


def region_and_role_of_move():
    """Return the region and the role that the runbook's commands set to move a fleet."""
    given = {arguments[-2]: arguments[-1] for arguments in PULUMI_COMMANDS if arguments[:2] == ["config", "set"]}
    return given["aws:region"], given["aws:assumeRoles[0].roleArn"]


@pytest.mark.slow("two stacks for each kind of move")
@pytest.mark.parametrize("to", ["region", "account", "account and region"])
def test_a_moved_fleet_exists_beside_the_old_one_until_that_is_destroyed(rehearse, tmp_path, to):
    elsewhere, role = region_and_role_of_move()
    region = elsewhere if "region" in to else REGION
    config = {"aws:region": region}
    account = "123456789012"
    if "account" in to:
        config["aws:assumeRoles"] = json.dumps([{"roleArn": role}])
        account = role.split(":")[4]
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    old, new = (
        rehearse(tmp_path / "__main__.py", stack=name, project="runbook", config=given)
        for name, given in (("prod", {"aws:region": REGION}), ("prod-new", config))
    )
    old_channels = set(old.up().outputs["channels"].value.values())
    new_channels = set(new.up().outputs["channels"].value.values())
    keys = [one.id for one in new.resources() if one.type.endswith(":StreamKey")]
    assert {tuple(arn.split(":")[3:5]) for arn in (*new_channels, *keys)} == {(region, account)}
    assert channels_in(old, REGION) >= old_channels
    old.destroy()
    assert channels_in(old, REGION) == (new_channels if (region, account) == (REGION, "123456789012") else set())
    new.up().has_no_changes()


def channels_in(stack, region):
    """Return the ARNs of the channels in a region of the stack's own account."""
    return {one["arn"] for one in stack.cloud.boto3("ivs", region=region).list_channels()["channels"]}


RUN = """\
import json, runpy, sys
from pulumi import automation

operation, name, *region = sys.argv[1:]
options = automation.LocalWorkspaceOptions(work_dir=".")
program = lambda: runpy.run_path("__main__.py")
stack = automation.create_or_select_stack(name, project_name="runbook", program=program, opts=options)
for one in region:
    stack.set_config("aws:region", automation.ConfigValue(one))
done = getattr(stack, operation)()
changes = done.change_summary if operation == "preview" else done.summary.resource_changes
print(json.dumps({str(op): count for op, count in changes.items()}))
"""


@pytest.fixture
def project(tmp_path):
    """The folder of a Pulumi project. Its `run.py` runs operations that need the program."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: runbook\nruntime: python\n", encoding="utf-8")
    named = PROGRAM.replace('"NAME": {}', '"NAME": {"name": "studio"}').replace('"other": {}', '"other": {"name": "b"}')
    (folder / "__main__.py").write_text(re.sub(r", defaults=.*", ")", named), encoding="utf-8")
    (folder / "run.py").write_text(RUN, encoding="utf-8")
    return folder


@pytest.mark.rehearse_engine("pulumi", reason="it runs the CLI commands of the runbook")
def test_the_cli_moves_a_fleet_to_another_account_and_region_as_in_the_runbook(project, tmp_path):
    elsewhere, role = region_and_role_of_move()
    cli = PulumiCli(project, tmp_path)

    def run(*arguments):
        return json.loads(cli.run(sys.executable, "run.py", *arguments).splitlines()[-1])

    assert run("up", "prod", REGION) == {"create": 8}
    (begin,) = [at for at, arguments in enumerate(PULUMI_COMMANDS) if arguments[:2] == ["stack", "init"]]
    moved = PULUMI_COMMANDS[begin : begin + 6]
    kinds = ["stack init", "config set", "config set", "up", "stack output", "destroy --stack"]
    assert [" ".join(arguments[:2]) for arguments in moved] == kinds
    for arguments in moved[:3]:
        cli.run("pulumi", *arguments)
    # The Automation API runs the program: the CLI alone has no language host here.
    assert run("up", "prod-new") == {"create": 8}
    shown = json.loads(cli.run("pulumi", *moved[4], "--json", "--stack", "prod-new"))
    assert {tuple(arn.split(":")[3:5]) for arn in shown.values()} == {(elsewhere, role.split(":")[4])}
    cli.run("pulumi", *moved[5], "--yes")
    assert run("preview", "prod-new") == {"same": 8}
    assert run("preview", "prod") == {"create": 8}
    assert run("destroy", "prod-new") == {"delete": 8}


@pytest.mark.rehearse_engine("pulumi", reason="rehearsal has no `pulumi import`")
def test_the_cli_imports_a_stack_with_a_lost_state_without_a_rotation(project, tmp_path):
    cli = PulumiCli(project, tmp_path)

    def run(operation):
        return json.loads(cli.run(sys.executable, "run.py", operation, "dev", REGION).splitlines()[-1])

    def keys():
        exported = json.loads(cli.run("pulumi", "stack", "export", "--stack", "dev"))
        found = [one for one in exported["deployment"]["resources"] if one["type"].endswith(":StreamKey")]
        return {one["urn"]: one["id"] for one in found}

    assert run("up") == {"create": 8}
    before = keys()
    shutil.rmtree(tmp_path / "backend" / ".pulumi")
    assert run("preview") == {"create": 8}  # this creates the stack again
    cli.run(sys.executable, "-m", "ivs_stream_key", *IMPORT_COMMAND, "--protect=false")
    (arguments,) = [arguments for arguments in PULUMI_COMMANDS if arguments[0] == "import"]
    cli.run("pulumi", *arguments, "--protect=false", "--stack", "dev", "--yes")
    up = run("up")
    assert up.keys() <= {"create", "same", "update"}
    assert up["create"] == 1  # the fleet
    assert keys() == before
    assert run("preview") == {"same": 8}
    assert run("destroy") == {"delete": 8}
