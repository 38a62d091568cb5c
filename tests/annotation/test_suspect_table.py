from pathlib import Path

import pytest

from annotation.suspect_table import Doubted, find_table, read_suspects
from annotation.suspects import Suspect, write_suspects
from fcn_captcha.data.errors import DataError


def test_what_the_search_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "suspects.csv"
    write_suspects(
        path, [Suspect('a,"b.png', Path("x"), "ab", "a,c", 0.75, 1.1), Suspect("c.png", Path("y"), "c", "", 0.1, -2)]
    )
    assert read_suspects(path) == {'a,"b.png': Doubted("a,c", 0.75), "c.png": Doubted("", 0.1)}


@pytest.mark.parametrize(
    "content", ["name,read\na,b\n", "file_name,read,doubt\na.png,b,much\n", "file_name,read,doubt\na\n"]
)
def test_another_table_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "suspects.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=r"suspects\.csv: line 2: file_name, read and doubt are needed"):
        read_suspects(path)


def test_each_folder_has_its_table(tmp_path: Path) -> None:
    assert find_table(tmp_path / "x") == Path("runs") / "suspects-x" / "suspects.csv"
