//! DescribeExecution, DescribeStateMachineForExecution, ListExecutions.

use std::sync::Arc;

use api_model::{
    ApiError, CloudWatchEventsExecutionDataDetails, DescribeExecutionRequest, DescribeExecutionResponse,
    DescribeStateMachineForExecutionRequest, DescribeStateMachineForExecutionResponse, ExecutionListItem,
    ExecutionRedriveStatus, ExecutionStatus, ExecutionsOf, IncludedData, ListExecutionsRequest, ListExecutionsResponse,
    Operation, Qualifier, StateMachineArn,
};
use engine::event::Event;
use engine::failure::ErrorAndCause;
use engine::record::Record;
use engine::run::Status;
use ports::catalog::{MachineType, StateMachine};
use ports::executions::{Cursor, ListQuery, Summary, SummaryStatus, Through};

use super::describe_state_machine::{read, shown_definition, shown_encryption, shown_references, shown_revision};
use super::redrive_execution;
use crate::state_machine::does_not_exist;
use crate::{Api, failed, timestamp};

/// Read from the journal, so that it tells the truth at once.
pub(super) async fn describe(
    api: &Api,
    request: DescribeExecutionRequest,
) -> Result<DescribeExecutionResponse, ApiError> {
    let newest = api.newest(&request.execution_arn).await?;
    let input = input(api, &newest).await?;
    let all = request.included_data == IncludedData::AllData;
    let ended = newest.run.has_ended();
    let output = match &newest.run.status {
        Status::Succeeded { output } => Some(output.as_str().to_owned()),
        Status::Running | Status::Failed(_) | Status::TimedOut(_) | Status::Aborted(_) => None,
    };
    let ErrorAndCause { error, cause } = match &newest.run.status {
        Status::Failed(failure) | Status::TimedOut(failure) | Status::Aborted(failure) => failure.clone(),
        Status::Running | Status::Succeeded { .. } => ErrorAndCause::default(),
    };
    let details = Some(CloudWatchEventsExecutionDataDetails { included: all });
    let redrive_status_reason = redrive_execution::reason(api, &newest).await?;
    let redrives = newest.run.redrives.as_ref();
    let execution = &newest.run.execution;
    let state_machine_arn = request.execution_arn.state_machine_arn();
    Ok(DescribeExecutionResponse {
        state_machine_arn: state_machine_arn.clone(),
        name: request.execution_arn.name.clone(),
        execution_arn: request.execution_arn,
        status: status(SummaryStatus::of(&newest.run.status)),
        start_date: timestamp(newest.run.execution.started_at),
        stop_date: ended.then(|| timestamp(newest.at)),
        input: input.filter(|_| all),
        input_details: details,
        output_details: output.as_ref().and(details),
        output: output.filter(|_| all),
        trace_header: execution.trace_header.as_deref().map(str::to_owned),
        map_run_arn: None,
        error,
        cause: cause.filter(|_| all),
        state_machine_version_arn: execution.version.map(|version| state_machine_arn.version(version)),
        state_machine_alias_arn: execution.alias.as_deref().map(|alias| state_machine_arn.alias(alias)),
        redrive_count: Some(redrives.map_or(0, |redrives| redrives.count.cast_signed())),
        redrive_date: redrives.map(|redrives| timestamp(redrives.at)),
        redrive_status: Some(match &redrive_status_reason {
            None => ExecutionRedriveStatus::Redrivable,
            Some(_) => ExecutionRedriveStatus::NotRedrivable,
        }),
        redrive_status_reason,
    })
}

/// The input stands in record 0.
async fn input(api: &Api, newest: &Arc<Record>) -> Result<Option<String>, ApiError> {
    let first = if newest.seq() == 0 {
        Some(newest.clone())
    } else {
        api.ports.journal.record(&newest.run.execution.arn, 0).await.map_err(failed)?
    };
    let input = first.iter().flat_map(|first| &first.events).find_map(|event| match &event.event {
        Event::ExecutionStarted { input, .. } => Some(input.as_str().to_owned()),
        _ => None,
    });
    Ok(input)
}

pub(super) async fn describe_state_machine(
    api: &Api,
    request: DescribeStateMachineForExecutionRequest,
) -> Result<DescribeStateMachineForExecutionResponse, ApiError> {
    let newest = api.newest(&request.execution_arn).await?;
    let execution = &newest.run.execution;
    let machine = api.revision(&request.execution_arn.state_machine, &execution.revision_id).await?;
    Ok(DescribeStateMachineForExecutionResponse {
        state_machine_arn: request.execution_arn.state_machine_arn(),
        name: machine.name.clone(),
        definition: shown_definition(&machine, request.included_data),
        role_arn: execution.role_arn.to_string(),
        update_date: timestamp(machine.updated_at),
        logging_configuration: read(&machine.logging_configuration)?.unwrap_or_default(),
        tracing_configuration: read(&machine.tracing_configuration)?.unwrap_or_default(),
        map_run_arn: None,
        label: None,
        revision_id: shown_revision(&machine),
        encryption_configuration: Some(shown_encryption(&machine)?),
        variable_references: shown_references(&machine, request.included_data),
    })
}

pub(super) async fn list(api: &Api, request: ListExecutionsRequest) -> Result<ListExecutionsResponse, ApiError> {
    let machine_arn = match request.executions_of()? {
        ExecutionsOf::StateMachine(arn) => arn,
        ExecutionsOf::MapRun(arn) => return Err(ApiError::ResourceNotFound { resource: Some(arn.to_string()) }),
    };
    let machine = listed(api, machine_arn).await?;
    let status_word = request.status_filter.map(|status| status.to_string()).unwrap_or_default();
    let arn_text = machine_arn.to_string();
    let bound_to = [arn_text.as_str(), status_word.as_str()];
    let after: Option<Cursor> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens().await?.read(Operation::ListExecutions, &bound_to, token, api.now())?),
        None => None,
    };
    let filter = Filter::of(&request);
    if filter == Filter::Nothing {
        return Ok(ListExecutionsResponse { executions: Vec::new(), next_token: None });
    }
    let query = ListQuery {
        state_machine: machine_arn.name.clone(),
        through: machine_arn.qualifier.as_ref().map(through),
        status: filter.status(),
        since: machine.created_at,
        limit: request.page.max_results,
        after,
    };
    let page = api.ports.executions.list(&query).await.map_err(failed)?;
    let next_token = match &page.next {
        Some(cursor) => {
            Some(api.page_tokens().await?.issue(Operation::ListExecutions, &bound_to, cursor, api.now())?)
        }
        None => None,
    };
    let unqualified = machine_arn.unqualified();
    let executions = page.summaries.iter().map(|summary| item(&unqualified, summary)).collect();
    Ok(ListExecutionsResponse { executions, next_token })
}

/// The state machine whose executions are listed; the version or alias that the ARN names is there.
async fn listed(api: &Api, arn: &StateMachineArn) -> Result<Arc<StateMachine>, ApiError> {
    let is_there = match &arn.qualifier {
        None => true,
        Some(Qualifier::Version(number)) => api.version(arn, *number).await.map(|_| true)?,
        Some(Qualifier::Alias(name)) => api.alias(arn, name).await?.is_some(),
    };
    let unqualified = StateMachineArn { qualifier: None, ..arn.clone() };
    let machine = api.state_machine(&unqualified).await?;
    match machine.machine_type {
        _ if !is_there => Err(does_not_exist(arn)),
        MachineType::Express => Err(ApiError::StateMachineTypeNotSupported),
        MachineType::Standard => Ok(machine),
    }
}

fn through(qualifier: &Qualifier) -> Through {
    match qualifier {
        Qualifier::Version(number) => Through::Version(*number),
        Qualifier::Alias(name) => Through::Alias(name.clone()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Filter {
    All,
    Status(SummaryStatus),
    /// Those that wait to be redriven, as only child executions do.
    Nothing,
}

impl Filter {
    fn of(request: &ListExecutionsRequest) -> Self {
        match request.status_filter {
            None => Filter::All,
            Some(ExecutionStatus::Running) => Filter::Status(SummaryStatus::Running),
            Some(ExecutionStatus::Succeeded) => Filter::Status(SummaryStatus::Succeeded),
            Some(ExecutionStatus::Failed) => Filter::Status(SummaryStatus::Failed),
            Some(ExecutionStatus::TimedOut) => Filter::Status(SummaryStatus::TimedOut),
            Some(ExecutionStatus::Aborted) => Filter::Status(SummaryStatus::Aborted),
            Some(ExecutionStatus::PendingRedrive) => Filter::Nothing,
        }
    }

    fn status(self) -> Option<SummaryStatus> {
        match self {
            Filter::Status(status) => Some(status),
            Filter::All | Filter::Nothing => None,
        }
    }
}

fn item(machine_arn: &api_model::StateMachineArn, summary: &Summary) -> ExecutionListItem {
    let name = summary.arn.name().to_owned();
    ExecutionListItem {
        execution_arn: api_model::ExecutionArn {
            place: machine_arn.place.clone(),
            state_machine: machine_arn.name.clone(),
            label: None,
            name: name.clone(),
        },
        state_machine_arn: machine_arn.clone(),
        name,
        status: status(summary.status),
        start_date: timestamp(summary.started_at),
        stop_date: summary.stopped_at.map(timestamp),
        map_run_arn: None,
        item_count: None,
        state_machine_version_arn: summary.version.map(|version| machine_arn.version(version)),
        state_machine_alias_arn: summary.alias.as_deref().map(|alias| machine_arn.alias(alias)),
        redrive_count: Some(summary.redrive_count().cast_signed()),
        redrive_date: summary.redriven.map(|redriven| timestamp(redriven.at)),
    }
}

fn status(status: SummaryStatus) -> ExecutionStatus {
    match status {
        SummaryStatus::Running => ExecutionStatus::Running,
        SummaryStatus::Succeeded => ExecutionStatus::Succeeded,
        SummaryStatus::Failed => ExecutionStatus::Failed,
        SummaryStatus::TimedOut => ExecutionStatus::TimedOut,
        SummaryStatus::Aborted => ExecutionStatus::Aborted,
    }
}
