//! CreateActivity, DescribeActivity, ListActivities, DeleteActivity.

use std::sync::Arc;

use api_model::{
    ActivityArn, ActivityListItem, ActivityName, ApiError, CreateActivityRequest, CreateActivityResponse,
    DeleteActivityRequest, DescribeActivityRequest, DescribeActivityResponse, EmptyResponse, ListActivitiesRequest,
    ListActivitiesResponse, Operation,
};
use ports::activities::{Activity, CreatedActivity};
use serde_json::{Value, json};

use super::state_machines::stored_encryption;
use super::tags;
use crate::{Api, failed, timestamp};

/// The same request again gives the same answer, whatever its tags. Only another key is another activity.
pub(super) async fn create(api: &Api, request: CreateActivityRequest) -> Result<CreateActivityResponse, ApiError> {
    let name = request.check()?;
    let arn = api.place.activity(&name);
    let encryption = stored_encryption(request.encryption_configuration.as_ref())?;
    let activity = match api.ports.activities.get(name.as_str()).await.map_err(failed)? {
        Some(activity) => activity,
        None => make(api, request, &name, encryption.clone()).await?,
    };
    if activity.encryption_configuration != encryption {
        return Err(ApiError::ActivityAlreadyExists { arn: arn.to_string() });
    }
    Ok(CreateActivityResponse { activity_arn: arn, creation_date: timestamp(activity.created_at) })
}

/// First its queue: an activity that is to be seen has one.
async fn make(
    api: &Api,
    request: CreateActivityRequest,
    name: &ActivityName,
    encryption_configuration: Option<Value>,
) -> Result<Arc<Activity>, ApiError> {
    let activity = Activity {
        name: name.to_string(),
        created_at: api.ports.clock.now(),
        queue: api.ports.activity_queues.make(&api.ports.ids.uuid()).await.map_err(failed)?,
        encryption_configuration,
        tags: tags::as_stored(request.tags),
    };
    match api.ports.activities.create(&activity).await.map_err(failed)? {
        CreatedActivity::Created => Ok(Arc::new(activity)),
        CreatedActivity::Exists(existing) => {
            if existing.queue != activity.queue {
                remove_queue(api, &activity).await;
            }
            Ok(existing)
        }
    }
}

/// A queue that stays costs nothing, and nobody looks at it.
async fn remove_queue(api: &Api, activity: &Activity) {
    if let Err(error) = api.ports.activity_queues.remove(&activity.queue).await {
        tracing::warn!(%error, queue = activity.queue, "the queue of an activity could not be removed");
    }
}

pub(super) async fn describe(
    api: &Api,
    request: DescribeActivityRequest,
) -> Result<DescribeActivityResponse, ApiError> {
    let activity = api.activity(&request.activity_arn).await?;
    let own = || json!({ "type": "AWS_OWNED_KEY" });
    Ok(DescribeActivityResponse {
        activity_arn: request.activity_arn,
        name: activity.name.clone(),
        creation_date: timestamp(activity.created_at),
        encryption_configuration: activity.encryption_configuration.clone().unwrap_or_else(own),
    })
}

pub(super) async fn list(api: &Api, request: ListActivitiesRequest) -> Result<ListActivitiesResponse, ApiError> {
    let operation = Operation::ListActivities;
    let after: Option<String> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens().await?.read(operation, &[], token, api.now())?),
        None => None,
    };
    let listing = api.ports.activities.list(request.page.max_results, after.as_deref()).await.map_err(failed)?;
    let next_token = match listing.activities.last() {
        Some(last) if listing.more => Some(api.page_tokens().await?.issue(operation, &[], &last.name, api.now())?),
        _ => None,
    };
    let item = |activity: &Arc<Activity>| {
        Ok(ActivityListItem {
            activity_arn: api.place.activity(&ActivityName::parse(&activity.name)?),
            name: activity.name.clone(),
            creation_date: timestamp(activity.created_at),
        })
    };
    let activities = listing.activities.iter().map(item).collect::<Result<Vec<_>, ApiError>>()?;
    Ok(ListActivitiesResponse { activities, next_token })
}

/// Tasks that wait for its workers go on waiting; those that workers have can be answered.
pub(super) async fn delete(api: &Api, request: DeleteActivityRequest) -> Result<EmptyResponse, ApiError> {
    let arn = &request.activity_arn;
    if arn.place == api.place
        && let Some(activity) = api.ports.activities.delete(&arn.name).await.map_err(failed)?
    {
        remove_queue(api, &activity).await;
    }
    Ok(EmptyResponse {})
}

impl Api {
    pub(super) async fn activity(&self, arn: &ActivityArn) -> Result<Arc<Activity>, ApiError> {
        let found = match arn.place == self.place {
            true => self.ports.activities.get(&arn.name).await.map_err(failed)?,
            false => None,
        };
        found.ok_or_else(|| ApiError::ActivityDoesNotExist { arn: arn.to_string() })
    }
}
