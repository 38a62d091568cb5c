"""The house rules: which folder may import which, what each may load from outside, and what importing costs."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest
from untrained import write_untrained_onnx

from fcn_captcha.__main__ import COMMANDS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "fcn_captcha"
ANNOTATION = ROOT / "annotation"

# The rooms, in the order of the data. Each may import from those above it, and load these packages from outside.
ROOMS = {
    "console": {"rich"},
    "maps": {"numpy", "scipy"},
    "data": {"numpy", "PIL", "cv2", "rapidfuzz"},
    "synthesis": {"numpy", "PIL", "cv2"},
    "model": {"numpy", "keras", "jax", "tensorflow", "onnx", "onnxruntime"},
    "reading": {"numpy", "PIL"},
    "serving": {"starlette", "uvicorn"},
    "evaluation": {"numpy", "cv2", "matplotlib", "rapidfuzz"},
    "training": {"numpy", "cv2", "keras", "tensorboard", "tensorflow"},
    "selection": {"joblib", "distributed", "ray", "matplotlib"},
    "inspection": {"numpy", "scipy", "cv2", "keras", "matplotlib", "jax", "tensorflow"},
    "packaging": {"PyInstaller"},
}
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
    for path in PACKAGE.rglob("*.py")
)


def find_path(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def find_imports(module: str) -> set[str]:
    """Everything that a module imports, anywhere in it, by full name; ``from a import b`` as ``a.b``."""
    found = set()
    for node in ast.walk(ast.parse(find_path(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def find_own_imports(module: str) -> set[str]:
    """The modules of this package that a module imports."""
    own = {name.removeprefix("fcn_captcha.") for name in find_imports(module) if name.startswith("fcn_captcha.")}
    return {name if name in MODULES else name.rpartition(".")[0] for name in own} - {""}


def test_every_module_is_in_a_room_or_a_command() -> None:
    assert {module.split(".")[0] for module in MODULES} == {"__init__", "__main__", *ROOMS, *COMMANDS}


@pytest.mark.parametrize("module", [m for m in MODULES if m.split(".")[0] in ROOMS])
def test_a_room_imports_only_from_those_above_it_and_what_it_may_from_outside(module: str) -> None:
    room = module.split(".")[0]
    above = list(ROOMS)[: list(ROOMS).index(room) + 1]
    low = [name for name in find_own_imports(module) if name.split(".")[0] not in above]
    assert not low
    outside = {name.split(".")[0] for name in find_imports(module)} - {"fcn_captcha", *sys.stdlib_module_names}
    assert outside <= ROOMS[room]


def test_there_are_no_circles() -> None:
    waiting = {module: find_own_imports(module) - {module} for module in MODULES if module != "__init__"}
    while waiting:
        free = [module for module, needs in waiting.items() if not needs & set(waiting)]
        assert free, f"these import each other: {waiting}"
        for module in free:
            del waiting[module]


@pytest.mark.parametrize(
    "path", sorted(p for d in ("fcn_captcha", "annotation", "benchmarks", "docs") for p in (ROOT / d).rglob("*.py"))
)
def test_no_private_name_is_used_from_another_module(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = [a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names]
    assert not [name for name in imported if name.startswith("_") and not name.startswith("__")]
    reached = [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "argparse", "os"))
    ]
    assert not reached


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert run("import sys, fcn_captcha; print('numpy' in sys.modules)") == "False"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_loads_nothing_heavy(command: str) -> None:
    code = f"""
import sys
from fcn_captcha.{command} import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
print(sorted({{"numpy", "keras", "tensorflow", "cv2", "rich"}} & set(sys.modules)))"""
    assert run(code).splitlines()[-1] == "[]"


def test_reading_loads_nothing_of_training(tmp_path: Path) -> None:
    """Neither this package's own, nor what the base installation doesn't bring, nor what is slow to import."""
    write_untrained_onnx(tmp_path / "model.onnx")
    code = f"""
import sys
import numpy as np
from fcn_captcha import Reader
Reader.load({str(tmp_path / "model.onnx")!r}).read(np.zeros((30, 60, 3), np.uint8))
heavy = {{"keras", "tensorflow", "jax", "torch", "scipy", "matplotlib", "onnx"}}
print(sorted(heavy & set(sys.modules)), [m for m in sys.modules if "fcn_captcha.training" in m])"""
    assert run(code) == "[] []"


def test_no_file_is_long() -> None:
    paths = [p for folder in (PACKAGE, ANNOTATION) for p in folder.rglob("*.py")]
    long = {p.name: n for p in paths if (n := len(p.read_text().splitlines())) > 300}
    assert not long


def test_the_library_does_not_know_the_annotation_page() -> None:
    users = [module for module in MODULES if any(name.split(".")[0] == "annotation" for name in find_imports(module))]
    assert not users


@pytest.mark.parametrize("path", sorted(ANNOTATION.rglob("*.py")), ids=lambda path: path.stem)
def test_the_annotation_page_loads_only_what_it_may(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    outside = {name.split(".")[0] for name in names} - {"annotation", "fcn_captcha", *sys.stdlib_module_names}
    assert outside <= {"numpy", "scipy", "cv2", "starlette", "uvicorn"}


@pytest.mark.parametrize("path", sorted(ANNOTATION.rglob("*.py")), ids=lambda path: path.stem)
def test_every_module_of_the_annotation_page_has_its_test_file(path: Path) -> None:
    name = {"__init__": path.parent.name, "__main__": "main"}.get(path.stem, path.stem)
    assert name == "annotation" or (ROOT / "tests" / "annotation" / f"test_{name}.py").exists()


@pytest.mark.parametrize("module", [m for m in MODULES if "." in m and m not in ("model.architectures",)])
def test_every_module_has_its_test_file(module: str) -> None:
    room, _, name = module.rpartition(".")
    assert (ROOT / "tests" / room.split(".")[0] / f"test_{name}.py").exists()


def find_packages(extra: str | None) -> set[str]:
    """The modules that an installation with this extra, or with none, may import from outside."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = setup["options"]["install_requires"].split()
    if extra is not None:
        lines += setup["options.extras_require"][extra].split()
    modules = {"opencv_python": "cv2", "pillow": "PIL"}
    names = {re.split(r"[\[<>=]", line)[0].replace("-", "_") for line in lines}
    return {modules.get(name, name) for name in names}


@pytest.mark.parametrize(
    ("extra", "modules"),
    [
        (None, "fcn_captcha.read fcn_captcha.reading.reader fcn_captcha.reading.records fcn_captcha.reading.drawing"),
        (None, "fcn_captcha.evaluation.evaluator fcn_captcha.data.deskew fcn_captcha.synthesis.folder"),
        ("serve", "fcn_captcha.serving.app fcn_captcha.serving.server"),
        ("tensorboard", "fcn_captcha.training.board"),
        (
            "annotation",
            "annotation.__main__ annotation.server annotation.project annotation.learning annotation.convert",
        ),
    ],
)
def test_an_extra_brings_all_that_its_command_imports(extra: str | None, modules: str) -> None:
    """As in an installation with no other extra: what another one brings can't be imported."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    others = set().union(*(find_packages(name) for name in setup["options.extras_require"])) - find_packages(extra)
    code = f"""
import sys
for name in {sorted(others)!r}:
    sys.modules[name] = None
for name in {modules.split()!r}:
    __import__(name)
print("imported")"""
    assert run(code) == "imported"
