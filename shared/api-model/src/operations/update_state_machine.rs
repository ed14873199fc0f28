//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html>

use serde::Serialize;

use super::create_state_machine::check_version_description;
use crate::members::Text;
use crate::structures::check_role_arn;
use crate::{
    ApiError, EncryptionConfiguration, LoggingConfiguration, Members, Operation, Request, StateMachineArn, Timestamp,
    TracingConfiguration,
};

/// Changes a state machine; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateStateMachineRequest {
    pub state_machine_arn: StateMachineArn,
    pub definition: Option<String>,
    pub role_arn: Option<String>,
    pub logging_configuration: Option<LoggingConfiguration>,
    pub tracing_configuration: Option<TracingConfiguration>,
    /// Whether to publish a version of the new revision.
    pub publish: bool,
    pub version_description: Option<String>,
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

impl Request for UpdateStateMachineRequest {
    const OPERATION: Operation = Operation::UpdateStateMachine;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        let definition = members.text("definition", Text::DEFINITION);
        let role_arn = members.text("roleArn", Text::ARN);
        let logging_configuration = members.structure("loggingConfiguration", LoggingConfiguration::read);
        let tracing_configuration = members.structure("tracingConfiguration", TracingConfiguration::read);
        let publish = members.boolean("publish").unwrap_or(false);
        let version_description = members.text("versionDescription", Text::DESCRIPTION);
        let encryption_configuration = members.structure("encryptionConfiguration", EncryptionConfiguration::read);
        Some(Self {
            state_machine_arn: state_machine_arn?,
            definition,
            role_arn,
            logging_configuration,
            tracing_configuration,
            publish,
            version_description,
            encryption_configuration,
        })
    }
}

impl UpdateStateMachineRequest {
    /// Checks all that the definition and stored data have no part in.
    ///
    /// # Errors
    /// `MissingRequiredParameter` where nothing is to change; `InvalidArn` for the role, `InvalidLoggingConfiguration`,
    /// `InvalidEncryptionConfiguration`, `ValidationException` for a version description without a version.
    pub fn check(&self) -> Result<(), ApiError> {
        let changes = self.definition.is_some()
            || self.role_arn.is_some()
            || self.logging_configuration.is_some()
            || self.tracing_configuration.is_some()
            || self.encryption_configuration.is_some();
        if !changes {
            return Err(ApiError::MissingRequiredParameter);
        }
        self.role_arn.as_deref().map_or(Ok(()), check_role_arn)?;
        check_version_description(self.publish, self.version_description.as_deref())?;
        self.logging_configuration.as_ref().map_or(Ok(()), LoggingConfiguration::check)?;
        self.encryption_configuration.as_ref().map_or(Ok(()), EncryptionConfiguration::check)
    }
}

/// The new revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineResponse {
    /// When it was changed.
    pub update_date: Timestamp,
    /// A UUID of the revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    /// The version, if one was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<StateMachineArn>,
}
