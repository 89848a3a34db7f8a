"""How tests are spread over workers: a file stays on one worker, and all that share the big stack do too."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARE_THE_STACK = (
    "tests/e2e/",
    "tests/faults/",
    "tests/security/test_through_gateway.py",
    "tests/security/test_database_roles.py",
)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """xdist's own `loadgroup` marks test ids, which pytest 9 no longer lets it change; folders need no marks."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "the stack" if path.startswith(SHARE_THE_STACK) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)
