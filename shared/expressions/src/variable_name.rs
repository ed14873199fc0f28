//! How a variable may be called: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>

/// "The maximum length of the variable name is 80 Unicode characters."
const MAX_CHARACTERS: usize = 80;

/// Why a text does not name a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableNameError {
    TooLong,
    InvalidCharacters,
}

/// Whether a variable may have this name: a Unicode identifier (UAX #31) that is not too long.
pub fn check(name: &str) -> Result<(), VariableNameError> {
    let mut characters = name.chars();
    if !characters.next().is_some_and(unicode_ident::is_xid_start) || !characters.all(unicode_ident::is_xid_continue) {
        return Err(VariableNameError::InvalidCharacters);
    }
    if name.chars().count() > MAX_CHARACTERS { Err(VariableNameError::TooLong) } else { Ok(()) }
}

/// Takes what can belong to a name off the front of a text.
pub(crate) fn split(text: &str) -> (&str, &str) {
    let end = text.find(|character| !unicode_ident::is_xid_continue(character)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or(("", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unicode_identifiers_of_at_most_80_characters() {
        let longest = "ü".repeat(80);
        for name in ["a", "total_2", "größe", "变量", "e\u{301}tat", longest.as_str()] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "1a", "_a", "a-b", "a b", "a.b", "$a", "\u{301}a", "a😀"] {
            assert_eq!(check(name), Err(VariableNameError::InvalidCharacters), "{name}");
        }
        assert_eq!(check(&format!("{longest}x")), Err(VariableNameError::TooLong));
    }
}
