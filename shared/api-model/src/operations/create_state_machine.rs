//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>

use serde::Serialize;

use crate::members::Text;
use crate::structures::{check_role_arn, check_tag_count};
use crate::{
    ApiError, EncryptionConfiguration, LoggingConfiguration, Members, Operation, Request, StateMachineArn,
    StateMachineName, StateMachineType, Tag, Timestamp, TracingConfiguration,
};

/// Creates a state machine. The same request again gives the same answer: AWS compares name, definition, type, logging,
/// tracing, encryption, `publish` and version description, and ignores other roles and tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateStateMachineRequest {
    /// Not checked yet: [`Self::check`].
    pub name: String,
    /// The text of the definition.
    pub definition: String,
    /// The role that its tasks use.
    pub role_arn: String,
    /// Standard unless asked for.
    pub state_machine_type: StateMachineType,
    /// Off unless asked for.
    pub logging_configuration: LoggingConfiguration,
    /// Up to 50.
    pub tags: Vec<Tag>,
    /// Off unless asked for.
    pub tracing_configuration: TracingConfiguration,
    /// Whether to publish a version right away.
    pub publish: bool,
    /// Describes that version.
    pub version_description: Option<String>,
    /// Absent: the service's own key.
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

impl Request for CreateStateMachineRequest {
    const OPERATION: Operation = Operation::CreateStateMachine;

    fn read(members: &mut Members) -> Option<Self> {
        let name = members.required_text("name", Text::NAME);
        let definition = members.required_text("definition", Text::DEFINITION);
        let role_arn = members.required_text("roleArn", Text::ARN);
        let state_machine_type = members.word("type").unwrap_or(StateMachineType::Standard);
        let logging_configuration = members.structure("loggingConfiguration", LoggingConfiguration::read);
        let tags = members.list("tags", Tag::read).unwrap_or_default();
        let tracing_configuration = members.structure("tracingConfiguration", TracingConfiguration::read);
        let publish = members.boolean("publish").unwrap_or(false);
        let version_description = members.text("versionDescription", Text::DESCRIPTION);
        let encryption_configuration = members.structure("encryptionConfiguration", EncryptionConfiguration::read);
        Some(Self {
            name: name?,
            definition: definition?,
            role_arn: role_arn?,
            state_machine_type,
            logging_configuration: logging_configuration.unwrap_or_default(),
            tags,
            tracing_configuration: tracing_configuration.unwrap_or_default(),
            publish,
            version_description,
            encryption_configuration,
        })
    }
}

impl CreateStateMachineRequest {
    /// Checks all that the definition and stored data have no part in, and gives the name.
    ///
    /// # Errors
    /// `InvalidName`, `InvalidArn` for the role, `InvalidLoggingConfiguration`, `InvalidEncryptionConfiguration`,
    /// `TooManyTags`, `ValidationException` for a version description without a version.
    pub fn check(&self) -> Result<StateMachineName, ApiError> {
        let name = StateMachineName::parse(&self.name)?;
        check_role_arn(&self.role_arn)?;
        check_version_description(self.publish, self.version_description.as_deref())?;
        self.logging_configuration.check()?;
        if let Some(encryption) = &self.encryption_configuration {
            encryption.check()?;
        }
        check_tag_count(&self.name, self.tags.len())?;
        Ok(name)
    }
}

/// Only a version has a version description.
pub(super) fn check_version_description(publish: bool, description: Option<&str>) -> Result<(), ApiError> {
    if description.is_some() && !publish {
        return Err(ApiError::validation("Version description can only be set when publish is true", None));
    }
    Ok(())
}

/// The new state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineResponse {
    /// Unqualified.
    pub state_machine_arn: StateMachineArn,
    /// When it was created.
    pub creation_date: Timestamp,
    /// The version, if one was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<StateMachineArn>,
}
