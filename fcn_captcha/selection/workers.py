"""Tasks in processes of their own, here or on a cluster, which may die: joblib, with Dask or Ray by name."""

import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from fcn_captcha.selection.tether import tether

BACKENDS = ("local", "dask", "ray")
_LEAST = 2  # jobs that joblib is asked for


class WorkerDiedError(ChildProcessError):
    """A worker ended before its task did; results that were not yet there may be lost with it."""


@dataclass(frozen=True)
class Workers:
    """Where tasks run.

    Attributes:
        backend: 'local' for processes of this machine, 'dask' or 'ray'.
        count: tasks at a time.
        threads: of each task.
        address: of a Dask scheduler, or of a Ray cluster ('auto': the one that this machine belongs to). Where None,
            a cluster on this machine is started and ended with the tasks.

    Raises ``ValueError``, naming the attribute, the rule and the value.
    """

    backend: str = "local"
    count: int = 1
    threads: int = 1
    address: str | None = None

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise ValueError(f"backend: one of {', '.join(BACKENDS)} is needed, got {self.backend!r}")
        if self.address is not None and self.backend == "local":
            raise ValueError(f"address: the backend dask or ray is needed for one, got {self.address!r}")
        if self.count < 1:
            raise ValueError(f"workers: it must be 1 or more, got {self.count}")
        if self.threads < 1:
            raise ValueError(f"threads: it must be 1 or more, got {self.threads}")

    def run(self, task: Callable[..., Any], arguments: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """The results of ``task`` for each tuple of arguments, as they come.

        Raises what a task raises, :class:`WorkerDiedError` where a worker died, and ``ModuleNotFoundError``, with
        what to install, where the backend is not there.
        """
        joblib = _load("joblib", "train")
        owner = os.getpid() if self.address is None else None
        with ExitStack() as stack:
            backend, options = stack.enter_context(_OPEN[self.backend](self))
            stack.enter_context(joblib.parallel_config(backend, n_jobs=max(_LEAST, self.count), **options))
            form = "list" if self.backend == "ray" else "generator_unordered"  # Ray's can't give results as they come
            parallel = joblib.Parallel(return_as=form, batch_size=1, pre_dispatch="all")
            calls = [joblib.delayed(_call)(task, some, owner, self.threads) for some in arguments]
            # With one job joblib would work in this process, so each call is a batch of its own on one of more.
            for batch in [calls] if self.count > 1 else [[call] for call in calls]:
                with closing(_name_deaths(partial(parallel, batch))) as found:
                    for result, error in found:
                        if error is not None:
                            raise error
                        yield result


def _name_deaths(start: Callable[[], Iterable[Any]]) -> Generator[Any, None, None]:
    """What ``start`` gives; its errors, of which joblib, Dask and Ray have their own, are those of dead workers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*have been cancelled.*")  # on purpose, where a task found fault
        try:
            yield from start()
        except Exception as error:
            raise WorkerDiedError(f"{type(error).__name__}: {error}") from error


def _call(
    task: Callable[..., Any], arguments: tuple[Any, ...], owner: int | None, threads: int
) -> tuple[Any, BaseException | None]:
    """What the task returns, or raises. Runs in the worker."""
    # Read when the libraries are loaded, so without effect in a process that has them already.
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(threads)
    # Several tasks share a GPU.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if owner is not None:
        tether(owner)
    try:
        return task(*arguments), None
    except (Exception, KeyboardInterrupt) as error:
        return None, error


@contextmanager
def _open_local(workers: Workers) -> Iterator[tuple[str, dict[str, Any]]]:
    # joblib keeps its processes for the next tasks, and makes new ones where these need other threads.
    yield "loky", {"inner_max_num_threads": workers.threads}


@contextmanager
def _open_dask(workers: Workers) -> Iterator[tuple[str, dict[str, Any]]]:
    distributed = _load("distributed", "cluster")
    with ExitStack() as stack:
        stack.enter_context(_same_environment())  # Dask leaves its workers' variables behind, such as OMP_NUM_THREADS
        cluster: Any = workers.address
        if cluster is None:
            cluster = distributed.LocalCluster(
                n_workers=workers.count, threads_per_worker=1, processes=True, dashboard_address=None
            )
            stack.enter_context(cluster)
        stack.enter_context(distributed.Client(cluster))
        yield "dask", {}


@contextmanager
def _same_environment() -> Iterator[None]:
    """The environment is afterwards what it was before: processes started later would read what was left in it."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def _open_ray(workers: Workers) -> Iterator[tuple[str, dict[str, Any]]]:
    ray = _load("ray", "ray")
    _load("ray.util.joblib", "ray").register_ray()
    if workers.address is None:
        _start_ray(ray, max(_LEAST, workers.count) * workers.threads)
    elif not ray.is_initialized():
        ray.init(address=workers.address, log_to_driver=False, logging_level="ERROR")
    yield "ray", {"ray_remote_args": {"num_cpus": workers.threads}}


def _start_ray(ray: Any, cores: int) -> None:
    """A Ray on this machine that has so many cores, or the one there is: starting takes long. It ends with Python."""
    if ray.is_initialized() and ray.cluster_resources().get("CPU", 0) < cores:
        ray.shutdown()
    if not ray.is_initialized():
        ray.init(num_cpus=cores, include_dashboard=False, log_to_driver=False, logging_level="ERROR")


_OPEN = {"local": _open_local, "dask": _open_dask, "ray": _open_ray}


def _load(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        error.msg += f"; pip install 'fcn_captcha[{extra}]' brings it"
        raise
