from pathlib import Path

import pytest
from annotated_folders import read_all, write_annotated

from annotation.formats import csv_table
from annotation.formats.annotated import Stated
from fcn_captcha.data.errors import DataError

HEAD = "file_name,width,height,text,index,character,x,y\n"


def decode(folder: Path, content: str) -> tuple[list[Stated], list[str]]:
    path = folder / "table.csv"
    path.write_text(content, encoding="utf-8", newline="")
    problems: list[str] = []
    return csv_table.decode(path, problems), problems


def test_a_written_table_is_read_again(tmp_path: Path) -> None:
    images = read_all(write_annotated(tmp_path))
    found, problems = decode(tmp_path, csv_table.encode(images))
    assert not problems
    for image, stated in zip(images, found, strict=True):
        assert (stated.name, stated.size, stated.text) == (image.name, image.size, image.text)
        centres = [] if image.centres is None else image.centres.tolist()
        assert stated.marks == tuple((x, y, c) for (x, y), c in zip(centres, image.text, strict=False))


def test_a_hand_written_table(tmp_path: Path) -> None:
    found, problems = decode(
        tmp_path, '\ufeffcharacter,x,y,file_name,text\nA,1,2.5,a.png,AB\nB,30,4,a.png,AB\n,,,b.png,"x""y"\n'
    )
    assert not problems
    assert found == [
        Stated("line 2", "a.png", None, "AB", ((1, 2.5, "A"), (30, 4, "B"))),
        Stated("line 4", "b.png", None, 'x"y', ()),
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a.png,40,20,A,0,A,one,2", "line 3: could not convert string to float: 'one'"),
        ("a.png,40,20,A,0,A,nan,2", "line 3: x and y must be finite, got nan and 2"),
        ("a.png,40,20,A,0,A", "line 3: as many fields as the first line has"),
        ("a.png,40,20,A,0,A,1,2,3", "line 3: as many fields as the first line has"),
        ("ok.png,40,20,B,1,B,1,2", "line 3: text and size must be those of the lines of ok.png before, got 'B'"),
        ("a.png,wide,20,A,0,A,1,2", "line 3: invalid literal for int"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, problem: str) -> None:
    found, problems = decode(tmp_path, f"{HEAD}ok.png,40,20,A,0,A,1,2\n{line}\n")
    assert [stated.name for stated in found] == ["ok.png"]
    assert len(problems) == 1
    assert problem in problems[0]


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", HEAD + '"a\n', "file_name,text\na.png,A\n"])
def test_what_is_no_such_table_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError, match=r"table\.csv"):
        decode(tmp_path, content)
