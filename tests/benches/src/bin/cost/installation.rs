//! The handlers over the adapters of AWS, and the loop that Lambda is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use api::{Api, Door, router};
use api_model::Place;
use aws::task_target::LambdaTarget;
use aws::{Connection, Environment, TaskCredentials};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::{BehaviorVersion, Region};
use aws_types::SdkConfig;
use axum::body::Body;
use axum::http::Request;
use dispatcher::{Claims, Dispatcher};
use engine::timestamp::Timestamp;
use express::Express;
use futures::FutureExt;
use interpreter::{Chunks, Handled, Interpreter};
use ports::clock::SystemClock;
use ports::execution_log::ExecutionLog;
use ports::queue::Message;
use ports::{Clock, Ports};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::cloud::Cloud;
use crate::tally::Tally;

pub struct Installation {
    cloud: Cloud,
    clock: Arc<AheadClock>,
    api: Api,
    interpreter: Interpreter,
    dispatcher: Dispatcher,
}

const ENVIRONMENT: [(&str, &str); 7] = [
    ("JOURNAL_TABLE", "journal"),
    ("EXECUTIONS_TABLE", "executions"),
    ("CATALOG_TABLE", "catalog"),
    ("TIMERS_TABLE", "timers"),
    ("TRANSITIONS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/transitions"),
    ("TRANSITIONS_FIFO_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/transitions.fifo"),
    ("TASKS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/tasks"),
];

impl Installation {
    pub fn new() -> Self {
        let cloud = Cloud::new();
        let config = config(&cloud);
        let lookup = |name: &str| ENVIRONMENT.iter().find(|(known, _)| *known == name).map(|(_, it)| (*it).to_owned());
        let connection = Connection::new(Environment::from_lookup(lookup).unwrap(), config.clone());
        let clock = Arc::new(AheadClock::default());
        let ports = Ports {
            clock: clock.clone(),
            sleep: Arc::new(|_| futures::future::pending().boxed()),
            ..connection.ports()
        };
        let lambda = aws_sdk_lambda::config::Builder::from(&config);
        let target = Arc::new(LambdaTarget::from_config(&config, lambda, TaskCredentials::DispatcherRole));
        let express = Express::new(&ports, target.clone(), Arc::new(NoLog));
        let api = Api::new(ports.clone(), Place::new("aws", "us-east-1", "123456789012"), express);
        let dispatcher = Dispatcher {
            target,
            worker: ports.ids.uuid().into(),
            claims: Claims::default(),
            alone: false,
            ports: ports.clone(),
        };
        let interpreter = Interpreter { machines: api.machines.clone(), ports, chunks: Chunks::default() };
        Self { cloud, clock, api, interpreter, dispatcher }
    }

    /// The ARN.
    pub async fn create(&mut self, name: &str, definition: &Value) -> String {
        let request = json!({
            "name": format!("order-{name}"),
            "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/order-workflow",
        });
        self.call("CreateStateMachine", &request).await["stateMachineArn"].as_str().unwrap().to_owned()
    }

    /// What the call costs with the machine known already, as it is to a function that is warm.
    pub async fn start(&mut self, state_machine: &str, input: &Value) -> Tally {
        let warming = json!({"stateMachineArn": state_machine, "input": "{}"});
        self.call("StartExecution", &warming).await;
        while self.cloud.receive().is_some() {}
        self.cloud.take_tally();
        self.call("StartExecution", &json!({"stateMachineArn": state_machine, "input": input.to_string()})).await;
        Tally { api_requests: 1, ..self.cloud.take_tally() }
    }

    /// The ARN of the alias `live`, of the state machine's first version.
    pub async fn alias(&self, state_machine: &str) -> String {
        let published = self.call("PublishStateMachineVersion", &json!({"stateMachineArn": state_machine})).await;
        let routes = json!([{"stateMachineVersionArn": published["stateMachineVersionArn"], "weight": 100}]);
        let request = json!({"name": "live", "routingConfiguration": routes});
        self.call("CreateStateMachineAlias", &request).await["stateMachineAliasArn"].as_str().unwrap().to_owned()
    }

    /// What the call costs.
    pub async fn cost(&mut self, operation: &str, request: &Value) -> Tally {
        self.cloud.take_tally();
        self.call(operation, request).await;
        Tally { api_requests: 1, ..self.cloud.take_tally() }
    }

    pub async fn call(&self, operation: &str, request: &Value) -> Value {
        let request = Request::post("/")
            .header("X-Amz-Target", format!("AWSStepFunctions.{operation}"))
            .body(Body::from(request.to_string()))
            .unwrap();
        let response = router(self.api.clone(), Door::Guarded).oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert!(status.is_success(), "{operation}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    pub async fn run_to_the_end(&mut self) -> Vec<Tally> {
        self.run(usize::MAX).await
    }

    /// Handles messages one by one: what each of them cost.
    pub async fn run(&mut self, messages: usize) -> Vec<Tally> {
        let mut tallies = Vec::new();
        while tallies.len() < messages {
            let Some(body) = self.cloud.receive() else { break };
            self.handle(&body, interpreter::Delivery::First).await;
            tallies.push(Tally { messages: 1, ..self.cloud.take_tally() });
        }
        tallies
    }

    /// The next message, which stays what it is, however often it is handled.
    pub fn receive(&self) -> String {
        self.cloud.receive().unwrap()
    }

    /// What it costs to handle this message.
    pub async fn cost_of(&self, body: &str, delivery: interpreter::Delivery) -> Tally {
        self.cloud.take_tally();
        self.handle(body, delivery).await;
        Tally { messages: 1, ..self.cloud.take_tally() }
    }

    async fn handle(&self, body: &str, delivery: interpreter::Delivery) {
        match wire::message::decode(body).unwrap() {
            Message::Transition(transition) => {
                if let Some(due) = transition.not_before {
                    self.clock.go_to(due);
                }
                let handled = self.interpreter.handle(&[transition], delivery).await.unwrap();
                assert_eq!(handled, Handled::Done);
            }
            Message::Task(task) => {
                let until = self.clock.now().plus_seconds(900);
                self.dispatcher.dispatch(&task, until).await.unwrap();
            }
            Message::Express(_) => panic!("an Express execution has no steps that cost by themselves"),
        }
    }
}

struct NoLog;

impl ExecutionLog for NoLog {
    fn write(&self, _line: &str) {}
}

/// The machine's clock, put forward where an execution waits.
#[derive(Debug, Default)]
struct AheadClock(AtomicI64);

impl AheadClock {
    fn go_to(&self, time: Timestamp) {
        let ahead = time.as_millis() - SystemClock.now().as_millis();
        self.0.fetch_max(ahead, Ordering::Relaxed);
    }
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        SystemClock.now().plus_millis(self.0.load(Ordering::Relaxed))
    }
}

fn config(cloud: &Cloud) -> SdkConfig {
    let credentials = Credentials::new("id", "secret", None, None, "bench");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .time_source(aws_smithy_async::time::SystemTimeSource::new())
        .http_client(cloud.clone())
        .build()
}
