//! The enumerations of the API.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value of the API that is one of a few words.
pub trait WireEnum: Sized + Copy + 'static {
    /// All values, in the order in which AWS lists them in a validation error (known for `ExecutionStatus`).
    const ALL: &'static [Self];
    /// The word.
    fn as_str(self) -> &'static str;
    /// The value of a word, which is case-sensitive.
    fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.as_str() == word)
    }
}

macro_rules! wire_enum {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($variant),* }

        impl WireEnum for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        /// As it is kept in storage.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::from_wire(&word).ok_or_else(|| D::Error::custom(format!("unknown value `{word}`")))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )*};
}

wire_enum! {
    /// Whether data at rest is encrypted with a key of the service or of the customer.
    EncryptionType { CustomerManagedKmsKey = "CUSTOMER_MANAGED_KMS_KEY", AwsOwnedKey = "AWS_OWNED_KEY" }
    /// Which executions ListExecutions lists.
    ExecutionRedriveFilter { Redriven = "REDRIVEN", NotRedriven = "NOT_REDRIVEN" }
    /// Whether an execution can be redriven.
    ExecutionRedriveStatus {
        Redrivable = "REDRIVABLE", NotRedrivable = "NOT_REDRIVABLE", RedrivableByMapRun = "REDRIVABLE_BY_MAP_RUN",
    }
    /// Where an execution stands.
    ExecutionStatus {
        Succeeded = "SUCCEEDED", TimedOut = "TIMED_OUT", PendingRedrive = "PENDING_REDRIVE", Aborted = "ABORTED",
        Failed = "FAILED", Running = "RUNNING",
    }
    /// Whether a description includes what is encrypted with a customer's key.
    IncludedData { AllData = "ALL_DATA", MetadataOnly = "METADATA_ONLY" }
    /// How much TestState tells.
    InspectionLevel { Info = "INFO", Debug = "DEBUG", Trace = "TRACE" }
    /// The state of a customer's key.
    KmsKeyState {
        Disabled = "DISABLED", PendingDeletion = "PENDING_DELETION", PendingImport = "PENDING_IMPORT",
        Unavailable = "UNAVAILABLE", Creating = "CREATING",
    }
    /// Which events are logged.
    LogLevel { All = "ALL", Error = "ERROR", Fatal = "FATAL", Off = "OFF" }
    /// Where a map run stands.
    MapRunStatus { Running = "RUNNING", Succeeded = "SUCCEEDED", Failed = "FAILED", Aborted = "ABORTED" }
    /// How strictly TestState checks a mocked result.
    MockResponseValidationMode { Strict = "STRICT", Present = "PRESENT", None = "NONE" }
    /// Whether a state machine is there or on its way out.
    StateMachineStatus { Active = "ACTIVE", Deleting = "DELETING" }
    /// Standard or Express.
    StateMachineType { Standard = "STANDARD", Express = "EXPRESS" }
    /// How a synchronous Express execution ended.
    SyncExecutionStatus { Succeeded = "SUCCEEDED", Failed = "FAILED", TimedOut = "TIMED_OUT" }
    /// How a tested state ended.
    TestExecutionStatus {
        Succeeded = "SUCCEEDED", Failed = "FAILED", Retriable = "RETRIABLE", CaughtError = "CAUGHT_ERROR",
    }
    /// Whether a definition is valid.
    ValidateStateMachineDefinitionResultCode { Ok = "OK", Fail = "FAIL" }
    /// How grave a finding in a definition is.
    ValidateStateMachineDefinitionSeverity { Error = "ERROR", Warning = "WARNING" }
    /// What is wrong with a request, in a word.
    ValidationExceptionReason {
        ApiDoesNotSupportLabeledArns = "API_DOES_NOT_SUPPORT_LABELED_ARNS",
        MissingRequiredParameter = "MISSING_REQUIRED_PARAMETER",
        CannotUpdateCompletedMapRun = "CANNOT_UPDATE_COMPLETED_MAP_RUN",
        InvalidRoutingConfiguration = "INVALID_ROUTING_CONFIGURATION",
    }
}

impl ExecutionStatus {
    /// Whether the execution has ended (redrive aside).
    pub const fn is_closed(self) -> bool {
        !matches!(self, Self::Running | Self::PendingRedrive)
    }
}

/// The words of an enumeration as a validation error lists them: `[SUCCEEDED, TIMED_OUT, …]`.
pub(crate) fn value_set<E: WireEnum>() -> String {
    let words: Vec<&str> = E::ALL.iter().map(|value| value.as_str()).collect();
    format!("[{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_case_sensitive() {
        assert_eq!(ExecutionStatus::from_wire("TIMED_OUT"), Some(ExecutionStatus::TimedOut));
        assert_eq!(ExecutionStatus::from_wire("succeeded"), None);
    }
}
