"""Every benchmark says how it is run, and refuses what it does not know."""

import importlib
from pathlib import Path

import pytest

from bench import __main__ as all_of_them
from bench import bench_large, bench_waiting, fuzz_edxml
from tests.checkout import ROOT

MODULES = sorted(
    path.stem for name in ("bench_*.py", "fuzz_*.py") for path in (ROOT / "bench").glob(name)
)


@pytest.mark.parametrize("module", ["__main__", *MODULES])
@pytest.mark.parametrize("wrong", ["--nonsense", "nonsense"])
def test_wrong_arguments_end_with_a_message(
    module: str, wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        importlib.import_module(f"bench.{module}").main([wrong])
    assert caught.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "nonsense" in said.err


@pytest.mark.parametrize("module", MODULES)
def test_each_benchmark_says_what_it_measures(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.import_module(f"bench.{module}")
    with pytest.raises(SystemExit) as caught:
        found.main(["--help"])
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m bench.{module} ")
    assert (found.__doc__ or "").splitlines()[0] in said


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        *((["--help"], kind) for kind in (None, *all_of_them.KINDS)),
        *(([kind, "--help"], kind) for kind in all_of_them.KINDS),
    ],
)
def test_the_help_of_all_lists_them(
    arguments: list[str], kind: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        all_of_them.main(arguments)
    assert caught.value.code == 0
    said = capsys.readouterr().out
    assert all(f"  {file.stem}" in said for file in all_of_them.files(kind))


def test_all_benchmarks_are_of_one_kind() -> None:
    found = [file.stem for kind in (None, *all_of_them.KINDS) for file in all_of_them.files(kind)]
    assert sorted(found) == [name for name in MODULES if name.startswith("bench_")]


@pytest.mark.parametrize(
    ("main", "arguments", "told"),
    [
        (bench_large.main, ["read"], "needs a folder"),
        (bench_large.main, ["send", "folder"], "the url of the exchange"),
        (bench_large.main, ["read", "folder", "http://localhost"], "the url of the exchange"),
        (bench_waiting.main, ["5"], "given together"),
        (bench_waiting.main, ["0", "folder"], "'0' is no whole number of 1 or more"),
        (fuzz_edxml.main, ["--seconds", "0"], "'0' is no number of seconds above 0"),
        (fuzz_edxml.main, ["--seconds", "soon"], "'soon' is no number of seconds above 0"),
        (fuzz_edxml.main, ["--seed", "x"], "invalid int value: 'x'"),
    ],
)
def test_what_is_missing_or_impossible_is_told(
    main: object, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(main)
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert told in capsys.readouterr().err


def test_a_fuzzer_runs_as_long_as_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bench.measure.OUT", tmp_path)
    assert fuzz_edxml.main(["--seconds", "0.2", "--seed", "4711"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("seed 4711\n")
    assert (tmp_path / "fuzz.json").exists()
