//! What TestState shows of a state's data on its way. Each stage notes itself where it is computed, so that what is shown
//! is what `step()` did. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html>

use std::cell::{RefCell, RefMut};

use serde_json::Value;

use crate::failure::{ErrorAndCause, Failure};
use crate::payload::Payload;
use crate::run::Variables;

/// Goes along with one transition, and takes down what it computes.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    /// The context object that expressions see instead of the execution's.
    pub context: Option<Value>,
    data: RefCell<InspectionData>,
}

impl Inspection {
    pub fn new(context: Option<Value>, variables: Variables) -> Self {
        Self { context, data: RefCell::new(InspectionData { variables, ..InspectionData::default() }) }
    }

    /// Goes on with what was taken down before.
    pub fn resume(data: InspectionData) -> Self {
        Self { context: None, data: RefCell::new(data) }
    }

    pub fn data(&self) -> RefMut<'_, InspectionData> {
        self.data.borrow_mut()
    }

    pub fn into_data(self) -> InspectionData {
        self.data.into_inner()
    }
}

/// Empty is what the state did not come to, or does not have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InspectionData {
    pub after_input_path: Option<Payload>,
    pub after_parameters: Option<Payload>,
    /// JSONata's `Arguments`.
    pub after_arguments: Option<Payload>,
    pub result: Option<Payload>,
    pub after_result_selector: Option<Payload>,
    pub after_result_path: Option<Payload>,
    pub map: Option<MapInspection>,
    /// Those that were given, and those that the state has assigned.
    pub variables: Variables,
    pub error_details: Option<ErrorDetails>,
}

impl InspectionData {
    /// The state has failed. What its branch's parents make of it comes on top.
    pub(crate) fn failed(&mut self, failure: &Failure, retry_index: Option<usize>) {
        let failure = failure.error_and_cause();
        self.error_details = Some(ErrorDetails { failure, retry_index, catch_index: None });
    }

    /// Forgets what the state's input was made to. AWS does not show it of a Parallel state.
    pub(crate) fn hide_input(&mut self) {
        (self.after_input_path, self.after_parameters, self.after_arguments) = (None, None, None);
    }

    pub(crate) fn caught(&mut self, catch_index: usize) {
        if let Some(details) = &mut self.error_details {
            details.catch_index = Some(catch_index);
        }
    }
}

/// What a Map state has computed of its iterations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MapInspection {
    /// How many there are.
    pub iterations: usize,
    pub after_items_pointer: Option<Payload>,
    /// Not in JSONata.
    pub after_items_path: Option<Payload>,
    /// Their inputs, where there is an `ItemSelector`.
    pub after_item_selector: Option<Payload>,
    /// 0: as many as there are.
    pub max_concurrency: u64,
    pub tolerated_failure_count: Option<u64>,
    pub tolerated_failure_percentage: Option<f64>,
}

/// The failure of the state, and what `Retry` and `Catch` made of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorDetails {
    pub failure: ErrorAndCause,
    /// The Retrier that matches, whether it may still be used or not.
    pub retry_index: Option<usize>,
    pub catch_index: Option<usize>,
}
