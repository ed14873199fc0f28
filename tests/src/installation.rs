//! All functions, and what they work with.

use std::sync::Arc;

use api::{Api, Door};
use api_model::Place;
use axum::body::Body;
use axum::extract::Request as HttpRequest;
use axum::http::Method;
use dead_letters::{DeadLetter, Known, Received, Undertaker};
use dispatcher::Dispatcher;
use doctor::{Answer, Doctor, DoctorError, Finding, Messages, Request};
use engine::event::HistoryEvent;
use engine::execution::ExecutionArn;
use engine::record::Record;
use engine::timestamp::Timestamp;
use express::Express;
use http_body_util::BodyExt;
use interpreter::{Chunks, Handled, Interpreter};
use ports::executions::Summary;
use ports::installation_secret::KnownSecret;
use ports::journal::Direction;
use ports::queue::Message;
use ports::{Executions, Journal, Machines, Ports, Settings, Sleep, StoreError, Timers};
use serde_json::{Value, json};
use stepwell::store::{MemoryAccessKeys, MemoryStore};
use timekeeper::{Swept, Timekeeper};
use tower::ServiceExt;

use crate::delivery::Delivery;
use crate::gate::{Gate, Gated};
use crate::history::events;
use crate::log::KeptLog;
use crate::mail::{Letter, Mail};
use crate::offers::Offers;
use crate::target::{Reply, ScriptedTarget};
use crate::undeliverable::KeptLetters;
use crate::{CountedIds, ManualClock, SkewedClock};

/// The longest that one invocation of a dispatcher lasts: Lambda's limit.
const DISPATCHER_SECONDS: u64 = 900;

/// What takes longer than this never comes.
const MINUTES: usize = 100_000;

/// What an answer of the API comes to: its JSON, or the code of the error.
pub type ApiAnswer = Result<Value, String>;

pub struct Options {
    pub settings: Settings,
    pub target: ScriptedTarget,
    /// What the handlers get in place of the ports: the same, but for something that is wrong with them.
    pub spoil: Box<dyn Fn(Ports) -> Ports>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settings: Settings::default(),
            target: ScriptedTarget::new(|invocation| Reply::Returns(invocation.payload.clone())),
            spoil: Box::new(|ports| ports),
        }
    }
}

pub struct Installation {
    pub clock: Arc<ManualClock>,
    pub mail: Arc<Mail>,
    /// Tasks for the workers of activities.
    pub offers: Arc<Offers>,
    /// Dead letters that were set aside.
    pub undeliverable: Arc<KeptLetters>,
    pub gate: Arc<Gate>,
    /// The store itself, without the gate.
    pub store: Arc<MemoryStore>,
    pub target: Arc<ScriptedTarget>,
    pub ports: Ports,
    pub api: Api,
    pub interpreter: Interpreter,
    pub dispatcher: Dispatcher,
    pub express: Express,
    /// The events of Express executions.
    pub log: Arc<KeptLog>,
    pub timekeeper: Timekeeper,
}

impl Default for Installation {
    fn default() -> Self {
        Self::new(Options::default())
    }
}

impl Installation {
    pub fn new(Options { settings, target, spoil }: Options) -> Self {
        let clock = Arc::new(ManualClock::default());
        let mail = Arc::new(Mail::new(clock.clone()));
        let offers = Arc::new(Offers::new(clock.clone()));
        let undeliverable = Arc::new(KeptLetters::new(clock.clone()));
        let gate = Arc::new(Gate::default());
        let store = Arc::new(MemoryStore::new());
        target.run_by(&clock);
        let target = Arc::new(target);
        let gated = Arc::new(Gated { port: store.clone(), gate: gate.clone() });
        let ports = spoil(Ports {
            journal: gated.clone(),
            payloads: gated.clone(),
            executions: gated.clone(),
            catalog: gated.clone(),
            activities: gated.clone(),
            queue: Arc::new(Gated { port: mail.clone(), gate: gate.clone() }),
            activity_queues: Arc::new(Gated { port: offers.clone(), gate: gate.clone() }),
            timers: gated,
            clock: clock.clone(),
            ids: Arc::new(CountedIds::default()),
            sleep: sleep(&clock),
            secret: Arc::new(KnownSecret::new(b"tests")),
            access_keys: Arc::new(MemoryAccessKeys::default()),
            settings,
        });
        let log = Arc::new(KeptLog::default());
        let express = Express::new(&ports, target.clone(), log.clone());
        let api = Api::new(ports.clone(), Place::new("aws", "us-east-1", "123456789012"), express.clone());
        // It forgets what it has read, as if each message came to another process.
        let chunks = Chunks::up_to(0);
        let interpreter = Interpreter { ports: ports.clone(), machines: api.machines.clone(), chunks };
        let timekeeper = Timekeeper { ports: ports.clone() };
        let dispatcher = dispatcher(&ports, &target);
        Self {
            clock,
            mail,
            offers,
            undeliverable,
            gate,
            store,
            target,
            ports,
            api,
            interpreter,
            dispatcher,
            express,
            log,
            timekeeper,
        }
    }

    /// Another process that dispatches: what this one is calling, the other does not know.
    pub fn another_dispatcher(&self) -> Dispatcher {
        dispatcher(&self.ports, &self.target)
    }

    /// Another process that interprets, which knows no machine yet.
    pub fn another_interpreter(&self) -> Interpreter {
        let ports = self.ports.clone();
        let machines = Arc::new(Machines::new(ports.catalog.clone()));
        Interpreter { ports, machines, chunks: Chunks::up_to(0) }
    }

    /// The ports, by a clock that is so many milliseconds ahead.
    pub fn ports_by(&self, skew: i64) -> Ports {
        Ports { clock: Arc::new(SkewedClock { clock: self.clock.clone(), millis: skew }), ..self.ports.clone() }
    }

    // ---- the API

    pub fn begin_call(&self, operation: &str, body: &Value) -> Delivery<ApiAnswer> {
        let request = HttpRequest::builder()
            .method(Method::POST)
            .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
            .body(Body::from(body.to_string()))
            .expect("a request");
        let router = api::router(self.api.clone(), Door::Guarded);
        Delivery::new(&self.clock, async move {
            let response = router.oneshot(request).await.expect("infallible");
            let success = response.status().is_success();
            let bytes = response.into_body().collect().await.expect("a body").to_bytes();
            let body: Value = serde_json::from_slice(&bytes).expect("JSON");
            let code = || body["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default().to_owned();
            Ok(if success { Ok(body) } else { Err(code()) })
        })
    }

    pub fn call(&self, operation: &str, body: &Value) -> ApiAnswer {
        self.begin_call(operation, body).finish().expect("the API answers")
    }

    /// Creates the state machine `machine`.
    pub fn create(&self, definition: &Value) {
        let request = json!({
            "name": "machine",
            "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/machine",
        });
        self.call("CreateStateMachine", &request).unwrap_or_else(|error| panic!("{error}: {definition:#}"));
    }

    /// What StartExecution takes for the execution `name` of `machine`.
    pub fn start_request(input: &Value) -> Value {
        json!({
            "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
            "name": "name",
            "input": input.to_string(),
        })
    }

    pub fn start(&self, input: &Value) -> ExecutionArn {
        self.call("StartExecution", &Self::start_request(input)).expect("started");
        Self::execution()
    }

    pub fn execution() -> ExecutionArn {
        ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:name")
    }

    pub fn stop(&self) -> ApiAnswer {
        self.call("StopExecution", &json!({ "executionArn": Self::execution().as_str(), "error": "Stopped" }))
    }

    // ---- deliveries

    /// Begins to deliver the letter, which stays in its queue. One that is there no more was sent twice by its queue.
    pub fn begin(&self, letter: &Letter) -> Delivery<Handled> {
        self.begin_in(letter, &self.interpreter, &self.dispatcher)
    }

    /// The same in these processes.
    pub fn begin_in(&self, letter: &Letter, interpreter: &Interpreter, dispatcher: &Dispatcher) -> Delivery<Handled> {
        let receives = self.mail.receive(letter.id).map_or(1, |letter| letter.receives);
        match letter.message().clone() {
            Message::Transition(transition) => {
                let (interpreter, which) = (interpreter.clone(), interpreter::Delivery::from_receives(receives));
                Delivery::new(&self.clock, async move { interpreter.handle(&[transition], which).await })
            }
            Message::Task(task) => {
                let (dispatcher, until) = (dispatcher.clone(), self.clock.now().plus_seconds(DISPATCHER_SECONDS));
                Delivery::new(
                    &self.clock,
                    async move { dispatcher.dispatch(&task, until).await.map(|()| Handled::Done) },
                )
            }
            Message::Express(message) => {
                let (express, until) = (self.express.clone(), self.clock.now().plus_seconds(DISPATCHER_SECONDS));
                let (ports, machines) = (dispatcher.ports.clone(), interpreter.machines.clone());
                Delivery::new(&self.clock, async move {
                    let running = express.run_message(&message, &*ports.catalog, &machines, until);
                    running.await.map(|_| Handled::Done)
                })
            }
        }
    }

    /// Delivers the letter once, to its end, and leaves it in its queue.
    #[track_caller]
    pub fn deliver(&self, letter: &Letter) -> Result<Handled, StoreError> {
        self.begin(letter).finish()
    }

    /// Begins to deliver letters of the FIFO lane as one batch.
    pub fn begin_batch(&self, letters: &[Letter]) -> Delivery<Handled> {
        self.begin_batch_in(letters, &self.interpreter)
    }

    /// The same in this process.
    pub fn begin_batch_in(&self, letters: &[Letter], interpreter: &Interpreter) -> Delivery<Handled> {
        let transitions: Vec<_> = letters
            .iter()
            .map(|letter| match letter.message() {
                Message::Transition(transition) => transition.clone(),
                other => panic!("no transition in the FIFO lane: {other:?}"),
            })
            .collect();
        let receives = letters.iter().filter_map(|letter| self.mail.receive(letter.id)).map(|letter| letter.receives);
        let which = interpreter::Delivery::from_receives(receives.max().unwrap_or(1));
        let interpreter = interpreter.clone();
        Delivery::new(&self.clock, async move { interpreter.handle(&transitions, which).await })
    }

    /// Delivers letters of the FIFO lane as one batch, and takes them out of their queue if that went well.
    #[track_caller]
    pub fn deliver_batch(&self, letters: &[Letter]) -> Result<Handled, StoreError> {
        let handled = self.begin_batch(letters).finish()?;
        if handled == Handled::Done {
            letters.iter().for_each(|letter| self.mail.remove(letter.id));
        }
        Ok(handled)
    }

    /// Delivers the letter, and takes it out of its queue if that went well.
    #[track_caller]
    pub fn settle(&self, letter: &Letter) -> Result<Handled, StoreError> {
        let handled = self.deliver(letter)?;
        if handled == Handled::Done {
            self.mail.remove(letter.id);
        }
        Ok(handled)
    }

    /// Delivers what is due, oldest first, until nothing is.
    #[track_caller]
    pub fn settle_all(&self) {
        while let Some(letter) = self.mail.due().first() {
            self.settle(letter).expect("handled");
        }
    }

    /// Delivers what comes next, moving the clock on to it; the timekeeper runs while nothing is on its way.
    #[track_caller]
    pub fn settle_next(&self) -> Letter {
        for _ in 0..MINUTES {
            let minute = self.clock.now().plus_seconds(60);
            if let Some(next) = self.next_due().filter(|next| *next <= minute) {
                self.clock.move_to(next);
                let letter = self.mail.due().remove(0);
                self.settle(&letter).expect("handled");
                return letter;
            }
            self.clock.move_to(minute);
            self.keep_time();
        }
        panic!("nothing comes any more:\n{}", crate::told(&self.history()));
    }

    /// One run of the timekeeper.
    #[track_caller]
    pub fn keep_time(&self) -> Swept {
        self.begin_keeping_time().finish().expect("swept")
    }

    pub fn begin_keeping_time(&self) -> Delivery<Swept> {
        let (timekeeper, until) = (self.timekeeper.clone(), self.clock.now().plus_seconds(60));
        Delivery::new(&self.clock, async move { timekeeper.run(until).await })
    }

    /// Fails the execution of a message that was given up.
    #[track_caller]
    pub fn bury(&self, letter: &Letter) {
        self.begin_burying(letter).finish().expect("buried");
    }

    /// The same, and nothing is known of why.
    #[track_caller]
    pub fn bury_unexplained(&self, letter: &Letter) {
        self.begin_burying_known(letter, Known::Nothing).finish().expect("buried");
    }

    pub fn begin_burying(&self, letter: &Letter) -> Delivery<()> {
        self.begin_burying_known(letter, Known::Error("the disk is on fire"))
    }

    fn begin_burying_known(&self, letter: &Letter, known: Known<'static>) -> Delivery<()> {
        let (ports, message, id) = (self.ports.clone(), letter.message().clone(), letter.id.to_string());
        Delivery::new(&self.clock, async move {
            let letter = DeadLetter { message: &message, id: &id, queue: "queue", known };
            dead_letters::bury(&ports, letter).await
        })
    }

    /// What the function for dead letters does with a letter that was received so often.
    #[track_caller]
    pub fn take_dead_letter(&self, text: &str, receives: u32) -> Result<(), StoreError> {
        let undertaker = Undertaker { ports: self.ports.clone(), undeliverable: self.undeliverable.clone() };
        let received = Received { id: "id".into(), queue: "queue".into(), text: text.into(), receives };
        Delivery::new(&self.clock, async move { undertaker.take(&received).await }).finish()
    }

    // ---- the doctor

    #[track_caller]
    pub fn ask_doctor(&self, request: Request) -> Result<Answer, DoctorError> {
        let doctor = Doctor {
            ports: self.ports.clone(),
            undeliverable: Some(self.undeliverable.clone()),
            messages: Messages::Ours,
        };
        Delivery::new(&self.clock, async move { Ok(doctor.handle(request).await) }).finish().expect("answered")
    }

    /// What is stuck, or only waits.
    #[track_caller]
    pub fn examine(&self, repair: bool) -> Vec<Finding> {
        let request = Request::Examine { after: None, limit: doctor::PAGE, repair };
        match self.ask_doctor(request).expect("examined") {
            Answer::Examined(page) => page.findings,
            other => panic!("another answer: {other:?}"),
        }
    }

    /// What a process does first that starts anew with empty queues.
    #[track_caller]
    pub fn resume(&self) {
        let timekeeper = self.timekeeper.clone();
        Delivery::new(&self.clock, async move { timekeeper.resume().await }).finish().expect("resumed");
    }

    /// Everything takes its course: what is due is delivered, the clock moves on to what comes next, and the timekeeper
    /// runs every minute; until the execution has ended.
    #[track_caller]
    pub fn run(&self) {
        for _ in 0..MINUTES {
            let minute = self.clock.now().plus_seconds(60);
            self.settle_all();
            while let Some(next) = self.next_due().filter(|next| *next <= minute) {
                self.clock.move_to(next);
                self.settle_all();
            }
            if self.has_ended() {
                return;
            }
            self.clock.move_to(minute);
            self.keep_time();
        }
        panic!("the execution does not end:\n{}", crate::told(&self.history()));
    }

    /// When the next message is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.mail.waiting().iter().map(|letter| letter.due).min()
    }

    // ---- what came of it

    pub fn records(&self) -> Vec<Arc<Record>> {
        let execution = Self::execution();
        let all = self.store.records(&execution, None, Direction::OldestFirst, usize::MAX);
        futures::executor::block_on(all).expect("in memory")
    }

    pub fn history(&self) -> Vec<HistoryEvent> {
        events(&self.records())
    }

    pub fn summary(&self) -> Option<Summary> {
        futures::executor::block_on(Executions::get(&*self.store, &Self::execution())).expect("in memory")
    }

    pub fn has_armed_timers(&self) -> bool {
        let armed = Timers::due(&*self.store, Timestamp::from_millis(i64::MAX), 1);
        !futures::executor::block_on(armed).expect("in memory").is_empty()
    }

    pub fn has_ended(&self) -> bool {
        let newest = futures::executor::block_on(self.store.newest(&Self::execution())).expect("in memory");
        newest.is_some_and(|record| record.run.has_ended())
    }
}

fn dispatcher(ports: &Ports, target: &Arc<ScriptedTarget>) -> Dispatcher {
    Dispatcher {
        ports: ports.clone(),
        target: target.clone(),
        worker: ports.ids.uuid().into(),
        claims: dispatcher::Claims::default(),
        alone: false,
    }
}

fn sleep(clock: &Arc<ManualClock>) -> Sleep {
    let clock = clock.clone();
    Arc::new(move |duration| Box::pin(clock.clone().sleep(duration)))
}
