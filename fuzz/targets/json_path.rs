//! A path on the first line, a document on the rest.

#![no_main]

use expressions::json_path::{JsonPath, Selection};
use expressions::path::Path;
use expressions::reference_path::ReferencePath;
use fuzz::{Surroundings, text_and_document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let (text, document) = text_and_document(data);
    if let Ok(path) = JsonPath::parse(text) {
        let found = path.select(&document);
        assert_eq!(found == Selection::One(None), path.explain(&document).is_some());
        assert!(path.is_definite() || !matches!(found, Selection::One(Some(_))));
        path.may_read(&["a", "b"]);
    }
    if let Ok(path) = ReferencePath::parse(text)
        && let Ok(changed) = path.set(document.clone(), 1.into())
    {
        assert_eq!(path.get(&changed), Some(&1.into()));
    }
    if let Ok(path) = Path::parse(text) {
        let surroundings = Surroundings::new(document);
        assert_eq!(path.value(&surroundings).is_none(), path.explain(&surroundings).is_some());
        let _ = (path.value_for_items(&surroundings), path.value_for_state(&surroundings));
    }
});
