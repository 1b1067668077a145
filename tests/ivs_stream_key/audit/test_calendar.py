import xml.etree.ElementTree as ET
from datetime import date

from ivs_stream_key.audit import calendar

TODAY = date(2026, 3, 4)
DUE = ["2026-03-04T00:00:00Z", "2026-03-10T00:00:00Z", "2026-03-10T05:00:00Z", "2026-01-01T00:00:00Z", None]


def test_overdue_keys_are_due_today_and_later_keys_are_left_out():
    counts = calendar.count([*DUE, "2027-01-01T00:00:00Z"], TODAY)
    assert {day: number for day, number in counts.items() if number} == {TODAY: 2, date(2026, 3, 10): 2}
    assert len(counts) == calendar.DAYS


def test_the_text_has_a_line_per_week_and_a_total():
    lines = calendar.as_text(calendar.count(DUE, TODAY)).splitlines()
    assert lines[0].split() == ["week", "of", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert lines[1].split() == ["2026-03-02", "2", ".", ".", ".", "."]
    assert lines[2].split() == ["2026-03-09", ".", "2", ".", ".", ".", ".", "."]
    assert lines[-1] == "4 due in the next 60 days, 2 at most on one."


def test_the_svg_is_well_formed_and_has_a_cell_per_day():
    svg = ET.fromstring(calendar.as_svg(calendar.count(DUE, TODAY)))  # noqa: S314 - the SVG is the package's own
    name = "{http://www.w3.org/2000/svg}"
    titles = [cell.findtext(f"{name}title") for cell in svg.findall(f"{name}g")]
    assert len(titles) == calendar.DAYS
    assert titles[0] == "2026-03-04: 2"
    assert svg.findtext(f"{name}title") == "4 rotations due in the next 60 days"
