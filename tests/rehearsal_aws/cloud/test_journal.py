import pytest

from rehearsal.errors import StateError
from rehearsal_aws.cloud.journal import FORMAT, VERSION, Journal, line_of, read_journal

HEAD = {"format": FORMAT, "version": VERSION, "moto": "5.2.5", "id": "x", "calls": 0, "contents": []}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "aws.journal"


def read(path):
    return read_journal(path, "5.2.5")


def test_a_missing_file_is_an_empty_journal(path):
    assert read(path) is None


def test_a_journal_is_a_header_and_records(path):
    path.write_bytes(line_of(HEAD) + line_of({"n": "ü"}) + line_of({"n": 2}))
    journal = read(path)
    assert (journal.records, journal.size) == (['{"n":"\\u00fc"}', '{"n":2}'], path.stat().st_size)


@pytest.mark.parametrize("rest", [b"", b"00", b'00000000 {"n', b"\x00" * 500, b"\xff"])
def test_an_incomplete_last_record_is_dropped(path, rest):
    path.write_bytes(line_of(HEAD) + line_of(1) + rest)
    journal = read(path)
    assert (journal.records, journal.size) == (["1"], path.stat().st_size - len(rest))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a file of the embedded cloud, or its beginning is damaged"),
        (b"garbage", "is not a file of the embedded cloud"),
        (b"garbage\n", "is not a file of the embedded cloud"),
        (b"\x80\x04\x95 pickle\n", "is not a file of the embedded cloud"),
        (line_of(HEAD)[:-1], "its beginning is damaged"),
        (line_of([]), "is not a file of the embedded cloud"),
        (line_of({}), "is not a file of the embedded cloud"),
        (line_of({**HEAD, "calls": None}), "is not a file of the embedded cloud"),
        (line_of({**HEAD, "calls": "1"}), "is not a file of the embedded cloud"),
        (line_of({**HEAD, "id": []}), "is not a file of the embedded cloud"),
        (line_of({**HEAD, "format": "another"}), "is of another version of rehearsal"),
        (line_of({**HEAD, "version": VERSION + 1}), "is of another version of rehearsal"),
        (
            line_of({**HEAD, "moto": "5.1.0"}),
            r"was written with moto 5.1.0, and moto 5.2.5 is installed; install moto==",
        ),
        (line_of(HEAD) + line_of(1).replace(b"1\n", b"2\n") + line_of(1), "is damaged in line 2"),
        (line_of(HEAD) + b"\n" + line_of(1), "is damaged in line 2"),
        (line_of(HEAD) + b"0 1\n", "is damaged in line 2"),
    ],
)
def test_a_damaged_journal_is_refused_by_name_with_a_remedy(path, content, message):
    path.write_bytes(content)
    with pytest.raises(StateError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith(str(path))
    assert "delete aws.journal, and the stack's state with it, to start from nothing" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_an_unreadable_file_is_named(path):
    path.mkdir()
    with pytest.raises(StateError, match=r"aws.journal can't be read: Is a directory"):
        read(path)


def test_what_a_journal_holds_is_in_no_repr():
    assert repr(Journal("hunter2", ["hunter2"], 3)) == "Journal(size=3)"
