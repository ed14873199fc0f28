//! Instants as the API writes them: epoch seconds with milliseconds, as a JSON number.

use serde::{Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z; serialised in seconds, e.g. `1700000000.123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Exact to the millisecond until the year 287396: 53 bits hold it.
        serializer.serialize_f64(self.0 as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_seconds_with_its_milliseconds() {
        for (millis, expected) in [
            (1_700_000_000_123, "1700000000.123"),
            (1_700_000_000_100, "1700000000.1"),
            (1_700_000_000_000, "1700000000.0"),
            (1_763_853_073_001, "1763853073.001"),
        ] {
            assert_eq!(serde_json::to_string(&Timestamp::from_millis(millis)).unwrap(), expected);
        }
    }
}
