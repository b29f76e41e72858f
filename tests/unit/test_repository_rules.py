"""Rules for the repository itself, so that nobody has to remember them in review."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import PACKAGES, ROOT, files

FOLDERS = {".ci", "bench", "config", "docs", "tests", *PACKAGES}
TEST_FOLDERS = {"contract", "data", "integration", "servers", "system", "unit"}
MODULE_LINES = 400

# Folders that exist on one machine only. Names are written in pieces, so that this file keeps
# its own rules.
MACHINE_PATHS = [
    r"(?<![\w.$}/])/" + folder
    for folder in ("work/", "root/", r"home/\w", r"Users/\w", "opt/(?!dondoc)")
]
REGISTRIES = [
    "pypi" + r"\.org",
    "python" + r"hosted\.org",
    "debian" + r"\.org",
    "npmjs" + r"\.(org|com)",
    "docker" + r"\.(io|com)",
    "ghcr" + r"\.io",
    "quay" + r"\.io",
    "conda" + r"\.org",
]
FORBIDDEN_TEXT = re.compile("|".join(MACHINE_PATHS + REGISTRIES))

# What reads a clock, a disk or the environment, or writes anywhere.
IMPURE_CALLS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "input",
    "open",
    "print",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid1",
    "uuid4",
}
IMPURE_METHODS = {"read_bytes", "read_text", "write_bytes", "write_text", "unlink", "mkdir"}


def python_files() -> list[Path]:
    return [name for name in files() if name.suffix == ".py"]


def locked(lock: str) -> dict[str, str]:
    """Return name -> version of one lock file, names as PEP 503 normalises them."""
    pins = re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?==([^ \\;]+)", (ROOT / lock).read_text(), re.MULTILINE
    )
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins}


def required(requirements: list[str]) -> set[str]:
    names = (re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def pyproject() -> dict[str, Any]:  # TOML has no narrower type
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_no_file_names_a_machine_path_or_a_package_registry() -> None:
    found = [
        f"{name}:{number}: {match.group()}"
        for name in files()
        for number, line in enumerate(
            (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        )
        if (match := FORBIDDEN_TEXT.search(line))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "see " + "/work" + "/main/x",
        "cd " + "/root" + "/project",
        "index " + "pypi" + ".org",
        "/home" + "/lan/x",
    ],
)
def test_the_forbidden_text_is_recognised(text: str) -> None:
    assert FORBIDDEN_TEXT.search(text)


@pytest.mark.parametrize("text", ["docs/work/plan.md", "//" + "root/child", "/var/lib/dondoc"])
def test_ordinary_paths_are_allowed(text: str) -> None:
    assert not FORBIDDEN_TEXT.search(text)


def test_no_module_is_too_long() -> None:
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in python_files()}
    assert {str(name): n for name, n in lengths.items() if n > MODULE_LINES} == {}


def test_top_level_folders_are_the_architecture() -> None:
    folders = {name.parts[0] for name in files() if len(name.parts) > 1}
    assert folders <= FOLDERS
    assert folders >= {".ci", "tests", *PACKAGES}


def test_tests_are_sorted_by_what_they_need() -> None:
    parts = [name.parts for name in files() if name.parts[0] == "tests" and len(name.parts) > 2]
    assert {part[1] for part in parts} <= TEST_FOLDERS
    misplaced = [
        str(name) for name in files() if name.match("test_*.py") and name.parts[0] != "tests"
    ]
    assert misplaced == []


def test_configuration_is_data_only() -> None:
    assert [str(name) for name in python_files() if name.parts[0] == "config"] == []


def test_test_modules_have_names_of_their_own() -> None:
    names = [name.name for name in python_files() if name.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_modules_have_names_that_say_something() -> None:
    homeless = {"utils.py", "util.py", "helpers.py", "common.py", "manager.py", "misc.py"}
    assert [str(name) for name in python_files() if name.name in homeless] == []


@pytest.mark.parametrize("package", ["domain", "mappings"])
def test_pure_packages_call_nothing_impure(package: str) -> None:
    found = [
        f"{name}:{line}: {call}"
        for name in python_files()
        if name.parts[0] == package
        for line, call in calls(ast.parse((ROOT / name).read_text(encoding="utf-8")))
        if ".".join(call.split(".")[-2:]) in IMPURE_CALLS
        or ("." in call and call.split(".")[-1] in IMPURE_METHODS and "files(" not in call)
    ]
    assert found == []


def test_every_event_of_the_log_is_documented() -> None:
    """The names are a contract: what operators look for stands in the table with what to do."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    logged = {
        name
        for path in python_files()
        if path.parts[0] in PACKAGES and "simulators" not in path.parts
        for name in re.findall(
            r"\blog\.(?:debug|info|warning|error|exception)\(\s*\"(\w+)\"",
            (ROOT / path).read_text(encoding="utf-8"),
        )
    }
    assert len(logged) > 40
    assert [name for name in sorted(logged) if f"`{name}`" not in text] == []


def test_every_direct_dependency_is_locked() -> None:
    project = pyproject()["project"]
    assert required(project["dependencies"]) <= locked("requirements.lock").keys()
    assert (
        required(project["optional-dependencies"]["dev"]) <= locked("requirements-dev.lock").keys()
    )


def test_building_needs_nothing_outside_the_lock() -> None:
    assert required(pyproject()["build-system"]["requires"]) <= locked("requirements.lock").keys()


def test_the_development_lock_contains_the_runtime_lock() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)
    entries = re.findall(r"^\S+==[^\n]*(?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)+", text, re.M)
    assert len(entries) == len(locked(lock)) > 0
