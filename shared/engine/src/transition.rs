//! A step in the making: the run as it changes, the events and effects that it gives rise to.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use crate::aside::{Chunk, ContentHash, Need};
use crate::context_object::{self, MapItem, More};
use crate::data_flow::Leaving;
use crate::effect::Effect;
use crate::errors;
use crate::event::{Event, EventId, HistoryEvent, MapIteration, StateType};
use crate::failure::{Failure, QueryEvaluation};
use crate::input::{Given, Timer};
use crate::inspection::{Inspection, InspectionData};
use crate::payload::Payload;
use crate::record::Step;
use crate::run::{Branch, Entered, Parent, Phase, Run, Status, Token};
use crate::states::{self, Arrival, state_type};
use crate::timestamp::Timestamp;
use asl::machine::{Machine, Next, State, StateKind, StateName};

/// A branch to be.
pub(crate) struct Child {
    pub index: u32,
    pub start_at: StateName,
    pub input: Payload,
    pub previous_event_id: EventId,
    /// What it is the iteration of.
    pub item: Option<Payload>,
}

/// How a branch ended that others wait for.
pub(crate) struct Ended {
    pub index: u32,
    pub output: Payload,
    pub last_event_id: EventId,
}

/// A step as it was before a transition.
pub(crate) struct Mark {
    run: Run,
    lengths: [usize; 3],
}

pub(crate) struct Transition<'a> {
    pub machine: &'a Machine,
    pub given: &'a Given<'a>,
    run: Run,
    events: Vec<HistoryEvent>,
    effects: Vec<Effect>,
    aside: Vec<Arc<Chunk>>,
    /// What was looked for and is not at hand. Whatever came of it is thrown away.
    needs: RefCell<Vec<Need>>,
    pub random: Random,
    /// The branches as they stood when the failure came up that is being handled.
    before_failure: Option<Vec<Branch>>,
    /// TestState's.
    inspection: Option<&'a Inspection>,
}

impl<'a> Transition<'a> {
    /// Begins the record after `run`.
    pub fn begin(machine: &'a Machine, run: &Run, given: &'a Given<'a>) -> Self {
        let mut run = run.clone();
        run.seq += 1;
        Self::resume(machine, Step { run, events: Vec::new(), effects: Vec::new(), aside: Vec::new() }, given)
    }

    /// Goes on with a step that is not yet in the journal.
    pub fn resume(machine: &'a Machine, step: Step, given: &'a Given<'a>) -> Self {
        // A seed per event, so that folding steps into one record draws no number twice.
        let random = Random::new(given.seed ^ mix(step.run.last_event_id));
        let Step { run, events, effects, aside } = step;
        let needs = RefCell::default();
        Self { machine, given, run, events, effects, aside, needs, random, before_failure: None, inspection: None }
    }

    /// Where [`Transition::back_to`] goes back to.
    pub fn mark(&self) -> Mark {
        let lengths = [self.events.len(), self.effects.len(), self.aside.len()];
        Mark { run: self.run.clone(), lengths }
    }

    /// The step as it was then.
    pub fn back_to(mut self, mark: Mark) -> Step {
        let [events, effects, aside] = mark.lengths;
        self.events.truncate(events);
        self.effects.truncate(effects);
        self.aside.truncate(aside);
        Step { events: self.events, run: mark.run, effects: self.effects, aside: self.aside }
    }

    pub fn put_aside(&mut self, chunk: Chunk) -> ContentHash {
        let hash = chunk.hash();
        self.aside.push(Arc::new(chunk));
        hash
    }

    /// What was put aside. If it is not at hand, this step comes to nothing: what is done with the answer is of no
    /// consequence.
    pub fn look_up(&self, hash: &ContentHash) -> Option<Arc<Chunk>> {
        self.find_aside(hash).or_else(|| self.miss(hash, false))
    }

    /// The same with all that it links to, in that order.
    pub fn look_up_chain(&self, hash: &ContentHash) -> Option<Vec<Arc<Chunk>>> {
        let mut chain: Vec<Arc<Chunk>> = Vec::new();
        let mut next = Some(hash.clone());
        while let Some(hash) = next {
            let chunk = self.find_aside(&hash).or_else(|| self.miss(&hash, true))?;
            next = chunk.link.clone();
            chain.push(chunk);
        }
        Some(chain)
    }

    fn find_aside(&self, hash: &ContentHash) -> Option<Arc<Chunk>> {
        let own = || self.aside.iter().find(|chunk| chunk.hash() == *hash);
        self.given.aside.get(hash).or_else(own).cloned()
    }

    fn miss(&self, hash: &ContentHash, whole_chain: bool) -> Option<Arc<Chunk>> {
        self.needs.borrow_mut().push(Need { hash: hash.clone(), whole_chain });
        None
    }

    pub fn needs(&self) -> Vec<Need> {
        self.needs.take()
    }

    /// Puts the raw input of a branch that is to wait for others aside, if it is large.
    pub fn put_input_aside(&mut self, branch: &mut Branch) {
        if branch.input.len() > self.given.limits.kept_bytes {
            let input = std::mem::replace(&mut branch.input, Payload::null());
            branch.aside = Some(self.put_aside(Chunk::single(input)));
        }
    }

    /// The branch has its raw input again.
    pub fn take_input_back(&mut self, branch: &mut Branch) {
        if let Some(hash) = branch.aside.take() {
            branch.input = self.input_aside(&hash);
        }
    }

    pub fn raw_input(&self, branch: &Branch) -> Payload {
        branch.aside.as_ref().map_or_else(|| branch.input.clone(), |hash| self.input_aside(hash))
    }

    fn input_aside(&self, hash: &ContentHash) -> Payload {
        let first = |chunk: Arc<Chunk>| chunk.payloads.first().map(|(_, payload)| payload.clone());
        self.look_up(hash).and_then(first).unwrap_or_else(Payload::null)
    }

    /// Begins a step of which TestState shows what it computes.
    pub fn inspected(machine: &'a Machine, run: &Run, given: &'a Given<'a>, inspection: &'a Inspection) -> Self {
        Self { inspection: Some(inspection), ..Self::begin(machine, run, given) }
    }

    /// Notes what TestState shows; anywhere else it does nothing.
    pub fn inspect(&self, note: impl FnOnce(&mut InspectionData)) {
        if let Some(inspection) = self.inspection {
            note(&mut inspection.data());
        }
    }

    pub fn run(&self) -> &Run {
        &self.run
    }

    pub fn now(&self) -> Timestamp {
        self.given.now
    }

    /// How many calls of the mocked state came before this one.
    pub fn count_mocked_call(&mut self, state: &StateName) -> u32 {
        let calls = self.run.mocked_calls.entry(state.clone()).or_default();
        let call = *calls;
        *calls = calls.saturating_add(1);
        call
    }

    /// Takes the branch that stands at `token` out of the run, for the time of its transition.
    pub fn take(&mut self, token: Token) -> Option<Branch> {
        let index = self.run.branches.iter().position(|branch| branch.token == token)?;
        Some(self.run.branches.remove(index))
    }

    pub fn put_back(&mut self, branch: Branch) {
        self.run.branches.push(branch);
        self.run.branches.sort_by_key(|branch| branch.token.branch);
    }

    /// Records an event of the branch, and returns its id.
    pub fn record(&mut self, branch: &mut Branch, event: Event) -> EventId {
        let id = self.push(branch.previous_event_id, event);
        branch.previous_event_id = id;
        id
    }

    /// Records that an expression of the state has failed. If nothing has happened since the state was entered, AWS has
    /// the event point where the entry points, but in a Wait state to the entry (observed in November and December 2024).
    pub fn record_evaluation(&mut self, branch: &mut Branch, state: &State, evaluation: &QueryEvaluation) {
        let event = Event::EvaluationFailed {
            state: evaluation.state.clone(),
            location: evaluation.location.clone(),
            failure: Failure::QueryEvaluation(evaluation.clone()).error_and_cause(),
        };
        let entry = branch.entered.filter(|entered| entered.event_id == branch.previous_event_id);
        if let (Some(entered), false) = (entry, matches!(state.kind, StateKind::Wait(_))) {
            let entry = self.events.iter().find(|event| event.id == entered.event_id);
            branch.previous_event_id = entry.map_or(entered.event_id, |entry| entry.previous_event_id);
        }
        self.record(branch, event);
    }

    pub fn push(&mut self, previous_event_id: EventId, event: Event) -> EventId {
        self.run.last_event_id += 1;
        let id = self.run.last_event_id;
        self.events.push(HistoryEvent { id, previous_event_id, timestamp: self.given.now, event });
        id
    }

    pub fn owe(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Moves the branch to a new place: whatever carries the old token is stale from now on.
    pub fn place(&mut self, branch: &mut Branch, phase: Phase) {
        branch.token.place = self.run.next_place;
        self.run.next_place += 1;
        branch.phase = phase;
    }

    /// Places the branch where it waits for a time, and owes the timer.
    pub fn place_until(&mut self, branch: &mut Branch, due: Timestamp, phase: Phase) {
        self.place(branch, phase);
        self.owe(Effect::Arm { timer: Timer::Place(branch.token), due });
    }

    /// Records that the state was entered, with its raw input.
    pub fn enter(&mut self, branch: &mut Branch, state: &State) {
        let event = Event::StateEntered {
            state_type: state_type(&state.kind),
            name: state.name.clone(),
            input: branch.input.clone(),
        };
        let event_id = self.record(branch, event);
        branch.entered = Some(Entered { event_id, at: self.given.now });
    }

    /// Records that the state was exited, for `next`, with its output and the variables that it assigned.
    pub fn exit(&mut self, branch: &mut Branch, state: &State, leaving: Leaving, next: Next) -> Arrival {
        let Leaving { output, assigned } = leaving;
        if !assigned.is_empty() {
            self.inspect(|data| data.variables.extend(assigned.clone()));
            let variables = Arc::make_mut(&mut branch.variables);
            variables.extend(assigned.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let event = Event::StateExited {
            state_type: state_type(&state.kind),
            name: state.name.clone(),
            output: output.clone(),
            assigned_variables: assigned,
        };
        self.record(branch, event);
        Arrival::Leaves { next, output }
    }

    /// Ends the branch's transition: it stays where the state has placed it, goes on to the next state, or ends.
    pub fn settle(&mut self, mut branch: Branch, arrival: Arrival) {
        match arrival {
            Arrival::Stays => self.put_back(branch),
            Arrival::Leaves { next: Next::State(name), output } => {
                self.go_to(&mut branch, name, output);
                self.put_back(branch);
            }
            Arrival::Leaves { next: Next::End, output } => self.end_branch(branch, output),
        }
    }

    fn go_to(&mut self, branch: &mut Branch, state: StateName, input: Payload) {
        branch.state = state;
        branch.input = input;
        branch.entered = None;
        branch.retries.clear();
        self.place(branch, Phase::Ready);
        self.owe(Effect::Advance(branch.token));
    }

    /// Adds a branch that the one at a Parallel or Map state has forked into.
    pub fn spawn(&mut self, forked: &Branch, child: Child) {
        let mut branch = Branch {
            token: Token { branch: self.run.next_branch, place: 0 },
            parent: Some(Parent { branch: forked.token.branch, index: child.index }),
            state: child.start_at,
            input: child.input,
            aside: None,
            previous_event_id: child.previous_event_id,
            entered: None,
            variables: forked.variables.clone(),
            item: child.item,
            retries: Vec::new(),
            phase: Phase::Ready,
        };
        self.run.next_branch += 1;
        self.place(&mut branch, Phase::Ready);
        self.owe(Effect::Advance(branch.token));
        self.put_back(branch);
    }

    /// The root's end is the execution's; that of any other is for the branch that waits for it.
    fn end_branch(&mut self, branch: Branch, output: Payload) {
        let Some(parent) = branch.parent else {
            self.push(branch.previous_event_id, Event::ExecutionSucceeded { output: output.clone() });
            return self.end_execution(Status::Succeeded { output });
        };
        let ended = Ended { index: parent.index, output, last_event_id: branch.previous_event_id };
        self.at_branch(parent.branch, |transition, forked, state| states::joined(transition, forked, state, ended));
    }

    /// A failure that no Catcher took ends the execution, or fails the state that the branch belongs to. What nobody can
    /// catch ends the execution wherever it comes up, and leaves no trace in between.
    pub fn fail_branch(&mut self, branch: Branch, failure: &Failure) {
        let last_event_id = branch.previous_event_id;
        let Some(parent) = branch.parent.filter(|_| !failure.is_fatal()) else {
            let failure = failure.error_and_cause();
            self.push(last_event_id, Event::ExecutionFailed(failure.clone()));
            return self.end_execution(Status::Failed(failure));
        };
        self.abort_failed(&branch);
        let map = self.run.numbered(parent.branch).and_then(Branch::map);
        self.abort_all_below(parent.branch, map.as_ref(), last_event_id);
        if let Some(name) = map {
            self.push(last_event_id, Event::MapIterationFailed(MapIteration { name, index: parent.index }));
        }
        self.at_branch(parent.branch, |_, forked, _| {
            forked.previous_event_id = last_event_id;
            Err(failure.clone())
        });
    }

    /// Runs a transition of the branch with this number, and puts it where that leads: on, or to Retry and Catch.
    fn at_branch(&mut self, number: u32, run: impl FnOnce(&mut Self, &mut Branch, &State) -> states::Result) {
        let token = self.run.branches.iter().map(|branch| branch.token).find(|token| token.branch == number);
        if let Some(token) = token {
            self.at(token, run);
        }
    }

    /// The same with the branch that stands at `token`.
    pub fn at(&mut self, token: Token, run: impl FnOnce(&mut Self, &mut Branch, &State) -> states::Result) {
        let Some(mut branch) = self.take(token) else { return };
        let machine = self.machine;
        let Some(state) = machine.state(&branch.state) else {
            // The validator lets no transition to a missing state through; a definition from elsewhere fails visibly.
            let failure = Failure::Runtime(format!("the state `{}` does not exist", branch.state));
            self.keep_unfinished(&branch);
            return self.fail_branch(branch, &failure);
        };
        match run(self, &mut branch, state) {
            Ok(arrival) => self.settle(branch, arrival),
            Err(failure) => {
                self.keep_unfinished(&branch);
                errors::handle(self, branch, state, &failure);
            }
        }
    }

    /// How the branches stand is what a redrive needs, if the failure ends the execution: those around the state where it
    /// came up first fail of it too, and others are aborted.
    fn keep_unfinished(&mut self, failing: &Branch) {
        if self.before_failure.is_none() {
            let mut branches = self.run.branches.clone();
            branches.push(failing.clone());
            branches.sort_by_key(|branch| branch.token.branch);
            self.before_failure = Some(branches);
        }
    }

    /// The failure ends nothing: it is retried, or was caught.
    pub fn recover(&mut self) {
        self.before_failure = None;
    }

    /// Takes away all branches that the one with this number has forked into, and theirs. What was aborted is told from
    /// the outside in, and all of it points to the last event of what failed. `map`: the Map state that it iterates.
    pub fn abort_all_below(&mut self, number: u32, map: Option<&StateName>, last_event_id: EventId) {
        let is_below = |branch: &Branch| branch.parent.is_some_and(|parent| parent.branch == number);
        while let Some(at) = self.run.branches.iter().position(is_below) {
            let branch = self.run.branches.remove(at);
            if let (Some(name), Some(Parent { index, .. })) = (map, branch.parent) {
                let iteration = MapIteration { name: name.clone(), index };
                self.push(last_event_id, Event::MapIterationAborted(iteration));
            }
            self.abort_state(&branch, last_event_id);
            self.abort_all_below(branch.token.branch, branch.map().as_ref(), last_event_id);
        }
    }

    /// The state of a branch that was aborted, if it is one that lasts and has been entered.
    fn abort_state(&mut self, branch: &Branch, last_event_id: EventId) {
        let lasts = |state_type: &StateType| match state_type {
            StateType::Task | StateType::Wait | StateType::Parallel | StateType::Map => true,
            StateType::Pass | StateType::Choice | StateType::Succeed | StateType::Fail => false,
        };
        if let Some(state_type) = self.entered_type(branch).filter(lasts) {
            self.push(last_event_id, Event::StateAborted(state_type));
        }
    }

    /// The state whose failure ended its branch: that of a Parallel or Map state has an event of its own.
    fn abort_failed(&mut self, branch: &Branch) {
        if let Some(state_type @ (StateType::Task | StateType::Wait)) = self.entered_type(branch) {
            self.push(branch.previous_event_id, Event::StateAborted(state_type));
        }
    }

    /// The type of the state that the branch is in, once it has been entered.
    fn entered_type(&self, branch: &Branch) -> Option<StateType> {
        branch.entered?;
        self.machine.state(&branch.state).map(|state| state_type(&state.kind))
    }

    pub fn end_execution(&mut self, status: Status) {
        let unfinished = self.before_failure.take();
        self.run.end(status, unfinished);
        self.owe(Effect::Finish);
    }

    /// `item`: what an ItemSelector is evaluated for; otherwise it is the one whose iteration the branch belongs to.
    pub fn context_object(&self, branch: &Branch, state: &State, item: Option<&MapItem>) -> serde_json::Value {
        if let Some(context) = self.inspection.and_then(|inspection| inspection.context.as_ref()) {
            return context.clone();
        }
        let around = || self.item_around(branch);
        let more = More { item: item.cloned().or_else(around), task_token: self.task_token(branch, state) };
        context_object::build(&self.run, branch, state, &more)
    }

    /// The item of the iteration that is around the branch, at whatever distance.
    fn item_around(&self, branch: &Branch) -> Option<MapItem> {
        let parent = branch.parent?;
        let forked = self.run.numbered(parent.branch)?;
        match forked.phase {
            Phase::Iterating(_) => Some(MapItem { index: parent.index, value: branch.item.clone()? }),
            _ => self.item_around(forked),
        }
    }

    /// `$$.Task.Token`: of the attempt that is about to be scheduled, or of the one that was.
    fn task_token(&self, branch: &Branch, state: &State) -> Option<String> {
        let StateKind::Task(task) = &state.kind else { return None };
        let key = self.given.task_token_key.filter(|_| task.resource.waits_for_task_token())?;
        let token = match &branch.phase {
            Phase::Task(_) => branch.token,
            Phase::Answered(answered) => answered.task,
            Phase::Ready
            | Phase::BackingOff { .. }
            | Phase::Waiting { .. }
            | Phase::Forked(_)
            | Phase::Iterating(_) => Token { branch: branch.token.branch, place: self.run.next_place },
        };
        Some(key.issue(&self.run.execution.arn, token))
    }

    /// The step. Effects for places that were left again within it are owed no more.
    pub fn finish(self) -> Step {
        let Transition { run, events, mut effects, aside, .. } = self;
        effects.retain(|effect| effect.is_owed(&run));
        Step { events, run, effects, aside }
    }
}

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// SplitMix64: all the randomness that jitter, `States.MathRandom` and `States.UUID` need, from the seed of the message.
pub(crate) struct Random(Cell<u64>);

impl Random {
    /// Mixed first: the sequences of two seeds that differ by a multiple of `GAMMA` would be one, shifted.
    fn new(seed: u64) -> Self {
        Self(Cell::new(mix(seed)))
    }

    pub fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(GAMMA);
        self.0.set(state);
        mix(state)
    }

    /// A version 4 UUID.
    pub fn uuid(&self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0x0FFF,
            (low >> 48) & 0x3FFF | 0x8000,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// From 0 up to, and not including, 1.
    pub fn fraction(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what an f64 holds")]
        let bits = (self.next() >> 11) as f64;
        bits / (1_u64 << 53) as f64
    }
}
