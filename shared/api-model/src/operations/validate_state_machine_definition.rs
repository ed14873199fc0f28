//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html>

use serde::Serialize;

use crate::members::Text;
use crate::{
    Members, Operation, Request, StateMachineType, ValidateStateMachineDefinitionResultCode,
    ValidateStateMachineDefinitionSeverity,
};

/// Most diagnostics in an answer.
const MAX_DIAGNOSTICS: i32 = 100;

/// Asks what is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidateStateMachineDefinitionRequest {
    /// The text of the definition.
    pub definition: String,
    /// Standard unless asked for.
    pub state_machine_type: StateMachineType,
    /// The least grave finding that is told: errors unless asked for.
    pub severity: ValidateStateMachineDefinitionSeverity,
    /// Most diagnostics, 1 to 100.
    pub max_results: usize,
}

impl Request for ValidateStateMachineDefinitionRequest {
    const OPERATION: Operation = Operation::ValidateStateMachineDefinition;

    fn read(members: &mut Members) -> Option<Self> {
        let definition = members.required_text("definition", Text::DEFINITION);
        let state_machine_type = members.word("type").unwrap_or(StateMachineType::Standard);
        let severity = members.word("severity").unwrap_or(ValidateStateMachineDefinitionSeverity::Error);
        let max_results = members.integer("maxResults", 0..=MAX_DIAGNOSTICS).filter(|most| *most > 0);
        let max_results = usize::try_from(max_results.unwrap_or(MAX_DIAGNOSTICS)).unwrap_or_default();
        Some(Self { definition: definition?, state_machine_type, severity, max_results })
    }
}

/// What is wrong with the definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidateStateMachineDefinitionResponse {
    /// `FAIL` if there is an error.
    pub result: ValidateStateMachineDefinitionResultCode,
    /// The findings.
    pub diagnostics: Vec<ValidateStateMachineDefinitionDiagnostic>,
    /// Whether there are more findings.
    pub truncated: bool,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidateStateMachineDefinitionDiagnostic {
    /// How grave it is.
    pub severity: ValidateStateMachineDefinitionSeverity,
    /// e.g. `SCHEMA_VALIDATION_FAILED`
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// A JSON pointer into the definition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}
