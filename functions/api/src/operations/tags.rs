//! TagResource, UntagResource, ListTagsForResource.

use api_model::arn::TaggableArn;
use api_model::{
    ApiError, EmptyResponse, ListTagsForResourceRequest, ListTagsForResourceResponse, Tag, TagResourceRequest,
    UntagResourceRequest, check_tag_count,
};
use ports::catalog::{Resource, Tags, Updated};

use crate::{Api, failed};

/// How often a change is tried that others come before.
const TRIES: usize = 20;

pub(super) async fn list(
    api: &Api,
    request: ListTagsForResourceRequest,
) -> Result<ListTagsForResourceResponse, ApiError> {
    let resource = resource(api, &request.resource_arn)?;
    let tags = current(api, &request.resource_arn, &resource).await?;
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
    let resource = resource(api, arn)?;
    for _ in 0..TRIES {
        let before = current(api, arn, &resource).await?;
        let mut tags = before.clone();
        change(&mut tags);
        if tags == before {
            return Ok(EmptyResponse {});
        }
        check_tag_count(&arn.to_string(), tags.len())?;
        match api.ports.catalog.set_tags(&resource, &tags, &before).await.map_err(failed)? {
            Updated::Updated => return Ok(EmptyResponse {}),
            Updated::Changed => {}
            Updated::Gone => return Err(not_found(arn)),
        }
    }
    Err(ApiError::Throttling)
}

async fn current(api: &Api, arn: &TaggableArn, resource: &Resource) -> Result<Tags, ApiError> {
    api.ports.catalog.tags(resource).await.map_err(failed)?.ok_or_else(|| not_found(arn))
}

/// A version or an alias carries no tags.
fn resource(api: &Api, arn: &TaggableArn) -> Result<Resource, ApiError> {
    match arn {
        TaggableArn::StateMachine(machine) if machine.place == api.place && machine.unqualified() == *machine => {
            Ok(Resource::StateMachine(machine.name.clone()))
        }
        TaggableArn::StateMachine(_) | TaggableArn::Activity(_) => Err(not_found(arn)),
    }
}

fn not_found(arn: &TaggableArn) -> ApiError {
    ApiError::ResourceNotFound { resource: Some(arn.to_string()) }
}
