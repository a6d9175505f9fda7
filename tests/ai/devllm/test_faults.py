from __future__ import annotations

import pytest

from ai.devllm.faults import Fault, fault_of_model


def test_a_models_name_chooses_what_goes_wrong() -> None:
    for fault in Fault:
        assert fault_of_model(f"dev-{fault.value}") is fault


def test_a_real_models_name_chooses_nothing() -> None:
    assert fault_of_model("claude-sonnet-5-5") is None


def test_an_unknown_fault_is_no_fault() -> None:
    with pytest.raises(ValueError, match="explode"):
        fault_of_model("dev-explode")
