//! From a drawn machine to its definition. State `n` of a line is called `PREFIXn`, and goes on to the next.

use serde_json::{Map, Value, json};

use super::fields::Takes;
use super::{Calls, Catcher, Errors, Handling, Kind, Language, Line, Machine, Retrier, State, WaitFor};
use crate::{ACTIVITY, FUNCTION, START};

impl Machine {
    pub fn definition(&self) -> Value {
        let mut definition = self.writer().line(&self.line, "S", 0);
        if self.language == Language::Jsonata {
            definition["QueryLanguage"] = "JSONata".into();
        }
        if let Some(seconds) = self.timeout_seconds {
            definition["TimeoutSeconds"] = seconds.into();
        }
        definition
    }

    fn writer(&self) -> Writer {
        Writer { machine: self.language }
    }
}

struct Writer {
    machine: Language,
}

/// Where a state stands.
struct Place<'a> {
    prefix: &'a str,
    states: usize,
    index: usize,
    depth: usize,
}

impl Place<'_> {
    fn state(&self, index: usize) -> String {
        if index < self.states { format!("{}{index}", self.prefix) } else { format!("{}End", self.prefix) }
    }

    fn own(&self) -> String {
        self.state(self.index)
    }

    fn next(&self) -> String {
        self.state(self.index + 1)
    }

    /// Any state of the line, by a number that chooses.
    fn any(&self, choice: usize) -> String {
        self.state(choice % (self.states + 1))
    }
}

impl Writer {
    fn line(&self, line: &Line, prefix: &str, depth: usize) -> Value {
        let mut states = Map::new();
        let start = Place { prefix, states: line.len(), index: 0, depth };
        for (index, state) in line.iter().enumerate() {
            self.state(state, &Place { index, ..start }, &mut states);
        }
        states.insert(start.state(line.len()), json!({ "Type": "Pass", "End": true }));
        json!({ "StartAt": start.own(), "States": states })
    }

    /// The state, and the helpers that it needs.
    fn state(&self, state: &State, place: &Place<'_>, states: &mut Map<String, Value>) {
        let language = if self.machine == Language::Jsonata { Language::Jsonata } else { state.language };
        let written = Written { language, state, place };
        let own = place.own();
        let (fields, takes) = match &state.kind {
            Kind::Pass => (written.pass(), Takes::InputAndResult),
            Kind::Wait(wait_for) => (written.wait(*wait_for), Takes::Input),
            Kind::Task { calls, limit, handling } => (written.task(*calls, *limit, handling), Takes::Everything),
            Kind::Jump { limit, to } => {
                let count = format!("Count{own}");
                states.insert(count.clone(), self.marked(language, written.count(*to)));
                (written.choice("<", *limit, &count), Takes::Input)
            }
            Kind::Ends { at, fails } => {
                let end = format!("Ends{own}");
                let last = if *fails { json!({ "Type": "Fail", "Error": end }) } else { json!({ "Type": "Succeed" }) };
                states.insert(end.clone(), self.marked(language, last));
                (written.choice("=", *at, &end), Takes::Input)
            }
            Kind::Parallel { branches, handling } => {
                let branch =
                    |(number, line): (usize, &Line)| self.line(line, &format!("{own}B{number}S"), place.depth + 1);
                let branches = branches.iter().enumerate().map(branch).collect();
                (written.parallel(branches, handling), Takes::Everything)
            }
            Kind::Map { items, concurrency, processor, handling } => {
                let map = format!("Map{own}");
                let processor = self.line(processor, &format!("{own}I"), place.depth + 1);
                let fields = written.map(processor, *concurrency, handling);
                states.insert(map.clone(), self.marked(language, written.with_data(fields, Takes::AllButArguments)));
                states.insert(own, self.marked(language, written.items(*items, &map)));
                return;
            }
        };
        states.insert(own, self.marked(language, written.with_data(fields, takes)));
    }

    /// Names the language where it is not the machine's.
    fn marked(&self, language: Language, mut state: Value) -> Value {
        if language != self.machine {
            state["QueryLanguage"] = "JSONata".into();
        }
        state
    }
}

/// One state, in its language. Both languages say the same.
struct Written<'a> {
    language: Language,
    state: &'a State,
    place: &'a Place<'a>,
}

impl Written<'_> {
    fn is_jsonata(&self) -> bool {
        self.language == Language::Jsonata
    }

    /// The drawn data fields take the place of those that keep `n` and `at`.
    fn with_data(&self, mut state: Value, takes: Takes) -> Value {
        let Some(data) = &self.state.data else { return state };
        for name in ["ResultPath", "Result", "Output"] {
            state.as_object_mut().expect("a state").remove(name);
        }
        for (name, value) in data.fields(self.language, takes, self.place.depth) {
            match name.as_str() {
                // What is called is not drawn.
                "Parameters" | "Arguments" if state[&name].get("FunctionName").is_some() => {
                    state[&name]["Payload"] = value
                }
                _ => state[&name] = value,
            }
        }
        state
    }

    /// Puts a value into the input, under a name. In JSONPath the value is the result already.
    fn keeping(&self, mut state: Value, name: &str, expression: &str) -> Value {
        if self.is_jsonata() {
            state["Output"] = format!("{{% $merge([$states.input, {{'{name}': {expression}}}]) %}}").into();
        } else {
            state["ResultPath"] = format!("$.{name}").into();
        }
        state
    }

    fn result(&self, result: Value, name: &str, next: &str) -> Value {
        let state = json!({ "Type": "Pass", "Next": next });
        let mut state = self.keeping(state, name, &result.to_string());
        if !self.is_jsonata() {
            state["Result"] = result;
        }
        state
    }

    fn pass(&self) -> Value {
        self.result(self.place.index.into(), "last", &self.place.next())
    }

    fn wait(&self, wait_for: WaitFor) -> Value {
        let mut state = json!({ "Type": "Wait", "Next": self.place.next() });
        match wait_for {
            WaitFor::Seconds(seconds) => state["Seconds"] = seconds.into(),
            WaitFor::Until(seconds) => state["Timestamp"] = START.plus_seconds(seconds).to_string().into(),
            WaitFor::Counter if self.is_jsonata() => state["Seconds"] = "{% $states.input.n %}".into(),
            WaitFor::Counter => state["SecondsPath"] = "$.n".into(),
        }
        state
    }

    fn task(&self, calls: Calls, limit: Option<u64>, handling: &Handling) -> Value {
        let own = self.place.own();
        let (field, mut event) = if self.is_jsonata() {
            let event = json!({
                "state": own, "visit": "{% $states.input.n %}", "at": "{% $states.input.at %}",
                "attempt": "{% $states.context.State.RetryCount %}",
                "redrive": "{% $states.context.Execution.RedriveCount %}",
            });
            ("Arguments", event)
        } else {
            let event = json!({
                "state": own, "visit.$": "$.n", "at.$": "$.at",
                "attempt.$": "$$.State.RetryCount", "redrive.$": "$$.Execution.RedriveCount",
            });
            ("Parameters", event)
        };
        let mut state = json!({ "Type": "Task" });
        match calls {
            Calls::Function | Calls::Activity => {
                state["Resource"] = if calls == Calls::Activity { ACTIVITY } else { FUNCTION }.into();
                state[field] = event;
            }
            Calls::Invoke => {
                state["Resource"] = "arn:aws:states:::lambda:invoke".into();
                state[field] = json!({ "FunctionName": "f", "Payload": event });
            }
            Calls::Callback => {
                state["Resource"] = "arn:aws:states:::lambda:invoke.waitForTaskToken".into();
                match self.language {
                    Language::Jsonata => event["token"] = "{% $states.context.Task.Token %}".into(),
                    Language::JsonPath => event["token.$"] = "$$.Task.Token".into(),
                }
                state[field] = json!({ "FunctionName": "f", "Payload": event });
            }
        }
        if let Some(seconds) = limit {
            state["TimeoutSeconds"] = seconds.into();
        }
        self.handled(self.keeping(state, "result", "$states.result"), handling)
    }

    fn count(&self, to: usize) -> Value {
        let next = self.place.state(to % self.place.states);
        if self.is_jsonata() {
            json!({ "Type": "Pass", "Output": { "n": "{% $states.input.n + 1 %}", "at": "" }, "Next": next })
        } else {
            json!({ "Type": "Pass", "Parameters": { "n.$": "States.MathAdd($.n, 1)", "at": "" }, "Next": next })
        }
    }

    fn choice(&self, operator: &str, limit: u64, then: &str) -> Value {
        let rule = if self.is_jsonata() {
            json!({ "Condition": format!("{{% $states.input.n {operator} {limit} %}}"), "Next": then })
        } else {
            let operator = if operator == "<" { "NumericLessThan" } else { "NumericEquals" };
            json!({ "Variable": "$.n", operator: limit, "Next": then })
        };
        json!({ "Type": "Choice", "Choices": [rule], "Default": self.place.next() })
    }

    fn parallel(&self, branches: Vec<Value>, handling: &Handling) -> Value {
        let state = json!({ "Type": "Parallel", "Branches": branches });
        self.handled(self.keeping(state, "parallel", "$states.result"), handling)
    }

    /// Puts the items of the Map state behind it into its input.
    fn items(&self, items: usize, map: &str) -> Value {
        self.result((0..items).collect(), "items", map)
    }

    fn map(&self, processor: Value, concurrency: usize, handling: &Handling) -> Value {
        let mut state = json!({ "Type": "Map", "ItemProcessor": processor, "MaxConcurrency": concurrency });
        if self.is_jsonata() {
            state["Items"] = "{% $states.input.items %}".into();
            let at = "{% $states.input.at & '/' & $string($states.context.Map.Item.Value) %}";
            state["ItemSelector"] = json!({ "n": "{% $states.input.n %}", "at": at });
        } else {
            state["ItemsPath"] = "$.items".into();
            let at = "States.Format('{}/{}', $.at, $$.Map.Item.Value)";
            state["ItemSelector"] = json!({ "n.$": "$.n", "at.$": at });
        }
        self.handled(self.keeping(state, "map", "$states.result"), handling)
    }

    fn handled(&self, mut state: Value, handling: &Handling) -> Value {
        state["Next"] = self.place.next().into();
        let all = |index: usize, length: usize| index + 1 == length;
        let Handling { retriers, catchers } = handling;
        let retry = retriers.iter().enumerate().map(|(index, retrier)| retry(retrier, all(index, retriers.len())));
        let catch = catchers.iter().enumerate().map(|(index, catcher)| self.catch(catcher, all(index, catchers.len())));
        state["Retry"] = retry.collect();
        state["Catch"] = catch.collect();
        state
    }

    fn catch(&self, catcher: &Catcher, last: bool) -> Value {
        let next = catcher.to.map_or_else(|| self.place.next(), |to| self.place.any(to));
        let state = json!({ "ErrorEquals": errors(catcher.errors, last), "Next": next });
        self.keeping(state, "error", "$states.errorOutput")
    }
}

fn retry(retrier: &Retrier, last: bool) -> Value {
    let mut retry = json!({
        "ErrorEquals": errors(retrier.errors, last),
        "IntervalSeconds": retrier.interval,
        "MaxAttempts": retrier.attempts,
        "BackoffRate": retrier.rate,
    });
    if let Some(longest) = retrier.longest {
        retry["MaxDelaySeconds"] = longest.max(retrier.interval + 1).into();
    }
    if retrier.jitter {
        retry["JitterStrategy"] = "FULL".into();
    }
    retry
}

fn errors(errors: Errors, last: bool) -> Value {
    match errors {
        Errors::Busy => json!(["Busy", "Lambda.Unknown"]),
        Errors::Broken => json!(["Broken"]),
        Errors::TaskFailed => json!(["States.TaskFailed"]),
        Errors::Timeout => json!(["States.Timeout", "States.HeartbeatTimeout"]),
        Errors::All if last => json!(["States.ALL"]),
        Errors::All => json!(["Busy", "Broken"]),
    }
}
