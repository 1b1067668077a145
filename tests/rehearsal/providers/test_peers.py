import os
import socket
import sys
from pathlib import Path

import pytest

from pathlib_errors import make_unreadable
from rehearsal.providers.peers import is_same_user

pytestmark = pytest.mark.skipif(sys.byteorder != "little", reason="the test data is of a little-endian machine")

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
OWN_UID, OTHER_UID = 1000, 1001


def line(address="0100007F:1F90", state="01", uid=OWN_UID):
    return f"   0: {address} 0100007F:C000 {state} 00000000:00000000 00:00000000 00000000  {uid}        0 1 1 0 20 4\n"


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: OWN_UID, raising=False)
    path = tmp_path / "tcp"
    return lambda *lines: path.write_text(HEAD + "".join(lines)) and [path]


@pytest.mark.parametrize(
    ("lines", "same_user"),
    [
        ([line()], True),
        ([line(uid=0)], True),
        ([line(uid=OTHER_UID)], False),
        ([line(address="0000000000000000FFFF00000100007F:1F90")], True),
        ([line(address="0000000000000000FFFF00000100007F:1F90", uid=OTHER_UID)], False),
        ([line(address="0100007F:1F91"), line(uid=OTHER_UID)], False),
        ([], False),
        # The kernel shows a socket that its owner has closed as root's.
        ([line(state="06", uid=0)], False),
    ],
)
def test_the_user_of_a_connection_comes_from_the_system(table, lines, same_user):
    assert is_same_user("ipv4:127.0.0.1:8080", table(*lines)) is same_user


def test_without_system_support_all_connections_are_accepted(tmp_path):
    assert is_same_user("ipv4:127.0.0.1:8080", [tmp_path / "none"])


def test_a_table_that_cannot_be_looked_up_is_not_a_missing_one(table, monkeypatch):
    (hidden,) = table(line(uid=OTHER_UID))
    make_unreadable(monkeypatch, hidden)
    with pytest.raises(PermissionError):
        is_same_user("ipv4:127.0.0.1:8080", [hidden])


def test_a_connection_from_elsewhere_has_no_user(table):
    assert not is_same_user("ipv6:[::1]:8080", table(line()))


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system has no such table")
def test_a_connection_of_this_process_has_its_user(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        peer = f"ipv4:127.0.0.1:{client.getsockname()[1]}"
        assert is_same_user(peer)
        uid = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: uid + 1)
        assert is_same_user(peer) is (uid == 0)  # connections of root are accepted
