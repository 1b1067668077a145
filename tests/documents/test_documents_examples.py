"""The examples work as their READMEs describe."""

import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import boto3
import pytest
import yaml
from typer.main import get_command
from typer.testing import CliRunner

import moto_ivs
from console import commands
from engines import stack_on
from pulumi_cli import PulumiCli
from rehearsal import Project
from rehearsal.cli import app

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/Pulumi.yaml"))


@pytest.fixture
def example(request, pytestconfig):
    name, config, options = request.param
    with stack_on(pytestconfig, Project.load(EXAMPLES / name), config=config, **options) as stack:
        yield stack


def with_example(name, *, options=None, **config):
    return pytest.mark.parametrize("example", [(name, config, options or {})], indirect=True, ids=[name])


def changed(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if count and op != "same"}


def converges_and_destroys(stack):
    """Assert that preview and refresh have no changes, and that destroy empties the state; return True."""
    assert changed(stack.preview()) == {}
    assert changed(stack.refresh()) == {}
    assert set(changed(stack.destroy())) == {"delete"}
    assert stack.export()["deployment"]["resources"] == []
    return True


def key_of(channel_arn):
    ivs = boto3.client("ivs")
    (key,) = ivs.list_stream_keys(channelArn=channel_arn)["streamKeys"]
    return ivs.get_stream_key(arn=key["arn"])["streamKey"]


@pytest.mark.slow("a lifecycle of an example")
@with_example("published_keys")
def test_published_keys_are_those_of_the_channels_before_and_after_a_rotation(example):
    def published():
        ssm, secrets = boto3.client("ssm"), boto3.client("secretsmanager")
        names = ["main-stage", "side-stage"]
        parameters = [ssm.get_parameter(Name=f"/live/{n}/stream-key", WithDecryption=True) for n in names]
        encoders = [json.loads(secrets.get_secret_value(SecretId=f"live/{n}/encoder")["SecretString"]) for n in names]
        assert [p["Parameter"]["Value"] for p in parameters] == [e["stream_key"] for e in encoders]
        return {e["stream_key"] for e in encoders}

    def in_the_channels():
        return {key_of(channel["arn"])["value"] for channel in boto3.client("ivs").list_channels()["channels"]}

    changed(example.up())
    before = published()
    assert before == in_the_channels()
    changed(example.up(replace=["**ivs:StreamKey::**"]))
    assert published() == in_the_channels()
    assert published().isdisjoint(before)
    assert converges_and_destroys(example)


@with_example("one_channel")
def test_one_channel_exports_encoder_settings_and_rotates_on_request(example):
    first = example.up()
    assert changed(first) == {"create": 5}
    (channel,) = boto3.client("ivs").list_channels()["channels"]
    before = key_of(channel["arn"])
    encoder = first.outputs["encoder"]
    assert encoder["rtmps"]["stream_key"].value == before["value"]
    assert set(encoder) == {"rtmps", "srt"}
    example.config["rotation"] = "2026-12"
    assert changed(example.up()) == {"replace": 1}
    assert key_of(channel["arn"])["value"] != before["value"]
    assert converges_and_destroys(example)


@pytest.mark.slow("a lifecycle of an example")
@with_example("fleet")
def test_a_fleet_has_the_channels_of_its_file_and_publishes_its_keys(example):
    up = example.up()
    assert set(changed(up)) == {"create"}
    assert set(up.outputs["watch"]) == set(up.outputs["due"]) == {"north", "south", "studio-a"}
    ivs, ssm = boto3.client("ivs"), boto3.client("ssm")
    channels = [ivs.get_channel(arn=one["arn"])["channel"] for one in ivs.list_channels()["channels"]]
    assert sorted((one["type"], one["containerFormat"], one["tags"].get("room")) for one in channels) == [
        ("BASIC", "TS", None),
        ("STANDARD", "FRAGMENTED_MP4", "a"),
        ("STANDARD", "TS", None),
    ]
    names = [f"/live/{name}/key" for name in ("north", "south", "studio-a")]
    values = {ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names}
    assert values == {key_of(one["arn"])["value"] for one in channels}
    assert converges_and_destroys(example)


@pytest.mark.slow("a lifecycle of an example")
@with_example("private_channel")
def test_a_private_channel_requires_tokens_and_is_recorded_and_restricted(example):
    assert set(changed(example.up())) == {"create"}
    ivs = boto3.client("ivs")
    (one,) = ivs.list_channels()["channels"]
    channel = ivs.get_channel(arn=one["arn"])["channel"]
    assert channel["authorized"] is True
    assert len(ivs.list_playback_key_pairs()["keyPairs"]) == 1
    recording = ivs.get_recording_configuration(arn=channel["recordingConfigurationArn"])["recordingConfiguration"]
    assert recording["renditionConfiguration"]["renditions"] == ["HD", "SD"]
    policy = ivs.get_playback_restriction_policy(arn=channel["playbackRestrictionPolicyArn"])
    assert policy["playbackRestrictionPolicy"]["allowedCountries"] == ["CH", "LI"]
    example.config["countries"] = '["CH"]'
    assert changed(example.up()) == {"update": 1}
    assert converges_and_destroys(example)


@pytest.mark.slow("a lifecycle of an example")
@with_example("key_for_lambda")
def test_a_rotation_reaches_the_lambda_function_through_the_secret_alone(example, monkeypatch):
    first = example.up()
    assert set(changed(first)) == {"create"}
    monkeypatch.setenv("SECRET_ARN", first.outputs["secret"])
    reader = runpy.run_path(str(EXAMPLES / "key_for_lambda" / "reader" / "reader.py"))
    started = []
    reader["handler"].__globals__["start_encoder"] = lambda *given: started.append(given)
    (channel,) = boto3.client("ivs").list_channels()["channels"]
    assert reader["handler"]({}, None)["channel"] == channel["arn"]
    example.config["rotation"] = "2026-12"
    assert changed(example.up()) == {"replace": 2}
    reader["handler"]({}, None)
    assert started[0][1] != started[1][1] == key_of(channel["arn"])["value"]
    assert converges_and_destroys(example)


@pytest.mark.slow("every command of a guide or an example")
@with_example("rotation_by_age")
def test_a_key_that_is_not_due_stays_and_exports_its_due_time(example):
    first = example.up()
    assert changed(first) == {"create": 4}
    assert first.outputs["rotation_due_at"] > "2026"
    assert converges_and_destroys(example)


@pytest.mark.slow("every command of a guide or an example")
@with_example("rotation_by_age")
def test_a_lower_age_limit_does_not_rotate_younger_keys(example):
    changed(example.up())
    example.config["rotation_days"] = "1"
    assert changed(example.up()) == {"update": 1}
    assert converges_and_destroys(example)


@pytest.mark.slow("every command of a guide or an example")
@with_example("existing_channel", channel_arn="not there yet")
def test_an_existing_key_keeps_its_value_until_it_is_rotated(example):
    channel = boto3.client("ivs").create_channel(name="studio")["channel"]["arn"]
    before = key_of(channel)
    example.config["channel_arn"] = channel
    moto_ivs.go_live(channel)
    assert changed(example.up()) == {"create": 2}
    assert key_of(channel)["value"] == before["value"]

    example.config["season"] = "2"
    assert changed(example.up()) == {"replace": 1}
    assert key_of(channel)["arn"] != before["arn"]
    assert converges_and_destroys(example)


@pytest.mark.slow("a lifecycle of an example")
@with_example(
    "several_accounts", **yaml.safe_load((EXAMPLES / "several_accounts/Pulumi.dev.yaml").read_text())["config"]
)
def test_channels_and_keys_are_in_the_accounts_and_regions_of_their_studios(example):
    up = example.up()
    assert set(changed(up)) == {"create"}
    where = {name: arn.split(":")[3:5] for name, arn in up.outputs.items()}
    north, south = ["eu-west-1", "111111111111"], ["eu-central-1", "222222222222"]
    assert where == {
        "north-channel": north,
        "north-stream-key-arn": north,
        "south-channel": south,
        "south-stream-key-arn": south,
    }
    assert converges_and_destroys(example)


@pytest.mark.slow("a lifecycle of seven types")
@with_example("rotation_reminder", mail="ops@example.com")
def test_the_reminder_is_scheduled_for_the_due_day_and_follows_it(example):
    def reminder(up):
        assert up.outputs["reminder"] == f"at({up.outputs['rotation_due_at'].removesuffix('Z')})"
        return up.outputs["reminder"]

    first = example.up()
    assert changed(first) == {"create": 9}
    example.config["rotation_days"] = "7"
    sooner = example.up()
    assert changed(sooner) == {"update": 2}
    assert reminder(sooner) < reminder(first)
    rotated = example.up(replace=["**ivs:StreamKey::**"])
    assert changed(rotated)["replace"] == 1
    assert reminder(rotated) >= reminder(sooner)
    assert converges_and_destroys(example)


@pytest.mark.slow("a lifecycle of its own in a copy")
def test_the_programs_modules_do_not_clash_with_those_of_the_package(pytestconfig, tmp_path):
    folder = shutil.copytree(EXAMPLES / "own_modules", tmp_path / "copy", ignore=shutil.ignore_patterns(".rehearsal"))
    page = folder / "watch.json"
    with stack_on(pytestconfig, Project.load(folder)) as stack:
        first = stack.up()
        assert changed(first) == {"create": 6}
        assert json.loads(page.read_text()) == {"watch": first.outputs["watch"]}
        stack.config["season"] = "2"
        assert changed(stack.up()) == {"replace": 1}
        assert converges_and_destroys(stack)
    assert not page.exists()


@pytest.fixture
def deploy(tmp_path, monkeypatch):
    """Return a function that runs the script of a copy of `fleet_of_stacks`, and the folder of the copy."""
    folder = shutil.copytree(EXAMPLES / "fleet_of_stacks", tmp_path / "fleet", ignore=shutil.ignore_patterns(".*"))
    monkeypatch.syspath_prepend(folder)
    for name in ("fleet_stacks", "fleet_engines"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield runpy.run_path(str(folder / "deploy.py"))["main"], folder
    for name in ("fleet_stacks", "fleet_engines"):
        sys.modules.pop(name, None)


def rows(text):
    return {line.split()[0]: line.split()[1:-1] for line in text.splitlines()[1:]}


@pytest.mark.slow("three stacks")
def test_a_fleet_of_stacks_reports_one_table_and_a_failed_stack_stops_no_other(deploy, capsys):
    main, folder = deploy
    argument_lists = [shlex.split(command)[2:] for command in commands(text_of("fleet_of_stacks"), "Offline")]
    printed = re.search(r"```text\n(.*?)```", text_of("fleet_of_stacks"), re.DOTALL)[1]
    assert main(argument_lists[0]) == 0
    stacks = ("eu-west-1-stages", "eu-west-1-studios", "us-east-1-studios")
    up = rows(capsys.readouterr().out)
    assert [up[name] for name in stacks] == [rows(printed)[name] for name in stacks]

    stages = folder / "fleets" / "eu-west-1" / "stages.yaml"
    right = stages.read_text()
    stages.write_text(right.replace("rotation_days", "rotate_days"))
    assert main(["up", "--offline"]) == 1
    said = capsys.readouterr().out
    assert rows(said)["eu-west-1-stages"][0] == "failed"
    assert rows(said)["us-east-1-studios"] == ["ok", "0", "0", "0", "0", "10"]
    assert "stages.yaml:2: defaults.rotate_days: there is no such argument: did you mean rotation_days?" in said

    stages.write_text(right)
    assert main(argument_lists[-1]) == 0
    assert rows(capsys.readouterr().out)["eu-west-1-studios"] == ["ok", "0", "0", "0", "10", "0"]
    for state in (folder / ".rehearsal").glob("*.json"):
        assert json.loads(state.read_text())["deployment"]["resources"] == []


@pytest.mark.rehearse_engine("pulumi", reason="it uses the CLI")
def test_with_the_cli_its_stacks_are_deployed_in_parallel_updated_and_destroyed(deploy, tmp_path):
    folder = deploy[1]
    shutil.rmtree(folder / "fleets")
    for region, name in (("eu-west-1", "north"), ("us-east-1", "south")):
        (folder / "fleets" / region).mkdir(parents=True)
        (folder / "fleets" / region / "few.yaml").write_text(f"channels: {{{name}: }}\n", encoding="utf-8")
    cli = PulumiCli(folder, tmp_path)

    def run_deploy(*arguments):
        return rows(cli.run(sys.executable, "deploy.py", *arguments))

    stacks = ("eu-west-1-few", "us-east-1-few")
    up = run_deploy("up")
    assert [up[name] for name in stacks] == [["ok", "6", "0", "0", "0", "0"]] * 2
    assert run_deploy("preview")["total"] == ["2/2", "0", "0", "0", "0"]
    (folder / "fleets/us-east-1/few.yaml").write_text("channels: {south: , west: }\n", encoding="utf-8")
    assert run_deploy("up", "--only", "us-*")["total"] == ["1/1", "4", "0", "0", "0"]
    assert run_deploy("destroy")["total"] == ["2/2", "0", "0", "0", "16"]


def test_stacks_of_one_region_run_one_after_the_other_because_they_share_its_quota(deploy):
    main, _ = deploy
    run, row, fleets = (main.__globals__[name] for name in ("run", "Outcome", "fleets"))
    under_way, at_once, other_region = set(), [], threading.Event()

    def engine(fleet, operation):
        under_way.add(fleet.stack)
        at_once.append({name for name in under_way if name.startswith(fleet.region)})
        if fleet.region == "us-east-1":
            other_region.set()
        # This times out unless the stacks of both regions run at the same time.
        assert other_region.wait(60)
        under_way.discard(fleet.stack)
        return row({operation: 1})

    done = run("up", list(fleets()), engine, 8)
    assert [(one.fleet.stack, one.outcome.error) for one in done] == [(fleet.stack, "") for fleet in fleets()]
    assert sorted(map(sorted, at_once)) == [[fleet.stack] for fleet in fleets()]


def test_a_pattern_without_a_match_lists_the_stacks(deploy, capsys):
    main, _ = deploy
    with pytest.raises(SystemExit):
        main(["up", "--only", "asia-*"])
    assert "there are eu-west-1-stages, eu-west-1-studios, us-east-1-studios" in capsys.readouterr().err


def text_of(name):
    return (EXAMPLES / name / "README.md").read_text(encoding="utf-8")


# Text in the output of each command of the section "Offline". `make examples` runs the commands with the wheel.
OUTCOMES = {
    "existing_channel": ["2 created", "2 created", "1 replaced", "2 deleted", "2 deleted"],
    "several_accounts": ["9 created", "9 deleted"],
}


@pytest.mark.slow("commands, each in a process of its own")
@pytest.mark.parametrize("name", OUTCOMES)
def test_the_commands_of_its_readme_work_in_a_fresh_folder(name, tmp_path, monkeypatch):
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".rehearsal", "__pycache__"))
    monkeypatch.chdir(folder)
    said, arn = [], "ARN"
    for command in commands(text_of(name), "Offline"):
        program, *arguments = shlex.split(command.replace("=ARN", f"={arn}"))
        assert program == "rehearse"
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, f"{command}\n{result.output}"
        said.append(result.stdout)
        arn = next(iter(re.findall(r"arn:aws:ivs:[\w-]+:\d+:channel/\w+", result.stdout)), arn)
    assert len(said) == len(OUTCOMES[name])
    for outcome, output in zip(OUTCOMES[name], said, strict=True):
        assert outcome in output
    for state in (folder / ".rehearsal" / "dev.json", *folder.glob("*.json")):
        assert json.loads(state.read_text())["deployment"]["resources"] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_its_readme_are_valid(name):
    declared = yaml.safe_load((EXAMPLES / name / "Pulumi.yaml").read_text(encoding="utf-8"))["config"].keys()
    argument_lists = [shlex.split(command) for command in commands(text_of(name), "Offline")]
    assert "up" in argument_lists[0]
    assert "destroy" in argument_lists[-1]
    if name == "fleet_of_stacks":
        assert all(words[:2] == ["python", "deploy.py"] and words[-1] == "--offline" for words in argument_lists)
        return
    assert all(words[0] == "rehearse" for words in argument_lists)
    for _, operation, *arguments in argument_lists:
        given = get_command(app).commands[operation].make_context(operation, arguments).params["config"] or []
        assert {pair.partition("=")[0] for pair in given} <= declared


@pytest.mark.parametrize("name", NAMES)
def test_its_requirements_are_the_distribution_and_its_readme_installs_them(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    exact = f"=={project['version']}" if name == "rotation_by_age" else ""
    assert (EXAMPLES / name / "requirements.txt").read_text(encoding="utf-8").split() == [project["name"] + exact]
    real = commands(text_of(name), "On a real account")
    assert real[0] == "pip install -r requirements.txt"
    assert real[-1] == ("python deploy.py up" if name == "fleet_of_stacks" else "pulumi up")


@pytest.mark.parametrize("name", NAMES)
def test_its_readme_sets_the_required_config(name, tmp_path):
    shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("Pulumi.*.yaml"))
    declared = yaml.safe_load((tmp_path / name / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    settings = [shlex.split(command) for command in commands(text_of(name), "On a real account")]
    given = {re.split(r"[\[.]", words[-2])[0] for words in settings if words[:3] == ["pulumi", "config", "set"]}
    assert given - {"aws:region"} <= declared.keys()
    assert {key for key, about in declared.items() if "default" not in about} <= given


def test_the_repositorys_environment_is_enough_in_a_clone():
    argument_lists = [
        shlex.split(command) for command in commands((EXAMPLES / "README.md").read_text("utf-8"), "From a clone")
    ]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert argument_lists[0] == ["make", "setup"]
    assert re.search(r"^setup:", makefile, re.MULTILINE)
    ((folder,),) = [words[1:] for words in argument_lists if words[0] == "cd"]
    assert (ROOT / folder / "Pulumi.yaml").is_file()
    ran = [words[1] for words in argument_lists if words[0] == "rehearse"]
    assert ran == ["up", "destroy"]
    assert set(ran) <= get_command(app).commands.keys()


NIGHTLY = EXAMPLES / "rotation_by_age"


def workflow(name):
    (job,) = yaml.safe_load((NIGHTLY / ".github/workflows" / name).read_text(encoding="utf-8"))["jobs"].values()
    return job["steps"]


def command_or_action(step):
    return step.get("run") or step["uses"].partition("@")[0]


LOCKED = [
    "actions/checkout",
    "actions/setup-python",
    "pip install --require-hashes -r requirements.lock",
]


def test_the_scheduled_workflow_installs_requirements_deploys_and_audits():
    steps = workflow("nightly.yml")
    assert [command_or_action(step) for step in steps] == [
        *LOCKED,
        "pip install --no-deps -r requirements.txt",
        "aws-actions/configure-aws-credentials",
        "pulumi/actions",
        "pulumi stack export --stack prod --file state.json",
        "python -m ivs_stream_key audit --stack state.json",
    ]
    for needed in re.findall(r"(?:variable|secret) `(\w+)`", text_of(NIGHTLY.name)):
        assert re.search(rf"(vars|secrets)\.{needed}\b", json.dumps(steps))
    assert steps[5]["with"] == {"command": "up", "stack-name": "prod"}
    assert "pulumi stack init prod" in commands(text_of(NIGHTLY.name))


def test_the_nightly_repository_tests_each_change_with_its_declared_dependencies():
    assert [command_or_action(step) for step in workflow("test.yml")] == [*LOCKED, "pip install --group test", "pytest"]
    own_project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    nightly = tomllib.loads((NIGHTLY / "pyproject.toml").read_text(encoding="utf-8"))
    assert nightly["project"]["dependencies"] == [f"{own_project['name']}=={own_project['version']}"]
    assert nightly["dependency-groups"]["test"][0] == f"{own_project['name']}[testing]=={own_project['version']}"


def test_its_lock_file_has_the_dependencies_in_the_versions_of_the_repositorys_lock():
    locked = {
        package["name"]: package for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    }
    needed, todo = set(), ["pulumi-ivs-stream-key"]
    while todo:
        dependencies = locked[todo.pop()].get("dependencies", ())
        names = {one["name"] for one in dependencies} - needed
        needed |= names
        todo += names
    text = (NIGHTLY / "requirements.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))
    assert pinned == {name: locked[name]["version"] for name in needed}
    blocks = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.slow("a session of pytest in a process of its own")
def test_the_tests_of_the_nightly_repository_pass_in_a_folder_of_their_own(tmp_path):
    folder = shutil.copytree(NIGHTLY, tmp_path / "nightly", ignore=shutil.ignore_patterns(".rehearsal", "__pycache__"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
