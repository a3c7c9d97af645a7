"""`pytest --adapter`: what is run, from where, and what is said if it cannot be."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook
from _pytest.config.argparsing import Parser

from conformance.detect import hosts
from conformance.plugin import pytest_addoption
from conformance.registry import checks

pytest_plugins = ["pytester"]

# once, as runs in this process forget the modules that they were first to import
CHECKS = [check.card.id for check in checks() if "adapter" in check.card.judges]
for _name in (
    "conformance.session",
    "conformance.items",
    "conformance.report.data",
    "trustme",
    "reference_adapters",
):
    import_module(_name)
hosts()

REFERENCE = "reference_adapters.BinanceAdapter"
# other plugins have no part in it, and warn here of options that are not set
QUIET = ("-p", "no:asyncio", "-p", "no:benchmark", "-p", "no:hypothesispytest")


def run(pytester: pytest.Pytester, line: str) -> pytest.RunResult:
    """Run pytest with a command line, in this process."""
    return pytester.runpytest_inprocess(*QUIET, *shlex.split(line))


def said(result: pytest.RunResult) -> str:
    return "\n".join([*result.outlines, *result.errlines])


LOCAL = """
    from reference_adapters import BinanceAdapter

    class Local(BinanceAdapter):
        pass

    def make_adapter():
        return Local()

    instance = Local()
    number = 3

    class Needs(BinanceAdapter):
        def __init__(self, key, secret, network_client=None):
            super().__init__(network_client)

    class Raises(BinanceAdapter):
        def __init__(self):
            raise OSError("no such key file")

    class Elsewhere(BinanceAdapter):
        def get_ws_url(self):
            return "wss://ws.example.com/x"

        async def fetch_rest_candles(self, *args, **kwargs):
            raise RuntimeError("no")

    def gives_nothing():
        return None
"""


@pytest.mark.parametrize(
    "path",
    [
        REFERENCE,
        "reference_adapters.binance.BinanceAdapter",
        "reference_adapters:BinanceAdapter",
        "local.Local",
        "local:Local",
        "local:make_adapter",
        "inner.deep.Local",
    ],
)
def test_an_adapter_may_be_named_in_several_ways(pytester: pytest.Pytester, path: str) -> None:
    pytester.makepyfile(local=LOCAL)
    package = pytester.mkpydir("inner")
    (package / "deep.py").write_text("from local import Local\n")
    result = run(pytester, f"--adapter {path} -k LOAD-A1")
    result.stdout.fnmatch_lines(["* on binance, seed 1", "collected * items / * selected"])
    assert result.parseoutcomes() == {
        "passed": 1,
        "deselected": result.parseoutcomes()["deselected"],
    }
    assert result.ret == 0


def test_without_a_path_only_the_suite_runs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): assert False", local=LOCAL)
    pytester.makeini("[pytest]\ntestpaths = .\n")
    pytester.makeconftest("collected = []\ndef pytest_collect_file(file_path): 1 / 0\n")
    result = run(pytester, "--adapter local.Local --collect-only -q")
    names = [line for line in result.outlines if "::" in line]
    assert all(name.startswith("local.Local::") for name in names)
    ids = [name.partition("::")[2] for name in names]
    assert sorted({name.partition("[")[0] for name in ids}) == sorted(CHECKS)
    assert f"{len(names)} tests collected" in said(result)
    assert {"PARSE-01[1m]", "PARSE-01[1M]", "LOAD-A1"} <= set(ids)


def test_with_a_path_both_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_own="def test_own(): pass\ndef test_load_a1_too(): pass")
    result = run(pytester, f"--adapter {REFERENCE} test_own.py -v -k 'LOAD-A1 or own'")
    assert result.parseoutcomes()["passed"] == 3
    result.stdout.fnmatch_lines(["test_own.py::test_own PASSED*", "*::LOAD-A1 PASSED*"])


def test_several_adapters_and_one_named_twice(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(local=LOCAL)
    result = run(
        pytester,
        f"--adapter {REFERENCE} --adapter local.Local --adapter local.Local -k LOAD-A1 -v",
    )
    assert result.parseoutcomes()["passed"] == 2
    result.stdout.fnmatch_lines([f"{REFERENCE}::LOAD-A1 PASSED*", "local.Local::LOAD-A1 PASSED*"])


def test_a_dated_profile(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"--adapter {REFERENCE} --exchange binance@2025-01-27 -k LOAD-A1 --conformance-json r.json",
    )
    result.stdout.fnmatch_lines([f"  {REFERENCE} on binance@2025-01-27, seed 1"])
    told = json.loads(Path("r.json").read_text("utf-8"))["runs"][0]
    assert (told["exchange"], told["profile"]) == ("binance", "2025-01-27")


def test_from_an_empty_folder_with_an_adapter_lying_there(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from reference_adapters import BinanceAdapter as Mine\n")
    program = Path(sys.executable).with_name("pytest")
    made = subprocess.run(
        [program, "--adapter", "mine.Mine", "-k", "URL-01"],
        cwd=tmp_path, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    assert "mine.Mine on binance, seed 1" in made.stdout
    assert "1 passed" in made.stdout


def test_the_plugin_is_light_while_no_adapter_is_given() -> None:
    program = (
        "import sys, conformance.plugin; "
        "print(sorted({'aiohttp', 'trustme', 'time_machine', 'conformance.session', "
        "'conformance.report.text', 'mock_exchanges'} & set(sys.modules)))"
    )
    made = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert made.stdout == "[]\n"


def test_pytest_does_not_rewrite_the_suite(pytestconfig: pytest.Config) -> None:
    hook = AssertionRewritingHook(pytestconfig)
    # what pytest marks where this project is installed from a wheel
    hook._must_rewrite |= {"conformance", "mock_exchanges", "reference_adapters", "their_plugin"}
    plugins = pytest.PytestPluginManager()
    plugins.rewrite_hook = hook
    pytest_addoption(Parser(_ispytest=True), plugins)
    assert hook._must_rewrite == {"their_plugin"}


def test_a_run_without_an_adapter_is_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_good(): pass\ndef test_bad(): assert 0")
    result = run(pytester, "")
    assert result.parseoutcomes() == {"passed": 1, "failed": 1}
    assert "conformance:" not in said(result)
    assert not [line for line in result.outlines if line.startswith("=") and "conformance" in line]


WRONG = {
    # command line -> what the error says, in order
    "--adapter reference_adapter.BinanceAdapter": [
        "no module 'reference_adapter' was found; did you mean 'reference_adapters'?",
        "searched: the working directory",
    ],
    "--adapter reference_adapters.binanc.BinanceAdapter": ["did you mean 'binance'?"],
    "--adapter reference_adapters.BinanceAdaptr": [
        "module 'reference_adapters' was found, but it has no 'BinanceAdaptr'; "
        "did you mean 'BinanceAdapter'?"
    ],
    "--adapter reference_adapters.binanceadapter": ["did you mean 'BinanceAdapter'?"],
    "--adapter reference_adapters.binance": [
        "is a module; name what is in it, such as reference_adapters.binance.BinanceAdapter"
    ],
    "--adapter local.Local.make": ["write local:Local.make"],
    "--adapter Local": ["expected a dotted path such as mypkg.MyAdapter"],
    "--adapter local.py": ["expected a dotted path such as mypkg.MyAdapter"],
    "--adapter local:instance": [
        "is an adapter instance (Local), expected its class or a function that makes one"
    ],
    "--adapter local:number": ["is 3, expected a class or a function that returns an adapter"],
    "--adapter local:Needs": [
        "its constructor wants key, secret, which the suite cannot know "
        "(it offers network_client)",
        "--adapter local:make_adapter",
    ],
    "--adapter local:Raises": [
        "--adapter local:Raises: the constructor raised OSError: no such key file",
        "local.py:18 in __init__",
    ],
    "--adapter local:gives_nothing": ["gives None, expected an adapter"],
    "--adapter local:Elsewhere": [
        "cannot tell the exchange of --adapter local:Elsewhere: it goes to ws.example.com",
        "give it: --exchange NAME (known: ",
    ],
    "--adapter broken.Any": [
        "module 'broken' was found, but importing it failed: "
        "ModuleNotFoundError: No module named 'nowhere' (broken.py, line 2)"
    ],
    "--adapter worse.Any": ["importing it failed: SyntaxError:", "worse.py, line 1"],
    "--adapter exits.Any": ["importing it failed: SystemExit: 3 (exits.py, line 2)"],
    f"--adapter {REFERENCE} --exchange binanc": [
        "--exchange binanc: exchange 'binanc' is not known; did you mean 'binance'?"
    ],
    f"--adapter {REFERENCE} --exchange binance@2001-01-01": [
        "--exchange binance@2001-01-01: binance has no profile '2001-01-01' (known: 20"
    ],
    f"--adapter {REFERENCE} --conformance-json nowhere/report.json": [
        "--conformance-json nowhere/report.json: there is no folder nowhere"
    ],
    f"--adapter {REFERENCE} --conformance-json .": ["is a folder, expected a file"],
    "--exchange binance": ["--exchange is given, which needs --adapter PKG.NAME too"],
    "--conformance-json report.json": ["--conformance-json is given, which needs --adapter"],
    "--adaptor local.Local": ["there is no option --adaptor; did you mean --adapter?"],
    f"--adapter {REFERENCE} --conformance-jsn r.json": [
        "there is no option --conformance-jsn; did you mean --conformance-json?"
    ],
    f"--adapter={REFERENCE} --exchnge=binance": [
        "there is no option --exchnge; did you mean --exchange?"
    ],
    f"--adapter {REFERENCE} --conformance-strikt": ["did you mean --conformance-strict?"],
}  # fmt: skip


@pytest.mark.parametrize("line", WRONG)
def test_a_usage_error_is_a_few_lines_with_the_right_name(
    pytester: pytest.Pytester, line: str
) -> None:
    pytester.makepyfile(
        local=LOCAL,
        broken="import os\nimport nowhere",
        worse="def f(:",
        exits="import sys\nsys.exit(3)",
    )
    result = run(pytester, line)
    text = said(result)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "Traceback" not in text
    assert len([written for written in text.splitlines() if written.strip()]) <= 4, text
    position = 0
    for part in WRONG[line]:
        assert part in text[position:], text
        position = text.index(part, position)


def test_an_option_of_another_plugin_may_look_like_ours(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--adapters')")
    pytester.makepyfile("def test_it(): pass")
    assert run(pytester, "--adapters x").ret == 0
