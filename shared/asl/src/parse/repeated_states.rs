//! State names that stand twice in one `States`. A JSON object keeps the last of equal keys, so the text is asked.
//!
//! Other keys may stand twice; the last one counts.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::join;
use super::findings::Findings;
use crate::diagnostic::Code;

/// Notes every name that was there before in the same scope.
pub(super) fn check(text: &str, findings: &Findings) {
    let scan = Scan { place: Place::Scope, location: "/".to_owned(), findings };
    // What is no JSON has its own finding.
    let _ = scan.deserialize(&mut serde_json::Deserializer::from_str(text));
}

/// What a value is, as far as it can have states in it.
#[derive(Clone, Copy)]
enum Place {
    /// Has `States`.
    Scope,
    States,
    State,
    Branches,
}

impl Place {
    fn member(self, key: &str) -> Option<Place> {
        match (self, key) {
            (Place::Scope, "States") => Some(Place::States),
            (Place::States, _) => Some(Place::State),
            (Place::State, "Branches") => Some(Place::Branches),
            (Place::State, "ItemProcessor" | "Iterator") => Some(Place::Scope),
            _ => None,
        }
    }
}

struct Scan<'f> {
    place: Place,
    location: String,
    findings: &'f Findings,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = members.next_key::<String>()? {
            let Some(place) = self.place.member(&key) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            let location = join(&self.location, &key);
            if matches!(self.place, Place::States) && seen.contains(&key) {
                self.findings.add(Code::DuplicateStateName, format!("Duplicate State name: {key}"), Some(&location));
            }
            members.next_value_seed(Scan { place, location, findings: self.findings })?;
            seen.insert(key);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0_usize;
        let scope = |index| Scan {
            place: Place::Scope,
            location: format!("{}[{index}]", self.location),
            findings: self.findings,
        };
        while items.next_element_seed(scope(index))?.is_some() {
            index += 1;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
