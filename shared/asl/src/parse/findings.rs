//! Where the readers put what they find.

use std::cell::RefCell;

use crate::diagnostic::{Code, Diagnostic, Severity};

/// All findings so far. Shared by every reader of one definition, hence the cell.
#[derive(Default)]
pub(super) struct Findings(RefCell<Vec<Diagnostic>>);

impl Findings {
    pub fn add(&self, code: Code, message: impl Into<String>, location: Option<&str>) {
        self.push(Diagnostic::new(code, message, location));
    }

    pub fn push(&self, finding: Diagnostic) {
        self.0.borrow_mut().push(finding);
    }

    /// How many there are: a reader compares before and after to know whether a part was well formed.
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub fn has(&self, code: Code) -> bool {
        self.0.borrow().iter().any(|finding| finding.code == code)
    }

    /// Whether all that was found concerns transitions, so that the graph of states is what the definition says.
    pub fn states_are_well_formed(&self) -> bool {
        self.0
            .borrow()
            .iter()
            .all(|finding| finding.severity == Severity::Warning || finding.code == Code::MissingTransitionTarget)
    }

    pub fn into_vec(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}
