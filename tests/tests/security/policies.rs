//! What a key permits.

use access::Role;
use serde_json::{Value, json};

use crate::Guarded;

const ARN: &str = "arn:aws:states:us-east-1:123456789012";

/// State machines `orders-eu` and `payroll`, with an execution `one` of each.
fn populated() -> Guarded {
    let it = Guarded::default();
    for name in ["orders-eu", "payroll"] {
        let machine = json!({
            "name": name,
            "definition": tests::states(json!({"A": {"Type": "Wait", "Seconds": 60, "End": true}})).to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/r",
        });
        assert_eq!(it.call(&it.key, "CreateStateMachine", &machine).code(), "ok");
        let start = json!({"stateMachineArn": format!("{ARN}:stateMachine:{name}"), "name": "one"});
        assert_eq!(it.call(&it.key, "StartExecution", &start).code(), "ok");
    }
    it
}

fn machine(name: &str) -> Value {
    json!({"stateMachineArn": format!("{ARN}:stateMachine:{name}")})
}

fn execution(name: &str) -> Value {
    json!({"executionArn": format!("{ARN}:execution:{name}:one")})
}

#[test]
fn a_denial_has_the_words_of_iam() {
    let it = populated();
    let key = it.create_key("ci", Role::ReadOnly, &[]);
    let answer = it.call(&key, "StartExecution", &machine("payroll"));
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "AccessDeniedException"));
    assert_eq!(
        answer.message(),
        "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: states:StartExecution on resource: \
         arn:aws:states:us-east-1:123456789012:stateMachine:payroll because no identity-based policy allows the \
         states:StartExecution action"
    );
}

#[test]
fn each_role_does_what_it_may_and_nothing_else() {
    let it = populated();
    let calls = [
        ("DescribeExecution", execution("orders-eu")),
        ("GetExecutionHistory", execution("orders-eu")),
        ("ListStateMachines", json!({})),
        ("StartExecution", machine("orders-eu")),
        ("StopExecution", execution("orders-eu")),
        ("DeleteStateMachine", machine("nothing")),
    ];
    for (role, permitted) in [
        (Role::Full, [true, true, true, true, true, true]),
        (Role::ReadOnly, [true, true, true, false, false, false]),
        (Role::StartOnly, [false, false, false, true, false, false]),
        (Role::Worker, [false, false, false, false, false, false]),
    ] {
        let key = it.create_key("key", role, &[]);
        for ((operation, body), permitted) in calls.iter().zip(permitted) {
            let expected = if permitted { "ok" } else { "AccessDeniedException" };
            assert_eq!(it.call(&key, operation, body).code(), expected, "{role}: {operation}");
        }
    }
}

#[test]
fn what_is_denied_is_not_done() {
    let it = populated();
    let key = it.create_key("key", Role::ReadOnly, &[]);
    assert_eq!(it.call(&key, "DeleteStateMachine", &machine("payroll")).code(), "AccessDeniedException");
    assert_eq!(it.call(&it.key, "DescribeStateMachine", &machine("payroll")).code(), "ok");
}

#[test]
fn a_limited_key_reaches_its_state_machines_and_no_others() {
    let it = populated();
    let key = it.create_key("key", Role::Full, &["orders-*"]);
    let new = |name: &str| json!({"name": name, "definition": tests::states(json!({"A": {"Type": "Succeed"}})).to_string(), "roleArn": "arn:aws:iam::123456789012:role/r"});
    for (operation, body, expected) in [
        ("StartExecution", machine("orders-eu"), "ok"),
        ("StartExecution", machine("payroll"), "AccessDeniedException"),
        ("DescribeExecution", execution("orders-eu"), "ok"),
        ("DescribeExecution", execution("payroll"), "AccessDeniedException"),
        ("ListExecutions", machine("orders-eu"), "ok"),
        ("ListExecutions", machine("payroll"), "AccessDeniedException"),
        ("ListExecutions", json!({}), "AccessDeniedException"),
        ("ListStateMachines", json!({}), "AccessDeniedException"),
        ("CreateStateMachine", new("orders-us"), "ok"),
        ("CreateStateMachine", new("payroll-2"), "AccessDeniedException"),
        ("CreateStateMachine", json!({}), "AccessDeniedException"),
        ("ListActivities", json!({}), "AccessDeniedException"),
        ("TestState", json!({"definition": "{}"}), "AccessDeniedException"),
        ("StartExecution", json!({"stateMachineArn": "payroll"}), "InvalidArn"),
        ("StartExecution", json!([machine("orders-eu")]), "AccessDeniedException"),
    ] {
        assert_eq!(it.call(&key, operation, &body).code(), expected, "{operation} {body}");
    }
}

#[test]
fn a_member_given_twice_is_decided_on_as_it_is_used() {
    let it = populated();
    let key = it.create_key("key", Role::Full, &["orders-*"]);
    let twice = |first: &str, second: &str| {
        let arn = |name: &str| format!(r#""stateMachineArn":"{ARN}:stateMachine:{name}""#);
        let body = format!("{{{},{}}}", arn(first), arn(second));
        it.send(crate::signer::Unsigned::new(&key, "DescribeStateMachine", &body).sign())
    };
    let answers = [twice("orders-eu", "payroll"), twice("payroll", "orders-eu")];
    for answer in &answers {
        assert!(answer.code() == "AccessDeniedException" || answer.body["name"] == "orders-eu", "{answer:?}");
    }
    assert_ne!(answers[0].code(), answers[1].code());
}
