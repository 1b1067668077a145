"""Existing resources: read and unmanaged (``id``), or imported and managed (``import_``)."""

import pulumi
import pytest
from pulumi import ResourceOptions
from pulumi.runtime.proto.resource_pb2 import ReadResourceResponse

from rehearsal.provider import UNKNOWN


@pytest.fixture
def existing(rig):
    """The id of a resource in the cloud that the stack does not manage."""
    rig.cloud.things["existing-1"] = {"value": "a"}
    return "existing-1"


def read_program(rig, id, name="existing"):
    return lambda: rig.Thing(name, opts=ResourceOptions(id=id))


def import_program(rig, id, **props):
    return lambda: rig.Thing("key", opts=ResourceOptions(import_=id), **props)


# Read


def test_a_read_resource_is_external_and_never_deleted(rig, ops, existing):
    report = rig.up(read_program(rig, existing))
    assert ops(report) == ["read existing"]
    assert report.changes == {"create": 1}
    assert rig.state()["existing"]["external"] is True
    assert rig.state()["existing"]["outputs"] == {"value": "a"}
    rig.cloud.changes()
    report = rig.up(lambda: None)
    assert ops(report) == ["discard existing"]
    assert report.changes == {"discard": 1, "same": 1}
    assert rig.cloud.changes() == []
    assert list(rig.cloud.things) == ["existing-1"]


def test_a_read_that_finds_changes_is_counted(rig, existing):
    rig.up(read_program(rig, existing))
    rig.cloud.things[existing]["value"] = "b"
    assert rig.up().changes == {"read": 1, "same": 1}
    assert rig.up().changes == {"same": 1}


def test_a_preview_reads(rig, existing):
    report = rig.preview(read_program(rig, existing))
    assert rig.cloud.changes() == ["read existing-1"]
    assert report.ok


def test_reading_a_missing_resource_fails(rig):
    report = rig.up(read_program(rig, "nothing"))
    assert report.errors == ["resource 'nothing' does not exist"]
    assert report.failed == [rig.urn("existing")]


def test_a_failed_read_fails_the_preview(rig):
    report = rig.preview(read_program(rig, "nothing"))
    assert not report.ok
    assert report.failed == []


def test_a_read_resource_can_become_managed_and_the_external_one_stays(rig, ops, existing):
    rig.up(read_program(rig, existing))
    rig.cloud.changes()
    report = rig.up(lambda: rig.Thing("existing", value="a"))
    assert ops(report) == ["create-replacement existing", "replace existing", "discard-replaced existing"]
    assert report.changes == {"replace": 1, "same": 1}
    assert rig.cloud.changes() == ["begin-create existing", "create existing-1"]
    assert "external" not in rig.state()["existing"]


def test_a_managed_resource_can_be_replaced_by_reading_another(rig, ops, existing):
    rig.up(lambda: rig.Thing("existing", value="x"))
    rig.cloud.things["other"] = {"value": "b"}
    rig.cloud.changes()
    report = rig.up(read_program(rig, "other"))
    assert ops(report) == ["read-replacement existing", "replace existing", "delete-replaced existing"]
    assert rig.cloud.changes() == ["read other", "delete existing-1"]
    assert rig.state()["existing"]["id"] == "other"


def test_a_managed_resource_can_be_relinquished_by_reading_it(rig, ops):
    rig.up(lambda: rig.Thing("key", value="x"))
    rig.cloud.changes()
    assert ops(rig.up(read_program(rig, "key-1", "key"))) == ["read key"]
    assert rig.cloud.changes() == ["read key-1"]
    rig.destroy()
    assert list(rig.cloud.things) == ["key-1"]


def test_an_unknown_id_is_not_read_in_a_preview(rig, existing):
    def program():
        first = rig.Thing("first")
        rig.Thing("existing", opts=ResourceOptions(id=first.id))

    report = rig.preview(program)
    assert report.ok
    assert rig.cloud.changes() == []


def test_an_unknown_id_stays_unknown_in_a_preview(rig):
    def program():
        pulumi.export("id", rig.Thing("existing", opts=ResourceOptions(id=rig.Thing("first").id)).id)

    assert rig.preview(program).outputs["id"] is UNKNOWN


def test_a_preview_does_not_read_dependents_of_new_resources(rig, ops):
    def program():
        first = rig.Thing("first")
        existing = rig.Thing("existing", opts=ResourceOptions(id="first-1", depends_on=[first]))
        pulumi.export("id", existing.id)

    report = rig.preview(program)
    assert report.ok
    assert ops(report) == ["create first", "read existing"]
    assert rig.cloud.changes() == []
    # Older SDKs return the id that the program gives, not an unknown.
    assert report.outputs["id"] == (UNKNOWN if "id" in ReadResourceResponse.DESCRIPTOR.fields_by_name else "first-1")
    assert rig.up(program).outputs["id"] == "first-1"
    assert rig.cloud.changes()[-1] == "read first-1"
    rig.preview(program)
    assert rig.cloud.changes() == ["read first-1"]


def test_a_refresh_compares_the_outputs_of_external_resources(rig, existing):
    rig.up(read_program(rig, existing))
    assert rig.refresh().changes == {"same": 2}
    rig.cloud.things[existing]["value"] = "b"
    assert rig.refresh().changes == {"update": 1, "same": 1}


# Import


def test_an_import_adopts_a_resource_unchanged(rig, ops, existing):
    report = rig.up(import_program(rig, existing, value="a"))
    assert report.ok
    assert ops(report) == ["import key"]
    assert report.changes == {"create": 1, "import": 1}
    assert rig.cloud.changes() == ["read existing-1"]
    state = rig.state()["key"]
    assert (state["id"], state["importID"], state["inputs"]) == (existing, existing, {"value": "a"})
    assert "external" not in state
    assert rig.up().changes == {"same": 2}
    assert rig.up(lambda: rig.Thing("key", value="a")).changes == {"same": 2}
    assert rig.destroy().ok
    assert rig.cloud.things == {}


def test_an_import_is_followed_by_the_programs_update(rig, ops, existing):
    report = rig.up(import_program(rig, existing, value="b"))
    assert ops(report) == ["import key", "update key"]
    assert report.changes == {"create": 1, "import": 1, "update": 1}
    assert rig.cloud.things[existing]["value"] == "b"
    assert rig.state()["key"]["outputs"]["value"] == "b"
    assert len(rig.resources()) == 1


def test_an_untargeted_import_is_not_followed_by_an_update(rig, ops, existing):
    report = rig.up(import_program(rig, existing, value="b"), targets=["**::other"])
    assert ops(report) == ["import key", "same key"]
    assert report.changes == {"create": 1, "import": 1, "same": 1}
    assert rig.cloud.changes() == ["read existing-1"]
    assert rig.state()["key"]["inputs"] == {"value": "a"}
    assert rig.up().changes == {"same": 1, "update": 1}


def test_a_preview_of_an_import_reads_and_changes_nothing(rig, ops, existing):
    report = rig.preview(import_program(rig, existing, value="b"))
    assert ops(report) == ["import key", "update key"]
    assert rig.cloud.changes() == ["read existing-1"]
    assert rig.state() == {}


def test_an_import_that_would_replace_is_refused(rig, existing):
    report = rig.up(import_program(rig, existing, value="a", force="x"))
    assert not report.ok
    assert "previously-imported resources that still specify an ID may not be replaced" in report.errors[0]
    assert "force: None => x" in report.errors[0]
    assert rig.cloud.things == {"existing-1": {"value": "a"}}


def test_an_import_that_would_replace_redacts_a_secret_in_a_mapping(rig, existing):
    def program():
        rig.Thing("key", opts=ResourceOptions(import_=existing), force={"x": pulumi.Output.secret("hunter2")})

    report = rig.up(program)
    assert "force: None => {'x': [secret]}" in report.errors[0]


def test_importing_a_missing_resource_fails(rig):
    report = rig.up(import_program(rig, "nothing"))
    assert report.errors == ["resource 'nothing' does not exist"]
    assert report.failed == [rig.urn("key")]
    assert rig.state() == {}


def test_an_import_over_an_existing_resource_replaces_it(rig, ops, existing):
    rig.up(lambda: rig.Thing("key", value="old"))
    rig.cloud.changes()
    report = rig.up(import_program(rig, existing, value="a"))
    assert ops(report) == ["import-replacement key", "replace key", "delete-replaced key"]
    assert rig.cloud.changes() == ["read existing-1", "delete key-1"]
    assert list(rig.cloud.things) == ["existing-1"]
    assert rig.up().changes == {"same": 2}


def test_ignored_changes_are_ignored_by_an_import(rig, ops, existing):
    def program():
        rig.Thing("key", value="b", opts=ResourceOptions(import_=existing, ignore_changes=["value"]))

    assert ops(rig.up(program)) == ["import key"]
    assert rig.cloud.things[existing]["value"] == "a"


def test_an_imported_value_is_secret_if_the_program_declares_it(rig, existing):
    rig.cloud.things[existing] = {"secret": "hunter2"}

    def program():
        rig.Thing("key", secret=pulumi.Output.secret("hunter2"), opts=ResourceOptions(import_=existing))

    rig.up(program)
    assert rig.up().changes == {"same": 2}
    assert "plaintext" in rig.state()["key"]["inputs"]["secret"]
