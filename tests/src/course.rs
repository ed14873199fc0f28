//! The undisturbed course of things, with all functions at work at once: a call that takes its time holds nobody up.

use engine::timestamp::Timestamp;
use interpreter::Handled;
use ports::StoreError;

use crate::delivery::{Delivery, MANY_POLLS};
use crate::{Installation, told};

/// What takes longer than this many moves of the clock never ends.
const MOVES: usize = 2_000_000;

impl Installation {
    /// Delivers each message when it is due, in the order that they were sent, and runs the timekeeper every minute; until
    /// the execution has ended, or nothing will ever happen again.
    #[track_caller]
    pub fn run_concurrently(&self) {
        self.run_beside(|_| false);
    }

    /// The same, beside somebody outside who is asked whenever nothing else is to be done, and says whether that did anything.
    #[track_caller]
    pub fn run_beside(&self, outside: impl FnMut(&Installation) -> bool) {
        let next_minute = self.clock.now().plus_seconds(60);
        Course { installation: self, asleep: Vec::new(), next_minute }.run(outside);
    }
}

struct Course<'a> {
    installation: &'a Installation,
    /// Deliveries that wait for the clock, by the ids of their letters.
    asleep: Vec<(u64, Delivery<Handled>)>,
    next_minute: Timestamp,
}

impl Course<'_> {
    fn run(mut self, mut outside: impl FnMut(&Installation) -> bool) {
        for _ in 0..MOVES {
            while self.begin_next() || self.wake_next() || outside(self.installation) {}
            if self.installation.has_ended() {
                return;
            }
            self.let_time_pass();
        }
        panic!("the execution does not end:\n{}", told(&self.installation.history()));
    }

    /// Begins the oldest delivery that is due; whether there was one.
    fn begin_next(&mut self) -> bool {
        let mut due = self.installation.mail.due().into_iter();
        let Some(letter) = due.find(|letter| self.asleep.iter().all(|(id, _)| *id != letter.id)) else { return false };
        let mut delivery = self.installation.begin(&letter);
        match delivery.go_on(MANY_POLLS) {
            Some(answer) => self.settle(letter.id, answer),
            None => self.asleep.push((letter.id, delivery)),
        }
        true
    }

    /// Ends a delivery that waits no more; whether there was one.
    fn wake_next(&mut self) -> bool {
        for index in 0..self.asleep.len() {
            if let Some(answer) = self.asleep[index].1.go_on(MANY_POLLS) {
                let (letter, _) = self.asleep.remove(index);
                self.settle(letter, answer);
                return true;
            }
        }
        false
    }

    fn settle(&self, letter: u64, answer: Result<Handled, StoreError>) {
        assert_eq!(answer.expect("handled"), Handled::Done);
        self.installation.mail.remove(letter);
    }

    fn let_time_pass(&mut self) {
        let Installation { clock, mail, .. } = self.installation;
        let now = clock.now();
        let letters = mail.waiting().into_iter().map(|letter| letter.due).filter(|due| *due > now);
        let next = letters.chain(clock.next_alarm()).min().map_or(self.next_minute, |next| next.min(self.next_minute));
        clock.move_to(next);
        if next == self.next_minute {
            self.installation.keep_time();
            self.next_minute = next.plus_seconds(60);
        }
    }
}
