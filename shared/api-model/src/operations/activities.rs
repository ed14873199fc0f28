//! CreateActivity, DescribeActivity, ListActivities, DeleteActivity, GetActivityTask:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>

use serde::Serialize;
use serde_json::Value;

use super::Page;
use crate::members::Text;
use crate::structures::check_tag_count;
use crate::{
    ActivityArn, ActivityName, ApiError, EncryptionConfiguration, Members, Operation, Request, Tag, Timestamp,
};

/// Creates an activity, unless it is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateActivityRequest {
    /// Not checked yet: [`Self::check`].
    pub name: String,
    /// Up to 50.
    pub tags: Vec<Tag>,
    /// Absent: the service's own key.
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

impl Request for CreateActivityRequest {
    const OPERATION: Operation = Operation::CreateActivity;

    fn read(members: &mut Members) -> Option<Self> {
        let name = members.required_text("name", Text::NAME);
        let tags = members.list("tags", Tag::read).unwrap_or_default();
        let encryption_configuration = members.structure("encryptionConfiguration", EncryptionConfiguration::read);
        Some(Self { name: name?, tags, encryption_configuration })
    }
}

impl CreateActivityRequest {
    /// Checks all that stored data has no part in, and gives the name.
    ///
    /// # Errors
    /// `InvalidName`, `InvalidEncryptionConfiguration`, `TooManyTags`.
    pub fn check(&self) -> Result<ActivityName, ApiError> {
        let name = ActivityName::parse(&self.name)?;
        if let Some(encryption) = &self.encryption_configuration {
            encryption.check()?;
        }
        check_tag_count(&self.name, self.tags.len())?;
        Ok(name)
    }
}

/// The activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateActivityResponse {
    pub activity_arn: ActivityArn,
    /// When it was created, be it before this request.
    pub creation_date: Timestamp,
}

/// Asks what an activity is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeActivityRequest {
    pub activity_arn: ActivityArn,
}

impl Request for DescribeActivityRequest {
    const OPERATION: Operation = Operation::DescribeActivity;

    fn read(members: &mut Members) -> Option<Self> {
        let activity_arn = members.required_arn("activityArn", Text::ARN);
        Some(Self { activity_arn: activity_arn? })
    }
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeActivityResponse {
    pub activity_arn: ActivityArn,
    pub name: String,
    pub creation_date: Timestamp,
    /// As it was given at the creation; `{"type": "AWS_OWNED_KEY"}` if it was not.
    pub encryption_configuration: Value,
}

/// Asks for the activities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListActivitiesRequest {
    pub page: Page,
}

impl Request for ListActivitiesRequest {
    const OPERATION: Operation = Operation::ListActivities;

    fn read(members: &mut Members) -> Option<Self> {
        Some(Self { page: Page::read(members, Text::PAGE_TOKEN) })
    }
}

/// A page of activities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListActivitiesResponse {
    pub activities: Vec<ActivityListItem>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An activity in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityListItem {
    pub activity_arn: ActivityArn,
    pub name: String,
    pub creation_date: Timestamp,
}

/// Deletes an activity. Answered by [`super::EmptyResponse`], also where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteActivityRequest {
    pub activity_arn: ActivityArn,
}

impl Request for DeleteActivityRequest {
    const OPERATION: Operation = Operation::DeleteActivity;

    fn read(members: &mut Members) -> Option<Self> {
        let activity_arn = members.required_arn("activityArn", Text::ARN);
        Some(Self { activity_arn: activity_arn? })
    }
}

/// Asks for a task of an activity, and waits for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetActivityTaskRequest {
    pub activity_arn: ActivityArn,
    /// Shown in the history of the execution.
    pub worker_name: Option<String>,
}

impl Request for GetActivityTaskRequest {
    const OPERATION: Operation = Operation::GetActivityTask;

    fn read(members: &mut Members) -> Option<Self> {
        let activity_arn = members.required_arn("activityArn", Text::ARN);
        let worker_name = members.text("workerName", Text::NAME);
        Some(Self { activity_arn: activity_arn?, worker_name })
    }
}

/// A task; neither member if none came in time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetActivityTaskResponse {
    /// For SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_token: Option<String>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
}
