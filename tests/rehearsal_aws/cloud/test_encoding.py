import collections
import datetime as dt
import json
import tempfile
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from moto.backends import get_backend
from moto.kms.utils import SigningAlgorithm
from moto.secretsmanager.models import SecretsStore
from moto.utilities.utils import LowercaseDict
from requests.structures import CaseInsensitiveDict

from rehearsal_aws.cloud.encoding import NotData, decode, encode


def round_trip(value):
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [True, 1, 1.5, float("inf"), "ü\ud800", b"\x00\xff"],
        {"a": {"b": [{}]}, "$": "a key", "#": 1},
        {1: "a", (2, 3): {"$": "again"}, None: ()},
        [(1, (2,)), {3}, frozenset({4})],
        dt.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 - moto's have no time zone
        dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(list, a=[1]),
        SigningAlgorithm.ECDSA_SHA_256,
    ],
)
def test_data_round_trips(value):
    restored = round_trip(value)
    assert restored == value
    assert type(restored) is type(value)


def test_a_default_dict_keeps_its_factory():
    assert round_trip(collections.defaultdict(list))["new"] == []


def test_dict_subclasses_are_restored_without_calling_their_methods():
    store = SecretsStore()
    store["name"] = "a secret"
    restored = round_trip(store)
    assert type(restored) is SecretsStore
    assert dict.items(restored) == dict.items(store)
    headers = CaseInsensitiveDict({"Content-Type": "x"})
    assert round_trip(headers)["content-type"] == "x"
    lower = LowercaseDict()
    lower["ABC"] = 1
    assert round_trip(lower)["abc"] == 1


def test_shared_references_stay_shared():
    shared = {"tags": ["a"]}
    one, other, tags = round_trip([shared, shared, shared["tags"]])
    assert one is other
    assert one["tags"] is tags


def test_circular_references_round_trip():
    ring = []
    ring.append(ring)
    restored = round_trip(ring)
    assert restored[0] is restored


def test_backends_are_stored_as_references():
    backend = get_backend("kms")["123456789012"]["eu-west-1"]
    assert round_trip({"backend": backend})["backend"] is backend


def test_locks_files_and_private_keys_round_trip():
    lock = round_trip(threading.Lock())
    assert lock.acquire(blocking=False)
    with tempfile.SpooledTemporaryFile(9) as file:
        file.write(b"content")
        restored = round_trip(file)
    restored.seek(0)
    assert restored.read() == b"content"
    restored.close()
    key = ec.generate_private_key(ec.SECP256R1())
    assert round_trip(key).private_numbers() == key.private_numbers()


@pytest.mark.parametrize(
    "value", [print, lambda: 1, object(), type("Other", (), {})(), collections.defaultdict(lambda: 1), range(3), dict]
)
def test_unknown_types_are_refused(value):
    with pytest.raises(NotData):
        encode([value])


@pytest.mark.parametrize(
    "name",
    ["os.system", "subprocess.Popen", "builtins.eval", "moto.ssm.models.Command", "moto.s3.models.os", "", 7],
)
def test_no_other_class_is_instantiated_from_data(name):
    with pytest.raises((NotData, TypeError)):
        decode({"$": name, "v": [], "items": []})


def test_no_other_services_backend_can_be_referenced():
    with pytest.raises(NotData, match="ec2"):
        decode({"$": "backend", "v": ["ec2", "123456789012", "us-east-1"]})
