"""Import and export of a production stack in the format of ``pulumi stack export --show-secrets``."""

import base64
import json
import os
import pickle

import pytest

from rehearsal import Project, Stack
from rehearsal.errors import StateError

PROVIDER = "urn:pulumi:dev::p::pulumi:providers:toy::default_7_2_0::8f0f7b2e-4a2e-4b7e-9b0a-0d5a4f0e7a11"
STACK = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
GROUP = "urn:pulumi:dev::p::toy:index:Group::group"
THING = "urn:pulumi:dev::p::toy:index:Group$toy:index:Thing::thing"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}


def exported():
    times = {"created": "2026-01-02T03:04:05.678Z", "modified": "2026-02-03T04:05:06.789Z"}
    return {
        "version": 3,
        "deployment": {
            "manifest": {
                "time": "2026-02-03T04:05:06.789Z",
                "magic": "1d07aef2a3b9ab7d1bdd0c6d1d4fbbd5b0a3c5ab1c4bf7b0b5d36f0b9d4e2a77",
                "version": "v3.260.0",
            },
            "secrets_providers": {"type": "passphrase", "state": {"salt": "v1:Q0FGRQ==:v1:abc"}},
            "resources": [
                {
                    "urn": STACK,
                    "custom": False,
                    "type": "pulumi:pulumi:Stack",
                    "outputs": {"password": SECRET},
                    **times,
                    "sourcePosition": "project:///__main__.py",
                },
                {
                    "urn": PROVIDER.rpartition("::")[0],
                    "custom": True,
                    "id": PROVIDER.rpartition("::")[2],
                    "type": "pulumi:providers:toy",
                    "inputs": {"__internal": {}, "version": "7.2.0"},
                    "outputs": {"version": "7.2.0"},
                    **times,
                },
                {"urn": GROUP, "custom": False, "type": "toy:index:Group", "parent": STACK, **times},
                {
                    "urn": THING,
                    "custom": True,
                    "id": "thing-1",
                    "type": "toy:index:Thing",
                    "inputs": {"secret": SECRET, "value": "a"},
                    "outputs": {"derived": "thing=a", "secret": SECRET, "value": "a"},
                    "parent": GROUP,
                    "protect": True,
                    "provider": PROVIDER,
                    "propertyDependencies": {"secret": None, "value": None},
                    "additionalSecretOutputs": ["secret"],
                    **times,
                    "somethingNew": {"kept": True},
                },
            ],
            "metadata": {},
        },
    }


def program(rig, protect=True):
    import pulumi

    def run():
        group = rig.Group("group")
        thing = rig.Thing(
            "thing",
            value="a",
            secret=pulumi.Output.secret("hunter2"),
            opts=pulumi.ResourceOptions(
                parent=group, protect=protect, version="7.2.0", additional_secret_outputs=["secret"]
            ),
        )
        pulumi.export("password", thing.secret)

    return run


def test_an_imported_production_stack_has_no_changes(rig):
    assert rig.stack.import_deployment(json.dumps(exported())) == 3
    rig.cloud.things["thing-1"] = {"value": "a", "secret": "hunter2"}
    report = rig.up(program(rig))
    assert report.changes == {"same": 3}
    assert report.ok
    assert rig.cloud.changes() == []
    after = rig.stack.export()["deployment"]
    before = exported()["deployment"]
    assert after["secrets_providers"] == before["secrets_providers"]
    (thing,) = [r for r in after["resources"] if r["urn"] == THING]
    assert thing["inputs"] == before["resources"][3]["inputs"]
    assert thing["outputs"] == before["resources"][3]["outputs"]
    assert thing["provider"] == PROVIDER
    assert thing["somethingNew"] == {"kept": True}
    assert thing["created"] == before["resources"][3]["created"]


def test_an_imported_deployment_is_exported_unchanged(rig):
    rig.stack.import_deployment(json.dumps(exported()))
    given = rig.stack.export()
    assert given["deployment"]["resources"] == exported()["deployment"]["resources"]


def test_a_package_upgrade_can_be_rehearsed(rig):
    rig.stack.import_deployment(json.dumps(exported()))
    rig.cloud.things["thing-1"] = {}
    import pulumi

    def upgraded():
        group = rig.Group("group")
        options = pulumi.ResourceOptions(parent=group, protect=True, version="8.0.0")
        rig.Thing("thing", value="b", secret=pulumi.Output.secret("hunter2"), opts=options)

    report = rig.up(upgraded)
    assert report.changes == {"update": 1, "same": 2}
    assert [r["urn"] for r in rig.stack.export()["deployment"]["resources"] if "providers" in r["type"]] == [
        "urn:pulumi:dev::p::pulumi:providers:toy::default_8_0_0"
    ]


def test_an_encrypted_secret_is_refused_with_a_remedy(rig):
    data = exported()
    data["deployment"]["resources"][3]["inputs"]["secret"] = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "v1:abc",
    }
    with pytest.raises(StateError, match=r"set PULUMI_CONFIG_PASSPHRASE or .*; or export it .*--show-secrets"):
        rig.stack.import_deployment(json.dumps(data))
    assert rig.stack.export()["deployment"]["resources"] == []


def test_features_require_deployment_version_4(rig):
    """As in Pulumi: older versions of Pulumi refuse a deployment with features that they would drop."""
    data = {**exported(), "version": 4, "features": ["hooks", "replaceWith"]}
    data["deployment"]["resources"][3] |= {"resourceHooks": {"AfterCreate": ["say"]}, "replaceWith": [GROUP]}
    rig.stack.import_deployment(json.dumps(data))
    given = rig.stack.export()
    assert (given["version"], given["features"]) == (4, ["hooks", "replaceWith"])
    assert given["deployment"]["resources"] == data["deployment"]["resources"]


def test_without_features_the_deployment_version_is_3(rig):
    rig.stack.import_deployment(json.dumps(exported()))
    given = rig.stack.export()
    assert given["version"] == 3
    assert "features" not in given


def test_an_unsupported_feature_is_named(rig):
    data = {**exported(), "version": 4, "features": ["hooks", "views", "refreshBeforeUpdate"]}
    with pytest.raises(StateError, match=r"needs features that rehearsal does not model: refreshBeforeUpdate, views"):
        rig.stack.import_deployment(json.dumps(data))


def test_an_unknown_version_is_refused(rig):
    with pytest.raises(StateError, match=r"is a deployment of version 5; rehearsal reads versions 3 and 4"):
        rig.stack.import_deployment(json.dumps({**exported(), "version": 5}))


def broken(change):
    data = exported()
    change(data["deployment"]["resources"])
    return json.dumps(data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda r: r[3].update(urn=THING.replace("dev", "prod")),
            "is of the stack 'prod', not of 'dev'; .*--stack prod",
        ),
        (lambda r: r[3].update(urn=THING.replace("::p::", "::q::")), "is of the project 'q', not of 'p'"),
        (lambda r: r[3].update(urn="thing"), "'thing' is not a URN"),
        (lambda r: r[3].update(parent=GROUP + "2"), "thing: parent: .*group2 is not among the resources before it"),
        (lambda r: r[3].update(dependencies=["x"]), "thing: dependencies: x is not among the resources before it"),
        (lambda r: r[3].update(propertyDependencies={"value": ["x"]}), "thing: propertyDependencies: x is not among"),
        (lambda r: r[3].update(replaceWith=["x"]), "thing: replaceWith: x is not among the resources before it"),
        (lambda r: r[3].pop("provider"), "thing: provider: expected a reference to a provider, got none"),
        (lambda r: r[3].update(viewOf=GROUP), "thing: rehearsal does not model views"),
        (lambda r: r[3].update(refreshBeforeUpdate=True), "thing: rehearsal does not model resources to refresh"),
        (lambda r: r.pop(1), "thing: provider: .*default_7_2_0 is not among"),
    ],
)
def test_an_inconsistent_deployment_is_refused(rig, change, message):
    with pytest.raises(StateError, match=message):
        rig.stack.import_deployment(broken(change), "state.json")


def test_property_dependencies_can_be_null(rig):
    rig.stack.import_deployment(json.dumps(exported()))
    assert rig.refresh().failed == []


class MaliciousPickle:
    """An object whose pickle creates a folder when it is loaded."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_import_export_and_preview_run_no_code_of_a_deployment(tmp_path):
    """A dynamic provider is a pickle in the state. Only operations that call the provider, as a refresh, load it."""
    ran = tmp_path / "ran"
    evil = base64.b64encode(pickle.dumps(MaliciousPickle(str(ran)))).decode()
    urn = "urn:pulumi:dev::p::pulumi:providers:pulumi-python::default"
    properties = {"__provider": evil, "__internal": evil, "pluginDownloadURL": "file:///evil", "version": evil}
    deployment = {
        "resources": [
            {"urn": urn, "custom": True, "id": "1", "type": "pulumi:providers:pulumi-python", "inputs": {"p:a": "b"}},
            {
                "urn": "urn:pulumi:dev::p::pulumi-python:dynamic:Resource::thing",
                "custom": True,
                "id": "1",
                "type": "pulumi-python:dynamic:Resource",
                "inputs": properties,
                "outputs": properties,
                "provider": f"{urn}::1",
            },
        ]
    }
    text = json.dumps({"version": 3, "deployment": deployment})
    project = Project(name="p", folder=tmp_path, main=tmp_path)
    for in_process in (True, False):
        stack = Stack(
            project,
            program=lambda: None,
            clouds=[],
            state=tmp_path / str(in_process) / "s.json",
            provider_process=not in_process,
        )
        stack.import_deployment(text)
        stack.export()
        assert stack.preview().changes == {"create": 1, "delete": 1}
        assert stack.destroy(preview_only=True).changes == {"delete": 1}
        assert not ran.exists()
    # The refresh loads the pickle, and runs its code.
    assert not stack.refresh().ok
    assert ran.exists()
