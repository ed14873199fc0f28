//! `stepwell validate`: what is wrong with definitions, before anything is created.

use std::path::PathBuf;
use std::process::ExitCode;

use api_model::StateMachineType;
use asl::diagnostic::Severity;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::definition::{DefinitionFile, Finding};

#[derive(Debug, Args)]
pub struct Validate {
    /// Definitions in the Amazon States Language: JSON, or YAML by the names `.yaml` and `.yml`; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The type of the state machines.
    #[arg(long = "type", value_enum, ignore_case = true, default_value_t = MachineType::Standard)]
    machine_type: MachineType,
    /// How the findings are shown: a line for each, or one JSON document.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Warnings count as errors.
    #[arg(long)]
    deny_warnings: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
enum MachineType {
    Standard,
    Express,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// A file with what was found.
struct Validated {
    file: String,
    findings: Vec<Finding>,
}

impl Validate {
    /// Exit status 0: nothing wrong; 1: errors were found; 2: a file could not be read.
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command's own answer")]
    pub fn run(self) -> ExitCode {
        let files: Result<Vec<DefinitionFile>, String> =
            self.files.iter().map(|file| DefinitionFile::read(file)).collect();
        let files = match files {
            Ok(files) => files,
            Err(why) => {
                eprintln!("stepwell: {why}");
                return ExitCode::from(2);
            }
        };
        let files: Vec<Validated> = files.into_iter().map(|file| self.validate(file)).collect();
        match self.format {
            Format::Json => println!("{:#}", self.as_json(&files)),
            Format::Text => {
                for validated in &files {
                    validated.findings.iter().for_each(|finding| println!("{}", line(&validated.file, finding)));
                }
                eprintln!("{}", summary(&files));
            }
        }
        if files.iter().any(|validated| self.fails(&validated.findings)) {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    fn validate(&self, file: DefinitionFile) -> Validated {
        let machine_type = match self.machine_type {
            MachineType::Standard => StateMachineType::Standard,
            MachineType::Express => StateMachineType::Express,
        };
        Validated { file: file.name.clone(), findings: file.findings(machine_type) }
    }

    fn fails(&self, findings: &[Finding]) -> bool {
        findings.iter().any(|finding| self.deny_warnings || finding.severity == Severity::Error)
    }

    fn result(&self, findings: &[Finding]) -> &'static str {
        if self.fails(findings) { "FAIL" } else { "OK" }
    }

    /// As ValidateStateMachineDefinition answers, for each file, with the place in the file.
    fn as_json(&self, files: &[Validated]) -> Value {
        let files = files.iter().map(|Validated { file, findings }| {
            let diagnostics: Vec<Value> = findings.iter().map(diagnostic).collect();
            json!({ "file": file, "result": self.result(findings), "diagnostics": diagnostics })
        });
        Value::Array(files.collect())
    }
}

fn diagnostic(finding: &Finding) -> Value {
    json!({
        "severity": word(finding.severity).to_uppercase(),
        "code": finding.code,
        "message": finding.message,
        "location": finding.location,
        "line": finding.place.line,
        "column": finding.place.column,
    })
}

/// As compilers write it, for editors to read.
pub fn line(file: &str, finding: &Finding) -> String {
    let Finding { severity, code, message, location, place } = finding;
    let location = location.as_deref().map(|location| format!(" at {location}")).unwrap_or_default();
    format!("{file}:{}:{}: {}: {message} ({code}{location})", place.line, place.column, word(*severity))
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn summary(files: &[Validated]) -> String {
    let count = |severity| {
        files.iter().flat_map(|validated| &validated.findings).filter(|finding| finding.severity == severity).count()
    };
    let [files, errors, warnings] = [
        counted(files.len(), "file"),
        counted(count(Severity::Error), "error"),
        counted(count(Severity::Warning), "warning"),
    ];
    format!("{files}: {errors}, {warnings}")
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
