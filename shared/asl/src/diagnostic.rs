//! Findings about a definition, as CreateStateMachine and ValidateStateMachineDefinition report them:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html>.

use std::fmt;

/// One finding. `location` is AWS's form of a JSON pointer: `/States/Pay/Retry[0]`, `/` for the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub code: Code,
    /// Word for word what ValidateStateMachineDefinition gives, a trailing space included.
    pub message: String,
    pub location: Option<String>,
    /// The member of the object at `location` that it is about, where AWS gives no more than the object's place.
    pub member: Option<String>,
}

impl Diagnostic {
    pub fn new(code: Code, message: impl Into<String>, location: Option<&str>) -> Self {
        Diagnostic {
            severity: code.severity(),
            code,
            message: message.into(),
            location: location.map(ToOwned::to_owned),
            member: None,
        }
    }

    pub fn about(self, member: &str) -> Self {
        Diagnostic { member: Some(member.to_owned()), ..self }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// AWS's codes, and `NotSupported` for what this version refuses to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    InvalidJsonDescription,
    SchemaValidationFailed,
    MissingTransitionTarget,
    MissingEndState,
    DuplicateStateName,
    InvalidStateName,
    DuplicateLabelName,
    InvalidLabelName,
    TooDeeplyNested,
    InvalidVariableName,
    ReservedVariableName,
    DuplicateVariableName,
    /// A text between `{%` and `%}` that is no JSONata.
    InvalidJsonataExpression,
    /// JSONata that refers to what Step Functions does not have.
    UnsupportedJsonataExpression,
    /// Warning: a value that looks like a path under a key without `.$`.
    NoDollar,
    /// Warning: a value that looks like a path under a field whose name does not end in `Path`.
    NoPath,
    /// Warning: a path in the `Result` of a Pass state, where nothing is evaluated.
    PassResultIsStatic,
    NotSupported,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Code::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Code::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Code::MissingEndState => "MISSING_END_STATE",
            Code::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Code::InvalidStateName => "INVALID_STATE_NAME",
            Code::DuplicateLabelName => "DUPLICATE_LABEL_NAME",
            Code::InvalidLabelName => "INVALID_LABEL_NAME",
            Code::TooDeeplyNested => "TOO_DEEPLY_NESTED",
            Code::InvalidVariableName => "INVALID_VARIABLE_NAME",
            Code::ReservedVariableName => "RESERVED_VARIABLE_NAME",
            Code::DuplicateVariableName => "DUPLICATE_VARIABLE_NAME",
            Code::InvalidJsonataExpression => "INVALID_JSONATA_EXPRESSION",
            Code::UnsupportedJsonataExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            Code::NoDollar => "NO_DOLLAR",
            Code::NoPath => "NO_PATH",
            Code::PassResultIsStatic => "PASS_RESULT_IS_STATIC",
            Code::NotSupported => "NOT_SUPPORTED",
        }
    }

    pub fn severity(self) -> Severity {
        match self {
            Code::NoDollar | Code::NoPath | Code::PassResultIsStatic => Severity::Warning,
            _ => Severity::Error,
        }
    }
}

/// One finding as CreateStateMachine words it; AWS writes `null` where there is no location.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.trim_end();
        let location = self.location.as_deref().unwrap_or("null");
        write!(f, "{}: {message} at {location}", self.code.as_str())
    }
}

/// What CreateStateMachine says of a definition: all errors of `findings`, in their order.
pub fn errors_in_one_text(findings: &[Diagnostic]) -> String {
    let errors: Vec<String> =
        findings.iter().filter(|finding| finding.severity == Severity::Error).map(ToString::to_string).collect();
    errors.join(", ")
}

/// Where a member of the object at `location` stands: `/States/Pay` of `/States`.
pub fn member_location(location: &str, member: &str) -> String {
    if location == "/" { format!("/{member}") } else { format!("{location}/{member}") }
}

/// Where an item of the array at `location` stands: `/States/Pay/Retry[0]` of `/States/Pay/Retry`.
pub fn item_location(location: &str, index: usize) -> String {
    format!("{location}[{index}]")
}
