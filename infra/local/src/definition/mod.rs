//! Definitions as developers keep them: files of JSON or YAML, whose findings are told by line and column.

mod json;
mod places;
mod yaml;

use std::path::Path;

use api_model::StateMachineType;
use api_model::limits::DEFINITION_CHARACTERS;
use asl::diagnostic::{Code, Severity};
use serde::de::IgnoredAny;

pub use places::{Place, Places};

/// One finding about a file.
#[derive(Debug)]
pub struct Finding {
    pub severity: Severity,
    pub code: &'static str,
    pub message: String,
    /// In the definition, as the API gives it.
    pub location: Option<String>,
    /// In the file.
    pub place: Place,
}

/// A definition file that could be read.
#[derive(Debug)]
pub struct DefinitionFile {
    /// As it was given; `-` is standard input.
    pub name: String,
    content: Result<Content, Finding>,
}

#[derive(Debug)]
struct Content {
    /// What the API takes: of a JSON file, its own text.
    json: String,
    places: Places,
}

impl DefinitionFile {
    /// Reads a file, by its name as YAML or JSON, or standard input (`-`), which is JSON if it begins with a brace.
    pub fn read(file: &Path) -> Result<Self, String> {
        let name = file.display().to_string();
        let stdin = name == "-";
        let text = if stdin { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
        let text = text.map_err(|error| format!("{name}: {error}"))?;
        let is_yaml = if stdin { !text.trim_start().starts_with('{') } else { has_yaml_name(file) };
        let content = if is_yaml {
            from_yaml(&text)
        } else {
            let places = json::places(&text);
            Ok(Content { json: text, places })
        };
        Ok(Self { name, content })
    }

    /// The definition as JSON.
    pub fn json(&self) -> Result<&str, &Finding> {
        self.content.as_ref().map(|content| content.json.as_str())
    }

    /// All findings about the definition, in the order in which the API gives them.
    pub fn findings(self, state_machine_type: StateMachineType) -> Vec<Finding> {
        match self.content {
            Ok(content) => content.findings(state_machine_type),
            Err(finding) => vec![finding],
        }
    }
}

fn has_yaml_name(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn from_yaml(text: &str) -> Result<Content, Finding> {
    let (value, places) = yaml::read(text).map_err(|error| Finding {
        severity: Severity::Error,
        code: "INVALID_YAML",
        message: error.message,
        location: None,
        place: error.place,
    })?;
    Ok(Content { json: value.to_string(), places })
}

impl Content {
    fn findings(&self, state_machine_type: StateMachineType) -> Vec<Finding> {
        if self.json.chars().count() > DEFINITION_CHARACTERS {
            return vec![too_long()];
        }
        let findings = api::findings(&self.json, state_machine_type);
        let with_place = findings.into_iter().map(|finding| Finding {
            place: match finding.code {
                Code::InvalidJsonDescription | Code::TooDeeplyNested => syntax_error(&self.json),
                _ => self.places.of(finding.location.as_deref(), finding.member.as_deref()),
            },
            severity: finding.severity,
            code: finding.code.as_str(),
            message: finding.message.trim_end().to_owned(),
            location: finding.location,
        });
        with_place.collect()
    }
}

/// What the API says before it looks at the definition.
fn too_long() -> Finding {
    Finding {
        severity: Severity::Error,
        code: "ValidationException",
        message: format!("Member must have length less than or equal to {DEFINITION_CHARACTERS}"),
        location: None,
        place: Place::START,
    }
}

/// Where a text stops being JSON.
fn syntax_error(json: &str) -> Place {
    match serde_json::from_str::<IgnoredAny>(json) {
        Err(error) => Place { line: error.line().max(1), column: error.column().max(1) },
        Ok(_) => Place::START,
    }
}
