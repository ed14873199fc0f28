//! What is encoded decodes to the same, and what is not ours is refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use engine::execution::ExecutionArn;
use proptest::prelude::*;
use support::{arbitrary, arn, order, records};
use wire::{chunk, message, record};

proptest! {
    #[test]
    fn any_record_comes_back(expected in arbitrary::record()) {
        let bytes = record::encode(&expected).unwrap();
        prop_assert_eq!(record::decode(&expected.run.execution.arn, &bytes).unwrap(), expected);
    }

    #[test]
    fn any_chunk_comes_back(expected in arbitrary::chunk()) {
        let bytes = chunk::encode(&expected).unwrap();
        prop_assert_eq!(chunk::decode(&bytes).unwrap(), expected);
    }

    #[test]
    fn any_message_comes_back(expected in arbitrary::message()) {
        let text = message::encode(&expected).unwrap();
        prop_assert_eq!(message::decode(&text).unwrap(), expected);
    }

    #[test]
    fn any_bytes_are_refused_or_read_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in any::<String>()) {
        let _ = record::decode(&arn(), &bytes);
        let _ = chunk::decode(&bytes);
        let _ = message::decode(&text);
    }

    #[test]
    fn a_damaged_record_never_panics(original in arbitrary::record(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        // Not compressed, so that the damage reaches the shapes.
        for mut bytes in [record::encode(&original).unwrap(), uncompressed(&original)] {
            let at = at.index(bytes.len());
            if cut {
                bytes.truncate(at);
            } else {
                bytes[at] = byte;
            }
            let _ = record::decode(&original.run.execution.arn, &bytes);
        }
    }
}

fn uncompressed(record: &engine::record::Record) -> Vec<u8> {
    let sealed = record::encode(record).unwrap();
    if sealed[0] == 1 {
        return sealed;
    }
    let dictionary = include_bytes!("../src/v1/dictionary.txt");
    let body =
        zstd::bulk::Decompressor::with_dictionary(dictionary).unwrap().decompress(&sealed[1..], 1 << 20).unwrap();
    [&[1], &body[..]].concat()
}

#[test]
fn a_payload_keeps_its_white_space_and_spelling() {
    for text in [" {\"a\":1}", "{ \"b\" : 1.0E+2, \"a\":0.10 }\n\t", "\"\\u00e9\"", "1e400", "{\"a\":1,\"a\":2}"] {
        let payload = engine::payload::Payload::from_text(text);
        let bytes = record::encode(&records::pass(3, &payload)).unwrap();
        let decoded = record::decode(&arn(), &bytes).unwrap();
        assert_eq!(decoded.run.branches[0].input.as_str(), text);
    }
}

#[test]
fn a_payload_is_stored_and_read_once_however_often_it_is_shown() {
    let mut record = records::pass(3, &order(1000));
    // The same text at another place in memory.
    record.run.branches[0].input = engine::payload::Payload::from_text(order(1000).as_str());
    let body = uncompressed(&record);
    let shown = body.windows(16).filter(|window| window == b"ORD-2026-0093817").count();
    assert_eq!(shown, 1);

    let decoded = record::decode(&arn(), &record::encode(&record).unwrap()).unwrap();
    let engine::event::Event::StateEntered { input, .. } = &decoded.events[0].event else { panic!("{decoded:?}") };
    assert!(input.same(&decoded.run.branches[0].input));
}

#[test]
fn the_execution_is_the_one_that_the_record_was_found_under() {
    let elsewhere = ExecutionArn::new("arn:aws-cn:states:cn-north-1:123456789012:execution:m:n");
    let bytes = record::encode(&records::start()).unwrap();
    let decoded = record::decode(&elsewhere, &bytes).unwrap();
    assert_eq!(decoded.run.execution.arn, elsewhere);
    // Written relative to the execution's account and partition.
    assert_eq!(&*decoded.run.execution.role_arn, "arn:aws-cn:iam::123456789012:role/order-workflow-role");
}

#[test]
fn a_message_with_the_run_of_another_execution_is_refused() {
    let mut run = records::start().run;
    let mut execution = support::execution();
    execution.arn = ExecutionArn::new("arn:aws:states:us-east-1:1:execution:other:one");
    run.execution = execution.into();
    let message = support::messages::advance(0, Some(run.into()));
    assert!(matches!(message::encode(&message), Err(wire::EncodeError::ForeignRun { .. })));
}

#[test]
fn a_plain_transition_with_a_kilobyte_fits_one_write_unit() {
    // What DynamoDB counts besides the record: names and values of the attributes `e`, `s`, `x` and `d`.
    let key = support::MACHINE.len() + 1 + 36;
    let besides = 1 + key + (1 + 4) + (1 + 7) + 1;
    for (what, record) in [
        ("unchanged", records::pass(3, &order(1000))),
        ("late in a long execution", records::pass(20_000, &order(1000))),
    ] {
        let size = record::encode(&record).unwrap().len() + besides;
        assert!(size <= 1024, "{what}: {size} bytes");
    }
}
