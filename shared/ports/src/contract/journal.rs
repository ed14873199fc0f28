//! [`Journal`]: one writer wins each sequence number, and what it wrote is what everybody reads, for ever.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::limits::PAYLOAD_BYTES;
use engine::record::Record;
use futures::future::join_all;

use super::{samples, works};
use crate::journal::{Appended, Direction, Journal};

const BOTH: [Direction; 2] = [Direction::OldestFirst, Direction::NewestFirst];

pub async fn run_all(journal: &dyn Journal) {
    an_execution_without_records_has_none(journal).await;
    records_of_every_shape_come_back_as_they_went_in(journal).await;
    a_taken_number_answers_with_its_record_and_keeps_it(journal).await;
    concurrent_appends_have_exactly_one_winner(journal).await;
    gaps_do_not_matter(journal).await;
    newest_is_the_highest_number_not_the_latest_append(journal).await;
    records_page_in_both_directions(journal).await;
    executions_do_not_mix(journal).await;
    payload_texts_are_kept_byte_for_byte(journal).await;
    large_records_are_kept(journal).await;
}

pub async fn an_execution_without_records_has_none(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "nothing");
    assert!(record(journal, &arn, 0).await.is_none(), "`record` of an unknown execution is not None");
    assert!(newest(journal, &arn).await.is_none(), "`newest` of an unknown execution is not None");
    for direction in BOTH {
        for from in [None, Some(0), Some(7)] {
            let found = works("records", journal.records(&arn, from, direction, 10).await);
            assert!(found.is_empty(), "`records` of an unknown execution, {direction:?} from {from:?}, is not empty");
        }
    }
    append(journal, &samples::record(&arn, 1)).await;
    assert!(record(journal, &arn, 0).await.is_none(), "`record` of a number never written is not None");
    assert!(record(journal, &arn, 2).await.is_none(), "`record` of a number never written is not None");
}

pub async fn records_of_every_shape_come_back_as_they_went_in(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "every-shape");
    for written in samples::every_shape(&arn) {
        append(journal, &written).await;
        expect_kept(journal, &written, "a record with every kind of event, cause and effect").await;
    }
}

pub async fn a_taken_number_answers_with_its_record_and_keeps_it(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "taken");
    let first = samples::record(&arn, 0);
    append(journal, &first).await;
    for second in [first.clone(), samples::rival(&arn, 0, 1)] {
        match works("append", journal.append(&second).await) {
            Appended::Written => panic!("a second append under one sequence number was Written"),
            Appended::Taken(by) => assert!(by == first, "Taken does not hold the record that was written first"),
        }
    }
    expect_kept(journal, &first, "the first record, after a second append under its number").await;
    append(journal, &samples::record(&arn, 1)).await;
}

pub async fn concurrent_appends_have_exactly_one_winner(journal: &dyn Journal) {
    const RIVALS: usize = 24;
    let arn = samples::arn("contract-journal", "rivals");
    for seq in 0..8 {
        let rivals: Vec<Arc<Record>> = (0..RIVALS).map(|n| samples::rival(&arn, seq, n)).collect();
        let answers = join_all(rivals.iter().map(|rival| journal.append(rival))).await;
        let kept = record(journal, &arn, seq).await;
        let mut winners = 0;
        for (rival, answer) in rivals.iter().zip(answers) {
            match works("append, at the same time as others,", answer) {
                Appended::Written => {
                    winners += 1;
                    assert!(
                        kept.as_ref() == Some(rival),
                        "an append was Written, but another record is under its number"
                    );
                }
                Appended::Taken(by) => {
                    assert!(kept.as_ref() == Some(&by), "Taken does not hold the record under the number");
                }
            }
        }
        assert!(winners == 1, "{winners} of {RIVALS} concurrent appends of one sequence number were Written");
    }
}

pub async fn gaps_do_not_matter(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "gaps");
    for seq in [4, 0, 1_000_000, 9, 10, 2] {
        append(journal, &samples::record(&arn, seq)).await;
    }
    let sorted = [0, 2, 4, 9, 10, 1_000_000];
    expect_pages(journal, &arn, None, Direction::OldestFirst, 100, &sorted).await;
    expect_pages(journal, &arn, Some(3), Direction::OldestFirst, 2, &[4, 9, 10, 1_000_000]).await;
    expect_pages(journal, &arn, Some(3), Direction::NewestFirst, 2, &[2, 0]).await;
    assert!(record(journal, &arn, 3).await.is_none(), "`record` of a gap is not None");
}

pub async fn newest_is_the_highest_number_not_the_latest_append(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "newest");
    for (seq, highest) in [(0, 0), (1, 1), (9, 9), (5, 9), (10, 10), (2, 10), (100, 100)] {
        append(journal, &samples::record(&arn, seq)).await;
        let newest = newest(journal, &arn).await.map(|record| record.seq());
        assert!(newest == Some(highest), "after the append of {seq}, `newest` is {newest:?}, not {highest}");
    }
}

pub async fn records_page_in_both_directions(journal: &dyn Journal) {
    const LAST: u64 = 120;
    let arn = samples::arn("contract-journal", "pages");
    for seq in 0..=LAST {
        append(journal, &samples::record(&arn, seq)).await;
    }
    let oldest_first: Vec<u64> = (0..=LAST).collect();
    let newest_first: Vec<u64> = (0..=LAST).rev().collect();
    for limit in [1, 7, 121, 1_000] {
        expect_pages(journal, &arn, None, Direction::OldestFirst, limit, &oldest_first).await;
        expect_pages(journal, &arn, None, Direction::NewestFirst, limit, &newest_first).await;
        expect_pages(journal, &arn, Some(99), Direction::OldestFirst, limit, &oldest_first[99..]).await;
        expect_pages(journal, &arn, Some(99), Direction::NewestFirst, limit, &newest_first[21..]).await;
    }
    expect_pages(journal, &arn, Some(LAST + 1), Direction::OldestFirst, 10, &[]).await;
    expect_pages(journal, &arn, Some(LAST + 50), Direction::NewestFirst, 10, &newest_first).await;
}

pub async fn executions_do_not_mix(journal: &dyn Journal) {
    let names = [
        ("contract-mix", "a"),
        ("contract-mix", "ab"),
        ("contract-mix", "A"),
        ("contract-mix-a", "a"),
        ("contract", "mix:a"),
    ];
    let arns = names.map(|(machine, name)| samples::arn(machine, name));
    for (seq, arn) in (0..).zip(&arns) {
        append(journal, &samples::record(arn, seq)).await;
    }
    for (seq, arn) in (0..).zip(&arns) {
        for direction in BOTH {
            expect_pages(journal, arn, None, direction, 10, &[seq]).await;
        }
        let newest = newest(journal, arn).await;
        assert!(
            newest.is_some_and(|record| record.run.execution.arn == *arn),
            "`newest` of {arn} is of another execution"
        );
    }
}

pub async fn payload_texts_are_kept_byte_for_byte(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "texts");
    let texts = samples::odd_texts();
    for (seq, text) in (0..).zip(&texts) {
        append(journal, &samples::record_with(&arn, seq, std::slice::from_ref(text))).await;
        let read = record(journal, &arn, seq).await;
        let input = read.and_then(|record| record.run.branches.first().map(|branch| branch.input.clone()));
        assert!(input.as_ref() == Some(text), "the text {:?} came back as {input:?}", text.as_str());
    }
    let together = samples::record_with(&arn, 1_000, &texts);
    append(journal, &together).await;
    expect_kept(journal, &together, "a record of many odd texts").await;
}

pub async fn large_records_are_kept(journal: &dyn Journal) {
    let arn = samples::arn("contract-journal", "large");
    let noise = |seed| samples::incompressible(PAYLOAD_BYTES, seed);
    let one_text = noise(7);
    let payloads = [
        ("256 KiB that shrink well", vec![samples::repetitive(PAYLOAD_BYTES)]),
        ("256 KiB that do not shrink", vec![noise(1)]),
        ("twice the same 256 KiB", vec![one_text.clone(), one_text]),
        ("512 KiB that do not shrink", vec![noise(2), noise(3)]),
        ("1.5 MiB that do not shrink", (10..16).map(noise).collect()),
        ("4 MiB that shrink well", vec![samples::repetitive(4 << 20)]),
    ];
    let mut seqs = Vec::new();
    for (seq, (what, payloads)) in (0..).zip(&payloads) {
        let written = samples::record_with(&arn, seq, payloads);
        append(journal, &written).await;
        expect_kept(journal, &written, what).await;
        let again = works("append", journal.append(&samples::rival(&arn, seq, 1)).await);
        let taken = matches!(again, Appended::Taken(by) if by == written);
        assert!(taken, "{what}: a second append did not answer with the large record");
        seqs.push(seq);
    }
    expect_pages(journal, &arn, None, Direction::OldestFirst, 100, &seqs).await;
    seqs.reverse();
    expect_pages(journal, &arn, None, Direction::NewestFirst, 100, &seqs).await;
}

async fn append(journal: &dyn Journal, record: &Arc<Record>) {
    let appended = works("append", journal.append(record).await);
    assert!(
        matches!(appended, Appended::Written),
        "the append of a free sequence number, {}, was not Written",
        record.seq()
    );
}

async fn record(journal: &dyn Journal, arn: &ExecutionArn, seq: u64) -> Option<Arc<Record>> {
    works("record", journal.record(arn, seq).await)
}

async fn newest(journal: &dyn Journal, arn: &ExecutionArn) -> Option<Arc<Record>> {
    works("newest", journal.newest(arn).await)
}

/// `written` is the newest record, and every way of reading gives it back equal.
async fn expect_kept(journal: &dyn Journal, written: &Arc<Record>, what: &str) {
    let (arn, seq) = (&written.run.execution.arn, written.seq());
    assert!(record(journal, arn, seq).await.as_ref() == Some(written), "`record` did not give back {what}");
    assert!(newest(journal, arn).await.as_ref() == Some(written), "`newest` did not give back {what}");
    for direction in BOTH {
        let found = works("records", journal.records(arn, Some(seq), direction, 1).await);
        assert!(found.first() == Some(written), "`records` {direction:?} did not give back {what}");
    }
}

/// Reads pages until one is empty; a page may be shorter than `limit`, but not longer.
async fn expect_pages(
    journal: &dyn Journal,
    arn: &ExecutionArn,
    from: Option<u64>,
    direction: Direction,
    limit: usize,
    expected: &[u64],
) {
    let case = format!("`records` {direction:?} from {from:?} by {limit}");
    let mut found = Vec::new();
    let mut next = from;
    loop {
        let page = works(&case, journal.records(arn, next, direction, limit).await);
        assert!(page.len() <= limit, "{case} gave {} records", page.len());
        assert!(
            page.iter().all(|record| record.run.execution.arn == *arn),
            "{case} gave a record of another execution"
        );
        for record in &page {
            assert!(!found.contains(&record.seq()), "{case} gave record {} twice", record.seq());
            found.push(record.seq());
        }
        let Some(last) = page.last() else { break };
        match direction {
            Direction::OldestFirst => next = Some(last.seq() + 1),
            Direction::NewestFirst if last.seq() == 0 => break,
            Direction::NewestFirst => next = Some(last.seq() - 1),
        }
    }
    assert!(found == expected, "{case} of {arn} gave {found:?}, not {expected:?}");
}
