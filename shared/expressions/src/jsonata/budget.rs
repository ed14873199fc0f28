//! What one evaluation may make, and what it has made so far.

use super::failure::Thrown;
use super::value::weight;
use jsonata_core::evaluator::EvaluatorError;
use jsonata_core::value::JValue;
use std::cell::{Cell, RefCell};

/// Step Functions takes a text of 2^22 characters and a sequence of 873,782 numbers, and not one doubling or one number
/// more (measured by others in 2026-08): 8 bytes a number, 1 a character.
const MAX_VALUE_BYTES: usize = MAX_SEQUENCE_LENGTH * 8;
pub(super) const MAX_SEQUENCE_LENGTH: usize = 873_782;
/// Where JSONata itself says no, with a text that has not followed the number.
const MAX_RANGE: f64 = 1e7;
/// Everything that one evaluation makes, whether or not it is still in use.
const MAX_TOTAL_BYTES: usize = 256 << 20;
/// An array without its items, and an object without its members: counters, lengths, the allocator's own.
const ARRAY_BYTES: usize = 64;
const OBJECT_BYTES: usize = 256;
/// A member's name, place and hash.
const MEMBER_BYTES: usize = 80;
const ITEM_BYTES: usize = size_of::<JValue>();

/// What one evaluation has used, and why one of our functions stopped it.
#[derive(Default)]
pub(super) struct Budget {
    bytes: Cell<usize>,
    range_starts: RefCell<Vec<f64>>,
    stopped: RefCell<Option<Thrown>>,
}

impl Budget {
    /// Reckons with a value of `bytes` before it is made.
    pub fn charge(&self, bytes: usize) -> Result<(), EvaluatorError> {
        let total = self.bytes.get().saturating_add(bytes);
        self.bytes.set(total);
        if bytes > MAX_VALUE_BYTES || total > MAX_TOTAL_BYTES { Err(self.stop(Thrown::Memory)) } else { Ok(()) }
    }

    /// Reckons with an array of `count` items. They may be shared, their places are not.
    pub fn charge_items(&self, count: usize) -> Result<(), EvaluatorError> {
        if count > MAX_SEQUENCE_LENGTH {
            return Err(self.stop(Thrown::Memory));
        }
        self.charge_shared(count.saturating_mul(ITEM_BYTES))
    }

    /// Reckons with what is large only as a whole, of parts that are no more than others.
    pub fn charge_shared(&self, bytes: usize) -> Result<(), EvaluatorError> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        self.charge(0)
    }

    /// Reckons with an array of so many items, so many of them objects, which may be without members.
    pub fn charge_array(&self, items: usize, objects: usize) -> Result<(), EvaluatorError> {
        self.charge_shared(ARRAY_BYTES + items * ITEM_BYTES + objects * OBJECT_BYTES)
    }

    pub fn charge_object(&self, members: usize) -> Result<(), EvaluatorError> {
        self.charge_shared(OBJECT_BYTES + members.saturating_mul(MEMBER_BYTES))
    }

    /// Reckons with what a builtin made: a text, or places for what was there before.
    pub fn charge_made(&self, value: &JValue) -> Result<(), EvaluatorError> {
        match value {
            JValue::Array(items) => self.charge_items(items.len()),
            JValue::Object(members) => self.charge_object(members.len()),
            JValue::String(text) => self.charge(text.len()),
            _ => Ok(()),
        }
    }

    /// Reckons with a sequence that may be new. What it holds was there before, or was charged where it was made.
    pub fn charge_sequence(&self, value: &JValue) -> Result<(), EvaluatorError> {
        value.as_array().map_or(Ok(()), |items| self.charge_array(items.len(), 0))
    }

    /// The error to stop the evaluation with. The evaluator's own text for it is not shown.
    pub fn stop(&self, thrown: Thrown) -> EvaluatorError {
        let text = thrown.to_string();
        self.stopped.borrow_mut().get_or_insert(thrown);
        EvaluatorError::EvaluationError(text)
    }

    pub fn has_stopped(&self) -> bool {
        self.stopped.borrow().is_some()
    }

    pub fn stopped(&self) -> Option<Thrown> {
        self.stopped.borrow_mut().take()
    }

    /// An error if the value, written out, is larger than a value may be.
    pub fn weigh(&self, value: &JValue) -> Result<usize, EvaluatorError> {
        match weight(value, MAX_VALUE_BYTES) {
            bytes if bytes > MAX_VALUE_BYTES => Err(self.stop(Thrown::Memory)),
            bytes => Ok(bytes),
        }
    }

    pub fn range_start(&self, value: &JValue) {
        self.range_starts.borrow_mut().push(value.as_f64().unwrap_or(f64::NAN));
    }

    pub fn range_end(&self, value: &JValue) -> Result<(), EvaluatorError> {
        let start = self.range_starts.borrow_mut().pop().unwrap_or(f64::NAN);
        let count = value.as_f64().map_or(0.0, |end| end - start + 1.0);
        if count > MAX_RANGE {
            let message = format!(
                "The size of the sequence allocated by the range operator (..) must not exceed 1e6.  Attempted to allocate {count}."
            );
            return Err(self.stop(Thrown::coded("D2014", message)));
        }
        if count > 0.0 { self.charge_items(count as usize) } else { Ok(()) }
    }

    /// An item of an array constructor, which takes in the items of an array.
    pub fn item(&self, value: &JValue) -> Result<(), EvaluatorError> {
        self.charge_items(value.as_array().map_or(1, Vec::len))
    }
}
