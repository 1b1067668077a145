"""No two LiveChannels of a program publish their keys to one place."""

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from ivs_channel import LiveChannel, LiveChannels, secrets_manager, ssm
from rehearsal_aws.mocks import run_with_mocks


def run(program):
    return run_with_mocks(program)


def declare_in_west(name, **given):
    provider = aws.Provider(name, region="eu-west-1")
    LiveChannel(name, publish_to=ssm("/live/key"), opts=ResourceOptions(provider=provider), **given)


@pytest.mark.parametrize("publish_to", [ssm("/live/key"), secrets_manager("live/key")], ids=["ssm", "secret"])
def test_a_second_channel_with_the_same_place_is_refused(publish_to):
    def program():
        LiveChannel("a", publish_to=publish_to)
        LiveChannel("b", publish_to=publish_to)

    with pytest.raises(ValueError, match=r"LiveChannel 'b': publish_to: expected a place of its own, got that of 'a'"):
        run(program)


def test_a_channel_cannot_use_a_place_of_a_fleets_channel():
    def program():
        LiveChannels("studios", {"north": {}}, defaults={"publish_to": ssm("/live/{name}")})
        LiveChannel("other", publish_to=ssm("/live/north"))

    with pytest.raises(ValueError, match="got that of 'north'"):
        run(program)


def different_regions():
    LiveChannel("a", publish_to=ssm("/live/key"), region="eu-west-1")
    LiveChannel("b", publish_to=ssm("/live/key", region="us-east-1"))


def regions_that_are_not_known_at_declaration():
    for name in ("a", "b"):
        LiveChannel(name, publish_to=ssm("/live/key"), region=pulumi.Output.from_input("eu-west-1"))


def different_services():
    LiveChannel("a", publish_to=ssm("/live/key"))
    LiveChannel("b", publish_to=secrets_manager("/live/key"))


def different_providers():
    declare_in_west("a")
    declare_in_west("b")


@pytest.mark.parametrize(
    "program", [different_regions, regions_that_are_not_known_at_declaration, different_services, different_providers]
)
def test_one_path_may_name_several_places(program):
    run(program)


def test_another_run_of_the_program_may_use_the_same_places():
    def program():
        LiveChannel("a", publish_to=ssm("/live/key"))

    run(program)
    run(program)
