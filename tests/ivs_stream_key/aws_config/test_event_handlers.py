import pytest
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session

from ivs_stream_key.aws_config.event_handlers import handlers_for


class Recorder(HierarchicalEmitter):
    """Notes the names of events that have handlers."""

    def __init__(self):
        super().__init__()
        self.names = []

    def register(self, event_name, *rest, **options):
        self.names.append(event_name)

    register_first = register_last = register


def all_events():
    recorder = Recorder()
    Session(event_hooks=recorder)
    return recorder.names


def answers(emitter, event):
    """How many handlers of an emitter are called for an event."""
    return len(emitter._handlers.prefix_search(event))


@pytest.mark.parametrize(
    "event",
    [
        "before-send",
        "needs-retry.ivs.ListChannels",
        "before-call.ivs.ListChannels",
        "request-created.ivs.ListChannels",
        "choose-signer.sts.AssumeRoleWithWebIdentity",
        "choose-signer.sso.GetRoleCredentials",
        "before-parse.sso-oidc.CreateToken",
        "before-parameter-build.sts.AssumeRole",
        "creating-client-class.ivs",
    ],
)
def test_events_of_ivs_and_of_the_services_for_credentials_have_the_handlers_of_botocore(event):
    whole = HierarchicalEmitter()
    Session(event_hooks=whole)
    assert answers(handlers_for("ivs"), event) == answers(whole, event)


def test_handlers_of_other_services_and_of_documentation_are_left_out():
    assert any(name.startswith("before-parameter-build.s3") for name in all_events())
    kept = handlers_for("ivs")
    of_all_services = answers(kept, "before-call.nowhere.Nothing")
    assert answers(kept, "before-call.s3.PutObject") == of_all_services
    assert answers(kept, "docs.title.sts") == 0


def test_a_client_of_another_service_has_all_of_them():
    whole = HierarchicalEmitter()
    Session(event_hooks=whole)
    event = "before-parameter-build.ssm.PutParameter"
    assert answers(handlers_for("ssm"), event) == answers(whole, event)
    assert answers(handlers_for("ssm"), "before-call.s3.PutObject") == answers(whole, "before-call.s3.PutObject")


def test_sessions_do_not_share_event_handlers():
    event = "before-call.ivs.ListChannels"
    before = answers(handlers_for("ivs"), event)
    mine = handlers_for("ivs")
    mine.register("before-call.ivs", lambda **_: None)
    assert answers(mine, event) == before + 1
    assert answers(handlers_for("ivs"), event) == before
