import json
from pathlib import Path

import pytest

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.tables import find_label_files, read_table


def read(path: Path, content: str | bytes) -> tuple[list[tuple[str, str]], list[str]]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    problems: list[str] = []
    rows = read_table(path, problems)
    return [(row.name, row.text) for row in rows], [p.removeprefix(f"{path}: ") for p in problems]


WANTED = [("0.png", "AB12"), ("1.png", "C 3")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("metadata.csv", "file_name,text\n0.png,AB12\n1.png,C 3\n"),
        ("metadata.csv", "\ufefftext,n,file_name\r\nAB12,1,0.png\r\n\r\n C 3 ,2,1.png"),
        ("labels.csv", "0.png,AB12\n1.png,C 3\n"),
        ("labels.csv", "filename;label\n0.png;AB12\n1.png;C 3\n"),
        ("labels.csv", "AB12,0.png\nC 3,1.png\n"),
        ("labels.tsv", "0.png\tAB12\n1.png\tC 3\n"),
        ("labels.txt", "0.png\tAB12\n1.png\tC 3\n"),
        ("labels.txt", "0.png AB12\n1.png  C 3\n"),
        ("gt.txt", '0.png, "AB12"\n1.png, "C 3"\n'),
        ("metadata.jsonl", '{"file_name": "0.png", "text": "AB12"}\n\n{"file_name": "1.png", "text": "C 3"}\n'),
        ("labels.json", '{"0.png": "AB12", "1.png": "C 3"}'),
        ("labels.json", '[{"image": "0.png", "label": "AB12"}, {"image": "1.png", "label": "C 3"}]'),
        ("labels.csv", "0.png,AB12\r1.png,C 3\r"),
        ("labels.csv", "0.png,AB12\n1.png,C 3\n".encode("utf-16")),
    ],
)
def test_the_usual_forms(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert read(tmp_path / name, content) == (WANTED, [])


def test_quotes_and_commas_in_labels(tmp_path: Path) -> None:
    rows, problems = read(tmp_path / "metadata.csv", 'file_name,text\n0.png,"1,000"\n1.png,"""a"""\n2.png,5" x\n')
    assert rows == [("0.png", "1,000"), ("1.png", '"a"'), ("2.png", '5" x')]
    assert problems == []
    rows, problems = read(tmp_path / "labels.tsv", '0.png\t"1B1\n1.png\t"a b"\n2.png\t"a""b"\n3.png\t"\n')
    assert rows == [("0.png", '"1B1'), ("1.png", "a b"), ("2.png", 'a"b'), ("3.png", '"')]
    assert problems == []


def test_too_many_fields_are_named_with_the_line(tmp_path: Path) -> None:
    rows, problems = read(tmp_path / "metadata.csv", "file_name,text\n0.png,1,000\n1.png,A1\n2.png\n,B\n")
    assert rows == [("1.png", "A1")]
    assert problems[0].startswith("line 2: 3 fields in 2 columns: '0.png,1,000'; a label with ',' in it needs quotes")
    assert problems[1].startswith("line 4: 2 fields are needed, got '2.png'")
    assert problems[2] == "line 5 has no file_name (left out)"


def test_a_lone_quote_costs_one_line_of_twenty_thousand(tmp_path: Path) -> None:
    lines = [f"{i}.png,A{i}B" for i in range(20_000)]
    lines[1] = '1.png,"1B1'
    rows, problems = read(tmp_path / "metadata.csv", "\n".join(["file_name,text", *lines]))
    assert len(rows) == 19_999
    assert rows[1] == ("2.png", "A2B")
    (problem,) = problems
    assert problem.startswith('line 3: a quote (") is opened and not closed')


def test_a_field_without_end(tmp_path: Path) -> None:
    rows, problems = read(tmp_path / "labels.csv", "0.png,A\n1.png," + "x" * 200_000 + "\n2.png,B\n")
    assert rows == [("0.png", "A"), ("2.png", "B")]
    assert problems[0].startswith("line 2: field larger than field limit")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "metadata.csv",
            "file_name,text\n0.png,中文\n".encode("gbk"),
            r"line 2: not UTF-8 \(byte 0xd6\); save the file",
        ),
        ("labels.txt", "0.png\té\n".encode("latin-1"), r"line 1: not UTF-8 \(byte 0xe9\)"),
        ("labels.csv", "0.png,A\n1.png,B\n".encode("utf-16-le"), "line 1: holds a NUL character"),
        ("labels.csv", b"\xff\xfe0\x00.", "line 1: not UTF-16"),
        (
            "metadata.csv",
            b"name,label\n1.png,a\n",
            r"the columns file_name and text are needed, got \['name', 'label'\]",
        ),
        ("labels.txt", b"A\nB\n", "line 1: not understood: 'A'; a label file holds a line an image"),
        ("labels.csv", b"width,height\n3,4\n", "line 1: not understood"),
        ("labels.csv", b"", "is empty; a label file holds"),
        ("labels.csv", b'0.png,"A', "line 1: a quote"),
        ("labels.json", b'{"images": [], "annotations": []}', "not understood; an object of file names and labels"),
        ("labels.json", b"{", "not JSON"),
        ("labels.xlsx", b"PK", r"labels can't be read from \.xlsx files; a label file holds a line an image"),
        ("annotations.xml", b"<a/>", "labels can't be read from"),
    ],
)
def test_what_can_not_be_understood_is_named_with_how_it_should_look(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=rf"{name}: {message}"):
        read(tmp_path / name, content)


def test_single_wrong_records(tmp_path: Path) -> None:
    rows, problems = read(
        tmp_path / "metadata.jsonl",
        '{"file_name": "0.png", "text": "A"}\n{"file_name": \n{"file_name": "1.png", "text": 12}\n["2.png", "B"]\n',
    )
    assert rows == [("0.png", "A")]
    assert [p[:6] for p in problems] == ["line 2", "line 3", "line 4"]
    assert "both as strings, got" in problems[1]
    rows, problems = read(tmp_path / "labels.json", json.dumps({"0.png": "A", "1.png": 7}))
    assert rows == [("0.png", "A")]
    assert problems[0].startswith("entry 2: file_name and text are needed, both as strings")


def test_the_names_of_label_files() -> None:
    names = ["x.csv", "Labels.txt", "metadata.csv", "labels.csv", "labels.xlsx", "metadata.jsonl", "readme.txt"]
    assert find_label_files(names) == ["metadata.csv", "metadata.jsonl", "labels.csv", "Labels.txt", "labels.xlsx"]
