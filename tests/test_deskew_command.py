import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fcn_captcha import deskew


def write_line(path: Path, angle_deg: float = 12.0) -> Path:
    image = np.full((120, 240, 3), 255, np.uint8)
    cv2.putText(image, "HEFTBDNU", (30, 72), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 4)
    matrix = cv2.getRotationMatrix2D((119.5, 59.5), -angle_deg, 1)
    Image.fromarray(cv2.warpAffine(image, matrix, (240, 120), borderValue=(255, 255, 255))).save(path)
    return path


def test_angle_and_height_in_words_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_line(tmp_path / "line.png")
    assert deskew.main([str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record) == {"angle_deg", "height_px"}
    assert record["angle_deg"] == pytest.approx(12, abs=0.5)
    assert record["height_px"] == pytest.approx(24, abs=1.5)
    assert deskew.main([str(path)]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("angle   +1")


def test_a_blank_image_stays_as_it_is_and_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "blank.png"
    Image.new("RGB", (40, 20), (200, 200, 200)).save(path)
    assert deskew.main([str(path), "--json", "--draw", str(tmp_path / "d.png"), "--out", str(tmp_path / "o.png")]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record == {"angle_deg": 0.0, "height_px": 0.0, "reason": "there is no ink, or there are only dots"}
    assert np.array_equal(np.asarray(Image.open(tmp_path / "o.png")), np.asarray(Image.open(path)))
    with Image.open(tmp_path / "d.png") as drawn:
        assert drawn.width > 500


def test_the_levelled_image_and_the_picture_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_line(tmp_path / "line.png")
    assert deskew.main([str(path), "--out", str(tmp_path / "level.png"), "--draw", str(tmp_path / "drawn.png")]) == 0
    capsys.readouterr()
    assert deskew.main([str(tmp_path / "level.png"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert abs(record["angle_deg"]) < 0.6
    assert record["height_px"] == pytest.approx(28, abs=1.5)
    drawn = np.asarray(Image.open(tmp_path / "drawn.png").convert("RGB")).astype(int)
    orange = np.abs(drawn - (0xD5, 0x5E, 0x00)).sum(axis=2) < 30
    assert orange.sum() > 200


def test_a_bend_is_said_and_straightened_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = np.full((120, 240, 3), 255, np.uint8)
    cv2.putText(image, "HEFTBDNU", (30, 72), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 4)
    rows, columns = np.indices((120, 240)).astype(np.float32)
    sag = 14 * ((columns - 119.5) / 90) ** 2  # from the text's middle to its ends
    path, out = str(tmp_path / "bent.png"), str(tmp_path / "out.png")
    Image.fromarray(cv2.remap(image, columns, rows - sag, cv2.INTER_LINEAR, borderValue=(255, 255, 255))).save(path)
    assert deskew.main([path, "--curve", "--json", "--out", out]) == 0
    record = json.loads(capsys.readouterr().out)
    assert set(record) == {"angle_deg", "height_px", "sagitta_px", "curve_px"}
    assert record["sagitta_px"] == pytest.approx(14, abs=2)
    assert record["curve_px"][2] == pytest.approx(14, abs=2)  # positive: its ends hang down
    assert deskew.main([path, "--curve"]) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith("bent    1")
    assert deskew.main([out, "--curve", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["sagitta_px"], record["curve_px"]) == (0.0, [])
    assert record["height_px"] == pytest.approx(28, abs=2)
    assert deskew.main([path, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"angle_deg", "height_px"}


def test_what_deskew_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, message in (("none.png", "none.png: no such file"), ("text.png", "not an image")):
        (tmp_path / "text.png").write_text("no picture")
        with pytest.raises(SystemExit) as end:
            deskew.main([str(tmp_path / name)])
        assert end.value.code == 1
        assert message in capsys.readouterr().err
