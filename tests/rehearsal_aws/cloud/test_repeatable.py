import datetime as dt
import os
import random
import threading
import time
import uuid
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto.core import base_backend, utils
from moto.moto_api._internal import mock_random

from rehearsal_aws.cloud import repeatable
from rehearsal_aws.cloud.repeatable import Moment, Repeatable, private_key_text

AT = 1_700_000_000.25


@pytest.fixture
def module(monkeypatch):
    """A fake module of moto that imports all sources of time and randomness."""
    made = ModuleType("moto.fake")
    vars(made).update(datetime=dt, time=time, os=os, random=random, uuid4=uuid.uuid4, now=time.time, rsa=rsa, ec=ec)
    monkeypatch.setitem(repeatable.sys.modules, "moto.fake", made)
    return made


def call_sources(module):
    return [
        module.datetime.datetime.now(dt.UTC),
        module.datetime.datetime.utcnow(),
        module.datetime.datetime.today(),
        module.time.time(),
        module.time.time_ns(),
        module.time.gmtime(),
        module.now(),
        module.os.urandom(8),
        module.random.choice(range(10**9)),
        module.random.randint(0, 10**9),
        module.uuid4(),
        mock_random.random(),
        utils.utcnow(),
    ]


def test_one_time_and_seed_give_the_same_results(module):
    with Repeatable() as moto:
        with moto.during(Moment(AT, "seed")):
            first = call_sources(module)
        with moto.during(Moment(AT, "seed")):
            assert call_sources(module) == first
        with moto.during(Moment(AT + 1, "another")):
            assert not {map(str, first)} & {map(str, call_sources(module))}
    assert first[0] == dt.datetime.fromtimestamp(AT, dt.UTC)
    assert first[1].tzinfo is None


def test_other_attributes_of_the_modules_are_unchanged(module):
    with Repeatable():
        assert module.os.path is os.path
        assert module.os.environ is os.environ
        assert module.datetime.timedelta is dt.timedelta
        assert module.datetime.datetime(2026, 1, 2) == dt.datetime(2026, 1, 2)  # noqa: DTZ001
        assert type(module.datetime.datetime(2026, 1, 2)) is dt.datetime
        assert isinstance(dt.datetime.now(dt.UTC), module.datetime.datetime)
        assert not isinstance("", module.datetime.datetime)
        assert issubclass(dt.datetime, module.datetime.datetime)
        assert module.datetime.datetime.strptime("2026", "%Y").year == 2026
        assert module.time.localtime(0) == time.localtime(0)


def test_outside_the_block_and_in_other_threads_time_and_randomness_are_real(module):
    seen = []
    with Repeatable() as moto:
        assert module.now() - time.time() < 60
        assert module.os.urandom(16) != module.os.urandom(16)
        with moto.during(Moment(AT, "seed")):
            thread = threading.Thread(target=lambda: seen.extend([module.now(), module.uuid4(), module.uuid4()]))
            thread.start()
            thread.join()
    assert seen[0] > AT + 1e6
    assert seen[1] != seen[2]


def test_everything_is_restored_afterwards(module):
    before = dict(vars(module))
    with Repeatable():
        assert vars(module) != before
    assert vars(module) == before
    assert utils.datetime is dt
    assert mock_random.random() != mock_random.random()


def test_later_modules_are_patched_on_request(module, monkeypatch):
    with Repeatable() as moto:
        late = ModuleType("moto.late")
        late.time = time
        monkeypatch.setitem(repeatable.sys.modules, "moto.late", late)
        moto.notice()
        assert late.time is not time
    assert late.time is time


def test_backend_ids_are_never_repeated():
    with Repeatable():
        assert base_backend.uuid4 is uuid.uuid4


def test_private_keys_are_reproduced(module):
    with Repeatable() as moto:
        moment = Moment(AT, "seed")
        with moto.during(moment):
            made = [module.ec.generate_private_key(ec.SECP256R1()), module.rsa.generate_private_key(65537, 2048)]
        assert moment.keys == list(map(private_key_text, made))
        repeated = Moment(AT, "seed", moment.keys, repeats=True)
        with moto.during(repeated):
            again = [module.ec.generate_private_key(ec.SECP256R1()), module.rsa.generate_private_key(65537, 2048)]
        assert list(map(private_key_text, again)) == moment.keys
    assert module.ec is ec


def test_private_keys_are_in_no_repr():
    assert "hunter2" not in repr(Moment(0, "hunter2", ["hunter2"]))
