"""Isolates the tests from their environment, and makes moto and botocore load faster."""

import fnmatch
import functools
import gc
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.loaders import JSONFileLoader, Loader

PULUMI_VARIABLES = (
    "PULUMI_CONFIG",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_CONFIG_SECRET_KEYS",
)


@pytest.fixture(scope="session", autouse=True)
def _unset_pulumi_config():
    with pytest.MonkeyPatch.context() as patch:
        for name in PULUMI_VARIABLES:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _handle_ignored_signals():
    """Handle SIGINT and SIGHUP again if a shell started pytest with them ignored: child processes inherit that."""
    defaults = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    for name, handler in defaults.items():
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
            signal.signal(getattr(signal, name), handler)


@pytest.fixture(scope="session", autouse=True)
def _skip_moto_urls_for_requests():
    """Register moto for botocore alone: registering its 1,200 URLs for `requests` takes 13 ms for each `mock_aws`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("moto.core.models.backend_index", SimpleNamespace(backend_url_patterns=[]))
        yield


@pytest.fixture(scope="session", autouse=True)
def _cache_botocore_models():
    """Cache botocore's data files for all sessions, except those of S3: S3 clients modify their data."""
    read, listed = JSONFileLoader.load_file, Loader.list_available_services
    shared = functools.cache(lambda path: read(JSONFileLoader(), path))
    services = {}

    def load_file(self, path):
        return read(self, path) if Path(path).parts[-3] == "s3" else shared(path)

    def list_available_services(self, type_name):
        key = (*self.search_paths, type_name)
        if key not in services:
            services[key] = listed(self, type_name)
        return services[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", load_file)
        patch.setattr(Loader, "list_available_services", list_available_services)
        yield


def _function_id(item):
    return item.nodeid.partition("[")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Remove the marker `slow` from cases whose id matches its `quick`. Check that each marker has a reason."""
    quick, found = {}, set()
    for item in items:
        for marker in list(item.iter_markers("slow")):
            if not (len(marker.args) == 1 and marker.kwargs.keys() <= {"quick"}):
                raise pytest.UsageError(f'{item.nodeid}: expected the marker slow("reason", quick="id"), got {marker}')
            if "quick" in marker.kwargs:
                quick[_function_id(item)] = marker
                if fnmatch.fnmatchcase(item.callspec.id, marker.kwargs["quick"]):
                    found.add(_function_id(item))
                    item.own_markers.remove(marker)
    if quick.keys() - found and not any("::" in argument for argument in config.args):
        missing = {function: quick[function] for function in quick.keys() - found}
        raise pytest.UsageError(f"no test is the quick one of these: {missing}")


def pytest_collection_finish():
    """Collect garbage less often, and exclude what is loaded by now: collection took a sixth of the time."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
