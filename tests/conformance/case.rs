//! The files of a case.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

pub struct Case {
    /// `TOPIC/BEHAVIOUR`, which is its folder.
    pub name: String,
    folder: PathBuf,
}

/// Where the expectation comes from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for the reader of the case; it has to be there")]
pub struct Origin {
    /// The section of the specification, or the page of AWS's guide.
    source: String,
    /// What is said there, or seen on AWS, as far as the case shows it.
    rule: String,
    /// When AWS itself was seen to do so, where its guide is silent or says otherwise.
    observed: Option<String>,
}

/// All cases, in the order of their names.
pub fn all() -> Vec<Case> {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/cases");
    let mut all = Vec::new();
    for topic in folders(&cases) {
        for folder in folders(&topic) {
            let name = folder.strip_prefix(&cases).expect("below").to_str().expect("UTF-8").to_owned();
            all.push(Case { name, folder });
        }
    }
    all
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).expect("a folder");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    folders
}

impl Case {
    /// The text of the state machine, as it is given to CreateStateMachine.
    pub fn definition(&self) -> String {
        self.read("definition.json").expect("a definition")
    }

    /// The text of the input, without the line's end.
    pub fn input(&self) -> String {
        self.read("input.json").map_or_else(|| "{}".into(), |text| text.trim_end_matches('\n').to_owned())
    }

    /// What the functions do that the machine calls; absent if it calls none.
    pub fn tasks(&self) -> Option<String> {
        self.read("tasks.json")
    }

    /// What is called from outside; absent if nothing is.
    pub fn calls(&self) -> Option<String> {
        self.read("calls.json")
    }

    pub fn history(&self) -> String {
        self.read("history.json").unwrap_or_default()
    }

    pub fn rewrite(&self, history: &str) {
        fs::write(self.folder.join("history.json"), history).expect("written");
    }

    pub fn origin(&self) -> Result<Origin, String> {
        let text = self.read("origin.toml").ok_or("origin.toml is missing")?;
        toml::from_str(&text).map_err(|error| format!("origin.toml: {error}"))
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.folder.join(file)).ok()
    }
}
