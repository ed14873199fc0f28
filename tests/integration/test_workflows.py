"""The example workflows, with their whole histories."""

import json
from collections.abc import Callable

import histories
import pytest
from installations import WORKFLOWS, Execution, Installation, unique

#: By the input beside the definition: what comes out, or the error.
ORDERS: dict[str, dict[str, object] | str] = {
    "order": {
        "order_id": "ORDER",
        "status": "shipped",
        "tracking_number": "STANDARD-ORDER",
        "message": "Dear Ada, your 3 items are on their way.",
    },
    "order.busy-warehouse": {
        "order_id": "ORDER",
        "status": "shipped",
        "tracking_number": "EXPRESS-ORDER",
        "message": "Dear Ada, your 2 items are on their way.",
    },
    "order.slow-bank": {
        "order_id": "ORDER",
        "status": "shipped",
        "tracking_number": "STANDARD-ORDER",
        "message": "Dear Ada, your 3 items are on their way.",
    },
    "order.nothing-to-pay": {
        "order_id": "ORDER",
        "status": "shipped",
        "tracking_number": "STANDARD-ORDER",
        "message": "Dear Ada, your 3 items are on their way.",
    },
    "order.out-of-stock": {
        "order_id": "ORDER",
        "status": "back-ordered",
        "reason": {"errorType": "Warehouse.OutOfStock", "errorMessage": "0 of 1 teapot-iron in stock"},
    },
    "order.card-declined": "Payment.CardDeclined",
    "order.no-such-place": "Parcel.NoSuchPlace",
    "order.empty": "Shop.EmptyOrder",
}

Orders = Callable[[str], Execution]


@pytest.fixture(scope="module")
def orders(installation: Installation) -> Orders:
    """Starts all orders at once, so that they wait at the same time; gives a finished one by the name of its input."""
    machine = installation.create(installation.definition("order"), unique("order"))
    started = {
        name: installation.start(machine, json.loads((WORKFLOWS / f"{name}.input.json").read_text()), unique("o"))
        for name in ORDERS
    }
    return lambda name: installation.ended(started[name])


def test_a_greeting_runs_through_two_functions(installation: Installation) -> None:
    execution = installation.run(installation.definition("greeting"), {"name": "Ada"})
    assert execution.output == {"greeting": "HELLO, ADA!"}
    histories.expect("greeting", execution.events, installation.respaces)


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_ends_as_it_should(orders: Orders, installation: Installation, name: str) -> None:
    execution = orders(name)
    order_id = execution.description["name"]
    expected = ORDERS[name]
    if isinstance(expected, str):
        assert (execution.status, execution.error) == ("FAILED", expected)
    else:
        assert json.loads(execution.description["output"].replace(order_id, "ORDER")) == expected
    histories.expect(name, histories.renamed(execution.events, order_id, "ORDER"), installation.respaces)
