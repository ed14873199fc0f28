//! ValidateStateMachineDefinition, and the check that CreateStateMachine and UpdateStateMachine share with it.

use api_model::{
    ApiError, StateMachineType, ValidateStateMachineDefinitionDiagnostic, ValidateStateMachineDefinitionRequest,
    ValidateStateMachineDefinitionResponse, ValidateStateMachineDefinitionResultCode,
    ValidateStateMachineDefinitionSeverity, json_text,
};
use asl::diagnostic::{Code, Diagnostic, Severity, errors_in_one_text};

use crate::Api;

/// The definition is well-formed, and this engine runs it.
pub(super) fn check(api: &Api, definition: &str, state_machine_type: StateMachineType) -> Result<(), ApiError> {
    let mut findings = findings(definition, state_machine_type);
    if api.test_cases.is_some() {
        findings.retain(|finding| !is_of_mockable_task(finding));
    }
    supported(findings)
}

/// Where there are mocks, a task that cannot be called may be mocked.
fn is_of_mockable_task(finding: &Diagnostic) -> bool {
    finding.code == Code::NotSupported && finding.location.as_deref().is_some_and(|it| it.ends_with("/Resource"))
}

/// No errors are among the findings.
pub(super) fn supported(findings: Vec<Diagnostic>) -> Result<(), ApiError> {
    if !has_errors(&findings) {
        return Ok(());
    }
    Err(ApiError::InvalidDefinition { detail: errors_in_one_text(&findings) })
}

/// What the parser found wrong with the definition.
pub(super) fn invalid(findings: Vec<Diagnostic>, definition: &str) -> ApiError {
    let findings: Vec<_> = findings.into_iter().map(|finding| in_words_of_aws(finding, definition)).collect();
    ApiError::InvalidDefinition { detail: errors_in_one_text(&findings) }
}

pub(super) fn validate(request: ValidateStateMachineDefinitionRequest) -> ValidateStateMachineDefinitionResponse {
    let findings = findings(&request.definition, request.state_machine_type);
    let result = if has_errors(&findings) {
        ValidateStateMachineDefinitionResultCode::Fail
    } else {
        ValidateStateMachineDefinitionResultCode::Ok
    };
    let mut diagnostics: Vec<_> = findings
        .iter()
        .filter(|finding| is_error(finding) || request.severity == ValidateStateMachineDefinitionSeverity::Warning)
        .map(diagnostic)
        .collect();
    let truncated = diagnostics.len() > request.max_results;
    diagnostics.truncate(request.max_results);
    ValidateStateMachineDefinitionResponse { result, diagnostics, truncated }
}

/// Everything that is wrong with a definition, or looks so, in the order in which the API tells it.
pub fn findings(definition: &str, state_machine_type: StateMachineType) -> Vec<Diagnostic> {
    let machine_type = match state_machine_type {
        StateMachineType::Standard => asl::MachineType::Standard,
        StateMachineType::Express => asl::MachineType::Express,
    };
    match asl::parse(definition, machine_type) {
        Err(findings) => findings.into_iter().map(|finding| in_words_of_aws(finding, definition)).collect(),
        Ok(parsed) => {
            let mut findings = parsed.warnings;
            findings.extend(engine::supported::unsupported(&parsed.machine));
            findings
        }
    }
}

/// Of a text that is no JSON, AWS shows what its own parser says.
fn in_words_of_aws(finding: Diagnostic, definition: &str) -> Diagnostic {
    match json_text::complaint(definition) {
        Some(message) if finding.code == Code::InvalidJsonDescription => Diagnostic { message, ..finding },
        _ => finding,
    }
}

fn has_errors(findings: &[Diagnostic]) -> bool {
    findings.iter().any(is_error)
}

fn is_error(finding: &Diagnostic) -> bool {
    finding.severity == Severity::Error
}

fn diagnostic(finding: &Diagnostic) -> ValidateStateMachineDefinitionDiagnostic {
    ValidateStateMachineDefinitionDiagnostic {
        severity: match finding.severity {
            Severity::Error => ValidateStateMachineDefinitionSeverity::Error,
            Severity::Warning => ValidateStateMachineDefinitionSeverity::Warning,
        },
        code: finding.code.as_str().to_owned(),
        message: finding.message.clone(),
        location: finding.location.clone(),
    }
}
