//! What holds of `step()` for any machine that the validator accepts, any input, and whatever its tasks do: nothing panics,
//! every execution ends or waits for something that is on its way, and every record is what it says it is.
//!
//! `PROPTEST_CASES` says how many machines are drawn. One that fails is shrunk and printed with its seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod languages;
mod player;

use proptest::prelude::*;
use tests::machines::{INPUTS, strategies};

use crate::player::Player;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_machine_ends_or_waits_and_its_records_are_sound(
        machine in strategies::wild(),
        input in prop::sample::select(INPUTS.to_vec()),
        script in any::<u64>(),
    ) {
        let definition = machine.definition();
        let mut player = Player::new(&definition, input, script);
        player.play(400);
        player.stop_or_fail();
    }
}
