//! Poison among the messages of others: whatever is wrong with one, no other execution notices.

use std::collections::BTreeSet;

use engine::execution::ExecutionArn;
use interpreter::Received;
use ports::journal::{Direction, Journal};
use ports::queue::{Message, Task, TaskBody};
use serde_json::{Value, json};
use tests::{Delivery, Installation, Letter, pass, states};

const HEALTHY: usize = 100;

fn passes() -> Value {
    states(json!({ "A": pass(json!({ "Next": "B" })), "B": pass(json!({ "End": true })) }))
}

fn create(installation: &Installation, name: &str) {
    let request = json!({
        "name": name, "definition": passes().to_string(), "roleArn": "arn:aws:iam::123456789012:role/machine",
    });
    installation.call("CreateStateMachine", &request).unwrap();
}

fn start(installation: &Installation, machine: &str, name: &str) -> ExecutionArn {
    let arn = format!("arn:aws:states:us-east-1:123456789012:stateMachine:{machine}");
    let request = json!({ "stateMachineArn": arn, "name": name });
    let started = installation.call("StartExecution", &request).unwrap();
    ExecutionArn::new(started["executionArn"].as_str().unwrap())
}

fn received(letter: &Letter) -> Received {
    Received { id: letter.id.to_string(), text: letter.text(), fifo: false, receives: 1 }
}

/// The ids of those that have to come again.
fn deliver(installation: &Installation, batch: &[Received]) -> BTreeSet<String> {
    // Another process, which knows no state machine.
    let (interpreter, batch) = (installation.another_interpreter(), batch.to_vec());
    let failed =
        Delivery::new(&installation.clock, async move { Ok(interpreter.handle_batch(batch, "request").await) });
    failed.finish().unwrap().into_iter().collect()
}

fn succeeded(installation: &Installation, execution: &ExecutionArn) -> bool {
    let newest = futures::executor::block_on(installation.store.newest(execution)).unwrap().unwrap();
    matches!(newest.run.status, engine::run::Status::Succeeded { .. })
}

#[test]
fn poison_in_every_batch_is_noticed_by_no_other_execution() {
    let installation = Installation::default();
    for machine in ["machine", "lost"] {
        create(&installation, machine);
    }
    let healthy: Vec<ExecutionArn> = (0..HEALTHY).map(|n| start(&installation, "machine", &format!("n{n}"))).collect();
    let explosive = start(&installation, "machine", "explosive");
    let unreadable = start(&installation, "machine", "unreadable");
    let lost = start(&installation, "lost", "lost");
    installation.gate.explode(&explosive);
    installation.gate.damage(&unreadable, 0);
    installation.gate.lose_revisions("lost");
    let token = engine::run::Token { branch: 0, place: 0 };
    let task =
        Task { execution: lost.clone(), seq: 0, request: TaskBody::InRecord(token), run: None, not_before: None };
    let task = wire::message::encode(&Message::Task(task)).unwrap();

    let poisonous = [&explosive, &unreadable, &lost];
    let of = |letter: &Letter| match letter.message() {
        Message::Transition(transition) => transition.execution.clone(),
        other => panic!("{other:?}"),
    };
    let (poison, good): (Vec<Letter>, Vec<Letter>) =
        installation.mail.waiting().into_iter().partition(|letter| poisonous.contains(&&of(letter)));
    assert_eq!((poison.len(), good.len()), (3, HEALTHY));
    let mut poison: Vec<Received> = poison.iter().map(received).collect();
    let texts = ["".to_owned(), "no message".to_owned(), "AAAA".to_owned(), good[0].text()[..20].to_owned(), task];
    poison.extend(texts.into_iter().zip(1_000..).map(|(text, id)| Received {
        id: id.to_string(),
        text,
        fifo: false,
        receives: 1,
    }));
    let expected: BTreeSet<String> = poison.iter().map(|received| received.id.clone()).collect();

    // Nothing of the healthy ones fails, or takes one delivery more than without the poison: one message for each state.
    for _state in ["A", "B"] {
        let waiting = installation.mail.waiting();
        let good: Vec<&Letter> = waiting.iter().filter(|letter| !poisonous.contains(&&of(letter))).collect();
        assert_eq!(good.len(), HEALTHY);
        for letters in good.chunks(2) {
            let mut batch: Vec<Received> = letters.iter().copied().map(received).collect();
            batch.splice(1..1, poison.clone());
            assert_eq!(deliver(&installation, &batch), expected);
            letters.iter().for_each(|letter| installation.mail.remove(letter.id));
        }
    }
    assert!(healthy.iter().all(|execution| succeeded(&installation, execution)));
    for execution in poisonous {
        let records = installation.store.records(execution, None, Direction::OldestFirst, 10);
        assert_eq!(futures::executor::block_on(records).unwrap().len(), 1, "nothing of {execution} was done");
    }
    // Given up, each fails by itself, or is set aside: what nothing that is stored explains, after some hours.
    installation.clock.advance_seconds(7 * 3_600);
    for received in &poison {
        installation.take_dead_letter(&received.text, 11).unwrap();
    }
    let failed = |execution: &ExecutionArn| {
        let newest = futures::executor::block_on(installation.store.newest(execution)).unwrap().unwrap();
        match &newest.run.status {
            engine::run::Status::Failed(failure) => failure.cause.clone().unwrap(),
            other => panic!("{execution}: {other:?}"),
        }
    };
    assert!(failed(&lost).contains("` of state machine `lost` is missing. It was message"), "{}", failed(&lost));
    let set_aside: Vec<String> = installation.undeliverable.all().into_iter().map(|letter| letter.reason).collect();
    let count = |text: &str| set_aside.iter().filter(|reason| reason.contains(text)).count();
    assert_eq!(count("it cannot be read: "), 4, "{set_aside:?}");
    assert_eq!(count("the record 0 cannot be read: "), 1, "{set_aside:?}");
    // Whoever appends its failure explodes as well.
    assert_eq!(count("failing its execution panicked: a record that explodes"), 1, "{set_aside:?}");
}
