"""The Dockerfile's own build steps, run in a clean folder: no container engine is needed.

What a container engine would do is done here in the smallest way that keeps the steps honest:
the build context holds only what .dockerignore lets through, COPY copies from it, RUN runs in
a shell that starts with the image's environment, and absolute paths of the image are moved
below a temporary folder. The base image's `python` is the one that the tests run on.
"""

import json
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.checkout import ROOT, base_python, clean_environment, copy_files, files, run

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

IMAGE_FOLDERS = ("/opt/dondoc", "/src", "/wheels", "/etc/dondoc", "/var/lib/dondoc")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a Dockerfile; continued lines are joined, comments dropped."""

    word: str
    rest: str


def read_steps(text: str) -> list[Step]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [Step(*line.split(None, 1)) for line in joined.splitlines()]


def read_stages() -> list[list[Step]]:
    """Split the Dockerfile at each FROM; what precedes the first FROM is left out."""
    stages: list[list[Step]] = []
    for step in read_steps((ROOT / "Dockerfile").read_text()):
        if step.word == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(step)
    return stages


def read_context() -> list[Path]:
    """Return the files that .dockerignore lets into the build."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    kept = {line[1:] for line in lines if line.startswith("!")}
    return [name for name in files() if name.parts[0] in kept]


class Build:
    """A build stage being carried out below a folder that stands for the image's root."""

    def __init__(self, root: Path, context: Path, path: Path) -> None:
        self.root = root
        self.context = context
        self.workdir = root
        self.env = clean_environment(PATH=f"{path}:/usr/bin:/bin")

    def move(self, text: str) -> str:
        """Put the image's absolute paths below the root folder."""
        folders = "|".join(map(re.escape, IMAGE_FOLDERS))
        return re.sub(rf"(?<![\w./-])(?={folders})", str(self.root), text)

    def carry_out(self, step: Step) -> None:
        match step.word:
            case "FROM":
                pass
            case "ENV":
                self.env |= dict(part.split("=", 1) for part in shlex.split(step.rest))
            case "WORKDIR":
                self.workdir = Path(self.move(step.rest))
                self.workdir.mkdir(parents=True)
            case "COPY":
                self.copy(*shlex.split(step.rest))
            case "RUN":
                run("/bin/sh", "-ec", self.move(step.rest), cwd=self.workdir, env=self.env)
            case other:
                pytest.fail(f"the build stage uses {other}, which this test does not know")

    def copy(self, *words: str) -> None:
        *sources, target = words
        for source in sources:
            found = self.context / source
            assert found.exists(), f"COPY {source}: no such file in the build context"
            goal = self.workdir / self.move(target)
            if found.is_dir():
                shutil.copytree(found, goal, dirs_exist_ok=True)
            else:
                shutil.copy2(found, goal)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Carry out the whole build stage."""
    folder = tmp_path_factory.mktemp("image")
    copy_files(read_context(), folder / "context")
    (folder / "bin").mkdir()
    python = folder / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{base_python()}" "$@"\n')
    python.chmod(0o755)
    stage = Build(folder / "root", folder / "context", folder / "bin")
    for step in read_stages()[0]:
        stage.carry_out(step)
    return stage


def final_stage() -> dict[str, str]:
    """Return the last stage's instructions by word; the last of each word wins, as in an image."""
    return {step.word: step.rest for step in read_stages()[-1]}


def test_the_build_stage_makes_a_working_program(build: Build) -> None:
    program = build.root / "opt/dondoc/bin/dondoc"
    text = run(program, "--help", cwd=build.root)
    assert "run" in text
    assert "doctor" in text


def test_the_image_installs_the_project_itself_and_not_a_link_to_its_source(build: Build) -> None:
    python = build.root / "opt/dondoc/bin/python"
    place = run(python, "-c", "import domain; print(domain.__file__)", cwd=build.root)
    assert Path(place.strip()).is_relative_to(build.root / "opt/dondoc")


def test_bytecode_is_compiled_at_build_time(build: Build) -> None:
    assert list((build.root / "opt/dondoc").glob("lib/*/site-packages/domain/__pycache__/*.pyc"))


def test_the_final_stage_copies_only_what_the_build_stage_made(build: Build) -> None:
    copies = [step.rest for step in read_stages()[-1] if step.word == "COPY"]
    assert copies
    for copy in copies:
        origin, source, target = shlex.split(copy)
        assert origin == "--from=build"
        assert Path(build.move(source)).is_dir()
        # Scripts in the environment name their interpreter by its absolute path.
        assert source == target


def test_the_image_has_the_library_that_opens_archives(build: Build) -> None:
    commands = [step.rest for step in read_stages()[-1] if step.word == "RUN"]
    assert any("apt-get install" in command and "libarchive13" in command for command in commands)
    proofs = [json.loads(command) for command in commands if command.startswith("[")]
    assert ["python", "-c", "import libarchive"] in proofs
    # Where the library is installed, which it is where tests run, the proof holds.
    run(build.root / "opt/dondoc/bin/python", *proofs[-1][1:], cwd=build.root)


def test_the_context_holds_no_more_than_the_build_copies() -> None:
    sources = {
        source.removeprefix("./")
        for step in read_stages()[0]
        if step.word == "COPY"
        for source in shlex.split(step.rest)[:-1]
    }
    assert {name.parts[0] for name in read_context()} == sources


def test_the_image_runs_the_daemon_without_root_rights() -> None:
    image = final_stage()
    assert image["USER"] == "10001:10001"
    assert json.loads(image["ENTRYPOINT"]) == ["dondoc"]
    assert json.loads(image["CMD"]) == ["run", "--config", "/etc/dondoc/dondoc.yaml"]
    assert json.loads(image["VOLUME"]) == ["/var/lib/dondoc"]


def test_the_image_says_whether_it_is_well() -> None:
    options, command = final_stage()["HEALTHCHECK"].split("CMD ")
    assert "--timeout=" in options
    assert json.loads(command) == [
        "dondoc",
        "doctor",
        "--config",
        "/etc/dondoc/dondoc.yaml",
        "--quick",
        "--alive",
    ]


def test_the_image_writes_nothing_outside_its_volume_and_temporary_folder() -> None:
    environment = dict(part.split("=", 1) for part in shlex.split(final_stage()["ENV"]))
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["HOME"] == "/var/lib/dondoc"
    assert environment["TMPDIR"] == "/tmp"


def test_compose_gives_the_container_no_right_that_it_does_not_need() -> None:
    service = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]["dondoc"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & service.keys()
    assert [mount.split(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert any(volume.endswith(":/etc/dondoc:ro") for volume in service["volumes"])
    assert any(volume.endswith(":/var/lib/dondoc") for volume in service["volumes"])
