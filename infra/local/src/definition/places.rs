//! Where in a file the parts of a definition stand.

use std::collections::HashMap;

use asl::diagnostic::{item_location, member_location};

/// A place in a text; both count from 1, and columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Place {
    pub const START: Place = Place { line: 1, column: 1 };
}

/// The place of every member and item, by its location as findings give it: `/States/Pay/Retry[0]`.
#[derive(Debug, Default)]
pub struct Places(HashMap<String, Place>);

impl Places {
    /// Where a member's name stands. Of a name that stands twice, where it stands last.
    pub fn add_member(&mut self, parent: &str, name: &str, place: Place) -> String {
        self.add(member_location(parent, name), place)
    }

    pub fn add_item(&mut self, parent: &str, index: usize, place: Place) -> String {
        self.add(item_location(parent, index), place)
    }

    fn add(&mut self, location: String, place: Place) -> String {
        self.0.insert(location.clone(), place);
        location
    }

    /// Where a location stands, or a member of it, or else the innermost around it that does: what is missing stands
    /// nowhere.
    pub fn of(&self, location: Option<&str>, member: Option<&str>) -> Place {
        let mut location = location.unwrap_or("/");
        let member = member.and_then(|member| self.0.get(&member_location(location, member)));
        if let Some(place) = member {
            return *place;
        }
        loop {
            if let Some(place) = self.0.get(location) {
                return *place;
            }
            match location.rfind(['/', '[']) {
                Some(end) if end > 0 => location = location.get(..end).unwrap_or_default(),
                _ => return Place::START,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_stands_where_its_surroundings_do() {
        let mut places = Places::default();
        let place = |line| Place { line, column: 1 };
        let states = places.add_member("/", "States", place(2));
        let state = places.add_member(&states, "a/b", place(3));
        let retry = places.add_member(&state, "Retry", place(4));
        places.add_item(&retry, 0, place(5));
        for (location, line) in [
            ("/States/a/b", 3),
            ("/States/a/b/Retry[0]/ErrorEquals[1]", 5),
            ("/States/a/b/Retry[1]", 4),
            ("/States/a/b/Next", 3),
            ("/States/c", 2),
            ("/StartAt", 1),
            ("/", 1),
        ] {
            assert_eq!(places.of(Some(location), None), place(line), "{location}");
        }
        assert_eq!(places.of(None, None), Place::START);
        assert_eq!(places.of(Some("/States/a/b"), Some("Retry")), place(4));
        assert_eq!(places.of(Some("/States/a/b"), Some("Catch")), place(3));
    }
}
