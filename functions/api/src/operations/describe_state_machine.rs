//! DescribeStateMachine, and what DescribeStateMachineForExecution shows of the same.

use api_model::{
    ApiError, DescribeStateMachineRequest, DescribeStateMachineResponse, EncryptionConfiguration, EncryptionType,
    IncludedData, Qualifier, StateMachineStatus, StateMachineType, VariableReferences,
};
use ports::catalog::{MachineType, StateMachine};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::state_machine::does_not_exist;
use crate::{Api, timestamp};

/// A version is shown as its revision, with its own description and date. An alias, which may stand for two, is not.
pub(super) async fn describe(
    api: &Api,
    request: DescribeStateMachineRequest,
) -> Result<DescribeStateMachineResponse, ApiError> {
    let arn = request.state_machine_arn;
    let (machine, version) = match arn.qualifier {
        None => (api.state_machine(&arn).await?, None),
        Some(Qualifier::Version(number)) => {
            let (version, machine) = api.version(&arn, number).await?;
            (machine, Some(version))
        }
        Some(Qualifier::Alias(_)) => return Err(does_not_exist(&arn)),
    };
    let created_at = version.as_ref().map_or(machine.created_at, |version| version.created_at);
    Ok(DescribeStateMachineResponse {
        state_machine_arn: arn,
        name: machine.name.clone(),
        status: match machine.deleting_since {
            None => StateMachineStatus::Active,
            Some(_) => StateMachineStatus::Deleting,
        },
        variable_references: shown_references(&machine, request.included_data),
        definition: shown_definition(&machine, request.included_data),
        role_arn: machine.role_arn.clone(),
        state_machine_type: shown_type(machine.machine_type),
        creation_date: timestamp(created_at),
        logging_configuration: read(&machine.logging_configuration)?.unwrap_or_default(),
        tracing_configuration: read(&machine.tracing_configuration)?.unwrap_or_default(),
        label: None,
        revision_id: shown_revision(&machine),
        description: version.and_then(|version| version.description),
        encryption_configuration: Some(shown_encryption(&machine)?),
    })
}

pub(super) fn shown_type(machine_type: MachineType) -> StateMachineType {
    match machine_type {
        MachineType::Standard => StateMachineType::Standard,
        MachineType::Express => StateMachineType::Express,
    }
}

/// METADATA_ONLY keeps back the definition of a state machine that is encrypted with a key of the customer's, and of no
/// other: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>.
pub(super) fn shown_definition(machine: &StateMachine, included_data: IncludedData) -> String {
    match included_data {
        IncludedData::MetadataOnly if machine.encryption_configuration.is_some() => "{}".to_owned(),
        IncludedData::AllData | IncludedData::MetadataOnly => machine.definition.clone(),
    }
}

/// Absent where no state refers to a variable.
pub(super) fn shown_references(machine: &StateMachine, included_data: IncludedData) -> Option<VariableReferences> {
    let references = asl::variable_references(&shown_definition(machine, included_data));
    Some(references).filter(|references| !references.is_empty())
}

/// AWS shows a revision from the first update on.
pub(super) fn shown_revision(machine: &StateMachine) -> Option<String> {
    (machine.updated_at > machine.created_at).then(|| machine.revision_id.clone())
}

/// The service's own key, unless the customer asked for another.
pub(super) fn shown_encryption(machine: &StateMachine) -> Result<EncryptionConfiguration, ApiError> {
    let own = EncryptionConfiguration {
        kms_key_id: None,
        kms_data_key_reuse_period_seconds: None,
        encryption_type: EncryptionType::AwsOwnedKey,
    };
    Ok(read(&machine.encryption_configuration)?.unwrap_or(own))
}

/// A configuration as it was stored.
pub(super) fn read<T: DeserializeOwned>(stored: &Option<Value>) -> Result<Option<T>, ApiError> {
    stored.as_ref().map(T::deserialize).transpose().map_err(|error| {
        tracing::error!(%error, "a stored configuration cannot be read");
        ApiError::InternalFailure
    })
}
