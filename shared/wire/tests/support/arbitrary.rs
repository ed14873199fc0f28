//! Any record and any message that the types allow, sensible or not. Boxed, because tests run on small stacks.

use std::sync::Arc;

use asl::machine::StateName;
use engine::aside::{Chunk, ContentHash};
use engine::effect::{Effect, Target, TaskRequest};
use engine::event::{Event, HistoryEvent, MapIteration, StateType, TaskResource};
use engine::execution::{Execution, ExecutionArn, Kind};
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Input, TaskOutcome, Timer};
use engine::mocks::{MockedResponse, TestCase};
use engine::payload::Payload;
use engine::record::Record;
use engine::redrive::{ClientToken, Redrives};
use engine::run::{
    Answer, Answered, Branch, Claim, EndedBy, Entered, Fork, Items, Iterations, Parent, Phase, Results, Run, Status,
    TaskEvents, TaskPhase, Token, Variables,
};
use engine::timestamp::Timestamp;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use wire::message::{Express, Lane, Message, Task, TaskBody, Transition};

/// Small numbers mostly, but any.
fn number() -> BoxedStrategy<u64> {
    prop_oneof![4 => 0..50_u64, 1 => any::<u64>()].boxed()
}

fn time() -> BoxedStrategy<Timestamp> {
    prop_oneof![4 => 1_790_000_000_000..1_790_000_100_000_i64, 1 => any::<i64>()]
        .prop_map(Timestamp::from_millis)
        .boxed()
}

fn text() -> BoxedStrategy<String> {
    prop_oneof!["[a-z \"\\\\]{0,8}", any::<String>()].boxed()
}

/// Few enough that the same text is shown more than once.
fn payload() -> BoxedStrategy<Payload> {
    prop_oneof![
        Just(Payload::from_text("{}")),
        Just(Payload::from_text(" { \"a\" : 1.50e+2 }\r\n")),
        (1..2000_usize).prop_map(super::order),
        text().prop_map(Payload::from_text),
    ]
    .boxed()
}

fn token() -> BoxedStrategy<Token> {
    (prop_oneof![0..3_u32, any::<u32>()], number()).prop_map(|(branch, place)| Token { branch, place }).boxed()
}

fn why() -> BoxedStrategy<ErrorAndCause> {
    (option::of(text()), option::of(text())).prop_map(|(error, cause)| ErrorAndCause { error, cause }).boxed()
}

fn arn() -> BoxedStrategy<ExecutionArn> {
    prop_oneof![Just(super::arn().as_str().to_owned()), text()].prop_map(ExecutionArn::new).boxed()
}

fn role_arn() -> BoxedStrategy<String> {
    prop_oneof![
        "arn:aws:iam::215634872910:role/[a-z/]{0,9}",
        "arn:aws:iam::[0-9]{3}:role/x",
        Just("arn:aws:iam::215634872910:rolex".to_owned()),
        "[/=]?[a-z]{0,3}",
        text(),
    ]
    .boxed()
}

fn timer() -> BoxedStrategy<Timer> {
    prop_oneof![token().prop_map(Timer::Place), Just(Timer::Execution)].boxed()
}

fn cause() -> BoxedStrategy<Cause> {
    prop_oneof![
        text().prop_map(|id| Cause::Start(id.into())),
        token().prop_map(Cause::Advance),
        (token(), text()).prop_map(|(token, nonce)| Cause::Claim { token, nonce: nonce.into() }),
        token().prop_map(Cause::TaskEnded),
        timer().prop_map(Cause::TimeCame),
        text().prop_map(|id| Cause::Stop(id.into())),
        text().prop_map(|id| Cause::Redrive(id.into())),
        text().prop_map(|id| Cause::DeadLetter(id.into())),
        (token(), text()).prop_map(|(token, id)| Cause::Answer { token, id: id.into() }),
        (token(), text()).prop_map(|(token, id)| Cause::Heartbeat { token, id: id.into() }),
    ]
    .boxed()
}

fn task_resource() -> BoxedStrategy<TaskResource> {
    (text(), text()).prop_map(|(resource_type, resource)| TaskResource { resource_type, resource }).boxed()
}

fn state_type() -> BoxedStrategy<StateType> {
    proptest::sample::select(StateType::ALL.to_vec()).boxed()
}

fn state_name() -> BoxedStrategy<StateName> {
    text().prop_map(StateName::new).boxed()
}

fn variables() -> BoxedStrategy<Variables> {
    btree_map(text(), payload(), 0..3).boxed()
}

fn execution_event() -> BoxedStrategy<Event> {
    prop_oneof![
        (payload(), role_arn()).prop_map(|(input, role_arn)| Event::ExecutionStarted { input, role_arn }),
        payload().prop_map(|output| Event::ExecutionSucceeded { output }),
        why().prop_map(Event::ExecutionFailed),
        why().prop_map(Event::ExecutionTimedOut),
        why().prop_map(Event::ExecutionAborted),
        any::<u32>().prop_map(|count| Event::ExecutionRedriven { count }),
        (state_name(), option::of(text()), why()).prop_map(|(state, location, failure)| Event::EvaluationFailed {
            state,
            location,
            failure
        }),
        state_type().prop_map(Event::StateAborted),
        (state_type(), state_name(), payload()).prop_map(|(state_type, name, input)| Event::StateEntered {
            state_type,
            name,
            input
        }),
        (state_type(), state_name(), payload(), variables()).prop_map(
            |(state_type, name, output, assigned_variables)| Event::StateExited {
                state_type,
                name,
                output,
                assigned_variables,
            }
        ),
    ]
    .boxed()
}

fn fork_event() -> BoxedStrategy<Event> {
    let iteration = || (state_name(), any::<u32>()).prop_map(|(name, index)| MapIteration { name, index });
    prop_oneof![
        Just(Event::ParallelStateStarted),
        Just(Event::ParallelStateSucceeded),
        Just(Event::ParallelStateFailed),
        any::<u32>().prop_map(|length| Event::MapStateStarted { length }),
        Just(Event::MapStateSucceeded),
        Just(Event::MapStateFailed),
        iteration().prop_map(Event::MapIterationStarted),
        iteration().prop_map(Event::MapIterationSucceeded),
        iteration().prop_map(Event::MapIterationFailed),
        iteration().prop_map(Event::MapIterationAborted),
    ]
    .boxed()
}

fn function_event() -> BoxedStrategy<Event> {
    prop_oneof![
        (text(), payload(), option::of(number()), option::of(text())).prop_map(
            |(resource, input, timeout_in_seconds, credentials)| Event::LambdaFunctionScheduled {
                resource,
                input,
                timeout_in_seconds,
                credentials,
            }
        ),
        Just(Event::LambdaFunctionStarted),
        payload().prop_map(|output| Event::LambdaFunctionSucceeded { output }),
        why().prop_map(Event::LambdaFunctionFailed),
        why().prop_map(Event::LambdaFunctionTimedOut),
        why().prop_map(Event::LambdaFunctionScheduleFailed),
        why().prop_map(Event::LambdaFunctionStartFailed),
    ]
    .boxed()
}

fn activity_event() -> BoxedStrategy<Event> {
    prop_oneof![
        (text(), payload(), option::of(number()), option::of(number())).prop_map(
            |(resource, input, timeout_in_seconds, heartbeat_in_seconds)| Event::ActivityScheduled {
                resource,
                input,
                timeout_in_seconds,
                heartbeat_in_seconds,
            }
        ),
        option::of(text()).prop_map(|worker_name| Event::ActivityStarted { worker_name }),
        payload().prop_map(|output| Event::ActivitySucceeded { output }),
        why().prop_map(Event::ActivityFailed),
        why().prop_map(Event::ActivityTimedOut),
        why().prop_map(Event::ActivityScheduleFailed),
    ]
    .boxed()
}

fn task_event() -> BoxedStrategy<Event> {
    let region = prop_oneof![Just("eu-central-1".to_owned()), text()];
    prop_oneof![
        (task_resource(), region, payload(), option::of(number()), option::of(number()), option::of(text())).prop_map(
            |(resource, region, parameters, timeout_in_seconds, heartbeat_in_seconds, credentials)| {
                Event::TaskScheduled {
                    resource,
                    region,
                    parameters,
                    timeout_in_seconds,
                    heartbeat_in_seconds,
                    credentials,
                }
            }
        ),
        task_resource().prop_map(Event::TaskStarted),
        (task_resource(), payload()).prop_map(|(resource, output)| Event::TaskSubmitted { resource, output }),
        (task_resource(), why()).prop_map(|(resource, failure)| Event::TaskSubmitFailed { resource, failure }),
        (task_resource(), payload()).prop_map(|(resource, output)| Event::TaskSucceeded { resource, output }),
        (task_resource(), why()).prop_map(|(resource, failure)| Event::TaskFailed { resource, failure }),
        (task_resource(), why()).prop_map(|(resource, failure)| Event::TaskTimedOut { resource, failure }),
        (task_resource(), why()).prop_map(|(resource, failure)| Event::TaskStartFailed { resource, failure }),
    ]
    .boxed()
}

fn history_event() -> BoxedStrategy<HistoryEvent> {
    let event = prop_oneof![execution_event(), fork_event(), function_event(), activity_event(), task_event()];
    (number(), number(), time(), event)
        .prop_map(|(id, previous_event_id, timestamp, event)| HistoryEvent { id, previous_event_id, timestamp, event })
        .boxed()
}

fn iterations() -> BoxedStrategy<Iterations> {
    let numbers = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>());
    let items = prop_oneof![
        vec(payload(), 0..3).prop_map(|items| Items::Kept(items.into())),
        (content_hash(), any::<usize>()).prop_map(|(chunk, taken)| Items::Aside { chunk, taken }),
    ];
    let results = (vec((any::<u32>(), payload()), 0..3), option::of(content_hash()), any::<usize>())
        .prop_map(|(kept, aside, bytes)| Results { kept, aside, bytes });
    (numbers, items, results)
        .prop_map(|((length, started, ended, concurrency), items, results)| Iterations {
            length,
            started,
            ended,
            concurrency,
            items,
            results,
        })
        .boxed()
}

fn content_hash() -> BoxedStrategy<ContentHash> {
    "[0-9a-f]{32}".prop_map(|text| ContentHash::from_text(&text)).boxed()
}

pub fn chunk() -> BoxedStrategy<Chunk> {
    (option::of(content_hash()), vec((any::<u32>(), payload()), 0..5))
        .prop_map(|(link, payloads)| Chunk { link, payloads })
        .boxed()
}

fn phase() -> BoxedStrategy<Phase> {
    prop_oneof![
        Just(Phase::Ready),
        time().prop_map(|until| Phase::Waiting { until }),
        time().prop_map(|until| Phase::BackingOff { until }),
        vec(option::of(payload()), 0..3).prop_map(|results| Phase::Forked(Fork { results })),
        iterations().prop_map(Phase::Iterating),
        task_phase().prop_map(Phase::Task),
    ]
    .boxed()
}

fn task_phase() -> BoxedStrategy<TaskPhase> {
    let events = prop_oneof![
        task_resource().prop_map(TaskEvents::Task),
        Just(TaskEvents::LambdaFunction),
        Just(TaskEvents::Activity),
    ];
    let ended_by =
        prop_oneof![Just(EndedBy::Target), any::<bool>().prop_map(|submitted| EndedBy::TaskToken { submitted })];
    let claim = (text(), time(), time()).prop_map(|(nonce, at, until)| Claim { nonce: nonce.into(), at, until });
    let seconds = || (option::of(number()), option::of(number()));
    let times = || (option::of(time()), option::of(time()));
    (time(), number(), events, ended_by, seconds(), times(), option::of(claim))
        .prop_map(|(scheduled_at, scheduled_in, events, ended_by, seconds, times, claim)| TaskPhase {
            scheduled_at,
            scheduled_in,
            events,
            ended_by,
            timeout_seconds: seconds.0,
            heartbeat_seconds: seconds.1,
            deadline: times.0,
            heartbeat_by: times.1,
            claim,
        })
        .boxed()
}

/// In one branch all the time.
fn answer() -> BoxedStrategy<(u64, Answer)> {
    let answer = prop_oneof![payload().prop_map(|output| Answer::Succeeded { output }), why().prop_map(Answer::Failed)];
    (number(), answer).boxed()
}

fn branch() -> BoxedStrategy<Branch> {
    let entered = (number(), time()).prop_map(|(event_id, at)| Entered { event_id, at });
    let parent = (any::<u32>(), any::<u32>()).prop_map(|(branch, index)| Parent { branch, index });
    let place = (token(), option::of(parent), option::of(payload()), option::of(content_hash()));
    let phase = (phase(), option::of(answer()));
    (place, state_name(), payload(), number(), option::of(entered), variables(), vec(number(), 0..3), phase)
        .prop_map(
            |((token, parent, item, aside), state, input, previous_event_id, entered, variables, retries, phase)| {
                Branch {
                    phase: match phase {
                        (phase, None) => phase,
                        (_, Some((place, answer))) => {
                            Phase::Answered(Answered { task: Token { place, ..token }, answer })
                        }
                    },
                    token,
                    parent,
                    state,
                    input,
                    previous_event_id,
                    entered,
                    variables: Arc::new(variables),
                    item,
                    aside,
                    retries,
                }
            },
        )
        .boxed()
}

fn status() -> BoxedStrategy<Status> {
    prop_oneof![
        Just(Status::Running),
        payload().prop_map(|output| Status::Succeeded { output }),
        why().prop_map(Status::Failed),
        why().prop_map(Status::TimedOut),
        why().prop_map(Status::Aborted),
    ]
    .boxed()
}

fn execution() -> BoxedStrategy<Execution> {
    let through = (option::of(number()), option::of(text()), option::of(text()), option::of(test_case()));
    (arn(), text(), role_arn(), time(), option::of(payload()), through)
        .prop_map(|(arn, revision_id, role_arn, started_at, input, (version, alias, trace_header, test_case))| {
            Execution {
                arn,
                kind: Kind::Standard,
                revision_id: revision_id.into(),
                role_arn: role_arn.into(),
                started_at,
                input,
                version,
                alias: alias.map(Into::into),
                trace_header: trace_header.map(Into::into),
                test_case: test_case.map(Arc::new),
            }
        })
        .boxed()
}

fn test_case() -> BoxedStrategy<TestCase> {
    let answer =
        prop_oneof![payload().prop_map(|output| Answer::Succeeded { output }), why().prop_map(Answer::Failed),];
    let answers = vec((0..5u32, 5..9u32, answer).prop_map(|(first, last, answer)| (first..=last, answer)), 0..3);
    let response = (text(), answers).prop_map(|(name, answers)| Arc::new(MockedResponse { name, answers }));
    (text(), btree_map(state_name(), response, 0..3)).prop_map(|(name, states)| TestCase { name, states }).boxed()
}

fn run() -> BoxedStrategy<Run> {
    let branches = (vec(branch(), 0..3), vec(branch(), 0..3));
    let later = (option::of(redrives()), btree_map(state_name(), any::<u32>(), 0..2));
    (execution(), number(), number(), number(), status(), branches, option::of(time()), later)
        .prop_map(|(execution, seq, last_event_id, next_place, status, branches, deadline, later)| {
            let ((branches, unfinished), (redrives, mocked_calls)) = (branches, later);
            Run {
                next_branch: u32::try_from(branches.len()).unwrap(),
                execution: Arc::new(execution),
                seq,
                last_event_id,
                next_place,
                status,
                branches,
                deadline,
                unfinished,
                redrives,
                mocked_calls,
            }
        })
        .boxed()
}

fn redrives() -> BoxedStrategy<Redrives> {
    let client_token = (text(), time()).prop_map(|(token, at)| ClientToken { token: token.into(), at });
    (any::<u32>(), time(), vec(client_token, 0..3))
        .prop_map(|(count, at, client_tokens)| Redrives { count, at, client_tokens })
        .boxed()
}

fn task_request() -> BoxedStrategy<TaskRequest> {
    let target = prop_oneof![
        text().prop_map(|arn| Target::LambdaFunction { arn }),
        Just(Target::LambdaInvoke),
        text().prop_map(|arn| Target::Activity { arn }),
    ];
    (token(), target, payload(), role_arn())
        .prop_map(|(token, target, payload, role_arn)| TaskRequest {
            token,
            target,
            payload,
            role_arn: role_arn.into(),
        })
        .boxed()
}

fn effect() -> BoxedStrategy<Effect> {
    prop_oneof![
        token().prop_map(Effect::Advance),
        task_request().prop_map(Effect::Dispatch),
        (timer(), time()).prop_map(|(timer, due)| Effect::Arm { timer, due }),
        Just(Effect::Finish),
    ]
    .boxed()
}

pub fn record() -> BoxedStrategy<Record> {
    (time(), vec(cause(), 0..3), vec(history_event(), 0..5), run(), vec(effect(), 0..4))
        .prop_map(|(at, causes, events, run, effects)| Record { at, causes, events, run, effects })
        .boxed()
}

fn input() -> BoxedStrategy<Input> {
    let outcome = prop_oneof![
        payload().prop_map(|output| TaskOutcome::Succeeded { output }),
        why().prop_map(TaskOutcome::Failed),
        Just(TaskOutcome::TooLarge),
        why().prop_map(TaskOutcome::StartFailed),
    ];
    prop_oneof![
        token().prop_map(|token| Input::Advance { token }),
        (token(), outcome).prop_map(|(token, outcome)| Input::TaskEnded { token, outcome }),
        timer().prop_map(|timer| Input::TimeCame { timer }),
    ]
    .boxed()
}

/// The run of a message is of the message's execution, as it always is.
pub fn message() -> BoxedStrategy<Message> {
    let body = prop_oneof![
        task_request().prop_map(|request| TaskBody::Inline(Arc::new(request))),
        token().prop_map(TaskBody::InRecord),
    ];
    let lane = prop_oneof![Just(Lane::Standard), Just(Lane::Fifo)];
    let transition = (run(), any::<bool>(), number(), input(), lane, option::of(time())).prop_map(
        |(run, travels, seq, input, lane, not_before)| {
            let execution = run.execution.arn.clone();
            let run = travels.then(|| Arc::new(run));
            Message::Transition(Transition { execution, seq, input, run, lane, not_before })
        },
    );
    let task = (run(), any::<bool>(), number(), body, option::of(time())).prop_map(
        |(run, travels, seq, request, not_before)| {
            let execution = run.execution.arn.clone();
            let run = travels.then(|| Arc::new(run));
            Message::Task(Task { execution, seq, request, run, not_before })
        },
    );
    let express = (execution(), payload()).prop_map(|(execution, input)| {
        Message::Express(Express {
            execution: execution.arn,
            revision_id: execution.revision_id,
            role_arn: execution.role_arn,
            started_at: execution.started_at,
            input,
            test_case: execution.test_case,
        })
    });
    prop_oneof![transition, task, express].boxed()
}
