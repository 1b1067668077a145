import json
import runpy
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ivs_stream_key.__main__ import main
from ivs_stream_key.importing.resources import Importer
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER

KEYS = ("--config", "aws:accessKey=AKIAFORTHISTEST", "--config", "aws:secretKey=of-the-config")
NO_CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0"


@pytest.fixture(autouse=True)
def _empty_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def create_channel(cloud, name, with_key=True, **tags):
    made = cloud.client.create_channel(name=name, tags=tags)
    if not with_key:
        cloud.client.delete_stream_key(arn=made["streamKey"]["arn"])
    return made["channel"]["arn"]


def written_file():
    return json.loads(Path("import.json").read_text(encoding="utf-8"))


def test_the_keys_of_channels_are_written_to_a_private_file(cloud, tmp_path, capsys):
    one, other = create_channel(cloud, "studio"), create_channel(cloud, "stage")
    assert main(["import", one, f"{other}=main-stage"]) == 0
    resources = written_file()["resources"]
    assert [(entry["name"], entry["inputs"]["channel_arn"]) for entry in resources] == [
        ("studio", one),
        ("main-stage", other),
    ]
    assert stat.S_IMODE((tmp_path / "import.json").stat().st_mode) == 0o600
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "pulumi import --file import.json" in printed.err
    assert not any(cloud.key(arn)["value"] in printed.err for arn in (one, other))


@pytest.mark.slow("creates channels in moto, and lists all of them")
def test_channels_are_found_by_tag_and_those_without_a_key_are_reported(cloud, capsys):
    create_channel(cloud, "a", team="live", env="prod")
    create_channel(cloud, "b", team="vod")
    keyless = create_channel(cloud, "c", team="live", env="prod", with_key=False)
    assert main(["import", "--all", "--region", "us-west-2", "--tag", "team=live", "--tag", "env=prod"]) == 0
    assert [entry["name"] for entry in written_file()["resources"]] == ["a"]
    assert f"{keyless} has no stream key" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["aws:region", "AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_may_come_from_the_config_or_the_environment(cloud, monkeypatch, place):
    create_channel(cloud, "a")
    options = ["--config", "aws:region=us-west-2"] if place == "aws:region" else []
    if not options:
        monkeypatch.setenv(place, "us-west-2")
    assert main(["import", "--all", *options]) == 0


def test_stdout_is_used_only_on_request(cloud, tmp_path, capsys):
    one = create_channel(cloud, "studio")
    assert main(["import", one, "--out", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["resources"][0]["name"] == "studio"
    assert list(tmp_path.iterdir()) == []


def test_declared_arguments_are_in_the_inputs(cloud, tmp_path):
    one = create_channel(cloud, "studio")
    (tmp_path / "connection.json").write_text('{"access_key": "AKIA", "secret_key": "s3cret"}')
    options = [
        *("--rotation-triggers", '{"rotation": "initial"}', "--rotation-days", "30"),
        *("--existing-key", "adopt", "--when-live", "stop", "--connection", "connection.json"),
    ]
    assert main(["import", one, *options]) == 0
    ((entry),) = written_file()["resources"]
    inputs = entry["inputs"]
    assert inputs["rotation_triggers"] == {"rotation": "initial"}
    assert (inputs["rotation_days"], inputs["existing_key"], inputs["when_live"]) == (30, "adopt", "stop")
    assert json.loads(inputs["connection"]["secret_key"]["plaintext"]) == "s3cret"


@pytest.mark.parametrize(
    ("options", "protection", "next_step", "option", "rotation"),
    [
        ([], None, "", True, True),
        (["--protect=false"], None, " --protect=false", False, False),
        (["--protect=false", "--deletion-protection"], True, " --protect=false", False, False),
        (["--live-channel"], True, "", True, False),
        (["--live-channel", "--protect=false"], None, " --protect=false", False, False),
    ],
)
def test_protection_is_declared_and_the_way_to_rotate_is_named(
    cloud, capsys, options, protection, next_step, option, rotation
):
    assert main(["import", create_channel(cloud, "studio"), *options]) == 0
    entry = written_file()["resources"][-1]
    assert entry["inputs"].get("deletion_protection") == entry["outputs"].get("deletion_protection") == protection
    printed = capsys.readouterr().err
    assert f"Next: pulumi import --file import.json --generate-code=false{next_step}\n" in printed
    assert ("ResourceOptions(protect=True)" in printed) is option
    assert ("`pulumi state unprotect URN`" in printed) is rotation


def test_a_key_without_its_live_channels_tags_is_announced_as_updated(cloud, capsys):
    assert main(["import", create_channel(cloud, "studio", team="live"), "--live-channel"]) == 0
    printed = capsys.readouterr().err
    assert "updates the stream key studio in place, and does not rotate it: it gets the tags team." in printed
    assert "check that `pulumi preview` shows no other change" in printed


def test_live_channels_can_have_a_parent(cloud):
    one = create_channel(cloud, "studio")
    urn = "urn:pulumi:dev::shop::shop:index:Site::site"
    assert main(["import", one, "--live-channel", "--parent", urn, "--name", "{name}-1"]) == 0
    file = written_file()
    assert file["nameTable"] == {urn: urn}
    assert [(entry["type"].rpartition(":")[2], entry["parent"]) for entry in file["resources"]] == [
        ("LiveChannel", urn),
        ("Channel", "studio-1"),
        ("StreamKey", "studio-1"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--all"),
        ([NO_CHANNEL, "--all"], "one of the two"),
        ([NO_CHANNEL, "--tag", "a=b"], "--tag"),
        ([NO_CHANNEL, "--region", "us-west-2"], "--region"),
        (["--all"], "--region"),
        (["--all", "--region", "us-west-2", "--tag", "team"], "KEY=VALUE"),
        ([NO_CHANNEL, "--parent", "site"], "URN"),
        ([NO_CHANNEL, "--config", "profile=vod"], "aws:profile"),
        ([NO_CHANNEL, "--config", "aws:porfile=vod"], "aws:profile"),
        ([NO_CHANNEL, "--rotation-triggers", "s3cret"], "--rotation-triggers: expected a JSON object"),
        ([NO_CHANNEL, "--rotation-triggers", "[1]"], "--rotation-triggers: expected a JSON object"),
        ([NO_CHANNEL, "--rotation-triggers", "[" * 9000 + "]" * 9000], "--rotation-triggers: expected lists"),
        ([NO_CHANNEL, "--rotation-triggers", '{"a":' * 101 + "1" + "}" * 101], "--rotation-triggers: expected lists"),
        ([NO_CHANNEL, "--connection", "missing.json"], "missing.json could not be read"),
        ([NO_CHANNEL, "--when-live", "never"], "--when-live"),
        (
            [NO_CHANNEL, "--rotation-days", "x"],
            "--rotation-days: expected a whole number of days, 1 or more, got a string of",
        ),
        ([NO_CHANNEL, "--rotation-days", "s3cret"], "--rotation-days: expected a whole number of days, 1 or more"),
        ([NO_CHANNEL, "--when-live", "s3cret"], "--when-live: invalid choice (choose from"),
        ([NO_CHANNEL, "--existing-key", "s3cret) (choose from"], "--existing-key: invalid choice (choose from"),
        ([NO_CHANNEL, "--deletion-protection=s3cret"], "--deletion-protection: ignored explicit argument"),
        ([NO_CHANNEL, "--connection", '{"secret_key": "s3cret"}'], "--connection: expected the name of a file"),
        (
            [NO_CHANNEL, "--connection", "secret_key=s3cret"],
            "--connection: expected the name of a file, got a string of",
        ),
        ([NO_CHANNEL, "--secret-rotation-triggers", "pin: s3cret"], "expected the name of a file, got a string of 11"),
        ([NO_CHANNEL, "--ou", "x"], "--ou"),
        ([NO_CHANNEL, "--confg", "aws:secretKey=s3cret"], "there is no option --confg"),
        ([NO_CHANNEL, "--confg=aws:secretKey=s3cret"], "there is no option --confg"),
        ([NO_CHANNEL, "--config", "s3cret"], "expected KEY=VALUE, got a string of 6 characters without an ="),
        ([NO_CHANNEL, "--config", "=s3cret"], "expected KEY=VALUE, got a string of 7 characters without a key"),
        ([NO_CHANNEL, f"{NO_CHANNEL}=b"], "expected one name for its key in the program, got none and 'b'"),
        ([f"{NO_CHANNEL}=a", f"{NO_CHANNEL}=b"], "expected one name for its key in the program, got 'a' and 'b'"),
        (
            [NO_CHANNEL, "--secret-rotation-triggers", "no.json"],
            "--secret-rotation-triggers: no.json could not be read",
        ),
        ([NO_CHANNEL, "--secret-rotation-triggers", __file__], "--secret-rotation-triggers: expected a JSON object"),
    ],
)
def test_invalid_arguments_are_reported_and_nothing_is_done(cloud, tmp_path, capsys, arguments, message):
    assert main(["import", *arguments]) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert "s3cret" not in printed
    assert cloud.calls == []
    assert list(tmp_path.iterdir()) == []


def test_an_invalid_command_is_not_quoted(capsys):
    assert main(["secret_key=s3cret"]) == 2
    printed = capsys.readouterr().err
    assert "invalid choice (choose from" in printed
    assert "s3cret" not in printed


CONTROL_SEQUENCES = "\x1b[2J\x9b31m\x07\r"
CONTROLS = set("\x1b\x9b\x07\r")


@pytest.mark.parametrize(
    "arguments",
    [
        [NO_CHANNEL, "--config", CONTROL_SEQUENCES],
        [NO_CHANNEL, "--config", f"{CONTROL_SEQUENCES}=x"],
        [NO_CHANNEL, "--config", f"aws:profile={CONTROL_SEQUENCES}"],
        [NO_CHANNEL, "--config", f"aws:maxRetries={CONTROL_SEQUENCES}"],
        ["--all", "--region", CONTROL_SEQUENCES],
        [NO_CHANNEL, "--connection", CONTROL_SEQUENCES],
        [NO_CHANNEL, "--out", f"{CONTROL_SEQUENCES}/import.json"],
        [NO_CHANNEL, "--parent", CONTROL_SEQUENCES],
        [NO_CHANNEL, "--when-live", CONTROL_SEQUENCES],
        [NO_CHANNEL, f"--{CONTROL_SEQUENCES}"],
        [NO_CHANNEL, "--name", f"{{{CONTROL_SEQUENCES}}}"],
        [NO_CHANNEL, "--rotation-days", CONTROL_SEQUENCES],
        [f"{CONTROL_SEQUENCES}=a"],
        [f"{NO_CHANNEL}={CONTROL_SEQUENCES}", f"{NO_CHANNEL}=b"],
    ],
)
def test_no_control_character_of_an_argument_reaches_the_terminal(cloud, capsys, arguments):
    assert main(["import", *arguments]) in {1, 2}
    printed = "".join(capsys.readouterr())
    assert not set(printed) & CONTROLS


def test_no_control_character_of_a_name_reaches_the_terminal(cloud, capsys):
    one = create_channel(cloud, "studio")
    assert main(["import", f"{one}={CONTROL_SEQUENCES}", "--out", "-"]) == 0
    printed = capsys.readouterr()
    assert not set(f"{printed.out}{printed.err}") & CONTROLS
    assert json.loads(printed.out)["resources"][0]["name"] == CONTROL_SEQUENCES


def test_an_undecodable_name_is_an_error_and_leaves_no_file(cloud, tmp_path, capsys):
    assert main(["import", f"{create_channel(cloud, 'studio')}=\udcff"]) == 1
    assert "no text in UTF-8" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_names_of_children_of_live_channels_do_not_clash(cloud, tmp_path, capsys):
    one, other = create_channel(cloud, "studio"), create_channel(cloud, "stage")
    assert main(["import", f"{one}=a", f"{other}=a/key", "--live-channel"]) == 1
    assert "2 resources would have the name 'a/key' in the file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_secret_rotation_triggers_are_secrets_in_the_file(cloud, tmp_path):
    (tmp_path / "secret.json").write_text('{"password": ["hunter2", 1]}')
    options = ("--rotation-triggers", '{"season": 1}', "--secret-rotation-triggers", "secret.json")
    assert main(["import", create_channel(cloud, "studio"), *options]) == 0
    (entry,) = written_file()["resources"]
    for properties in (entry["inputs"], entry["outputs"]):
        triggers = dict(properties["rotation_triggers"])
        assert json.loads(triggers.pop("password")["plaintext"]) == ["hunter2", 1]
        assert triggers == {"season": 1}


def test_a_trigger_cannot_be_both_secret_and_plain(cloud, tmp_path, capsys):
    (tmp_path / "secret.json").write_text('{"season": "hunter2"}')
    options = ("--rotation-triggers", '{"season": 1}', "--secret-rotation-triggers", "secret.json")
    assert main(["import", NO_CHANNEL, *options]) == 2
    printed = capsys.readouterr().err
    assert "'season' is given with --rotation-triggers already" in printed
    assert "hunter2" not in printed


def test_an_external_id_is_a_secret_in_the_file(cloud, tmp_path):
    role = {"role_arn": "arn:aws:iam::123456789012:role/vod", "external_id": "hunter2"}
    (tmp_path / "connection.json").write_text(json.dumps({"assume_roles": [role]}))
    assert main(["import", create_channel(cloud, "studio"), "--connection", "connection.json"]) == 0
    (entry,) = written_file()["resources"]
    for properties in (entry["inputs"], entry["outputs"]):
        assert "plaintext" in properties["connection"]["assume_roles"][0]["external_id"]
        assert json.dumps(properties).count("hunter2") == 1


def test_an_existing_file_is_not_overwritten(cloud, tmp_path, capsys):
    (tmp_path / "import.json").write_text("existing")
    assert main(["import", create_channel(cloud, "studio")]) == 2
    assert "import.json" in capsys.readouterr().err
    assert (tmp_path / "import.json").read_text() == "existing"


def test_a_missing_folder_is_an_error(cloud, capsys):
    assert main(["import", create_channel(cloud, "studio"), "--out", "missing/import.json"]) == 1
    assert "missing/import.json could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("arn", [NO_CHANNEL, "studio", "arn:aws:ivs:us-west-2:123456789012:stream-key/a"])
def test_an_error_has_a_remedy_and_leaves_no_file(cloud, tmp_path, capsys, arn):
    assert main(["import", create_channel(cloud, "studio"), arn]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert arn in printed
    assert "remedy:" in printed
    assert "Traceback" not in printed
    assert list(tmp_path.iterdir()) == []


def test_a_given_channel_needs_a_key(cloud, capsys):
    assert main(["import", create_channel(cloud, "studio", with_key=False)]) == 1
    assert "has no stream key" in capsys.readouterr().err


def test_no_channels_at_all_are_an_error(cloud, capsys):
    assert main(["import", "--all", "--region", "us-west-2", "--tag", "a=b"]) == 1
    assert "no such channels in us-west-2" in capsys.readouterr().err


def test_invalid_settings_are_an_error_that_names_them(cloud, capsys):
    assert main(["import", create_channel(cloud, "studio"), "--config", "aws:maxRetries=x"]) == 1
    assert "aws:maxRetries" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "1.5", "nan", "-3"])
def test_invalid_rotation_days_are_an_error(cloud, tmp_path, capsys, days):
    assert main(["import", create_channel(cloud, "studio"), f"--rotation-days={days}"]) == 1
    assert "rotation_days" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("where", ["Importer.channel", "file_text"])
def test_an_interrupted_import_is_reported_and_leaves_no_file(cloud, tmp_path, capsys, monkeypatch, where):
    def interrupt(*_):
        raise KeyboardInterrupt

    one = create_channel(cloud, "studio")
    monkeypatch.setattr(f"ivs_stream_key.importing.command.{where}", interrupt)
    assert main(["import", one]) == 130
    assert capsys.readouterr().err == "interrupted: no file is written, and nothing in AWS has been changed.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow("the command in a process of its own")
def test_ctrl_c_ends_the_command_without_a_traceback(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        connection = {"access_key": "a", "secret_key": "b", "endpoints": [{"ivs": endpoint_of(silent)}]}
        (tmp_path / "connection.json").write_text(json.dumps(connection))
        command = [sys.executable, "-m", "ivs_stream_key", "import", NO_CHANNEL, "--connection", "connection.json"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            accepted, _ = silent.accept()
            with accepted:
                process.send_signal(signal.SIGINT)
                _, printed = process.communicate()
    assert printed == "interrupted: no file is written, and nothing in AWS has been changed.\n"
    assert process.returncode == 130


def endpoint_of(server):
    return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_the_package_can_be_run_as_a_module(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ivs_stream_key", "import", "--help"])
    monkeypatch.delitem(sys.modules, "ivs_stream_key.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("ivs_stream_key", run_name="__main__")
    assert ended.value.code == 0
    assert "CHANNEL_ARN[=NAME]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options", [[], ["--live-channel"], ["--live-channel", "--parent", "urn:pulumi:dev::a::b:c:D::e"]]
)
def test_the_file_is_valid_for_pulumi_import(cloud, options):
    for name in ("studio", "stage"):
        create_channel(cloud, name)
    assert main(["import", "--all", "--region", "us-west-2", *options]) == 0
    file = written_file()
    names = [entry["name"] for entry in file["resources"]]
    assert len(set(names)) == len(names)
    for entry in file["resources"]:
        assert ("id" in entry) is not entry.get("component", False)
        assert entry.get("parent") in {None, *names, *file.get("nameTable", {})}
    urns = {(e.get("parent"), e["type"], e.get("logicalName", e["name"])) for e in file["resources"]}
    assert len(urns) == len(names)


def test_the_summary_counts_keys_without_owner_tag_and_names_the_owners_of_the_others(cloud, capsys):
    keyless, made = create_channel(cloud, "bare"), create_channel(cloud, "made", with_key=False)
    given = {"channel_arn": made, "when_live": "keep", "owner": OWNER}
    StreamKeyProvider().create(given)
    assert main(["import", keyless, made]) == 0
    printed = capsys.readouterr().err
    assert "1 of them without an owner tag" in printed
    assert "One was created for 'shop/prod/live'" in printed
    assert main(["import", keyless, made, "--name", "{resource}", "--out", "-"]) == 0
    entries = json.loads(capsys.readouterr().out)["resources"]
    assert [entry["name"] for entry in entries] == ["bare", "live"]


def test_a_secret_quoted_by_aws_is_redacted(cloud, capsys, monkeypatch):
    arn = create_channel(cloud, "studio")

    def refuse_with_secret(self, operation, parameters):
        error = {"Code": "InvalidSignatureException", "Message": "x is token-of-the-config, y is Z"}
        raise ClientError({"Error": error}, operation)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse_with_secret)
    assert main(["import", arn, *KEYS, "--config", "aws:token=token-of-the-config"]) == 1
    printed = capsys.readouterr().err
    assert "x is [secret], y is Z" in printed
    assert "of-the-config" not in printed


def test_an_internal_error_is_reported_with_a_redacted_traceback(cloud, capsys, monkeypatch):
    arn = create_channel(cloud, "studio")

    def raise_bug(self, *arguments, **options):
        raise KeyError("token-of-the-config") from ValueError("ExternalId=anything")

    monkeypatch.setattr(Importer, "entries", raise_bug)
    assert main(["import", arn, "--config", "aws:token=token-of-the-config", *KEYS]) == 1
    printed = capsys.readouterr().err
    for part in ("ValueError: ExternalId=[secret]", "in raise_bug", "KeyError: '[secret]'", "please report it"):
        assert part in printed
    assert "token-of-the-config" not in printed
    assert not Path("import.json").exists()
