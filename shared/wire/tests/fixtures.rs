//! Every shape that was ever released must still decode. `STEPWELL_WRITE_FIXTURES=1` writes the files that are missing, and
//! no other: a changed file is a broken promise, and a changed shape needs a new version.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::path::PathBuf;

use support::{arn, forks, messages, records};
use wire::{chunk, message, record};

#[test]
fn every_record_that_was_ever_written_decodes() {
    for (name, expected) in records::all() {
        let file = fixture(&format!("record-{name}.bin"));
        if writing() && !file.exists() {
            std::fs::write(&file, record::encode(&expected).unwrap()).unwrap();
        }
        let bytes = std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(record::decode(&arn(), &bytes).unwrap(), expected, "{name}");
    }
}

#[test]
fn every_message_that_was_ever_sent_decodes() {
    for (name, expected) in messages::all() {
        let file = fixture(&format!("message-{name}.txt"));
        if writing() && !file.exists() {
            std::fs::write(&file, message::encode(&expected).unwrap()).unwrap();
        }
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(message::decode(&text).unwrap(), expected, "{name}");
    }
}

#[test]
fn a_chunk_that_was_once_put_aside_decodes() {
    let file = fixture("chunk.bin");
    let expected = forks::chunk();
    if writing() {
        std::fs::write(&file, chunk::encode(&expected).unwrap()).unwrap();
    }
    assert_eq!(chunk::decode(&std::fs::read(&file).unwrap()).unwrap(), expected);
}

/// The dictionary is part of the promise, and nothing else would notice a byte of it changing.
#[test]
fn the_fixtures_use_the_dictionary() {
    let compressed = records::all().iter().filter(|(_, record)| record::encode(record).unwrap()[0] & 0x80 != 0).count();
    assert!(compressed > 10);
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1").join(name)
}

fn writing() -> bool {
    std::env::var("STEPWELL_WRITE_FIXTURES").is_ok_and(|value| value == "1")
}
