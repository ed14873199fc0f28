//! What Step Functions reports when an expression cannot be evaluated.

/// `Display` is the text that Step Functions writes, without the sentence that names the state and its event: the caller
/// knows those. [`EvaluationError::error_name`] is the name that `Catch` sees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// A field of a payload template, or a `…Path` of a Fail state. `input` is the document searched, as compact JSON.
    #[error("The JSONPath '{path}' specified for the field '{field}' could not be found in the input '{input}'")]
    PathNotFound { path: String, field: String, input: String },
    /// `InputPath`, `OutputPath`, `TimeoutSecondsPath` and the like. `reason` is Jayway's.
    #[error("Invalid path '{path}' : {reason}")]
    InvalidPath { path: String, reason: String },
    /// `Variable`, or a comparison's `…Path`, in a Choice rule.
    #[error("Invalid path '{path}': The choice state's condition path references an invalid value.")]
    InvalidChoicePath { path: String },
    /// `ItemsPath`. `step` is the first that cannot be taken, `input` the document searched, as compact JSON.
    #[error("Unable to apply step \"{step}\" to input {input}")]
    ItemsPathConflict { step: String, input: String },
    /// `expression` is the whole call as written, even when an inner call failed.
    #[error("The function '{expression}' had the following error: {reason}")]
    Intrinsic { expression: String, reason: String },
}

impl EvaluationError {
    /// Nearly every failure to evaluate JSONPath was recorded as `States.Runtime`, those of intrinsic functions included,
    /// although the guide lists `States.ParameterPathFailure` and `States.IntrinsicFailure`.
    pub fn error_name(&self) -> &'static str {
        match self {
            EvaluationError::ItemsPathConflict { .. } => "States.ReferencePathConflict",
            EvaluationError::PathNotFound { .. }
            | EvaluationError::InvalidPath { .. }
            | EvaluationError::InvalidChoicePath { .. }
            | EvaluationError::Intrinsic { .. } => "States.Runtime",
        }
    }
}
