"""Keras and its backend: loaded without a word, and what the machine is good at."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_loading = threading.Lock()


def load_keras() -> None:
    """Imports Keras and wakes its backend without the dozen lines that TensorFlow prints as it starts.

    They come from compiled code, so the whole of standard error goes to a file meanwhile; if the
    import fails, they are shown. Raises ``ModuleNotFoundError`` with what to install.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _loading, _hide_errors():
        try:
            import keras

            keras.ops.convert_to_numpy(keras.ops.ones(1))
        except ModuleNotFoundError as error:
            error.msg += "; pip install 'fcn_captcha[train]' brings Keras and TensorFlow"
            raise


@contextmanager
def _hide_errors() -> Iterator[None]:
    """What is written to file descriptor 2 is shown only if this ends with an exception."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error, as in a service
        yield
        return
    with tempfile.TemporaryFile() as file:
        _flush()
        os.dup2(file.fileno(), 2)
        try:
            yield
        except BaseException:
            file.seek(0)
            os.write(kept, file.read())
            raise
        finally:
            _flush()
            os.dup2(kept, 2)
            os.close(kept)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()


def find_precision() -> str:
    """'bfloat16' where the machine multiplies it faster than float32: a GPU, or a CPU with AMX."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return "bfloat16" if jax.default_backend() == "gpu" else "float32"
    if backend == "tensorflow":
        import tensorflow

        if tensorflow.config.list_physical_devices("GPU"):
            return "bfloat16"
        flags = Path("/proc/cpuinfo")
        return "bfloat16" if flags.exists() and " amx_bf16" in flags.read_text() else "float32"
    return "float32"
