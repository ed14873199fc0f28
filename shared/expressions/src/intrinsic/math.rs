//! `States.MathAdd` and `States.MathRandom`.

use super::evaluate::{Evaluated, InvalidArguments};
use crate::numbers;
use serde_json::{Number, Value};

/// Operands are rounded; they and the sum must be 32-bit integers.
pub(super) fn add(left: &Number, right: &Number) -> Evaluated<Value> {
    match (rounded_i32(left), rounded_i32(right)) {
        (Some(left), Some(right)) => left.checked_add(right).map(Value::from).ok_or(InvalidArguments),
        _ => Err(InvalidArguments),
    }
}

fn rounded_i32(number: &Number) -> Option<i32> {
    i32::try_from(numbers::round(number)?).ok()
}

/// An integer from `start` up to but not including `end`. `draw` is asked for a uniform number, given how many values
/// there are to choose from.
pub(super) fn random(start: &Number, end: &Number, draw: impl FnOnce(u64) -> u64) -> Evaluated<Value> {
    let (Some(start), Some(end)) = (numbers::truncate(start), numbers::truncate(end)) else {
        return Err(InvalidArguments);
    };
    let span = match u64::try_from(i128::from(end) - i128::from(start)) {
        Ok(span @ 1..) => span,
        _ => return Err(InvalidArguments),
    };
    let offset = i128::from(draw(span) % span);
    i64::try_from(i128::from(start) + offset).map(Value::from).map_err(|_| InvalidArguments)
}

/// The same number for the same arguments, always: the first of `java.util.Random`.
pub(super) fn seeded_random(start: &Number, end: &Number, seed: &Number) -> Evaluated<Value> {
    let seed = numbers::truncate(seed).ok_or(InvalidArguments)?;
    random(start, end, |span| JavaRandom::new(seed).below(span))
}

struct JavaRandom {
    state: u64,
}

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    fn new(seed: i64) -> JavaRandom {
        JavaRandom { state: (seed.cast_unsigned() ^ JavaRandom::MULTIPLIER) & JavaRandom::MASK }
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.state = self.state.wrapping_mul(JavaRandom::MULTIPLIER).wrapping_add(0xB) & JavaRandom::MASK;
        self.state >> (48 - bits)
    }

    /// `nextInt(bound)` for bounds that fit; for larger ones two draws, reduced by the caller.
    fn below(&mut self, bound: u64) -> u64 {
        if bound > 1 << 31 {
            return self.next(32) << 32 | self.next(32);
        }
        if bound.is_power_of_two() {
            return (bound * self.next(31)) >> 31;
        }
        loop {
            let bits = self.next(31);
            let value = bits % bound;
            if bits - value + (bound - 1) < 1 << 31 {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::JavaRandom;

    #[test]
    fn seeded_numbers_are_those_of_java_util_random() {
        for (seed, bound, expected) in [(42, 10, 0), (1, 100, 85), (0, 10, 0), (42, 16, 11)] {
            assert_eq!(JavaRandom::new(seed).below(bound), expected, "seed {seed}, bound {bound}");
        }
    }
}
