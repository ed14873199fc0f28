//! ListTagsForResource, TagResource, UntagResource:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>

use serde::Serialize;

use crate::arn::TaggableArn;
use crate::members::Text;
use crate::{Members, Operation, Request, Tag};

/// Asks for the tags of a state machine or activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTagsForResourceRequest {
    /// Which.
    pub resource_arn: TaggableArn,
}

impl Request for ListTagsForResourceRequest {
    const OPERATION: Operation = Operation::ListTagsForResource;

    fn read(members: &mut Members) -> Option<Self> {
        let resource_arn = members.required_arn("resourceArn", Text::ARN);
        Some(Self { resource_arn: resource_arn? })
    }
}

/// The tags of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListTagsForResourceResponse {
    /// Empty if it has none.
    pub tags: Vec<Tag>,
}

/// Adds tags or changes their values. Answered by [`super::EmptyResponse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagResourceRequest {
    /// Of what.
    pub resource_arn: TaggableArn,
    /// Which.
    pub tags: Vec<Tag>,
}

impl Request for TagResourceRequest {
    const OPERATION: Operation = Operation::TagResource;

    fn read(members: &mut Members) -> Option<Self> {
        let resource_arn = members.required_arn("resourceArn", Text::ARN);
        let tags = members.list("tags", Tag::read);
        let tags = members.require("tags", tags);
        Some(Self { resource_arn: resource_arn?, tags: tags? })
    }
}

/// Removes tags. Answered by [`super::EmptyResponse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UntagResourceRequest {
    /// Of what.
    pub resource_arn: TaggableArn,
    /// By their keys.
    pub tag_keys: Vec<String>,
}

impl Request for UntagResourceRequest {
    const OPERATION: Operation = Operation::UntagResource;

    fn read(members: &mut Members) -> Option<Self> {
        let resource_arn = members.required_arn("resourceArn", Text::ARN);
        let tag_keys = members.texts("tagKeys", Text::TAG_KEY);
        let tag_keys = members.require("tagKeys", tag_keys);
        Some(Self { resource_arn: resource_arn?, tag_keys: tag_keys? })
    }
}
