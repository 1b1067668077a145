import pulumi
import pytest

from ivs_channel import LiveChannel
from ivs_channel.lazy_attributes import exported_later, made_when_used


class Thing:
    made = 0

    def __init__(self):
        exported_later(self, "settings")

    @made_when_used
    def settings(self):
        """The settings."""
        self.made += 1
        return {"a": self.made}


def test_it_is_made_at_its_first_use_and_once():
    thing = Thing()
    assert thing.made == 0
    assert thing.settings == thing.settings == vars(thing)["settings"] == {"a": 1}
    assert (Thing.settings.__doc__, thing.made) == ("The settings.", 1)


def test_what_reads_all_attributes_of_all_attributes_finds_it():
    thing = Thing()
    assert vars(thing)["settings"].__dict__ == {"a": 1}
    assert thing.settings is vars(thing)["settings"]


def test_a_subclass_may_set_another():
    thing = Thing()
    thing.settings = {"b": 2}
    assert (thing.settings, thing.made) == ({"b": 2}, 0)


def test_it_needs_no_announcement():
    thing = Thing.__new__(Thing)
    assert thing.settings == {"a": 1}


@pytest.mark.slow("an operation of a stack with a LiveChannel", quick="False")
@pytest.mark.parametrize("used", [False, True])
def test_a_live_channel_that_is_exported_as_a_whole_has_its_encoder_settings(used, rehearse):
    def program():
        live = LiveChannel("live", insecure_ingest=True)
        if used:
            pulumi.export("server", live.encoder_settings["rtmps"]["server"])
        pulumi.export("live", live)
        pulumi.export("key", live.stream_key)

    outputs = rehearse(program, provider_process=False).up().outputs
    assert outputs["live"].value["published"] == {}
    settings = outputs["live"].value["encoder_settings"]
    assert set(settings) == {"rtmps", "rtmp"}
    assert settings["rtmps"]["server"].startswith("rtmps://")
    assert settings["rtmps"]["stream_key"] == outputs["key"].value
    assert settings["rtmp"]["url"].endswith(outputs["key"].value)
