//! The log of Express executions, kept.

use std::sync::{Mutex, PoisonError};

use ports::execution_log::ExecutionLog;
use serde_json::Value;

#[derive(Default)]
pub struct KeptLog(Mutex<Vec<Value>>);

impl KeptLog {
    /// The events so far.
    pub fn events(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Their types.
    pub fn types(&self) -> Vec<String> {
        self.events().iter().map(|event| event["type"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

impl ExecutionLog for KeptLog {
    fn write(&self, line: &str) {
        let event = serde_json::from_str(line).expect("JSON");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
