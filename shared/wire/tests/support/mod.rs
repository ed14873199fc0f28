//! Values for the tests and benches: an execution from its start to its end, one record or message of each shape.

#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test data")]

pub mod arbitrary;
pub mod forks;
pub mod messages;
pub mod records;
pub mod waiting_tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::execution::{Execution, ExecutionArn};
use engine::payload::Payload;
use engine::run::{Branch, Entered, Phase, Run, Status, Token};
use engine::timestamp::Timestamp;

pub const MACHINE: &str = "order-workflow";
pub const STARTED: i64 = 1_790_000_000_123;

pub fn arn() -> ExecutionArn {
    ExecutionArn::new(format!(
        "arn:aws:states:eu-central-1:215634872910:execution:{MACHINE}:0b7c6f5e-3f0a-4d0e-9b57-2a4f8f1f6c11"
    ))
}

pub fn execution() -> Execution {
    let role_arn = "arn:aws:iam::215634872910:role/order-workflow-role".into();
    let started_at = Timestamp::from_millis(STARTED);
    Execution::new(arn(), "5f0d2a3c-9a1e-4f57-8f1e-90c1d2b6a7e4".into(), role_arn, started_at)
}

/// A run at one place, ready to enter `state`.
pub fn run(seq: u64, last_event_id: u64, place: u64, state: &str, input: &Payload) -> Run {
    let branch = Branch {
        parent: None,
        token: Token { branch: 0, place },
        state: asl::machine::StateName::new(state),
        input: input.clone(),
        aside: None,
        previous_event_id: last_event_id,
        entered: None,
        variables: Arc::default(),
        item: None,
        retries: vec![],
        phase: Phase::Ready,
    };
    Run {
        execution: Arc::new(execution()),
        seq,
        last_event_id,
        next_branch: 1,
        next_place: place + 1,
        status: Status::Running,
        branches: vec![branch],
        deadline: None,
        unfinished: vec![],
        redrives: None,
        mocked_calls: BTreeMap::new(),
    }
}

pub fn with_phase(mut run: Run, entered_event: u64, at: Timestamp, phase: Phase) -> Run {
    let branch = &mut run.branches[0];
    branch.entered = Some(Entered { event_id: entered_event, at });
    branch.phase = phase;
    run
}

/// An order of about `bytes`, with the kind of text that orders have.
pub fn order(bytes: usize) -> Payload {
    let skus =
        ["KB-87-ISO-DE", "MSE-WL-BLK", "HUB-USBC-7", "CBL-HDMI-2M", "STD-MON-27", "PAD-XL", "CAM-1080", "MIC-USB-C"];
    let names = [
        "Mechanical keyboard",
        "Wireless mouse",
        "USB-C hub, 7 ports",
        "HDMI cable, 2 m",
        "Monitor stand",
        "Desk pad",
        "Webcam",
        "Microphone",
    ];
    let mut text = String::from(
        r#"{"orderId":"ORD-2026-0093817","customer":{"id":"c_81f3b7","email":"maria.keller@example.com","tier":"gold","address":{"street":"Lindenweg 14","city":"Basel","zip":"4052","country":"CH"}},"items":["#,
    );
    let mut index = 0usize;
    while text.len() + 260 < bytes {
        let kind = index * 5 % skus.len();
        let comma = if index == 0 { "" } else { "," };
        text += &format!(
            r#"{comma}{{"sku":"{}","name":"{}","quantity":{},"unitPrice":{}.{:02}}}"#,
            skus[kind],
            names[kind],
            index % 3 + 1,
            9 + index * 37 % 190,
            index * 53 % 100
        );
        index += 1;
    }
    text += r#"],"currency":"EUR","total":412.35,"payment":{"method":"card","last4":"4242","authorised":true},"shipping":{"carrier":"post","express":false},"createdAt":"2026-09-21T14:13:20Z"}"#;
    if text.len() > bytes {
        text = format!(r#"{{"orderId":"ORD-2026-0093817","total":412.35,"items":{index},"ok":true,"pad":"a"}}"#);
    }
    Payload::from_text(text)
}
