"""Tasks in processes of their own, on each backend for real: joblib's local ones, a Dask and a Ray on this machine."""

import os
import re
import sys
from pathlib import Path

import pytest

from fcn_captcha.selection.workers import BACKENDS, WorkerDiedError, Workers


def add(a: int, b: int) -> tuple[int, str]:
    return a + b, os.environ["TF_NUM_INTRAOP_THREADS"]


def fail(value: int) -> int:
    if value == 2:
        raise ValueError("two is refused")
    return value


def die(path: str, times: int) -> int:
    """Ends its process so often, as if it had been killed; how often is in a file."""
    died = int(Path(path).read_text()) if Path(path).exists() else 0
    if died < times:
        Path(path).write_text(str(died + 1))
        os._exit(9)
    return died


@pytest.fixture(autouse=True)
def _import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers import this file by its name."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_results_come_and_errors_are_the_tasks_own(backend: str, tmp_path: Path) -> None:
    workers, before = Workers(backend, 2, 3), dict(os.environ)
    assert sorted(workers.run(add, [(i, 10) for i in range(5)])) == [(10 + i, "3") for i in range(5)]
    left = {name for name in os.environ if os.environ[name] != before.get(name)}
    assert not {name for name in left if "THREADS" in name or name in ("PYTHONHASHSEED", "PYTHONPATH")}


def test_an_error_of_a_task_is_raised() -> None:
    with pytest.raises(ValueError, match="two is refused"):
        list(Workers("local", 2).run(fail, [(1,), (2,), (3,)]))


def test_a_dead_worker_is_told_from_an_error_and_the_next_ones_work(tmp_path: Path) -> None:
    """On Ray it is in ``test_clusters.py``."""
    path = str(tmp_path / "died")
    with pytest.raises(WorkerDiedError):
        list(Workers("local", 1).run(die, [(path, 1)]))
    assert list(Workers("local", 1).run(die, [(path, 1)])) == [1]


def test_dask_asks_another_worker_where_one_died(tmp_path: Path) -> None:
    assert list(Workers("dask", 2).run(die, [(str(tmp_path / "died"), 1)])) == [1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("spark",), "backend: one of local, dask, ray is needed, got 'spark'"),
        (("local", 0), "workers: it must be 1 or more, got 0"),
        (("local", 1, 0), "threads: it must be 1 or more, got 0"),
        (("local", 1, 1, "auto"), "address: the backend dask or ray is needed for one, got 'auto'"),
    ],
)
def test_what_workers_can_not_be(arguments: tuple[str, int, int, str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message) + "$"):
        Workers(*arguments)


def test_a_backend_that_is_not_installed_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'fcn_captcha\[cluster\]' brings it"):
        list(Workers("dask").run(add, [(1, 2)]))
