//! One execution on its way.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use api_model::LoggingConfiguration;
use asl::machine::Machine;
use engine::aside::Aside;
use engine::effect::{Effect, TaskRequest};
use engine::input::{Given, Input, Timer};
use engine::limits::Limits;
use engine::record::{Outcome, Step};
use engine::run::Claim;
use engine::timestamp::Timestamp;
use futures::future::{BoxFuture, Either, FutureExt, select};
use futures::stream::{FuturesUnordered, StreamExt};
use ports::task_call;

use crate::billing::{Billing, data_bytes};
use crate::{Ended, Express, LONGEST_SECONDS, Start, logging};

/// After so many steps without a wait, others get a turn.
const STEPS_IN_A_ROW: u32 = 100;

pub(crate) struct Running<'a> {
    express: &'a Express,
    machine: &'a Machine,
    logging: LoggingConfiguration,
    /// The run, without the events and effects that have been seen to.
    step: Step,
    /// What it has put aside.
    aside: Aside,
    /// When it is timed out.
    deadline: Timestamp,
    /// States to be entered.
    ready: VecDeque<Input>,
    /// Calls, waits and time limits.
    waiting: FuturesUnordered<BoxFuture<'a, Input>>,
    steps_in_a_row: u32,
    definition_bytes: usize,
    most_bytes: usize,
}

impl<'a> Running<'a> {
    pub fn begin(express: &'a Express, start: Start<'a>, until: Timestamp) -> Self {
        let Start { machine, state_machine, execution, input } = start;
        let longest = execution.started_at.plus_seconds(LONGEST_SECONDS).min(until);
        let mut step = engine::start(machine, execution, &input, express.clock.now());
        let deadline = step.run.deadline.map_or(longest, |deadline| deadline.min(longest));
        step.run.deadline = Some(deadline);
        let mut running = Self {
            express,
            machine,
            logging: logging(state_machine),
            step,
            aside: Aside::default(),
            deadline,
            ready: VecDeque::new(),
            waiting: FuturesUnordered::new(),
            steps_in_a_row: 0,
            definition_bytes: state_machine.definition.len(),
            most_bytes: 0,
        };
        running.see_to();
        running
    }

    pub fn has_ended(&self) -> bool {
        self.step.run.has_ended()
    }

    pub fn ended(self) -> Ended {
        let stopped_at = self.express.clock.now();
        let run = self.step.run;
        let bytes = self.definition_bytes + self.most_bytes;
        let billing = Billing::of(run.execution.started_at, stopped_at, bytes);
        Ended { status: run.status, stopped_at, billing }
    }

    /// One step: of a state that is ready, or of whatever comes next.
    pub async fn advance(&mut self) {
        let input = match self.ready.pop_front() {
            _ if self.express.clock.now() >= self.deadline => Input::TimeCame { timer: Timer::Execution },
            Some(input) => {
                self.let_others().await;
                input
            }
            None => self.next().await,
        };
        let outcome = engine::step(self.machine, &self.step.run, &input, &self.given());
        match outcome {
            Outcome::Stepped(step) => self.step = *step,
            // All that was put aside is at hand.
            Outcome::Stale | Outcome::Needs(_) => return,
            Outcome::NotYet(effect) => self.step.effects = vec![effect],
        }
        self.see_to();
    }

    /// The next call's outcome or time that comes, or the end of the execution's own.
    async fn next(&mut self) -> Input {
        self.steps_in_a_row = 0;
        let over = Input::TimeCame { timer: Timer::Execution };
        let timed_out = self.express.sleep_until(self.deadline);
        if self.waiting.is_empty() {
            timed_out.await;
            return over;
        }
        match select(self.waiting.next(), timed_out).await {
            Either::Left((Some(input), _)) => input,
            Either::Left((None, _)) | Either::Right(_) => over,
        }
    }

    async fn let_others(&mut self) {
        self.steps_in_a_row += 1;
        if self.steps_in_a_row >= STEPS_IN_A_ROW {
            self.steps_in_a_row = 0;
            yield_now().await;
        }
    }

    /// Logs the events of the step, and does what it owes.
    fn see_to(&mut self) {
        self.log();
        for chunk in std::mem::take(&mut self.step.aside) {
            self.aside.insert(chunk.hash(), chunk);
        }
        self.most_bytes = self.most_bytes.max(data_bytes(&self.step.run));
        for effect in std::mem::take(&mut self.step.effects) {
            match effect {
                Effect::Advance(token) => self.ready.push_back(Input::Advance { token }),
                Effect::Dispatch(request) => self.call(request),
                Effect::Arm { timer: timer @ Timer::Place(_), due } => {
                    let sleep = self.express.sleep_until(due);
                    self.waiting.push(sleep.map(move |()| Input::TimeCame { timer }).boxed());
                }
                Effect::Arm { timer: Timer::Execution, .. } | Effect::Finish => {}
            }
        }
    }

    fn call(&mut self, request: TaskRequest) {
        let token = request.token;
        let claim = Claim { nonce: Arc::default(), at: self.express.clock.now(), until: self.deadline };
        if let Some(step) = engine::claim(&self.step.run, token, claim, None) {
            self.step = step;
            self.see_to();
        }
        let express = self.express;
        let call = async move {
            let limit = express.settings.payload_limit_bytes;
            let outcome = task_call::call(&*express.target, &request, limit).await;
            Input::TaskEnded { token, outcome }
        };
        self.waiting.push(call.boxed());
    }

    fn log(&mut self) {
        for event in std::mem::take(&mut self.step.events) {
            let arn = &self.step.run.execution.arn;
            let line = history::line(&event, arn, self.logging.level, self.logging.include_execution_data);
            if let Some(line) = line {
                self.express.log.write(&line);
            }
        }
    }

    fn given(&self) -> Given<'_> {
        let express = self.express;
        Given {
            now: express.clock.now(),
            seed: express.ids.seed(),
            limits: Limits { payload_bytes: express.settings.payload_limit_bytes, ..Limits::default() },
            aside: &self.aside,
            wait_time_permille: express.settings.wait_time_permille,
            ..Given::default()
        }
    }
}

impl Express {
    /// A millisecond more: the clock's reading is cut off, and no timer may be early.
    pub(crate) fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()> {
        let millis = due.millis_since(self.clock.now());
        let extra = u64::from(millis > 0);
        (self.sleep)(Duration::from_millis(millis + extra))
    }
}

/// Comes back when everybody else has had a turn.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    futures::future::poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
