//! Records of tasks that wait for somebody else: a worker, or the holder of a token.

use engine::effect::{Effect, Target, TaskRequest};
use engine::event::{Event, StateType, TaskResource};
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Timer};
use engine::payload::Payload;
use engine::record::Record;
use engine::run::{Answer, Answered, Claim, EndedBy, Phase, Run, TaskEvents, TaskPhase, Token};

use super::records::{at, entered, event, token, why};
use super::{order, run, with_phase};

const ACTIVITY: &str = "arn:aws:states:eu-central-1:215634872910:activity:pack-parcel";

pub fn all() -> Vec<(&'static str, Record)> {
    vec![
        ("activity-scheduled", activity_scheduled()),
        ("activity-taken", activity_taken()),
        ("activity-answered", answered(Answer::Succeeded { output: order(300) })),
        ("activity-failed", answered(Answer::Failed(ErrorAndCause::default()))),
        ("callback-submitted", submitted()),
        ("heartbeat", heartbeat()),
        ("other-activity-events", other_activity_events()),
    ]
}

fn activity() -> TaskPhase {
    TaskPhase {
        scheduled_at: at(160),
        scheduled_in: 4,
        events: TaskEvents::Activity,
        ended_by: EndedBy::TaskToken { submitted: false },
        timeout_seconds: Some(86_400),
        heartbeat_seconds: Some(60),
        deadline: None,
        heartbeat_by: None,
        claim: None,
    }
}

fn taken() -> TaskPhase {
    let claim = Claim { nonce: "9b2f61c4-27bb-41fb-bd8d-c1f45d6d4a53".into(), at: at(5_000), until: at(5_000) };
    TaskPhase { deadline: Some(at(86_405_000)), heartbeat_by: Some(at(65_000)), claim: Some(claim), ..activity() }
}

fn in_phase(seq: u64, last_event_id: u64, phase: TaskPhase) -> Run {
    let mut run = with_phase(run(seq, last_event_id, 4, "Pack", &order(300)), 8, at(160), Phase::Task(phase));
    run.branches[0].previous_event_id = last_event_id;
    run
}

pub fn activity_scheduled() -> Record {
    let input = order(300);
    let scheduled = Event::ActivityScheduled {
        resource: ACTIVITY.into(),
        input: input.clone(),
        timeout_in_seconds: Some(86_400),
        heartbeat_in_seconds: Some(60),
    };
    let run = in_phase(4, 9, activity());
    let request = TaskRequest {
        token: token(4),
        target: Target::Activity { arn: ACTIVITY.into() },
        payload: input.clone(),
        role_arn: run.execution.role_arn.clone(),
    };
    Record {
        at: at(160),
        causes: vec![Cause::Advance(token(3))],
        events: vec![event(8, 7, at(160), entered(StateType::Task, "Pack", &input)), event(9, 8, at(160), scheduled)],
        run,
        effects: vec![Effect::Dispatch(request)],
    }
}

fn activity_taken() -> Record {
    Record {
        at: at(5_000),
        causes: vec![Cause::Claim { token: token(4), nonce: "9b2f61c4-27bb-41fb-bd8d-c1f45d6d4a53".into() }],
        events: vec![event(10, 9, at(5_000), Event::ActivityStarted { worker_name: Some("packer 7".into()) })],
        run: in_phase(5, 10, taken()),
        effects: vec![Effect::Arm { timer: Timer::Place(token(4)), due: at(65_000) }],
    }
}

fn answered(answer: Answer) -> Record {
    let last = match &answer {
        Answer::Succeeded { output } => Event::ActivitySucceeded { output: output.clone() },
        Answer::Failed(failure) => Event::ActivityFailed(failure.clone()),
    };
    let mut run = in_phase(6, 11, taken());
    run.next_place = 6;
    run.branches[0].token = token(5);
    run.branches[0].phase = Phase::Answered(Answered { task: token(4), answer });
    Record {
        at: at(9_000),
        causes: vec![Cause::Answer { token: token(4), id: "3f0a4d0e-55b1-4b8f-8c8f-5a3b7a3c1d10".into() }],
        events: vec![event(11, 10, at(9_000), last)],
        run,
        effects: vec![Effect::Advance(token(5))],
    }
}

fn submitted() -> Record {
    let resource = TaskResource { resource_type: "lambda".into(), resource: "invoke.waitForTaskToken".into() };
    let phase = TaskPhase {
        events: TaskEvents::Task(resource.clone()),
        ended_by: EndedBy::TaskToken { submitted: true },
        timeout_seconds: None,
        deadline: None,
        ..taken()
    };
    let output = Payload::from_text(r#"{"ExecutedVersion":"$LATEST","Payload":null,"StatusCode":200}"#);
    Record {
        at: at(5_900),
        causes: vec![Cause::TaskEnded(token(4))],
        events: vec![event(11, 10, at(5_900), Event::TaskSubmitted { resource, output })],
        run: in_phase(6, 11, phase),
        effects: vec![],
    }
}

fn heartbeat() -> Record {
    Record {
        at: at(40_000),
        causes: vec![Cause::Heartbeat { token: token(4), id: "5a3b7a3c-55b1-4b8f-8c8f-1d103f0a4d0e".into() }],
        events: vec![],
        run: in_phase(6, 10, TaskPhase { heartbeat_by: Some(at(100_000)), ..taken() }),
        effects: vec![],
    }
}

fn other_activity_events() -> Record {
    let resource = || TaskResource { resource_type: "lambda".into(), resource: "invoke.waitForTaskToken".into() };
    let events = [
        Event::ActivityStarted { worker_name: None },
        Event::ActivityTimedOut(ErrorAndCause { error: Some("States.Timeout".into()), cause: None }),
        Event::ActivityScheduleFailed(why()),
        Event::TaskSubmitFailed { resource: resource(), failure: why() },
    ];
    let events = events.into_iter().zip(4..).map(|(it, id)| event(id, id - 1, at(id as i64), it)).collect();
    let token = Token { branch: 0, place: 4 };
    Record { causes: vec![Cause::TimeCame(Timer::Place(token))], events, effects: vec![], ..activity_scheduled() }
}
