"""For the tests of packages that add engines: jobs to render, and what every engine promises.

Nothing of Filmgate imports it; it needs pytest.
"""

import pytest

# Before it is imported, or its assertions would fail without saying what they saw.
pytest.register_assert_rewrite("filmgate.testing.engine_contract")
