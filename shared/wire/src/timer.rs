//! The identity of a timer as a short text, for keys: `x`, or `BRANCH.PLACE`.

use engine::input::Timer;
use engine::run::Token;

use crate::error::DecodeError;

pub fn encode(timer: Timer) -> String {
    match timer {
        Timer::Execution => "x".into(),
        Timer::Place(Token { branch, place }) => format!("{branch}.{place}"),
    }
}

pub fn decode(text: &str) -> Result<Timer, DecodeError> {
    if text == "x" {
        return Ok(Timer::Execution);
    }
    let place = text.split_once('.').and_then(|(branch, place)| {
        Some(Timer::Place(Token { branch: branch.parse().ok()?, place: place.parse().ok()? }))
    });
    place.ok_or_else(|| DecodeError::Timer(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_version_1_still_decode() {
        for (text, timer) in [("x", Timer::Execution), ("3.17", Timer::Place(Token { branch: 3, place: 17 }))] {
            assert_eq!(decode(text).unwrap(), timer);
            assert_eq!(encode(timer), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "y", "3", "3.", ".3", "-1.2", "4294967296.1"] {
            assert_eq!(decode(text).unwrap_err().to_string(), format!("timer `{text}` has an unknown form"));
        }
    }
}
