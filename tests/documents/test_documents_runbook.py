"""The commands of docs/runbook.md and docs/audit.md are taken by the programs that they call, and do what is said."""

import shlex
from pathlib import Path

import boto3
import pytest
from typer.main import get_command

from console import commands
from ivs_stream_key.__main__ import parser
from rehearsal import Project, Stack
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


PROGRAM = """\
import pulumi
from ivs_channel import LiveChannels, ssm

fleet = LiveChannels("studios", {"NAME": {}, "other": {}}, defaults={"publish_to": ssm("/live/{name}/key")})
pulumi.export("arns", fleet.channel_arns)
"""


def test_a_key_that_leaked_is_replaced_alone_and_written_where_it_is_published(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: runbook\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    (pattern,) = {words[2] for words in PULUMI if words[1:2] == ["--replace"]}
    with Stack(Project.load(tmp_path)) as stack:
        stack.up()
        before = published()
        done = stack.up(replace=[pattern])
        assert done.ok, done.errors
        after = published()
        assert [name for name in before if before[name] != after[name]] == ["/live/NAME/key"]
        assert stack.destroy().ok


def published():
    ssm = boto3.client("ssm")
    names = [one["Name"] for one in ssm.describe_parameters()["Parameters"]]
    return {name: ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] for name in names}
