"""The house rules: who may import whom, and what importing costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "fcn_captcha"

# Each may import only from files named before it.
ORDER = """
reading_order alphabet geometry ranges centre_maps peaks decoding alignment metrics
naming options settings verdict files images labelme tables places stated_labels labels samples splits preprocess
causes run_folder
synthesis.fonts synthesis.strings synthesis.warp
synthesis.plain synthesis.image_captcha synthesis.coalesced synthesis.colour synthesis.rippled synthesis
synthesis.characters
generated progress
loss architectures.architecture architectures.residual architectures.classic architectures network prediction backend
model_file tuning reader evaluation result chart_fonts plots report
optimiser augmentation batches dataset validation centres schedule loop training
read evaluate train generate
""".split()

COMMANDS = ("train", "read", "evaluate", "generate")


def find_imports(path: Path) -> set[str]:
    """Modules of this package that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "fcn_captcha":
            parts = node.module.split(".")[1:]
            found |= {".".join(parts)} if parts else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.removeprefix("fcn_captcha.") for a in node.names if a.name.startswith("fcn_captcha.")}
    return found


def list_modules() -> dict[str, Path]:
    modules = {}
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        modules[name.removesuffix(".__init__")] = path
    del modules["__init__"]
    return modules


def test_every_module_has_its_place() -> None:
    assert sorted(list_modules()) == sorted(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_a_module_imports_only_from_those_before_it(name: str) -> None:
    before = ORDER[: ORDER.index(name)]
    imports = find_imports(list_modules()[name]) & set(ORDER)
    assert imports <= set(before), f"{name} imports {sorted(imports - set(before))}"


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


def test_no_file_is_long() -> None:
    long = {p.name: n for p in PACKAGE.rglob("*.py") if (n := len(p.read_text().splitlines())) > 300}
    assert not long
