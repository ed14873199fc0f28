//! Constraints of the service model on texts, and how AWS words their violation.

/// A pattern as AWS shows it, and whether a text matches it.
pub type Pattern = (&'static str, fn(&str) -> bool);

/// What a text must satisfy.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// Fewest characters.
    pub min: usize,
    /// Most characters.
    pub max: usize,
    /// Most bytes in UTF-8.
    pub max_bytes: usize,
    /// What it looks like.
    pub pattern: Option<Pattern>,
    /// The value is not shown in errors.
    pub sensitive: bool,
}

impl Text {
    /// Any text.
    pub const ANY: Self = Self { min: 0, max: usize::MAX, max_bytes: usize::MAX, pattern: None, sensitive: false };
    /// `Arn`
    pub const ARN: Self = Self::of(1, 256);
    /// `LongArn`
    pub const LONG_ARN: Self = Self::of(1, 2000);
    /// `Name`
    pub const NAME: Self = Self::of(1, 80);
    /// `TestStateStateName`, `RevealedStateName`
    pub const STATE_NAME: Self = Self::of(1, 80).sensitive();
    /// `CharacterRestrictedName`, an alias's.
    pub const ALIAS_NAME: Self = Self { pattern: Some((ALIAS_NAME_PATTERN, is_alias_name)), ..Self::of(1, 80) };
    /// `Definition`
    pub const DEFINITION: Self = Self::of(1, crate::limits::DEFINITION_CHARACTERS).sensitive();
    /// `VersionDescription`, `AliasDescription`
    pub const DESCRIPTION: Self = Self::of(0, 256).sensitive();
    /// `PageToken`
    pub const PAGE_TOKEN: Self = Self::of(1, 1024);
    /// `ListExecutionsPageToken`
    pub const LIST_EXECUTIONS_PAGE_TOKEN: Self = Self::of(1, 3096);
    /// `TraceHeader`
    pub const TRACE_HEADER: Self = Self { pattern: Some((r"\p{ASCII}*", str::is_ascii)), ..Self::of(0, 256) };
    /// `SensitiveError`
    pub const ERROR: Self = Self::of(0, 256).sensitive();
    /// `SensitiveCause`
    pub const CAUSE: Self = Self::of(0, 32_768).sensitive();
    /// `TagKey`
    pub const TAG_KEY: Self = Self::of(1, 128);
    /// `TagValue`
    pub const TAG_VALUE: Self = Self::of(0, 256);
    /// `KmsKeyId`
    pub const KMS_KEY_ID: Self = Self::of(1, 2048);
    /// `TaskToken`
    pub const TASK_TOKEN: Self = Self::of(1, 2048);
    /// `ClientToken`
    pub const CLIENT_TOKEN: Self = Self { pattern: Some(("[!-~]+", is_client_token)), ..Self::of(1, 64) };

    /// A number of characters.
    pub const fn of(min: usize, max: usize) -> Self {
        Self { min, max, ..Self::ANY }
    }

    /// `SensitiveData`: an input or output of at most so many bytes.
    pub const fn payload(max_bytes: usize) -> Self {
        Self { max_bytes, ..Self::ANY }.sensitive()
    }

    /// The same, with its value not shown in errors.
    pub const fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// All constraints on length, as AWS lists them for the elements of a list.
    pub(super) fn lengths(&self) -> String {
        format!(
            "[Member must have length less than or equal to {}, Member must have length greater than or equal to {}]",
            self.max, self.min
        )
    }

    /// The constraints that a text breaks.
    pub(super) fn broken_by(&self, text: &str) -> Vec<String> {
        let mut broken = Vec::new();
        // Counting the characters of a megabyte is worth avoiding: no text has more characters than bytes.
        let characters = || text.chars().count();
        if self.min > 0 && characters() < self.min {
            broken.push(format!("Member must have length greater than or equal to {}", self.min));
        }
        if text.len() > self.max && characters() > self.max {
            broken.push(format!("Member must have length less than or equal to {}", self.max));
        }
        if text.len() > self.max_bytes {
            let most = self.max_bytes;
            broken.push(format!("Member must have size less than or equal to {most} bytes in UTF-8 encoding"));
        }
        if let Some((pattern, _)) = self.pattern.filter(|(_, matches)| !matches(text)) {
            broken.push(format!("Member must satisfy regular expression pattern: {pattern}"));
        }
        broken
    }
}

const ALIAS_NAME_PATTERN: &str = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$";

/// Letters, digits, `_`, `-`, `.`, and not digits alone.
fn is_alias_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    text.bytes().all(allowed) && text.bytes().any(|byte| !byte.is_ascii_digit())
}

fn is_client_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b'!'..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_has_a_name_of_letters_digits_and_marks_with_one_that_is_no_digit() {
        for (name, broken) in [
            ("PROD", vec![]),
            ("v1.2-beta_3", vec![]),
            ("123", vec!["Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$"]),
            (
                "ALIAS@",
                vec!["Member must satisfy regular expression pattern: ^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$"],
            ),
            (&"A".repeat(81), vec!["Member must have length less than or equal to 80"]),
        ] {
            assert_eq!(Text::ALIAS_NAME.broken_by(name), broken, "{name}");
        }
    }

    #[test]
    fn lengths_count_characters_and_sizes_count_bytes() {
        let name = "é".repeat(80);
        assert!(Text::NAME.broken_by(&name).is_empty());
        assert!(Text::payload(160).broken_by(&name).is_empty());
        assert_eq!(Text::payload(159).broken_by(&name).len(), 1);
    }
}
