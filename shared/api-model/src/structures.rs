//! Structures that several operations share.

mod routing;

use serde::{Deserialize, Serialize};

use crate::members::Text;
use crate::{ApiError, EncryptionType, LogLevel, Members};

pub use routing::{RoutingConfiguration, RoutingConfigurationListItem};

/// A key and value on a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Up to 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Tag {
    pub(crate) fn read(members: &mut Members) -> Option<Self> {
        let key = members.text("key", Text::TAG_KEY);
        let value = members.text("value", Text::TAG_VALUE);
        Some(Self { key, value })
    }
}

/// Where and how much a state machine logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggingConfiguration {
    /// Which events.
    pub level: LogLevel,
    /// Whether inputs and outputs are logged.
    pub include_execution_data: bool,
    /// One log group, or none where the level is OFF. An empty list is told from none, as AWS does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<Vec<LogDestination>>,
}

impl Default for LoggingConfiguration {
    fn default() -> Self {
        Self { level: LogLevel::Off, include_execution_data: false, destinations: None }
    }
}

impl LoggingConfiguration {
    pub(crate) fn read(members: &mut Members) -> Option<Self> {
        let level = members.word("level").unwrap_or(LogLevel::Off);
        let include_execution_data = members.boolean("includeExecutionData").unwrap_or(false);
        let destinations = members.list("destinations", LogDestination::read);
        Some(Self { level, include_execution_data, destinations })
    }

    /// Whether the configuration makes sense; whether the log group exists is for others to say.
    ///
    /// # Errors
    /// [`ApiError::InvalidLoggingConfiguration`].
    pub fn check(&self) -> Result<(), ApiError> {
        let invalid = |detail: &str| Err(ApiError::InvalidLoggingConfiguration { detail: detail.to_owned() });
        let destinations = self.destinations.as_deref().unwrap_or_default();
        let groups: Vec<&str> = destinations.iter().filter_map(LogDestination::log_group_arn).collect();
        let too_few = groups.is_empty() && self.level != LogLevel::Off;
        if too_few || groups.len() != destinations.len() || groups.len() > 1 {
            return invalid("Must specify exactly one Log Destination.");
        }
        if groups.iter().any(|arn| !is_log_group_arn(arn)) {
            return invalid("Log Destination is not a valid CloudWatch Logs log group ARN.");
        }
        Ok(())
    }
}

/// `arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME[:*]`
fn is_log_group_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    matches!(parts.as_slice(), ["arn", _, "logs", _, _, "log-group", name] if !name.is_empty())
}

/// Where a state machine logs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogDestination {
    /// A log group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group: Option<CloudWatchLogsLogGroup>,
}

impl LogDestination {
    fn read(members: &mut Members) -> Option<Self> {
        let cloud_watch_logs_log_group = members.structure("cloudWatchLogsLogGroup", |members| {
            Some(CloudWatchLogsLogGroup { log_group_arn: members.text("logGroupArn", Text::ARN) })
        });
        Some(Self { cloud_watch_logs_log_group })
    }

    /// The log group's ARN.
    pub fn log_group_arn(&self) -> Option<&str> {
        self.cloud_watch_logs_log_group.as_ref()?.log_group_arn.as_deref()
    }
}

/// A CloudWatch Logs log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloudWatchLogsLogGroup {
    /// It ends in `:*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<String>,
}

/// Whether X-Ray traces are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracingConfiguration {
    /// Off unless asked for.
    pub enabled: bool,
}

impl TracingConfiguration {
    pub(crate) fn read(members: &mut Members) -> Option<Self> {
        Some(Self { enabled: members.boolean("enabled").unwrap_or(false) })
    }
}

/// Whose key encrypts definitions and execution data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionConfiguration {
    /// Key id, alias or ARN; only with `CUSTOMER_MANAGED_KMS_KEY`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// 60 to 900 seconds; AWS's default is 300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_data_key_reuse_period_seconds: Option<i32>,
    /// The kind of key.
    #[serde(rename = "type")]
    pub encryption_type: EncryptionType,
}

impl EncryptionConfiguration {
    pub(crate) fn read(members: &mut Members) -> Option<Self> {
        let kms_key_id = members.text("kmsKeyId", Text::KMS_KEY_ID);
        let kms_data_key_reuse_period_seconds = members.integer("kmsDataKeyReusePeriodSeconds", 60..=900);
        let encryption_type = members.required_word("type");
        Some(Self { kms_key_id, kms_data_key_reuse_period_seconds, encryption_type: encryption_type? })
    }

    /// Whether key and kind of key go together.
    ///
    /// # Errors
    /// [`ApiError::InvalidEncryptionConfiguration`].
    pub fn check(&self) -> Result<(), ApiError> {
        let has_key_members = self.kms_key_id.is_some() || self.kms_data_key_reuse_period_seconds.is_some();
        let detail = match self.encryption_type {
            EncryptionType::CustomerManagedKmsKey if self.kms_key_id.is_none() => {
                "KmsKeyId must be specified when type is CUSTOMER_MANAGED_KMS_KEY"
            }
            EncryptionType::AwsOwnedKey if has_key_members => {
                "KmsKeyId and KmsDataKeyReusePeriodSeconds cannot be specified when type is AWS_OWNED_KEY"
            }
            _ => return Ok(()),
        };
        Err(ApiError::InvalidEncryptionConfiguration { detail: detail.to_owned() })
    }
}

/// Whether a description shows an input or output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudWatchEventsExecutionDataDetails {
    /// Always true for answers of the API.
    pub included: bool,
}

/// Most tags that a resource can carry: [`crate::limits::TAGS`].
///
/// # Errors
/// [`ApiError::TooManyTags`].
pub fn check_tag_count(resource: &str, count: usize) -> Result<(), ApiError> {
    if count > crate::limits::TAGS {
        return Err(ApiError::TooManyTags { resource: resource.to_owned() });
    }
    Ok(())
}

/// An `iam` role's ARN: `arn:PARTITION:iam::ACCOUNT:role/NAME`.
///
/// # Errors
/// [`ApiError::InvalidArn`].
pub fn check_role_arn(arn: &str) -> Result<(), ApiError> {
    if !arn.starts_with("arn:") {
        return Err(ApiError::invalid_arn(format!("Invalid ARN prefix: {arn}")));
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", _, account, resource]
            if !partition.is_empty()
                && !account.is_empty()
                && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(ApiError::invalid_role_arn(arn)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logging(level: LogLevel, groups: &[&str]) -> LoggingConfiguration {
        let destination = |arn: &&str| LogDestination {
            cloud_watch_logs_log_group: Some(CloudWatchLogsLogGroup { log_group_arn: Some((*arn).to_owned()) }),
        };
        LoggingConfiguration {
            level,
            include_execution_data: false,
            destinations: Some(groups.iter().map(destination).collect()),
        }
    }

    #[test]
    fn logging_needs_exactly_one_destination_unless_it_is_off() {
        let group = "arn:aws:logs:eu-central-1:123456789012:log-group:g:*";
        for (configuration, fine) in [
            (logging(LogLevel::Off, &[]), true),
            (logging(LogLevel::Off, &[group]), true),
            (logging(LogLevel::All, &[group]), true),
            (logging(LogLevel::All, &[]), false),
            (logging(LogLevel::All, &[group, group]), false),
            (logging(LogLevel::Error, &["g"]), false),
        ] {
            assert_eq!(configuration.check().is_ok(), fine, "{configuration:?}");
        }
        let text = logging(LogLevel::Fatal, &[]).check().unwrap_err().message().unwrap().into_owned();
        assert_eq!(text, "Invalid Logging Configuration: Must specify exactly one Log Destination.");
    }

    #[test]
    fn a_role_is_an_iam_role() {
        for (arn, fine) in [
            ("arn:aws:iam::123456789012:role/states", true),
            ("arn:aws-cn:iam::123456789012:role/service-role/states", true),
            ("arn:aws:iam::123456789012:user/states", false),
            ("arn:aws:states:eu-central-1:123456789012:stateMachine:x", false),
            ("arn:aws:iam::123456789012:role/", false),
            ("states", false),
        ] {
            assert_eq!(check_role_arn(arn).is_ok(), fine, "{arn}");
        }
    }

    #[test]
    fn a_customers_key_is_named_and_only_with_that_kind_of_encryption() {
        let configuration = |key: Option<&str>, encryption_type| EncryptionConfiguration {
            kms_key_id: key.map(str::to_owned),
            kms_data_key_reuse_period_seconds: None,
            encryption_type,
        };
        for (key, encryption_type, fine) in [
            (None, EncryptionType::AwsOwnedKey, true),
            (Some("k"), EncryptionType::CustomerManagedKmsKey, true),
            (None, EncryptionType::CustomerManagedKmsKey, false),
            (Some("k"), EncryptionType::AwsOwnedKey, false),
        ] {
            assert_eq!(configuration(key, encryption_type).check().is_ok(), fine, "{key:?} {encryption_type}");
        }
    }
}
