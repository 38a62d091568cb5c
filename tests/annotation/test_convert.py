from pathlib import Path

import pytest
from annotated_folders import check_annotated, read_all, remove_annotations, write_annotated

from annotation.convert import main


def test_out_and_in_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, out = write_annotated(tmp_path / "images"), tmp_path / "out.json"
    assert main([str(folder), "--export", "label-studio", str(out)]) == 0
    remove_annotations(folder)
    assert main([str(folder), "--import", "label-studio", str(out)]) == 0
    check_annotated(read_all(folder))
    assert capsys.readouterr().out.splitlines() == [
        f"wrote the annotations of 5 images to {out}",
        "wrote the annotations of 5 images beside them, as labelme files",
    ]


def test_overwriting_must_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, table = write_annotated(tmp_path / "images"), tmp_path / "table.csv"
    table.write_text("file_name,text,character,x,y\nAB-1.png,xy,,,\n")
    with pytest.raises(SystemExit) as end:
        main([str(folder), "--import", "csv", str(table)])
    assert end.value.code == 1
    assert "line 2: " in capsys.readouterr().err
    assert main([str(folder), "--import", "csv", str(table), "--overwrite"]) == 0
    assert {image.name: image.text for image in read_all(folder)}["AB-1.png"] == "xy"


@pytest.mark.parametrize("arguments", [["F"], ["F", "--export", "coco"], ["--export", "coco", "a"]])
def test_a_direction_is_needed(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
