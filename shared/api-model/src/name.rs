//! Names of state machines, executions and activities:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html>.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::ApiError;

/// Most characters of a name.
pub const NAME_CHARACTERS: usize = 80;

/// Brackets, wildcards and special characters that no name may contain.
const FORBIDDEN: &str = "<>{}[]?*\"#%\\^|~`$&,;:/";

/// Whether a name may contain the character: no white space, bracket, wildcard, special or control character, nothing
/// that UTF-16 writes as surrogates, no U+FFFE and U+FFFF.
pub fn is_allowed(character: char) -> bool {
    let non_character = matches!(character, '\u{FFFE}' | '\u{FFFF}');
    let surrogates = u32::from(character) > 0xFFFF;
    !(character.is_whitespace()
        || character.is_control()
        || FORBIDDEN.contains(character)
        || non_character
        || surrogates)
}

fn check(name: &str) -> Result<(), ApiError> {
    let characters = name.chars().count();
    if (1..=NAME_CHARACTERS).contains(&characters) && name.chars().all(is_allowed) {
        return Ok(());
    }
    Err(ApiError::InvalidName { name: name.to_owned() })
}

macro_rules! name {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks a name.
            ///
            /// # Errors
            /// [`ApiError::InvalidName`].
            pub fn parse(name: &str) -> Result<Self, ApiError> {
                check(name)?;
                Ok(Self(name.to_owned()))
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    )*};
}

name! {
    /// The name of a state machine: 1 to 80 characters, unique in its account and region.
    StateMachineName
    /// The name of an execution: 1 to 80 characters, unique in its state machine for 90 days.
    ExecutionName
    /// The name of an activity: 1 to 80 characters, unique in its account and region.
    ActivityName
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_forbidden_character_is_refused_in_the_words_of_the_service() {
        for forbidden in
            FORBIDDEN.chars().chain([' ', '\t', '\u{1f}', '\u{7f}', '\u{9f}', '\u{FFFE}', '\u{FFFF}', '😀'])
        {
            let name = format!("activity{forbidden}name");
            let error = ActivityName::parse(&name).unwrap_err();
            assert_eq!(error.message().unwrap(), format!("Invalid Name: '{name}'"));
        }
    }

    #[test]
    fn other_characters_and_lengths_of_1_to_80_are_allowed() {
        for name in ["a", "a.b", "A_b-9", "x'y", "(x)", "a=b+c@d!", "naïve", "日本", &"n".repeat(80), &"é".repeat(80)]
        {
            assert!(StateMachineName::parse(name).is_ok(), "{name}");
        }
        for name in ["", &"n".repeat(81)] {
            assert!(ExecutionName::parse(name).is_err(), "{name}");
        }
    }
}
