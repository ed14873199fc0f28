//! Version 1.
//!
//! A body is the length of a JSON text, that text, and then the texts that it refers to by number (`texts`). The JSON is
//! a struct of this folder with short names; what has its usual value is left out.
//!
//! | in the JSON | means |
//! |---|---|
//! | a time | milliseconds after the `a` of the whole, which is in milliseconds since the epoch |
//! | an event id | usually how far back from the run's last event |
//! | a text number | a payload or a cause, stored once however often it is shown |
//! | a token | `[branch, place]` |

pub mod chunk;
mod effect;
mod event;
mod input;
pub mod message;
mod mocks;
pub mod record;
mod redrives;
mod role;
mod run;
mod task_phase;
mod texts;

/// What zstd takes as the text before a body. Never to be changed: bodies of version 1 are unreadable without it. Made
/// by hand from typical bodies and payloads; zstd finds what is near its end at the least cost.
pub const DICTIONARY: &[u8] = include_bytes!("dictionary.txt");

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What stands before a JSON text of so many bytes.
#[cfg(test)]
pub fn length(bytes: usize) -> Vec<u8> {
    let mut length = Vec::new();
    texts::push_varint(&mut length, bytes);
    length
}
