import csv
import io
import json
from pathlib import Path

import pytest

from fcn_captcha.data.errors import DataError
from fcn_captcha.maps.decoding import Character, Reading
from fcn_captcha.reading.records import FORMATS, Records, find_format

READING = Reading('a"b,c', 0.98765, (Character("a", 1.26, 2, 0.99999), Character("字", 3, 4, 0.5)))
NOTHING = Reading("", 0.25, ())


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("text", ['x\ny.png\ta"b,c\t0.988', "n.png\t\t0.250"]),
        ("csv", ["path,text,confidence", '"x\ny.png","a""b,c",0.9877', "n.png,,0.2500"]),
        (
            "jsonl",
            [
                '{"path": "x\\ny.png", "text": "a\\"b,c", "confidence": 0.9877, "characters": '
                '[{"character": "a", "x": 1.3, "y": 2, "score": 1.0}, '
                '{"character": "字", "x": 3, "y": 4, "score": 0.5}]}',
                '{"path": "n.png", "text": "", "confidence": 0.25, "characters": []}',
            ],
        ),
    ],
)
def test_a_line_a_reading(form: str, lines: list[str]) -> None:
    stream = io.StringIO()
    with Records(stream, form) as records:
        records.write("x\ny.png", READING)
        records.write("n.png", NOTHING)
    assert stream.getvalue() == "\n".join(lines) + "\n"


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize("torn", ["", "b.pn", '"b.png","half of'])
def test_a_file_is_gone_on_with_and_half_a_line_is_cut_off(form: str, torn: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Records(io.StringIO(), form, str(out)) as records:
        assert records.done == set()
        records.write("a, b.png", READING)
    whole = out.read_bytes()
    out.write_bytes(whole + torn.encode())
    with Records(io.StringIO(), form, str(out)) as records:
        assert records.done == {"a, b.png"}
        assert out.read_bytes() == whole
        records.write("c.png", NOTHING)
    content = out.read_text(encoding="utf-8")
    if form == "csv":
        assert [row[0] for row in csv.reader(io.StringIO(content))] == ["path", "a, b.png", "c.png"]
    elif form == "jsonl":
        assert [json.loads(line)["path"] for line in content.splitlines()] == ["a, b.png", "c.png"]
    else:
        assert len(content.splitlines()) == 2


@pytest.mark.parametrize(
    ("form", "content"),
    [("csv", "name,label\na,b\n"), ("jsonl", "[1]\n"), ("jsonl", "hello\n"), ("text", "hello\n"), ("jsonl", "{}\n")],
)
def test_another_file_is_left_as_it_is(form: str, content: str, tmp_path: Path) -> None:
    (tmp_path / "o").write_text(content)
    with pytest.raises(DataError, match=f"o: not a file of readings as {form}, so it can't be gone on with"):
        Records(io.StringIO(), form, str(tmp_path / "o"))
    assert (tmp_path / "o").read_text() == content


@pytest.mark.parametrize(
    ("out", "given", "form"),
    [
        ("o.csv", None, "csv"),
        ("o.JSONL", None, "jsonl"),
        ("o.txt", None, "text"),
        ("o.tsv", None, "text"),
        (None, None, "text"),
        ("o.dat", "csv", "csv"),
        (None, "jsonl", "jsonl"),
    ],
)
def test_the_ending_tells_the_format(out: str | None, given: str | None, form: str) -> None:
    assert find_format(out, given) == form


def test_an_ending_of_no_format_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"out: an ending of .*, or --format, is needed, got 'o\.xlsx'"):
        find_format("o.xlsx", None)
