//! What goes wrong.

use std::collections::BTreeSet;
use std::fmt;

use tests::{Fault, Letter};

use crate::callers::Call;
use crate::storm::{Storm, Work, is_answer, task, told};

/// Calls of ports that fail.
const CALLS: [&str; 18] = [
    "append",
    "newest",
    "record",
    "records",
    "put chunk",
    "get chunk",
    "send",
    "started",
    "ended",
    "redriven",
    "arm",
    "disarm",
    "due timers",
    "get machine",
    "offer",
    "receive",
    "settle",
    "check_again",
];

impl Storm<'_> {
    /// Counts what goes wrong; whether it does, or is spared.
    pub fn goes_wrong(&mut self, kind: &'static str, what: fmt::Arguments<'_>) -> bool {
        let number = self.done;
        self.done += 1;
        let happens = !self.scenario.spared.contains(&number);
        if happens {
            *self.seen.faults.entry(kind).or_default() += 1;
            self.tell(format_args!("! {what}"));
        }
        happens
    }

    pub fn disturb(&mut self) {
        match self.draw.below(9) {
            0 | 1 => self.crash(),
            2 => self.duplicate(),
            3 if self.scenario.losses => self.lose(),
            4 | 5 => self.fail_a_call(),
            6 => self.call(),
            7 if self.scenario.poison => self.bury(),
            _ => {
                let seconds = self.draw.below(40) as u64;
                if self.goes_wrong("delay", format_args!("{seconds} seconds pass")) {
                    self.installation.clock.advance_seconds(seconds);
                }
            }
        }
    }

    fn fail_a_call(&mut self) {
        let (fault, kind) = match self.draw.below(5) {
            0 | 1 => (Fault::Before, "call not done"),
            2 => (Fault::Throttled, "call throttled"),
            _ => (Fault::After, "answer lost"),
        };
        let call = CALLS[self.draw.below(CALLS.len())];
        if self.goes_wrong(kind, format_args!("the next `{call}`: {kind}")) {
            self.installation.gate.fail_next(call, fault);
        }
    }

    /// Its letter comes again; who called the API calls again.
    fn crash(&mut self) {
        if self.work.is_empty() {
            return;
        }
        let index = self.draw.below(self.work.len());
        let what = match &self.work[index] {
            Work::Letters(letters, _) => format!("of {:?}", letters.iter().map(|letter| letter.id).collect::<Vec<_>>()),
            Work::Burial(letter, _) => format!("of burying [{}]", letter.id),
            // What they have left half done is for the sweep to complete.
            Work::Call(Call::Stop | Call::Redrive | Call::Poll, _) if !self.scenario.losses => return,
            Work::Call(call, _) => format!("at {}", call.operation()),
        };
        if !self.goes_wrong("crash", format_args!("the function falls over in the middle {what}")) {
            return;
        }
        if let Work::Letters(letters, _) = self.work.swap_remove(index) {
            self.seen.fallen.extend(letters.iter().filter_map(task));
        }
    }

    /// A copy that is handled beside a first one that falls over takes its letter away, and the sweep has to help: without
    /// it, only letters come again that have been handled.
    fn duplicate(&mut self) {
        if self.draw.one_in(4) && self.installation.offers.waiting() > 0 {
            if self.goes_wrong("duplicate", format_args!("all that is offered to workers is offered twice")) {
                self.installation.offers.offer_again();
            }
            return;
        }
        let mut kept = self.kept.clone();
        if !self.scenario.losses {
            // A timer that came early goes on as another letter, which asks the same.
            let open: BTreeSet<String> = self.open_letters().iter().map(told).collect();
            kept.retain(|old| !open.contains(&told(old)));
        }
        if self.draw.one_in(2) {
            // At the same time as itself, if it may.
            kept.retain(|old| self.is_being_delivered(old));
        }
        if kept.is_empty() {
            return;
        }
        let letter = kept[self.draw.below(kept.len())].clone();
        if self.goes_wrong("duplicate", format_args!("[{}] comes once more", letter.id)) {
            // Its lane was looked at the first time.
            let _ = self.deliver(vec![letter]);
        }
    }

    /// Those that wait, and those that are being delivered.
    fn open_letters(&self) -> Vec<Letter> {
        let mut letters = self.installation.mail.waiting();
        for work in &self.work {
            match work {
                Work::Letters(busy, _) => letters.extend(busy.iter().cloned()),
                Work::Burial(busy, _) => letters.push(busy.clone()),
                Work::Call(..) => {}
            }
        }
        letters
    }

    /// An answer cannot be lost without a trace: nobody else knows it.
    fn lose(&mut self) {
        if self.draw.one_in(4) && self.installation.offers.waiting() > 0 {
            if self.goes_wrong("loss", format_args!("all that is offered to workers is lost")) {
                self.installation.offers.lose_all();
            }
            return;
        }
        let mut waiting = self.installation.mail.waiting();
        waiting.retain(|letter| !is_answer(letter) && !self.is_given_up(letter));
        if waiting.is_empty() {
            return;
        }
        let letter = waiting[self.draw.below(waiting.len())].clone();
        if self.goes_wrong("loss", format_args!("[{}] is lost: {}", letter.id, told(&letter))) {
            self.installation.mail.remove(letter.id);
        }
    }

    /// A letter is given up, wherever its execution has got to.
    fn bury(&mut self) {
        let mut waiting = self.installation.mail.due();
        waiting.retain(|letter| !self.is_being_delivered(letter) && !self.is_given_up(letter));
        if waiting.is_empty() {
            return;
        }
        let letter = waiting[self.draw.below(waiting.len())].clone();
        if self.goes_wrong("dead letter", format_args!("[{}] is given up: {}", letter.id, told(&letter))) {
            self.seen.buried.insert(letter.id.to_string(), letter.clone());
            self.begin_burying(letter);
        }
    }
}
