//! `java.util.Random`, whose numbers Step Functions gives for a seed.

pub(crate) struct JavaRandom {
    state: u64,
}

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    pub fn new(seed: i64) -> JavaRandom {
        JavaRandom { state: (seed.cast_unsigned() ^ JavaRandom::MULTIPLIER) & JavaRandom::MASK }
    }

    fn next(&mut self, bits: u32) -> u64 {
        self.state = self.state.wrapping_mul(JavaRandom::MULTIPLIER).wrapping_add(0xB) & JavaRandom::MASK;
        self.state >> (48 - bits)
    }

    /// `nextInt(bound)` for bounds that fit; for larger ones two draws, reduced by the caller.
    pub fn below(&mut self, bound: u64) -> u64 {
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

    /// `nextDouble()`, from 0 up to 1.
    pub fn next_double(&mut self) -> f64 {
        let bits = (self.next(26) << 27) + self.next(27);
        bits as f64 / (1_u64 << 53) as f64
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

    #[test]
    fn seeded_doubles_are_those_of_java_util_random() {
        for (seed, expected) in [(42, 0.727_563_680_032_868_1), (0, 0.730_967_787_376_657)] {
            assert_eq!(JavaRandom::new(seed).next_double(), expected, "seed {seed}");
        }
    }
}
