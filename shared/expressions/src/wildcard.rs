//! The patterns of Choice's `StringMatches`: <https://states-language.net/spec.html#choice-state>.

/// A compiled pattern: `*` stands for any characters, `\*` for an asterisk and `\\` for a backslash (each backslash is
/// doubled again in JSON text). A backslash before anything else is itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WildcardPattern {
    /// The literal stretches between the wildcards: one more than there are wildcards, so never empty.
    first: String,
    others: Vec<String>,
}

impl WildcardPattern {
    pub fn new(pattern: &str) -> WildcardPattern {
        let mut stretches = Vec::new();
        let mut current = String::new();
        let mut characters = pattern.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '*' => stretches.push(std::mem::take(&mut current)),
                '\\' => current.push(characters.next_if(|next| matches!(next, '*' | '\\')).unwrap_or('\\')),
                other => current.push(other),
            }
        }
        stretches.push(current);
        let mut stretches = stretches.into_iter();
        WildcardPattern { first: stretches.next().unwrap_or_default(), others: stretches.collect() }
    }

    /// Whether the whole of `text` fits the pattern. Linear in practice: each stretch is found at its first place.
    pub fn matches(&self, text: &str) -> bool {
        let Some((last, middle)) = self.others.split_last() else {
            return text == self.first;
        };
        let Some(mut rest) = text.strip_prefix(self.first.as_str()) else {
            return false;
        };
        for stretch in middle {
            match rest.split_once(stretch.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

/// Whether `text` fits `pattern`; for a pattern that is used once.
pub fn string_matches(pattern: &str, text: &str) -> bool {
    WildcardPattern::new(pattern).matches(text)
}

#[cfg(test)]
mod tests {
    use super::string_matches;

    #[test]
    fn patterns_match_whole_strings() {
        for (pattern, text, expected) in [
            ("log-*.txt", "log-2026.txt", true),
            ("log-*.txt", "log-.txt", true),
            ("log-*.txt", "log-2026.txt.gz", false),
            ("log-*.txt", "a log-2026.txt", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*a", "a", false),
            ("a*b*c", "a-b-b-c", true),
            ("*ab", "aab", true),
            ("a**b", "ab", true),
            ("ünï*ö", "ünïcödeö", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "aXb", false),
            (r"a\\*", r"a\xyz", true),
            (r"a\\\*", r"a\*", true),
            (r"a\b", r"a\b", true),
        ] {
            assert_eq!(string_matches(pattern, text), expected, "pattern {pattern}, text {text}");
        }
    }
}
