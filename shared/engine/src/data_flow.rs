//! How data goes through a state: `InputPath`, `Parameters`, `ResultSelector`, `ResultPath`, `OutputPath`; in JSONata
//! `Arguments` and `Output`; `Assign`. <https://states-language.net/spec.html#data>
//!
//! Texts are parsed only when an expression has to look inside; what no field touches passes through as it came.

mod jsonata;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use asl::machine::{Assign, ChoiceRule, DataFlow, JsonPathFlow, PathField, ResultPath, State, Text};
use expressions::error::EvaluationError;
use expressions::path::Path;
use expressions::scope::Scope;
use expressions::template::PayloadTemplate;
use serde_json::Value;

use crate::context_object::MapItem;
use crate::event::EventId;
use crate::failure::Failure;
use crate::inspection::InspectionData;
use crate::limits;
use crate::payload::{Payload, is_deeper_than};
use crate::run::{Branch, Variables};
use crate::transition::Transition;
use jsonata::JsonataFields;

/// A JSON document as text, as a value, or both: whichever is asked for first is made from the other.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    payload: OnceCell<Payload>,
    value: OnceCell<Value>,
}

impl From<Payload> for Document {
    fn from(payload: Payload) -> Self {
        Self { payload: OnceCell::from(payload), value: OnceCell::new() }
    }
}

impl From<Value> for Document {
    fn from(value: Value) -> Self {
        Self { payload: OnceCell::new(), value: OnceCell::from(value) }
    }
}

impl Document {
    pub fn value(&self) -> &Value {
        self.value.get_or_init(|| self.payload.get().map_or(Value::Null, Payload::value))
    }

    pub fn into_value(self) -> Value {
        match self.value.into_inner() {
            Some(value) => value,
            None => self.payload.get().map_or(Value::Null, Payload::value),
        }
    }

    /// The value for whoever changes it: parsed for them alone, where nobody has looked inside yet.
    fn own_value(&self) -> Value {
        match self.value.get() {
            Some(value) => value.clone(),
            None => self.payload.get().map_or(Value::Null, Payload::value),
        }
    }

    pub fn payload(&self) -> Payload {
        self.payload.get_or_init(|| Payload::from_value(self.value.get().unwrap_or(&Value::Null))).clone()
    }

    fn empty_object() -> Self {
        Self::from(Value::Object(serde_json::Map::new()))
    }
}

/// How a state is left.
#[derive(Clone, Debug)]
pub(crate) struct Leaving {
    pub output: Payload,
    /// What its `Assign` gave.
    pub assigned: Variables,
}

/// Where expressions of one state are evaluated.
pub(crate) struct Evaluation<'a> {
    transition: &'a Transition<'a>,
    branch: &'a Branch,
    state: &'a State,
    /// The item that an ItemSelector is evaluated for.
    item: Option<MapItem>,
    context: OnceCell<Value>,
    /// Those of the branch's variables that expressions have asked for.
    variables: HashMap<&'a str, (&'a Payload, OnceCell<Value>)>,
}

impl<'a> Evaluation<'a> {
    pub fn new(transition: &'a Transition<'a>, branch: &'a Branch, state: &'a State) -> Self {
        Self::with(transition, branch, state, None)
    }

    /// For what a Map state evaluates for each item.
    pub fn of_item(transition: &'a Transition<'a>, branch: &'a Branch, state: &'a State, item: MapItem) -> Self {
        Self::with(transition, branch, state, Some(item))
    }

    fn with(transition: &'a Transition<'a>, branch: &'a Branch, state: &'a State, item: Option<MapItem>) -> Self {
        let variables = branch.variables.iter();
        Self {
            transition,
            branch,
            state,
            item,
            context: OnceCell::new(),
            variables: variables.map(|(name, value)| (name.as_str(), (value, OnceCell::new()))).collect(),
        }
    }

    /// The branch's raw input, wherever it is.
    pub fn raw_input(&self, branch: &Branch) -> Payload {
        self.transition.raw_input(branch)
    }

    /// The data fields of the state, ready to be applied.
    pub fn flow<'f>(&'f self, flow: &'f DataFlow) -> Flow<'f> {
        let fields = match flow {
            DataFlow::JsonPath(fields) => Fields::JsonPath(fields),
            DataFlow::Jsonata(fields) => Fields::Jsonata(JsonataFields(fields)),
        };
        Flow { evaluation: self, fields }
    }

    /// The value that the path names, or `None`.
    pub fn find(&self, path: &Path, input: &Document) -> Option<Value> {
        path.value(&self.scope(input)).map(Cow::into_owned)
    }

    /// The value that a path field names; its absence is a failure.
    pub fn evaluate(&self, path: &Path, input: &Document) -> Result<Value, Failure> {
        path.value_for_state(&self.scope(input)).map(Cow::into_owned).map_err(|error| self.failure(&error))
    }

    /// What `ItemsPath` names.
    pub fn items(&self, path: &Path, input: &Document) -> Result<Value, Failure> {
        path.value_for_items(&self.scope(input)).map(Cow::into_owned).map_err(|error| self.failure(&error))
    }

    /// `Error`, `Cause`, `RoleArn`: texts that may be computed. Failures name `field`, or `path_field`.
    pub fn text(&self, text: &Text, field: &str, path_field: &str, input: &Document) -> Result<String, Failure> {
        let scope = self.scope(input);
        let value = match text {
            Text::Constant(text) => return Ok(text.clone()),
            Text::Path(path) => path.value_for_field(path_field, &scope).map(Cow::into_owned),
            Text::Intrinsic(function) => function.evaluate(&scope),
            Text::Jsonata(expression) => return self.jsonata(input).text(expression, field),
        };
        match value.map_err(|error| self.failure(&error))? {
            Value::String(text) => Ok(text),
            other => {
                Err(self.runtime(&format!("The value for the field '{path_field}' must be a string but was {other}")))
            }
        }
    }

    /// `value` put where `path` says in the raw input.
    pub fn placed(&self, path: &ResultPath, raw: &Document, value: Document) -> Result<Document, Failure> {
        match path {
            ResultPath::Replace => Ok(value),
            ResultPath::Discard => Ok(raw.clone()),
            ResultPath::At(path) => {
                let placed = path.set(raw.own_value(), value.into_value());
                placed.map(Document::from).map_err(|error| Failure::Evaluation {
                    error: asl::machine::ErrorName::new(error.error_name()),
                    cause: error.to_string(),
                })
            }
        }
    }

    /// What `Assign` gives in JSONPath, with `$` standing for `document`. All of it sees the variables as they were before.
    pub fn assigned(&self, assign: Option<&Assign>, document: &Document) -> Result<Variables, Failure> {
        match assign {
            Some(Assign::JsonPath(template)) => self.variables_of(self.render(template, document)?),
            // The parser gives each state the `Assign` of its own language.
            None | Some(Assign::Jsonata(_)) => Ok(Variables::new()),
        }
    }

    /// The members of what an `Assign` gave.
    fn variables_of(&self, assigned: Document) -> Result<Variables, Failure> {
        match assigned.into_value() {
            Value::Object(members) => {
                let size: usize = members.values().map(|value| value.to_string().len()).sum();
                Failure::over_limit(self.state.name.as_str(), size, &self.transition.given.limits)?;
                Ok(members.iter().map(|(name, value)| (name.clone(), Payload::from_value(value))).collect())
            }
            _ => Ok(Variables::new()),
        }
    }

    /// The state's output, if it is not too large, and what it assigns.
    pub fn leaving(&self, output: &Document, assigned: Variables) -> Result<Leaving, Failure> {
        // What our parser would not read must not become a payload: the next state could not take it in.
        if output.value.get().is_some_and(|value| is_deeper_than(value, limits::JSON_DEPTH)) {
            return Err(self.runtime("The output is nested too deeply."));
        }
        let payload = output.payload();
        Failure::over_limit(self.state.name.as_str(), payload.len(), &self.transition.given.limits)?;
        Ok(Leaving { output: payload, assigned })
    }

    /// Notes what TestState shows; anywhere else it does nothing.
    pub fn inspect(&self, note: impl FnOnce(&mut InspectionData)) {
        self.transition.inspect(note);
    }

    pub fn runtime(&self, why: &str) -> Failure {
        Failure::runtime(&self.state.name, self.entered(), why)
    }

    fn failure(&self, error: &EvaluationError) -> Failure {
        Failure::evaluation(&self.state.name, self.entered(), error)
    }

    fn entered(&self) -> EventId {
        self.branch.entered.map(|entered| entered.event_id).unwrap_or_default()
    }

    fn context(&self) -> &Value {
        let Evaluation { transition, branch, state, item, context, .. } = self;
        context.get_or_init(|| transition.context_object(branch, state, item.as_ref()))
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        let (payload, value) = self.variables.get(name)?;
        Some(value.get_or_init(|| payload.value()))
    }

    fn scope<'s>(&'s self, input: &'s Document) -> InputScope<'s> {
        InputScope { evaluation: self, input }
    }

    pub fn render(&self, template: &PayloadTemplate, input: &Document) -> Result<Document, Failure> {
        match template.literal() {
            Some(literal) => Ok(Document::from(literal.clone())),
            None => template.render(&self.scope(input)).map(Document::from).map_err(|error| self.failure(&error)),
        }
    }

    fn path_field(&self, field: &PathField, input: &Document) -> Result<Document, Failure> {
        match field {
            PathField::Whole => Ok(input.clone()),
            PathField::Null => Ok(Document::empty_object()),
            PathField::Path(path) => self.evaluate(path, input).map(Document::from),
        }
    }
}

/// The data fields of a state.
pub(crate) struct Flow<'f> {
    evaluation: &'f Evaluation<'f>,
    fields: Fields<'f>,
}

#[derive(Clone, Copy)]
enum Fields<'f> {
    JsonPath(&'f JsonPathFlow),
    Jsonata(JsonataFields<'f>),
}

impl Flow<'_> {
    /// What `InputPath` leaves of the raw input. Path fields such as `TimeoutSecondsPath` refer to it. In JSONata, the
    /// input as it is.
    pub fn reference_input(&self, raw: &Document) -> Result<Document, Failure> {
        match self.fields {
            Fields::JsonPath(fields) => {
                let input = self.evaluation.path_field(&fields.input_path, raw)?;
                self.evaluation.inspect(|data| data.after_input_path = Some(input.payload()));
                Ok(input)
            }
            Fields::Jsonata(_) => Ok(raw.clone()),
        }
    }

    /// `InputPath`, then `Parameters`; or `Arguments`.
    pub fn effective_input(&self, raw: &Document) -> Result<Document, Failure> {
        match self.fields {
            Fields::JsonPath(fields) => {
                let input = self.reference_input(raw)?;
                let input = match &fields.parameters {
                    Some(template) => self.evaluation.render(template, &input)?,
                    None => input,
                };
                self.evaluation.inspect(|data| data.after_parameters = Some(input.payload()));
                Ok(input)
            }
            Fields::Jsonata(fields) => {
                let arguments = fields.arguments(&self.evaluation.jsonata(raw))?;
                self.evaluation.inspect(|data| data.after_arguments = Some(arguments.payload()));
                Ok(arguments)
            }
        }
    }

    /// `ResultSelector`.
    pub fn selected(&self, result: Document) -> Result<Document, Failure> {
        match self.fields {
            Fields::JsonPath(JsonPathFlow { result_selector: Some(template), .. }) => {
                self.evaluation.render(template, &result)
            }
            Fields::JsonPath(_) | Fields::Jsonata(_) => Ok(result),
        }
    }

    /// For a state with a result: `Assign` from the result; `ResultPath`, then `OutputPath`; or `Output`.
    pub fn leave_with(&self, raw: &Document, result: Document) -> Result<Leaving, Failure> {
        match self.fields {
            Fields::JsonPath(fields) => {
                self.evaluation.inspect(|data| data.after_result_selector = Some(result.payload()));
                let assigned = self.evaluation.assigned(fields.assign.as_ref(), &result)?;
                let placed = self.evaluation.placed(&fields.result_path, raw, result)?;
                self.evaluation.inspect(|data| data.after_result_path = Some(placed.payload()));
                self.filtered(fields, &placed, assigned)
            }
            Fields::Jsonata(fields) => fields.leave(&self.evaluation.jsonata(raw).with_result(&result)),
        }
    }

    /// For a state without a result: `Assign` from the effective input; `InputPath`, then `OutputPath`; or `Output`.
    pub fn leave(&self, raw: &Document) -> Result<Leaving, Failure> {
        match self.fields {
            Fields::JsonPath(fields) => self.leave_json_path(fields, raw, fields.assign.as_ref()),
            Fields::Jsonata(fields) => fields.leave(&self.evaluation.jsonata(raw)),
        }
    }

    /// The same with the fields of a Choice rule, which stands at `place`.
    pub fn leave_by(&self, raw: &Document, rule: &ChoiceRule, place: &str) -> Result<Leaving, Failure> {
        match self.fields {
            Fields::JsonPath(fields) => self.leave_json_path(fields, raw, rule.assign.as_ref()),
            Fields::Jsonata(_) => {
                let jsonata = self.evaluation.jsonata(raw);
                jsonata.leave(rule.assign.as_ref(), rule.output.as_ref(), &format!("{place}/"), raw)
            }
        }
    }

    fn leave_json_path(
        &self,
        fields: &JsonPathFlow,
        raw: &Document,
        assign: Option<&Assign>,
    ) -> Result<Leaving, Failure> {
        let input = self.reference_input(raw)?;
        let assigned = self.evaluation.assigned(assign, &input)?;
        self.filtered(fields, &input, assigned)
    }

    fn filtered(&self, fields: &JsonPathFlow, document: &Document, assigned: Variables) -> Result<Leaving, Failure> {
        let output = self.evaluation.path_field(&fields.output_path, document)?;
        self.evaluation.leaving(&output, assigned)
    }
}

struct InputScope<'s> {
    evaluation: &'s Evaluation<'s>,
    input: &'s Document,
}

impl Scope for InputScope<'_> {
    fn input(&self) -> &Value {
        self.input.value()
    }

    fn context(&self) -> &Value {
        self.evaluation.context()
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.evaluation.variable(name)
    }

    fn random(&self) -> u64 {
        self.evaluation.transition.random.next()
    }

    fn uuid(&self) -> String {
        self.evaluation.transition.random.uuid()
    }
}
