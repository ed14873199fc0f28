//! What is sent to which queue, in which batches, and how late; and how letters are looked at that were set aside.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/http.rs"]
mod http;

use std::sync::Arc;

use aws::environment::Variable;
use aws::queue::SqsQueues;
use aws::undeliverable::SqsUndeliverable;
use engine::input::{Input, TaskOutcome, Timer};
use engine::run::Token;
use engine::timestamp::Timestamp;
use http::{Answer, Http, Request};
use ports::contract::samples;
use ports::queue::{Lane, Message, Task, TaskBody, Transition};
use ports::undeliverable::{Held, Letter};
use ports::{Clock, Queue, StoreError, Undeliverable};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

struct Fixed(Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

fn queues(http: &Http) -> SqsQueues {
    SqsQueues {
        client: aws_sdk_sqs::Client::new(&http.config()),
        clock: Arc::new(Fixed(NOW)),
        transitions_url: Variable::new("A", "https://sqs/1/transitions"),
        transitions_fifo_url: Variable::new("B", "https://sqs/1/transitions.fifo"),
        tasks_url: Variable::new("C", "https://sqs/1/tasks"),
    }
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

fn all_sent() -> Http {
    Http::answering(|request| {
        let entries = body(request)["Entries"].as_array().unwrap().clone();
        let sent: Vec<Value> =
            entries.iter().map(|entry| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""})).collect();
        Answer::Response(200, vec![], json!({"Successful": sent, "Failed": []}).to_string())
    })
}

fn transition(place: u64) -> Transition {
    Transition {
        execution: samples::arn("orders", "one"),
        seq: 4,
        input: Input::Advance { token: Token { branch: 0, place } },
        run: None,
        lane: Lane::Standard,
        not_before: None,
    }
}

fn task() -> Task {
    let token = Token { branch: 0, place: 3 };
    Task {
        execution: samples::arn("orders", "one"),
        seq: 4,
        request: TaskBody::InRecord(token),
        run: None,
        not_before: None,
    }
}

/// (queue, entries) of each request.
async fn sent(messages: Vec<Message>) -> Vec<(String, Vec<Value>)> {
    let http = all_sent();
    queues(&http).send(messages).await.unwrap();
    let request = |request: &Request| {
        let body = body(request);
        let queue = body["QueueUrl"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        (queue, body["Entries"].as_array().unwrap().clone())
    };
    let mut sent: Vec<_> = http.requests().iter().map(request).collect();
    sent.sort_by(|a, b| a.0.cmp(&b.0));
    sent
}

#[tokio::test]
async fn each_message_goes_to_its_queue() {
    let fifo = Transition { lane: Lane::Fifo, ..transition(1) };
    let messages = vec![Message::Task(task()), Message::Transition(fifo), Message::Transition(transition(2))];
    let sent = sent(messages.clone()).await;
    let queues: Vec<&str> = sent.iter().map(|(queue, _)| queue.as_str()).collect();
    assert_eq!(queues, ["tasks", "transitions", "transitions.fifo"]);
    for ((_, entries), message) in sent.iter().zip([&messages[0], &messages[2], &messages[1]]) {
        let text = entries[0]["MessageBody"].as_str().unwrap();
        assert_eq!(wire::message::decode(text).unwrap(), *message);
    }
}

#[tokio::test]
async fn ten_messages_share_a_request() {
    let messages: Vec<Message> = (0..23).map(|place| Message::Transition(transition(place))).collect();
    let sent = sent(messages).await;
    let mut sizes: Vec<usize> = sent.iter().map(|(_, entries)| entries.len()).collect();
    sizes.sort();
    assert_eq!(sizes, [3, 10, 10]);
}

#[tokio::test]
async fn a_batch_stays_within_what_a_request_may_hold() {
    let large = |place: u64| {
        let output = samples::incompressible(100_000, place);
        let token = Token { branch: 0, place };
        let outcome = TaskOutcome::Succeeded { output };
        Message::Transition(Transition { input: Input::TaskEnded { token, outcome }, ..transition(place) })
    };
    let sent = sent((1..6).map(large).collect()).await;
    assert_eq!(sent.iter().map(|(_, entries)| entries.len()).sum::<usize>(), 5);
    for (_, entries) in sent {
        let bytes: usize = entries.iter().map(|entry| entry["MessageBody"].as_str().unwrap().len()).sum();
        assert!(bytes <= 256 * 1024, "{bytes} bytes");
    }
}

#[tokio::test]
async fn a_delay_is_in_whole_seconds_and_never_too_short() {
    for (millis, seconds) in
        [(-5, None), (0, None), (1, Some(1)), (1_000, Some(1)), (1_001, Some(2)), (900_000, Some(900))]
    {
        let not_before = Some(NOW.plus_millis(millis));
        let messages = vec![
            Message::Transition(Transition { not_before, ..transition(1) }),
            Message::Task(Task { not_before, ..task() }),
        ];
        for (queue, entries) in sent(messages).await {
            assert_eq!(entries[0].get("DelaySeconds").and_then(Value::as_i64), seconds, "{millis} ms to {queue}");
        }
    }
}

#[tokio::test]
async fn what_must_wait_does_not_go_by_the_fifo_queue() {
    let late = Transition { lane: Lane::Fifo, not_before: Some(NOW.plus_millis(1)), ..transition(1) };
    assert_eq!(sent(vec![Message::Transition(late)]).await[0].0, "transitions");
}

#[tokio::test]
async fn fifo_messages_are_grouped_by_execution_and_named_by_what_they_ask() {
    let fifo = |transition: Transition| Message::Transition(Transition { lane: Lane::Fifo, ..transition });
    let longest = samples::arn(&"m".repeat(80), &"n".repeat(80));
    let sent = sent(vec![
        fifo(transition(1)),
        fifo(transition(1)),
        fifo(transition(2)),
        fifo(Transition { seq: 5, ..transition(1) }),
        fifo(Transition { execution: longest, ..transition(1) }),
    ])
    .await;
    let entries = &sent[0].1;
    let group = |n: usize| entries[n]["MessageGroupId"].as_str().unwrap();
    let identity = |n: usize| entries[n]["MessageDeduplicationId"].as_str().unwrap();
    assert_eq!(group(0), group(3));
    assert_ne!(group(0), group(4));
    assert!(group(4).len() <= 128);
    assert_eq!(identity(0), identity(1));
    assert_ne!(identity(0), identity(2));
    assert_ne!(identity(0), identity(3));
}

/// By a slow clock it came early, and is owed again: SQS would drop what it takes for the first.
#[tokio::test]
async fn a_time_that_is_handed_on_later_is_another_message() {
    let timer = Timer::Place(Token { branch: 2, place: 7 });
    let handed_on = Transition { lane: Lane::Fifo, input: Input::TimeCame { timer }, ..transition(1) };
    let mut identities = Vec::new();
    for millis in [0, 0, 1] {
        let http = all_sent();
        let queues = SqsQueues { clock: Arc::new(Fixed(NOW.plus_millis(millis))), ..queues(&http) };
        queues.send(vec![Message::Transition(handed_on.clone())]).await.unwrap();
        identities.push(body(&http.requests()[0])["Entries"][0]["MessageDeduplicationId"].clone());
    }
    assert_eq!(identities[0], identities[1]);
    assert_ne!(identities[0], identities[2]);
}

#[tokio::test]
async fn only_what_failed_is_sent_again() {
    let http = Http::answering(|request| {
        let entries = body(request)["Entries"].as_array().unwrap().clone();
        let failed = json!({"Id": "1", "SenderFault": false, "Code": "InternalError"});
        let failed = if entries.len() > 1 { vec![failed] } else { vec![] };
        Answer::Response(200, vec![], json!({"Successful": [], "Failed": failed}).to_string())
    });
    let messages: Vec<Message> = (0..3).map(|place| Message::Transition(transition(place))).collect();
    queues(&http).send(messages.clone()).await.unwrap();
    let requests = http.requests();
    assert_eq!(requests.len(), 2);
    let again = body(&requests[1])["Entries"][0]["MessageBody"].as_str().unwrap().to_owned();
    assert_eq!(wire::message::decode(&again).unwrap(), messages[1]);
}

#[tokio::test]
async fn a_message_that_keeps_failing_is_an_error() {
    for (sender_fault, requests) in [(false, 3), (true, 1)] {
        let http = Http::answering(move |_| {
            let failed = json!([{"Id": "0", "SenderFault": sender_fault, "Code": "Oops", "Message": "no"}]);
            Answer::Response(200, vec![], json!({"Successful": [], "Failed": failed}).to_string())
        });
        let error = queues(&http).send(vec![Message::Task(task())]).await.unwrap_err();
        assert_eq!(error.is_passing(), !sender_fault);
        assert!(
            matches!(error, StoreError::Unavailable(_) | StoreError::Refused(_))
                && error.to_string().contains("Oops: no")
        );
        assert_eq!(http.requests().len(), requests);
    }
}

fn letter(id: &str) -> Letter {
    Letter {
        id: id.to_owned(),
        queue: "transitions-dead".to_owned(),
        text: format!("text of {id}"),
        reason: "the record 4 cannot be read: \u{fc}".to_owned(),
    }
}

/// An SQS queue of these letters, which hands out no more than three at a time.
fn set_aside(count: usize) -> Http {
    let received = std::sync::atomic::AtomicUsize::new(0);
    Http::answering(move |request| {
        let asked = body(request);
        let Some(most) = asked["MaxNumberOfMessages"].as_u64() else {
            return Answer::Response(200, vec![], json!({"Successful": [], "Failed": []}).to_string());
        };
        let first = received.load(std::sync::atomic::Ordering::Relaxed);
        let last = count.min(first + 3).min(first + usize::try_from(most).unwrap());
        received.store(last, std::sync::atomic::Ordering::Relaxed);
        let messages: Vec<Value> = (first..last).map(|n| received_message(&letter(&n.to_string()))).collect();
        Answer::Response(200, vec![], json!({ "Messages": messages }).to_string())
    })
}

fn received_message(letter: &Letter) -> Value {
    let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
    json!({
        "MessageId": "other",
        "ReceiptHandle": format!("receipt {}", letter.id),
        "Body": letter.text,
        "Attributes": { "SentTimestamp": "1700000000123" },
        "MessageAttributes": {
            "MessageId": text(&letter.id), "Queue": text(&letter.queue), "Reason": text(&letter.reason),
        },
    })
}

fn undeliverable(http: &Http) -> SqsUndeliverable {
    let url = Variable::new("D", "https://sqs/1/undeliverable");
    SqsUndeliverable { client: aws_sdk_sqs::Client::new(&http.config()), url }
}

#[tokio::test]
async fn a_letter_is_set_aside_with_its_reason() {
    let http = Http::answering(|_| Answer::Response(200, vec![], json!({ "MessageId": "m" }).to_string()));
    undeliverable(&http).set_aside(&letter("7")).await.unwrap();
    undeliverable(&http).set_aside(&Letter { queue: String::new(), ..letter("8") }).await.unwrap();
    let sent: Vec<Value> = http.requests().iter().map(body).collect();
    assert_eq!(sent[0]["MessageBody"], "text of 7");
    let attributes = &sent[0]["MessageAttributes"];
    assert_eq!(attributes["MessageId"]["StringValue"], "7");
    assert_eq!(attributes["Reason"]["StringValue"], letter("7").reason);
    assert!(sent[1]["MessageAttributes"].get("Queue").is_none(), "no attribute may be empty");
}

#[tokio::test]
async fn letters_are_looked_at_and_put_back() {
    for (limit, seen) in [(100, 13), (13, 13), (5, 5)] {
        let http = set_aside(13);
        let port = undeliverable(&http);
        let held = port.look(limit).await.unwrap();
        let expected: Vec<Letter> = (0..seen).map(|n: usize| letter(&n.to_string())).collect();
        assert_eq!(held.iter().map(|held| held.letter.clone()).collect::<Vec<_>>(), expected, "{limit}");
        assert_eq!(held[0].set_aside_at, Timestamp::from_millis(1_700_000_000_123));
        let before = http.requests().len();
        port.put_back(&held).await.unwrap();
        let requests = http.requests();
        let entries =
            requests[before..].iter().flat_map(|request| body(request)["Entries"].as_array().unwrap().clone());
        let entries: Vec<Value> = entries.collect();
        assert_eq!(entries.len(), seen);
        assert!(requests[before..].iter().all(|request| body(request)["Entries"].as_array().unwrap().len() <= 10));
        assert!(entries.iter().all(|entry| entry["VisibilityTimeout"] == 0), "{entries:?}");
        assert_eq!(entries[0]["ReceiptHandle"], "receipt 0");
    }
}

#[tokio::test]
async fn a_letter_is_removed_by_its_receipt() {
    let http = Http::answering(|_| Answer::Response(200, vec![], "{}".to_owned()));
    let held = Held { letter: letter("7"), set_aside_at: NOW, receipt: "receipt".to_owned() };
    undeliverable(&http).remove(&held).await.unwrap();
    assert_eq!(body(&http.requests()[0])["ReceiptHandle"], "receipt");
}
