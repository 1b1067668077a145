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


def again(value):
    return decode(json.loads(json.dumps(encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [True, 1, 1.5, float("inf"), "ü\ud800", b"\x00\xff"],
        {"a": {"b": [{}]}, "$": "a key", "#": 1},
        {1: "a", (2, 3): {"$": "again"}, None: ()},
        [(1, (2,)), {3}, frozenset({4})],
        dt.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001 - moto's are
        dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        collections.OrderedDict(b=1, a=2),
        collections.defaultdict(list, a=[1]),
        SigningAlgorithm.ECDSA_SHA_256,
    ],
)
def test_data_comes_back_as_it_was(value):
    back = again(value)
    assert back == value
    assert type(back) is type(value)


def test_a_dictionary_goes_on_making_its_values():
    assert again(collections.defaultdict(list))["new"] == []


def test_dictionaries_of_classes_come_back_as_they_are_past_their_own_methods():
    store = SecretsStore()
    store["name"] = "a secret"
    back = again(store)
    assert type(back) is SecretsStore
    assert dict.items(back) == dict.items(store)
    headers = CaseInsensitiveDict({"Content-Type": "x"})
    assert again(headers)["content-type"] == "x"
    lower = LowercaseDict()
    lower["ABC"] = 1
    assert again(lower)["abc"] == 1


def test_what_is_held_in_two_places_is_one_thing_there_again():
    shared = {"tags": ["a"]}
    one, other, tags = again([shared, shared, shared["tags"]])
    assert one is other
    assert one["tags"] is tags


def test_what_holds_itself_comes_back():
    ring = []
    ring.append(ring)
    back = again(ring)
    assert back[0] is back


def test_backends_are_referred_to_and_not_taken_along():
    backend = get_backend("kms")["123456789012"]["eu-west-1"]
    assert again({"backend": backend})["backend"] is backend


def test_locks_files_and_private_keys_come_back():
    lock = again(threading.Lock())
    assert lock.acquire(blocking=False)
    with tempfile.SpooledTemporaryFile(9) as file:
        file.write(b"content")
        back = again(file)
    back.seek(0)
    assert back.read() == b"content"
    back.close()
    key = ec.generate_private_key(ec.SECP256R1())
    assert again(key).private_numbers() == key.private_numbers()


@pytest.mark.parametrize(
    "value", [print, lambda: 1, object(), type("Other", (), {})(), collections.defaultdict(lambda: 1), range(3), dict]
)
def test_what_is_not_known_to_be_data_is_refused(value):
    with pytest.raises(NotData):
        encode([value])


@pytest.mark.parametrize(
    "name",
    ["os.system", "subprocess.Popen", "builtins.eval", "moto.ssm.models.Command", "moto.s3.models.os", "", 7],
)
def test_no_other_class_is_made_of_data(name):
    with pytest.raises((NotData, TypeError)):
        decode({"$": name, "v": [], "items": []})


def test_no_other_service_s_backend_is_reached():
    with pytest.raises(NotData, match="ec2"):
        decode({"$": "backend", "v": ["ec2", "123456789012", "us-east-1"]})
