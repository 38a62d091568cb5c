from pathlib import Path

import pytest

from fcn_captcha.data.errors import DataError, ModelFileError
from fcn_captcha.data.samples import read_folder
from fcn_captcha.model.model_file import read_model


def test_both_are_value_errors_so_one_handler_does_and_neither_is_the_other(tmp_path: Path) -> None:
    for wrong, kind in ((read_folder, DataError), (read_model, ModelFileError)):
        with pytest.raises(ValueError, match=r"none: no such") as error:
            wrong(tmp_path / "none")
        assert type(error.value) is kind
