from pathlib import Path

import pytest
from annotated_folders import ANNOTATED, check_annotated, read_all, remove_annotations, write_annotated

from annotation.formats import EXPORTS, IMPORTS, export_folder, import_file


@pytest.mark.parametrize("format", sorted(set(EXPORTS) & set(IMPORTS)))
def test_a_round_trip_keeps_all(tmp_path: Path, format: str) -> None:
    folder, out = write_annotated(tmp_path / "images"), tmp_path / "out"
    assert export_folder(folder, format, out) == (len(ANNOTATED), [])
    remove_annotations(folder)
    assert import_file(folder, format, out) == len(ANNOTATED)
    check_annotated(read_all(folder))
    assert import_file(folder, format, out) == 0


def test_labelme_files_from_elsewhere(tmp_path: Path) -> None:
    folder, other = write_annotated(tmp_path / "images"), tmp_path / "other"
    other.mkdir()
    for path in folder.rglob("*.json"):
        path.rename(other / path.name)
    assert import_file(folder, "labelme", other) == len(ANNOTATED)
    check_annotated(read_all(folder))


@pytest.mark.parametrize("format", sorted(EXPORTS))
def test_an_export_only_reads_the_folder(tmp_path: Path, format: str) -> None:
    folder = write_annotated(tmp_path / "images")
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    export_folder(folder, format, tmp_path / "out")
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    folder = write_annotated(tmp_path / "images")
    (folder / "AB-1.json").write_text("{")
    count, problems = export_folder(folder, "csv", tmp_path / "out.csv")
    assert count == len(ANNOTATED) - 1
    assert "AB-1.json" in problems[0]


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="format: coco, cvat, label-studio, csv is needed, got 'yolo'"):
        export_folder(tmp_path, "yolo", tmp_path / "out")
    with pytest.raises(ValueError, match="format: labelme, label-studio, csv is needed, got 'coco'"):
        import_file(tmp_path, "coco", tmp_path / "out")
