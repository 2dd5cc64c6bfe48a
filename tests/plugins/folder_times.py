"""A pytest plugin that ends a run with the seconds each folder of tests took, fixtures included."""

from collections import Counter, defaultdict
from pathlib import PurePosixPath

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the folders, slowest first."""
    seconds: defaultdict[str, float] = defaultdict(float)
    n_tests: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                folder = PurePosixPath(report.nodeid.partition("::")[0]).parent.as_posix()
                seconds[folder] += report.duration
                n_tests[folder] += report.when == "call"
    if not seconds:
        return
    terminalreporter.section("time by folder")
    for folder, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        terminalreporter.write_line(f"{spent:8.1f} s  {n_tests[folder]:5} tests  {folder}")
    terminalreporter.write_line(f"{sum(seconds.values()):8.1f} s  {sum(n_tests.values()):5} tests")
