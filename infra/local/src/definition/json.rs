//! Places in a JSON text. A part that is kept as its text is a slice of the whole, and so tells where it stands.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::places::{Place, Places};

/// How deeply the definitions nest that the parser takes; nobody asks for places below.
const MAX_DEPTH: usize = 128;

/// The places of a well-formed text; of any other, those that can be told.
pub(super) fn places(text: &str) -> Places {
    let mut reader = Reader { text, lines: Lines::of(text), places: Places::default() };
    if let Ok(whole) = serde_json::from_str::<&RawValue>(text) {
        reader.value(whole.get(), "/", 0);
    }
    reader.places
}

struct Reader<'t> {
    text: &'t str,
    lines: Lines<'t>,
    places: Places,
}

impl<'t> Reader<'t> {
    fn value(&mut self, value: &'t str, location: &str, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        // What begins like an object or array is one: the whole text was read before.
        if value.starts_with('{') {
            let Members(members) = serde_json::from_str(value).unwrap_or_default();
            for (name, member) in members {
                let place = self.place(self.name_before(member.get()));
                let location = self.places.add_member(location, &name, place);
                self.value(member.get(), &location, depth + 1);
            }
        } else if value.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(value).unwrap_or_default();
            for (index, item) in items.into_iter().enumerate() {
                let place = self.place(self.offset(item.get()));
                let location = self.places.add_item(location, index, place);
                self.value(item.get(), &location, depth + 1);
            }
        }
    }

    /// How many bytes of the text stand before a slice of it.
    fn offset(&self, slice: &str) -> usize {
        slice.as_ptr().addr().saturating_sub(self.text.as_ptr().addr())
    }

    /// Where the name of a member begins, given its value. Quotes inside a name are escaped.
    fn name_before(&self, value: &str) -> usize {
        let before = self.text.get(..self.offset(value)).unwrap_or_default();
        let mut end = before.rfind('"').unwrap_or_default();
        while let Some(quote) = before.get(..end).and_then(|before| before.rfind('"')) {
            end = quote;
            let backslashes = before.get(..quote).unwrap_or_default().bytes().rev().take_while(|b| *b == b'\\').count();
            if backslashes % 2 == 0 {
                break;
            }
        }
        end
    }

    fn place(&self, offset: usize) -> Place {
        self.lines.place(offset)
    }
}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        Place { line, column: self.text.get(start..offset).unwrap_or_default().chars().count() + 1 }
    }
}

/// The members of an object in their order, each as often as it stands there.
#[derive(Default)]
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_its_place() {
        let text = "{\n  \"é\": 1, \"a\\\"b\" : [ {\"x\":2},\n\t3 ],\n  \"a\": {\"c\\\\\"  :\n null}, \"a\": 4\n}";
        let places = places(text);
        for (location, line, column) in [
            ("/é", 2, 3),
            ("/a\"b", 2, 11),
            ("/a\"b[0]", 2, 22),
            ("/a\"b[0]/x", 2, 23),
            ("/a\"b[1]", 3, 2),
            ("/a/c\\", 4, 9),
            ("/a", 5, 9),
        ] {
            assert_eq!(places.of(Some(location), None), Place { line, column }, "{location}");
        }
    }

    #[test]
    fn a_text_that_is_no_json_or_nests_too_deeply_does_no_harm() {
        assert_eq!(places("{\"a\": ").of(Some("/a"), None), Place::START);
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(places(&deep).of(Some("/a[0][0]"), None), Place { line: 1, column: 9 });
    }
}
