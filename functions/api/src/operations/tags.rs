//! TagResource, UntagResource, ListTagsForResource.

use api_model::arn::TaggableArn;
use api_model::{
    ApiError, EmptyResponse, ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest,
    UntagResourceRequest, check_tag_count,
};
use ports::StoreError;
use ports::catalog::{Resource, Tags, Updated};

use crate::{Api, failed};

/// How often a change is tried that others come before.
const TRIES: usize = 20;

pub(super) async fn list(
    api: &Api,
    request: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse, ApiError> {
    let tags = tagged(api, &request.resource_arn)?.tags(api).await?.ok_or_else(|| not_found(&request.resource_arn))?;
    let tags = tags.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) }).collect();
    Ok(ListTagsForResourceResponse { tags })
}

/// A tag whose key is there gets a new value.
pub(super) async fn tag(api: &Api, request: TagResourceRequest) -> Result<EmptyResponse, ApiError> {
    let added = as_stored(request.tags);
    change(api, &request.resource_arn, |tags| {
        for (key, value) in &added {
            match tags.iter_mut().find(|(known, _)| known == key) {
                Some((_, current)) => current.clone_from(value),
                None => tags.push((key.clone(), value.clone())),
            }
        }
    })
    .await
}

/// Keys that are not there are no error.
pub(super) async fn untag(api: &Api, request: UntagResourceRequest) -> Result<EmptyResponse, ApiError> {
    change(api, &request.resource_arn, |tags| tags.retain(|(key, _)| !request.tag_keys.contains(key))).await
}

pub(super) fn as_stored(tags: Vec<Tag>) -> Tags {
    tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

async fn change(api: &Api, arn: &TaggableArn, change: impl Fn(&mut Tags)) -> Result<EmptyResponse, ApiError> {
    let tagged = tagged(api, arn)?;
    for _ in 0..TRIES {
        let before = tagged.tags(api).await?.ok_or_else(|| not_found(arn))?;
        let mut tags = before.clone();
        change(&mut tags);
        if tags == before {
            return Ok(EmptyResponse {});
        }
        check_tag_count(&arn.to_string(), tags.len())?;
        match tagged.set(api, &tags, &before).await.map_err(failed)? {
            Updated::Updated => return Ok(EmptyResponse {}),
            Updated::Changed => {}
            Updated::Gone => return Err(not_found(arn)),
        }
    }
    Err(ApiError::Throttling)
}

/// What carries tags.
enum Tagged {
    StateMachine(Resource),
    /// Its name.
    Activity(String),
}

/// A version or an alias carries none.
fn tagged(api: &Api, arn: &TaggableArn) -> Result<Tagged, ApiError> {
    match arn {
        TaggableArn::StateMachine(machine) if machine.place == api.place && machine.unqualified() == *machine => {
            Ok(Tagged::StateMachine(Resource::StateMachine(machine.name.clone())))
        }
        TaggableArn::Activity(activity) if activity.place == api.place => Ok(Tagged::Activity(activity.name.clone())),
        TaggableArn::StateMachine(_) | TaggableArn::Activity(_) => Err(not_found(arn)),
    }
}

impl Tagged {
    async fn tags(&self, api: &Api) -> Result<Option<Tags>, ApiError> {
        match self {
            Tagged::StateMachine(machine) => api.ports.catalog.tags(machine).await.map_err(failed),
            Tagged::Activity(name) => {
                let activity = api.ports.activities.get(name).await.map_err(failed)?;
                Ok(activity.map(|activity| activity.tags.clone()))
            }
        }
    }

    async fn set(&self, api: &Api, tags: &Tags, before: &Tags) -> Result<Updated, StoreError> {
        match self {
            Tagged::StateMachine(machine) => api.ports.catalog.set_tags(machine, tags, before).await,
            Tagged::Activity(name) => api.ports.activities.set_tags(name, tags, before).await,
        }
    }
}

fn not_found(arn: &TaggableArn) -> ApiError {
    ApiError::ResourceNotFound { resource: Some(arn.to_string()) }
}
