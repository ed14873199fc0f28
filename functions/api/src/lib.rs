//! The Step Functions API. [`router`] is its HTTP, one for the Lambda function and for `stepwell dev`; `door/` says who may
//! come in; `operations/` has what is behind it, an operation a file. What a caller may send and see is decided in `api-model`.

mod door;
mod operations;
mod router;
mod state_machine;
mod test_cases;

use std::sync::Arc;

use api_model::{ApiError, Limits, PageTokens, Place};
use engine::execution::ExecutionArn;
use engine::record::Record;
use engine::run::Token;
use engine::task_token::TaskTokenKey;
use express::Express;
use ports::installation_secret::Purpose;
use ports::{Machines, Ports, StoreError};
use tokio::sync::Semaphore;

pub use door::{Door, SignedPaths};
pub use operations::findings;
pub use router::router;
pub use test_cases::TestCases;

/// What the operations work with.
#[derive(Clone)]
pub struct Api {
    pub ports: Ports,
    pub machines: Arc<Machines>,
    /// Partition, region and account of the ARNs that it gives out.
    pub place: Place,
    /// What runs Express executions, and calls the tasks that are tested.
    pub express: Express,
    /// Step Functions Local's mock configuration, if there is one.
    pub test_cases: Option<Arc<dyn TestCases>>,
    /// For workers that wait for a task.
    polls: Arc<Semaphore>,
}

impl Api {
    pub fn new(ports: Ports, place: Place, express: Express) -> Self {
        let machines = Arc::new(Machines::new(ports.catalog.clone()));
        let polls = Arc::new(Semaphore::new(ports.settings.activity_polls.min(Semaphore::MAX_PERMITS)));
        Self { ports, machines, place, express, test_cases: None, polls }
    }

    fn limits(&self) -> Limits {
        Limits { payload_bytes: self.ports.settings.payload_limit_bytes }
    }

    async fn task_token_key(&self) -> Result<TaskTokenKey, ApiError> {
        let secret = self.ports.secret.get().await.map_err(failed)?;
        Ok(TaskTokenKey::new(secret.key(Purpose::TaskTokens)))
    }

    async fn page_tokens(&self) -> Result<PageTokens, ApiError> {
        let secret = self.ports.secret.get().await.map_err(failed)?;
        Ok(PageTokens::new(&secret.key(Purpose::PageTokens)))
    }

    /// What the task token names.
    async fn task(&self, token: &str) -> Result<(ExecutionArn, Token), ApiError> {
        self.task_token_key().await?.read(token).ok_or(ApiError::InvalidToken)
    }

    fn now(&self) -> api_model::Timestamp {
        timestamp(self.ports.clock.now())
    }

    /// The newest record of the execution.
    async fn newest(&self, arn: &api_model::ExecutionArn) -> Result<Arc<Record>, ApiError> {
        let execution = ExecutionArn::new(arn.to_string());
        let newest =
            if arn.place == self.place { self.ports.journal.newest(&execution).await.map_err(failed)? } else { None };
        newest.ok_or_else(|| ApiError::ExecutionDoesNotExist { arn: arn.to_string() })
    }
}

/// What a caller sees of our own failures: nothing but that it may come again.
fn failed(error: StoreError) -> ApiError {
    tracing::error!(%error, "a store failed");
    match error {
        StoreError::Throttled(_) => ApiError::Throttling,
        StoreError::Unavailable(_) => ApiError::ServiceUnavailable,
        StoreError::Unreadable(_) | StoreError::Refused(_) => ApiError::InternalFailure,
    }
}

fn timestamp(timestamp: engine::timestamp::Timestamp) -> api_model::Timestamp {
    api_model::Timestamp::from_millis(timestamp.as_millis())
}
