//! What the fields of a Map state say: its items, what each iteration is given, how many may be live.

use std::collections::VecDeque;

use asl::machine::map::ItemSelector;
use asl::machine::{DataFlow, Integer, Items, Map, Percentage, ResultPath};
use expressions::jsonata::JsonataTemplate;
use expressions::path::Path;
use serde_json::Value;

use crate::data_flow::{Document, Evaluation};
use crate::failure::Failure;
use crate::limits::MAX_LIVE_ITERATIONS;
use crate::payload::Payload;
use crate::run::Branch;

/// The greatest integer of a Java `long`.
const MAX_JSONATA_NUMBER: u64 = i64::MAX as u64;

type Result<T> = std::result::Result<T, Failure>;

pub(crate) fn items(evaluation: &Evaluation<'_>, items: &Items, input: &Document) -> Result<VecDeque<Payload>> {
    let (value, path) = match items {
        Items::Input => (input.value().clone(), "$"),
        Items::Path(path) => (evaluation.items(path, input)?, path.text.as_str()),
        Items::JsonPath(template) => (evaluation.render(template, input)?.into_value(), "$"),
        Items::Jsonata(template) => return jsonata_items(evaluation, template, input),
    };
    match value {
        Value::Array(items) => Ok(items.iter().map(Payload::from_value).collect()),
        other if evaluation.is_jsonata() => {
            Err(evaluation.query_failure(None, &format!("Map state input must be an array but was: {other}")))
        }
        _ => Err(evaluation.runtime(&format!("Reference path \"{path}\" must point to array."))),
    }
}

fn jsonata_items(
    evaluation: &Evaluation<'_>,
    template: &JsonataTemplate,
    input: &Document,
) -> Result<VecDeque<Payload>> {
    const FIELD: &str = "Items";
    let jsonata = evaluation.jsonata(input);
    let items = match template.expression() {
        Some(expression) => jsonata.array(expression, FIELD)?,
        None => match jsonata.render(template, FIELD)?.into_value() {
            Value::Array(items) => items,
            other => {
                let why = format!("Map state input must be an array but was: {other}");
                return Err(evaluation.query_failure(Some(FIELD), &why));
            }
        },
    };
    Ok(items.iter().map(Payload::from_value).collect())
}

/// What the iteration begins with: the item, or what `ItemSelector` makes of it.
pub(crate) fn input(evaluation: &Evaluation<'_>, branch: &Branch, map: &Map, item: &Payload) -> Result<Payload> {
    let Some(selector) = &map.item_selector else { return Ok(item.clone()) };
    // The raw input may have been put aside: it is looked up only where it is asked for.
    let input = match map.selector_reads_input {
        true => evaluation.flow(&map.flow).reference_input(&Document::from(evaluation.raw_input(branch)))?,
        false => Document::from(Payload::null()),
    };
    match selector {
        ItemSelector::JsonPath(template) => Ok(evaluation.render(template, &input)?.payload()),
        ItemSelector::Jsonata(template) => Ok(evaluation.jsonata(&input).render(template, "ItemSelector")?.payload()),
    }
}

/// Whether the outputs of the iterations go anywhere.
pub(super) fn uses_result(map: &Map) -> bool {
    match &map.flow {
        DataFlow::JsonPath(flow) => {
            !matches!(flow.result_path, ResultPath::Discard) || flow.result_selector.is_some() || flow.assign.is_some()
        }
        DataFlow::Jsonata(_) => true,
    }
}

/// How many iterations may be live, as the definition says; 0: as many as there are.
pub(crate) fn max_concurrency(evaluation: &Evaluation<'_>, map: &Map, input: &Document) -> Result<u64> {
    match &map.max_concurrency {
        None => Ok(0),
        Some(Integer::Constant(number)) => Ok(*number),
        Some(Integer::Path(path)) => {
            let number = whole_number(evaluation, "MaxConcurrencyPath", path, input)?;
            u64::try_from(number).map_err(|_| {
                evaluation
                    .runtime(&format!("Expected non-negative integer for MaxConcurrency, got '{number}' instead."))
            })
        }
        Some(Integer::Jsonata(expression)) => {
            evaluation.jsonata(input).integer(expression, "MaxConcurrency", 0..=MAX_JSONATA_NUMBER)
        }
    }
}

/// AWS has at most 40 live, whatever the definition says.
pub(super) fn live(asked: u64) -> u32 {
    match u32::try_from(asked) {
        Ok(asked @ 1..MAX_LIVE_ITERATIONS) => asked,
        _ => MAX_LIVE_ITERATIONS,
    }
}

/// How many iterations may fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tolerance {
    pub count: Option<u64>,
    pub percentage: Option<f64>,
}

/// What the `ToleratedFailure` fields say.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#maprun-fail-threshold>
pub(crate) fn tolerance(evaluation: &Evaluation<'_>, branch: &Branch, map: &Map) -> Result<Tolerance> {
    let input = || evaluation.flow(&map.flow).reference_input(&Document::from(branch.input.clone()));
    let count = map.tolerated_failure_count.as_ref().map(|field| tolerated_count(evaluation, field, &input()?));
    let percentage =
        map.tolerated_failure_percentage.as_ref().map(|field| tolerated_percentage(evaluation, field, &input()?));
    Ok(Tolerance { count: count.transpose()?, percentage: percentage.transpose()? })
}

fn tolerated_count(evaluation: &Evaluation<'_>, field: &Integer, input: &Document) -> Result<u64> {
    match field {
        Integer::Constant(number) => Ok(*number),
        Integer::Path(path) => {
            let number = whole_number(evaluation, "ToleratedFailureCountPath", path, input)?;
            u64::try_from(number).map_err(|_| evaluation.runtime("ToleratedFailureCount cannot be negative."))
        }
        Integer::Jsonata(expression) => {
            evaluation.jsonata(input).integer(expression, "ToleratedFailureCount", 0..=MAX_JSONATA_NUMBER)
        }
    }
}

fn tolerated_percentage(evaluation: &Evaluation<'_>, field: &Percentage, input: &Document) -> Result<f64> {
    match field {
        Percentage::Constant(number) => Ok(*number),
        Percentage::Path(path) => {
            let value = evaluation.evaluate(path, input)?;
            match text(&value).parse::<f64>() {
                Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
                Ok(_) => Err(evaluation.runtime("ToleratedFailurePercentage must be between 0 and 100.")),
                Err(_) => Err(no_number(evaluation, "ToleratedFailurePercentagePath", path, &value, "float")),
            }
        }
        Percentage::Jsonata(expression) => {
            evaluation.jsonata(input).percentage(expression, "ToleratedFailurePercentage")
        }
    }
}

/// Texts of numbers count as numbers.
fn whole_number(evaluation: &Evaluation<'_>, field: &str, path: &Path, input: &Document) -> Result<i64> {
    let value = evaluation.evaluate(path, input)?;
    text(&value).parse().map_err(|_| no_number(evaluation, field, path, &value, "integer"))
}

fn no_number(evaluation: &Evaluation<'_>, field: &str, path: &Path, value: &Value, expected: &str) -> Failure {
    let shown = text(value);
    evaluation
        .runtime(&format!("The {field} field refers to value \"{shown}\" which is not a valid {expected}: {path}"))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
