"""What the README says of the API is so."""

import re

from installations import CHECKOUT, Installation
from test_bad_input import call


def rows() -> dict[str, bool]:
    """Each operation of the README's table, and whether it is supported."""
    table = (CHECKOUT / "README.md").read_text().partition("### Operations")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (`.*) \| (yes|not yet) \|", table, re.MULTILINE)
    named = [(name, supported == "yes") for names, supported in lines for name in re.findall(r"`(\w+)`", names)]
    assert len(dict(named)) == len(named), "an operation is there twice"
    return dict(named)


def test_the_table_of_operations_has_those_of_the_api(dev: Installation) -> None:
    assert sorted(rows()) == sorted(dev.sfn.meta.service_model.operation_names)
    assert len(rows()) == 37


def test_the_operations_that_the_table_calls_supported_are_those_that_are(dev: Installation) -> None:
    supported = {operation: call(dev, operation, {}).error != "NotImplemented" for operation in rows()}
    assert supported == rows()
