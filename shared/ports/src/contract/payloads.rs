//! [`Payloads`]: what was put is there under its hash, and for its execution alone.

use std::sync::Arc;

use engine::aside::{Chunk, ContentHash};
use engine::payload::Payload;
use futures::future::join_all;

use super::{samples, works};
use crate::payloads::Payloads;

pub async fn run_all(payloads: &dyn Payloads) {
    what_was_never_put_is_not_there(payloads).await;
    chunks_come_back_as_they_went_in(payloads).await;
    putting_again_and_at_once_changes_nothing(payloads).await;
    executions_have_their_own(payloads).await;
}

pub async fn what_was_never_put_is_not_there(payloads: &dyn Payloads) {
    let arn = samples::arn("shop", "nothing-aside");
    let hash = ContentHash::from_text(&"0".repeat(32));
    let found = works("get", payloads.get(&arn, &hash).await);
    assert!(found.is_none(), "a chunk that was never put: {found:?}");
}

pub async fn chunks_come_back_as_they_went_in(payloads: &dyn Payloads) {
    let arn = samples::arn("shop", "chunks");
    for chunk in chunks() {
        put(payloads, "chunks", &chunk).await;
        let found = works("get", payloads.get(&arn, &chunk.hash()).await);
        assert!(found.as_deref() == Some(&*chunk), "a chunk of {} bytes came back otherwise", bytes(&chunk));
    }
    // Not only the last one.
    for chunk in chunks() {
        let found = works("get", payloads.get(&arn, &chunk.hash()).await);
        assert!(found.as_deref() == Some(&*chunk), "a chunk of {} bytes is there no more", bytes(&chunk));
    }
}

pub async fn putting_again_and_at_once_changes_nothing(payloads: &dyn Payloads) {
    let arn = samples::arn("shop", "twice");
    for chunk in chunks() {
        join_all((0..4).map(|_| put(payloads, "twice", &chunk))).await;
        put(payloads, "twice", &chunk).await;
        let found = works("get", payloads.get(&arn, &chunk.hash()).await);
        assert!(found.as_deref() == Some(&*chunk), "a chunk that was put again is another");
    }
}

pub async fn executions_have_their_own(payloads: &dyn Payloads) {
    let chunk = Arc::new(Chunk::single(Payload::from_text("\"mine\"")));
    put(payloads, "mine", &chunk).await;
    let found = works("get", payloads.get(&samples::arn("shop", "theirs"), &chunk.hash()).await);
    assert!(found.is_none(), "the chunk of another execution: {found:?}");
}

async fn put(payloads: &dyn Payloads, name: &str, chunk: &Arc<Chunk>) {
    works("put", payloads.put(&samples::arn("shop", name), samples::at(5), chunk).await);
}

fn bytes(chunk: &Chunk) -> usize {
    chunk.payloads.iter().map(|(_, payload)| payload.len()).sum()
}

/// Of all sizes: what does not fit into an item of DynamoDB among them, and what is hard to compress.
fn chunks() -> Vec<Arc<Chunk>> {
    let payload = |text: &str| Payload::from_text(text);
    let first = Chunk { link: None, payloads: vec![(3, payload("[ 1 ]\n")), (0, payload("\"\u{1F600}\""))] };
    let noise: Vec<String> =
        (0_u64..120_000).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20).to_string()).collect();
    let chunks = [
        Chunk { link: None, payloads: Vec::new() },
        Chunk { link: Some(first.hash()), payloads: vec![(u32::MAX, payload("null"))] },
        first,
        Chunk::single(payload(&format!("\"{}\"", "x".repeat(1_000_000)))),
        Chunk::single(payload(&format!("[{}]", noise.join(",")))),
    ];
    chunks.into_iter().map(Arc::new).collect()
}
