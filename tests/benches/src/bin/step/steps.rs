//! The steps that are measured.

use std::hint::black_box;

use benches::machines::order;
use serde_json::{Map, Value, json};

use crate::execution::Ongoing;

pub struct Measured {
    pub what: String,
    /// How many of them one call of `work` does.
    pub times: usize,
    pub work: Box<dyn FnMut()>,
}

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

pub fn all() -> Vec<Measured> {
    let mut all = vec![
        one("Pass, 1 KB handed on", &pass(json!({})), 0),
        one("Pass, ResultPath", &pass(json!({ "Result": 1, "ResultPath": "$.result" })), 0),
        one("Pass, Parameters with five paths", &pass(json!({ "Parameters": parameters() })), 0),
        one(
            "Pass, Parameters that count",
            &pass(json!({ "Parameters": { "n.$": "States.MathAdd($.count.n, 1)" } })),
            0,
        ),
        one("Choice, the fifth rule of five", &choice(), 0),
        one("Wait, entered", &state(json!({ "Type": "Wait", "Seconds": 60, "End": true })), 0),
        one("Task, scheduled", &task(json!({})), 0),
        one("Task, result of 1 KB", &task(json!({})), 1),
        one("Task, result of 1 KB, ResultPath", &task(json!({ "ResultPath": "$.result" })), 1),
        one("Parallel, ten branches begin", &parallel(10), 0),
        one("Parallel, the last of ten joins", &parallel(10), 10),
    ];
    all.extend(supported());
    all
}

/// What is there once the engine takes it.
fn supported() -> Vec<Measured> {
    let jsonata = |fields: Value| pass(with(fields, json!({ "QueryLanguage": "JSONata" })));
    let candidates: Vec<(&str, Value, usize)> = vec![
        ("JSONata: Pass, Output of five members", jsonata(json!({ "Output": output() })), 0),
        (
            "JSONata: Pass, Output that counts",
            jsonata(json!({ "Output": { "n": "{% $states.input.count.n + 1 %}" } })),
            0,
        ),
    ];
    let mut measured: Vec<Measured> = candidates
        .iter()
        .filter(|(_, definition, _)| is_supported(definition))
        .map(|(what, definition, steps)| one(what, definition, *steps))
        .collect();
    for concurrency in [0, 40] {
        for items in [100, 1_000, 10_000] {
            let definition = map(concurrency);
            if is_supported(&definition) {
                measured.push(whole(
                    &format!("Map, {items} items, {concurrency} at once: all of it, per item"),
                    &definition,
                    items,
                ));
            }
        }
    }
    measured
}

fn is_supported(definition: &Value) -> bool {
    let parsed = asl::parse(&definition.to_string(), asl::MachineType::Standard);
    parsed.is_ok_and(|parsed| engine::supported::unsupported(&parsed.machine).is_empty())
}

/// One step, after so many others, of an execution with 1 KB of input.
fn one(what: &str, definition: &Value, after: usize) -> Measured {
    let ongoing = Ongoing::start(definition, &order(1)).after(after);
    Measured { what: what.to_owned(), times: 1, work: Box::new(move || drop(black_box(ongoing.next()))) }
}

/// A whole execution.
fn whole(what: &str, definition: &Value, items: usize) -> Measured {
    let definition = definition.clone();
    let input = json!({ "items": (0..items).collect::<Vec<_>>() });
    let started = Ongoing::start(&definition, &input);
    let work = move || {
        let mut ongoing = started.clone();
        while let Some(input) = ongoing.inputs.pop_front() {
            let step = ongoing.step(&input);
            ongoing.accept(step);
        }
        assert!(ongoing.run.has_ended());
    };
    Measured { what: what.to_owned(), times: items, work: Box::new(work) }
}

fn state(state: Value) -> Value {
    json!({ "StartAt": "State", "States": { "State": state } })
}

fn with(mut object: Value, fields: Value) -> Value {
    let fields: Map<String, Value> = serde_json::from_value(fields).unwrap();
    object.as_object_mut().unwrap().extend(fields);
    object
}

fn pass(fields: Value) -> Value {
    state(with(json!({ "Type": "Pass", "End": true }), fields))
}

fn task(fields: Value) -> Value {
    state(with(json!({ "Type": "Task", "Resource": FUNCTION, "End": true }), fields))
}

fn parameters() -> Value {
    json!({
        "order.$": "$.orderId", "city.$": "$.customer.address.city", "first.$": "$.items[0].sku",
        "all.$": "$.items[*].name", "state.$": "$$.State.Name",
    })
}

fn output() -> Value {
    json!({
        "order": "{% $states.input.orderId %}", "city": "{% $states.input.customer.address.city %}",
        "first": "{% $states.input.items[0].sku %}", "all": "{% $states.input.items.name %}",
        "state": "{% $states.context.State.Name %}",
    })
}

fn choice() -> Value {
    let rule = |rule: Value| with(rule, json!({ "Next": "End" }));
    json!({
        "StartAt": "State",
        "States": {
            "State": {
                "Type": "Choice",
                "Choices": [
                    rule(json!({ "Variable": "$.currency", "StringEquals": "USD" })),
                    rule(json!({ "Variable": "$.count.n", "NumericGreaterThan": 10 })),
                    rule(json!({ "Variable": "$.missing", "IsPresent": true })),
                    rule(json!({ "And": [
                        { "Variable": "$.shipping.express", "BooleanEquals": true },
                        { "Variable": "$.count.n", "NumericEquals": 0 },
                    ] })),
                    rule(json!({ "Variable": "$.placedAt", "TimestampGreaterThan": "2020-01-01T00:00:00Z" })),
                ],
            },
            "End": { "Type": "Succeed" },
        },
    })
}

fn parallel(branches: usize) -> Value {
    let branch = |n: usize| json!({ "StartAt": format!("B{n}"), "States": { format!("B{n}"): { "Type": "Pass", "End": true } } });
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    state(json!({ "Type": "Parallel", "Branches": branches, "End": true }))
}

/// Three steps an item.
fn map(concurrency: usize) -> Value {
    let processor = json!({
        "StartAt": "One",
        "States": {
            "One": { "Type": "Pass", "Next": "Two" },
            "Two": { "Type": "Pass", "Next": "Three" },
            "Three": { "Type": "Pass", "End": true },
        },
    });
    state(json!({
        "Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "MaxConcurrency": concurrency, "End": true,
    }))
}
