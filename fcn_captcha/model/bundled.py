"""The model that comes with the package."""

from importlib.resources import files
from pathlib import Path

from fcn_captcha.data.errors import ModelFileError


def find_bundled() -> Path:
    """Its ONNX file. Raises :class:`ModelFileError` where the installation, or a program made of it, lacks it."""
    path = Path(str(files("fcn_captcha").joinpath("models", "general.onnx")))
    if not path.exists():
        raise ModelFileError(
            f"{path}: the model that comes with the package isn't there; a program made by PyInstaller or the like "
            "must take along the package's data files"
        )
    return path
