//! Branches that contend, in the time of the tests: a call of a port takes six milliseconds, each message has an invocation of its own, and
//! all dispatchers are one process.

use benches::table::Table;
use serde_json::{Value, json};
use tests::{Installation, Options, Took, states, task, with};

pub fn print() {
    let columns = [
        "",
        "transitions",
        "records",
        "conflicts",
        "for each transition",
        "write units",
        "wasted",
        "reads",
        "gave up",
        "ms",
    ];
    let mut table = Table::new("Branches that contend", &columns);
    let wait = json!({ "Type": "Wait", "Seconds": 60 });
    for (name, state) in [("that wait for the same second", wait), ("with a task", task(json!({})))] {
        for branches in [1, 10, 40] {
            row(&mut table, format!("Parallel, {branches} branches {name}"), &parallel(branches, &state), &json!({}));
        }
        let items: Vec<usize> = (0..400).collect();
        row(&mut table, format!("Map, 40 at once, 400 items {name}"), &map(&state), &json!(items));
    }
    table.print();
}

fn row(table: &mut Table, name: String, definition: &Value, input: &Value) {
    let installation = Installation::new(Options::default());
    installation.create(definition);
    installation.start(input);
    let took: Took = installation.run_crowded(&[Installation::execution()]).0;
    // Each has one cause, and records share those of a batch.
    let transitions: usize = installation.records().iter().skip(1).map(|record| record.causes.len()).sum();
    table.row(&[
        name,
        transitions.to_string(),
        took.records.to_string(),
        took.conflicts.to_string(),
        format!("{:.2}", took.conflicts as f64 / transitions as f64),
        took.units.all.to_string(),
        took.units.wasted.to_string(),
        took.reads.to_string(),
        took.failures.to_string(),
        took.millis.to_string(),
    ]);
}

fn parallel(branches: usize, state: &Value) -> Value {
    let branch = |number: usize| states(json!({ format!("S{number}"): with(state.clone(), json!({ "End": true })) }));
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    states(json!({ "All": { "Type": "Parallel", "Branches": branches, "End": true } }))
}

fn map(state: &Value) -> Value {
    let iteration = states(json!({ "S": with(state.clone(), json!({ "End": true })) }));
    states(json!({ "Each": { "Type": "Map", "MaxConcurrency": 40, "ItemProcessor": iteration, "End": true } }))
}
