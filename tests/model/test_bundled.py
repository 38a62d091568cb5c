from pathlib import Path

import pytest

from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.model.bundled import find_bundled


def test_a_program_without_it_says_what_to_take_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fcn_captcha.model.bundled.files", lambda package: tmp_path)
    with pytest.raises(ModelFileError, match=r"general\.onnx: the model that comes with the package isn't there"):
        find_bundled()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "general.onnx").write_bytes(b"")
    assert find_bundled() == tmp_path / "models" / "general.onnx"
