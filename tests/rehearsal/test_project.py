import pytest

from rehearsal import Project
from rehearsal.errors import ConfigError, ProjectError
from rehearsal.project import find_project, valid_name
from rehearsal.state.property_values import Secret

YAML = """
name: shop
runtime: {name: python}
main: infra
config:
  size: {type: integer, default: 3}
  zones: {type: array, default: [a, b]}
  region: {type: string}
  token: {type: string, secret: true, default: t}
  aws:profile: {value: dev}
"""


@pytest.fixture
def load(tmp_path):
    def project(text=YAML, stack=None):
        (tmp_path / "Pulumi.yaml").write_text(text)
        if stack is not None:
            (tmp_path / "Pulumi.dev.yaml").write_text(stack)
        return Project.load(tmp_path)

    return project


def test_config_comes_from_arguments_stack_and_project_in_that_order(load):
    project = load(stack="config: {shop:region: stack, size: 4, aws:region: r}")
    assert project.config("dev", {"region": "argument"}) == {
        "shop:size": "4",
        "shop:zones": '["a", "b"]',
        "shop:region": "argument",
        "shop:token": Secret("t"),
        "aws:profile": "dev",
        "aws:region": "r",
    }
    assert project.main.name == "infra"


def test_missing_config_is_named_with_a_remedy(load):
    with pytest.raises(
        ConfigError, match=r"missing configuration value 'shop:region'; give it with --config shop:region=…"
    ):
        load().config("dev", {})


def test_without_a_program_run_no_config_is_required(load):
    """Pulumi's refresh and destroy do not validate the config either."""
    assert "shop:region" not in load().config("dev", {"size": "many"}, complete=False)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("size", "many", "configuration value 'shop:size': expected integer, got 'many'"),
        ("size", "true", "configuration value 'shop:size': expected integer, got 'true'"),
        ("zones", "{}", "configuration value 'shop:zones': expected array, got '{}'"),
    ],
)
def test_a_value_with_the_wrong_type_is_refused(load, key, value, message):
    with pytest.raises(ConfigError) as caught:
        load().config("dev", {"region": "r", key: value})
    assert str(caught.value) == message


@pytest.mark.parametrize("key", ["a:b:c", "a:", ":b", "", ":", "a:config:", "a:config:b:c"])
def test_an_invalid_key_is_refused_in_each_source(load, key):
    message = rf"config key '{key}': expected NAME or NAMESPACE:NAME"
    with pytest.raises(ConfigError, match=message):
        load().config("dev", {"region": "r", key: "x"})
    with pytest.raises(ConfigError, match=message):
        load(stack=f"config: {{'{key}': x}}").config("dev", {"region": "r"})


def test_an_older_key_format_is_accepted(load):
    assert load().config("dev", {"region": "r", "aws:config:profile": "x"})["aws:profile"] == "x"


def test_an_encrypted_value_is_an_error_with_key_and_remedy(load):
    with pytest.raises(ConfigError, match=r"shop:token: the value is encrypted, .*--config shop:token=…"):
        load(stack="config: {shop:token: {secure: v1:abc}}").config("dev", {"region": "r"})


def test_a_value_given_for_an_encrypted_one_is_secret(load):
    project = load(stack="config: {shop:region: {secure: v1:abc}}")
    assert project.config("dev", {"region": "r"})["shop:region"] == Secret("r")


def test_without_a_program_run_encrypted_values_are_left_out(load):
    project = load(stack="config: {shop:token: {secure: v1:abc}, aws:region: r}")
    config = project.config("dev", {}, complete=False)
    assert "shop:token" not in config
    assert config["aws:region"] == "r"


def test_a_secret_with_the_wrong_type_is_not_quoted(load):
    project = load(YAML.replace("token: {type: string", "token: {type: integer"))
    for given in ({"token": "hunter2"}, {"token": Secret("hunter2")}):
        with pytest.raises(ConfigError) as caught:
            project.config("dev", {"region": "r", **given})
        assert str(caught.value) == "configuration value 'shop:token': expected integer, got a secret str"


def test_a_value_given_as_a_secret_is_secret(load):
    assert load().config("dev", {"region": Secret("r")})["shop:region"] == Secret("r")


def test_no_default_is_in_a_repr(load):
    project = load(YAML.replace("default: t", "default: hunter2"))
    assert "hunter2" not in repr(project)


def test_a_malformed_stack_file_is_refused(load):
    with pytest.raises(ProjectError, match=r"Pulumi.dev.yaml: config: expected a mapping, got list"):
        load(stack="config: [a]").config("dev", {"region": "r"})


def test_an_unreadable_file_is_named(tmp_path):
    (tmp_path / "Pulumi.yaml").write_bytes(b"\xff")
    with pytest.raises(ProjectError, match=r"Pulumi.yaml can't be read: 'utf-8' codec"):
        Project.load(tmp_path)


def test_without_a_program_run_environments_are_ignored(load):
    assert load(stack="environment: [prod]").config("dev", {"region": "r"}, complete=False)["shop:region"] == "r"


def test_environments_are_refused(load):
    with pytest.raises(ConfigError, match="does not open Pulumi ESC environments"):
        load(stack="environment: [prod]").config("dev", {"region": "r"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: p\nruntime: nodejs", "runtime: expected python, got 'nodejs'"),
        ("runtime: python", "name: expected the project's name, got None"),
        ("name: 7\nruntime: python", "name: expected the project's name, got 7"),
        ("name: a/b\nruntime: python", "name: expected a project's name of at most 100 letters, digits, hyphens"),
        (f"name: {'a' * 101}\nruntime: python", "got 'aaa"),
        ("[1]", "expected a mapping, got list"),
        ("name: [", "is not YAML"),
        ("name: p\nruntime: python\nconfig: [a]", "config: expected a mapping, got list"),
        ("name: p\nruntime: python\nconfig: {a: {type: number}}", "config.a.type: expected one of string, "),
        ("name: p\nruntime: python\nconfig: {a: {type: [string]}}", "config.a.type: expected one of string, "),
        ("name: p\nruntime: python\nconfig: {5: {}}", "config: expected keys of text, got 5"),
        ("name: p\nruntime: python\nmain: 5", "main: expected text, got int"),
        ("name: p\nruntime: python\nstackConfigDir: [a]", "stackConfigDir: expected text, got list"),
    ],
)
def test_a_project_of_another_runtime_is_refused(load, text, message):
    with pytest.raises(ProjectError) as caught:
        load(text)
    assert message in str(caught.value)


def test_a_folder_without_a_project_is_reported(tmp_path):
    with pytest.raises(ProjectError, match=r"no Pulumi.yaml in "):
        Project.load(tmp_path)


def test_the_nearest_project_in_parent_folders_is_used(tmp_path):
    for folder in (tmp_path, tmp_path / "a", tmp_path / "a" / "b" / "c"):
        folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "a" / "Pulumi.yml").touch()
    (tmp_path / "a" / "b" / "Pulumi.yaml").mkdir()  # a folder is ignored
    assert find_project(tmp_path / "a" / "b" / "c") == tmp_path / "a"
    assert find_project(tmp_path) == tmp_path


def test_the_stack_file_has_the_suffix_of_the_project_file(tmp_path):
    (tmp_path / "Pulumi.yml").write_text(YAML)
    (tmp_path / "Pulumi.dev.yml").write_text("config: {region: r}")
    assert Project.load(tmp_path).config("dev", {})["shop:region"] == "r"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "é", "a" * 101])
def test_an_invalid_project_name_is_refused(tmp_path, name):
    with pytest.raises(ProjectError, match="name: expected a project's name"):
        Project(name, tmp_path, tmp_path)
    assert Project(valid_name(name), tmp_path, tmp_path)
