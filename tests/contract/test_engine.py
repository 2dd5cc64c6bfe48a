"""What every `Engine` promises, over all of ours."""

import pytest

from filmgate.testing.engine_contract import EngineCase, EngineContract
from tests.contract.engine_cases import CASES


class TestOurEngines(EngineContract):
    """The contract, once for each case."""

    @pytest.fixture(scope="class", params=CASES, ids=lambda case: case.label)
    @classmethod
    def case(cls, request: pytest.FixtureRequest) -> EngineCase:
        """The implementation under test."""
        chosen: EngineCase = request.param
        return chosen
