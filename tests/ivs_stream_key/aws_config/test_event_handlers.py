import pytest
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session

from ivs_stream_key.aws_config.event_handlers import handlers_for


class Recorder(HierarchicalEmitter):
    """Records the names of the events that handlers are registered for."""

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


def handler_count(emitter, event):
    """Return how many handlers the emitter calls for an event."""
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
    all_handlers = HierarchicalEmitter()
    Session(event_hooks=all_handlers)
    assert handler_count(handlers_for("ivs"), event) == handler_count(all_handlers, event)


def test_handlers_of_other_services_and_of_documentation_are_left_out():
    assert any(name.startswith("before-parameter-build.s3") for name in all_events())
    kept = handlers_for("ivs")
    count_for_any_service = handler_count(kept, "before-call.nowhere.Nothing")
    assert handler_count(kept, "before-call.s3.PutObject") == count_for_any_service
    assert handler_count(kept, "docs.title.sts") == 0


def test_a_client_of_another_service_has_all_of_them():
    all_handlers = HierarchicalEmitter()
    Session(event_hooks=all_handlers)
    event = "before-parameter-build.ssm.PutParameter"
    assert handler_count(handlers_for("ssm"), event) == handler_count(all_handlers, event)
    assert handler_count(handlers_for("ssm"), "before-call.s3.PutObject") == handler_count(
        all_handlers, "before-call.s3.PutObject"
    )


def test_sessions_do_not_share_event_handlers():
    event = "before-call.ivs.ListChannels"
    before = handler_count(handlers_for("ivs"), event)
    changed = handlers_for("ivs")
    changed.register("before-call.ivs", lambda **_: None)
    assert handler_count(changed, event) == before + 1
    assert handler_count(handlers_for("ivs"), event) == before
