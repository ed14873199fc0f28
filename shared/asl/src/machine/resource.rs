//! What a Task's `Resource` names: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html>.

/// A parsed `Resource`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]`: the function's own ARN; its history is `LambdaFunction…` events.
    LambdaFunction { arn: String },
    /// `arn:aws:states:REGION:ACCOUNT:activity:NAME`.
    Activity { arn: String },
    /// `arn:aws:states:::SERVICE:ACTION[.PATTERN]`; its history is `Task…` events.
    Integration(Integration),
}

impl Resource {
    /// Whether the task ends when somebody answers with its token, `$$.Task.Token`.
    pub fn waits_for_task_token(&self) -> bool {
        match self {
            Resource::Integration(integration) => integration.pattern == Pattern::WaitForTaskToken,
            Resource::LambdaFunction { .. } | Resource::Activity { .. } => false,
        }
    }
}

/// `arn:aws:states:::lambda:invoke.waitForTaskToken` is service `lambda`, action `invoke`;
/// `arn:aws:states:::aws-sdk:s3:getObject` is service `aws-sdk:s3`, action `getObject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    pub partition: String,
    pub service: String,
    pub action: String,
    pub pattern: Pattern,
}

impl Integration {
    /// The `resource` of history events: the action with its pattern.
    pub fn resource(&self) -> String {
        format!("{}{}", self.action, self.pattern.suffix())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    RequestResponse,
    Sync,
    Sync2,
    WaitForTaskToken,
}

impl Pattern {
    pub fn suffix(self) -> &'static str {
        match self {
            Pattern::RequestResponse => "",
            Pattern::Sync => ".sync",
            Pattern::Sync2 => ".sync:2",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}
