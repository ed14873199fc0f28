//! From the environment to the ports.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use ports::clock::{RandomIds, SystemClock};
use ports::{Ports, TaskTarget, Undeliverable};

use crate::access_keys::DynamoDbAccessKeys;
use crate::activities::DynamoDbActivities;
use crate::activity_queues::SqsActivityQueues;
use crate::catalog::DynamoDbCatalog;
use crate::dispatcher_target::DispatcherTarget;
use crate::environment::{Environment, EnvironmentError, TaskCredentials, Variable};
use crate::executions::DynamoDbExecutions;
use crate::installation_secret::SecretsManagerSecret;
use crate::journal::DynamoDbJournal;
use crate::queue::SqsQueues;
use crate::sdk_config;
use crate::table::Table;
use crate::task_target::LambdaTarget;
use crate::timers::DynamoDbTimers;
use crate::undeliverable::SqsUndeliverable;

/// Everything that a function's `main` needs. Nothing is connected to before it is used.
#[derive(Clone, Debug)]
pub struct Connection {
    pub environment: Environment,
    pub config: SdkConfig,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// For a store or a queue that does not answer; the SDK then tries again.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(6);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(20);

/// Reads the environment, AWS's own variables included: region, credentials, `AWS_ENDPOINT_URL`.
pub fn connect() -> Result<Connection, EnvironmentError> {
    let environment = Environment::read()?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let config = sdk_config::from_environment().http_client(http_client()).timeout_config(timeouts);
    Ok(Connection::new(environment, config.build()))
}

impl Connection {
    pub fn new(environment: Environment, config: SdkConfig) -> Self {
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let sqs = aws_sdk_sqs::Client::new(&config);
        Self { environment, config, dynamodb, sqs }
    }

    pub fn ports(&self) -> Ports {
        let environment = &self.environment;
        Ports {
            journal: Arc::new(self.journal()),
            payloads: Arc::new(self.journal()),
            executions: Arc::new(DynamoDbExecutions { table: self.table(&environment.executions_table) }),
            catalog: Arc::new(DynamoDbCatalog { table: self.table(&environment.catalog_table) }),
            activities: Arc::new(DynamoDbActivities { table: self.table(&environment.catalog_table) }),
            queue: Arc::new(self.queue()),
            activity_queues: Arc::new(self.activity_queues()),
            timers: Arc::new(DynamoDbTimers { table: self.table(&environment.timers_table) }),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            sleep: Arc::new(|duration| Box::pin(tokio::time::sleep(duration))),
            secret: Arc::new(self.installation_secret()),
            access_keys: Arc::new(DynamoDbAccessKeys { table: self.table(&environment.access_keys_table) }),
            settings: environment.settings,
        }
    }

    pub fn task_target(&self) -> Arc<dyn TaskTarget> {
        Arc::new(LambdaTarget::new(&self.config, self.environment.task_credentials))
    }

    /// The targets of tasks for who may call the dispatcher alone.
    pub fn task_target_of_dispatcher(&self) -> Arc<dyn TaskTarget> {
        // A target runs for as long as the dispatcher does, and nobody's role but the function's own is taken on.
        let lambda = LambdaTarget::new(&self.config, TaskCredentials::DispatcherRole);
        Arc::new(DispatcherTarget { lambda, function: self.environment.dispatcher_function.clone() })
    }

    /// Dead letters that were set aside.
    pub fn undeliverable(&self) -> Arc<dyn Undeliverable> {
        Arc::new(SqsUndeliverable { client: self.sqs.clone(), url: self.environment.undeliverable_queue_url.clone() })
    }

    fn installation_secret(&self) -> SecretsManagerSecret {
        SecretsManagerSecret::new(&self.config, self.environment.installation_secret_arn.clone())
    }

    fn journal(&self) -> DynamoDbJournal {
        let retention_days = self.environment.settings.retention_days;
        DynamoDbJournal { table: self.table(&self.environment.journal_table), retention_days }
    }

    fn queue(&self) -> SqsQueues {
        SqsQueues {
            client: self.sqs.clone(),
            clock: Arc::new(SystemClock),
            transitions_url: self.environment.transitions_queue_url.clone(),
            transitions_fifo_url: self.environment.transitions_fifo_queue_url.clone(),
            tasks_url: self.environment.tasks_queue_url.clone(),
        }
    }

    fn activity_queues(&self) -> SqsActivityQueues {
        let prefix = self.environment.activity_queue_prefix.clone();
        SqsActivityQueues { client: self.sqs.clone(), prefix }
    }

    fn table(&self, name: &Variable) -> Table {
        Table::new(self.dynamodb.clone(), name.clone())
    }
}

/// HTTPS by rustls on ring: an aws-lc build takes 36 ms to its first byte where this takes 1 ms.
fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// One whose idle connections are closed after `idle`.
pub(crate) fn http_client_with_idle_time(idle: Duration) -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .pool_idle_timeout(idle)
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}
