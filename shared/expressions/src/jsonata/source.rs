//! Where the time and the random numbers of an evaluation come from.

use std::cell::Cell;
use std::fmt::Write;

/// Drawn from the scope once, so that the functions of an evaluation need not borrow it.
pub(super) struct EvaluationSource {
    pub epoch_milliseconds: i64,
    state: Cell<[u64; 2]>,
}

impl EvaluationSource {
    pub fn new(epoch_milliseconds: i64, seed: [u64; 2]) -> EvaluationSource {
        EvaluationSource { epoch_milliseconds, state: Cell::new(seed) }
    }

    /// xoroshiro128++ on 128 bits of the scope: <https://prng.di.unimi.it/>.
    pub fn next_u64(&self) -> u64 {
        let [first, second] = match self.state.get() {
            [0, 0] => [0x9E37_79B9_7F4A_7C15, 1], // The one state that it would never leave.
            state => state,
        };
        let number = first.wrapping_add(second).rotate_left(17).wrapping_add(first);
        let mixed = second ^ first;
        self.state.set([first.rotate_left(49) ^ mixed ^ (mixed << 21), mixed.rotate_left(28)]);
        number
    }

    /// From 0 up to 1.
    pub fn next_double(&self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Version 4.
    pub fn next_uuid(&self) -> String {
        let bits = (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64());
        let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let mut text = String::with_capacity(36);
        for (index, byte) in bits.to_be_bytes().iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }
}
