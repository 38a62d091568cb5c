"""Where a training stands, in a file: written whole or not at all, and read only where it fits."""

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import fcn_captcha
from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_whole

FORMAT = 2

State = dict[str, Any]  # of what JSON knows, and arrays

_ARRAY = "array number"  # stands in the record for an array that lies beside it


def write_checkpoint(path: Path, data: dict[str, Any], state: State) -> None:
    """Writes a training's state, in place of an older one once it is whole and on disk.

    Args:
        path: of the file, an archive of NumPy arrays.
        data: what tells the training's data from others, see :func:`read_checkpoint`.
        state: dictionaries and lists of what JSON knows, and arrays.

    Raises ``OSError`` where it can't be written; the older one then stays.
    """
    arrays: list[npt.NDArray[Any]] = []

    def put_aside(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {_ARRAY: len(arrays) - 1}
        return value.item()  # a NumPy number

    head = {"format": FORMAT, "package": fcn_captcha.__version__, "data": data}
    record = json.dumps({**head, "state": state}, default=put_aside)
    file = io.BytesIO()
    named: dict[str, Any] = {str(i): array for i, array in enumerate(arrays)}
    np.savez(file, record=np.frombuffer(record.encode(), np.uint8), **named)
    for partial in path.parent.glob(f".{path.name}.*.part"):  # of a process that was killed while it wrote
        partial.unlink(missing_ok=True)
    write_whole(path, file.getvalue(), durable=True)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], State]:
    """What :func:`write_checkpoint` wrote: ``data`` and ``state``.

    Raises :class:`~fcn_captcha.data.errors.DataError`, naming the file, where it is damaged or another version's.
    """
    arrays: dict[str, npt.NDArray[Any]] = {}

    def put_back(value: dict[str, Any]) -> Any:
        return arrays[str(value[_ARRAY])] if _ARRAY in value else value

    content = io.BytesIO(path.read_bytes())
    try:
        with zipfile.ZipFile(content) as archive:
            for name in archive.namelist():
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(io.BytesIO(archive.read(name)))
        record = json.loads(arrays["record"].tobytes(), object_hook=put_back)
        written, data, state = (record["format"], record["package"]), record["data"], record["state"]
    except (ValueError, KeyError, TypeError, EOFError, RuntimeError, zlib.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: damaged, or not a checkpoint ({type(error).__name__}: {error})") from None
    if written != (FORMAT, fcn_captcha.__version__):
        raise DataError(
            f"{path}: written by fcn_captcha {written[1]} (format {written[0]}), this is {fcn_captcha.__version__} "
            f"(format {FORMAT}); go on with that version, or begin anew in another folder"
        )
    return data, state
