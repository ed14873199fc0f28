//! What crates may depend on: the pure ones reach nothing that acts, and all dependencies point one way.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// From the bottom up: a crate depends only on those above it in this list. `infra/local` runs all functions.
const ORDER: [&str; 19] = [
    "expressions",
    "asl",
    "engine",
    "wire",
    "api-model",
    "service-models",
    "history",
    "access",
    "ports",
    "express",
    "aws",
    "api",
    "interpreter",
    "dispatcher",
    "timekeeper",
    "dead_letters",
    "keys",
    "doctor",
    "stepwell",
];

const FUNCTIONS: [&str; 7] = ["api", "interpreter", "dispatcher", "timekeeper", "dead_letters", "keys", "doctor"];

/// They know no AWS, no runtime, no clock, no chance, no environment.
const PURE: [&str; 8] = ["expressions", "asl", "engine", "wire", "api-model", "service-models", "history", "access"];

/// Crates that act, or draw. A name that ends in `*` stands for all that begin with it.
const ACTING: [&str; 22] = [
    "async-std",
    "async-trait",
    "aws-*",
    "aws_*",
    "chrono",
    "fastrand",
    "futures*",
    "getrandom",
    "hyper*",
    "lambda_*",
    "log",
    "mio",
    "rand*",
    "reqwest",
    "rusqlite",
    "rustix",
    "smol",
    "socket2",
    "tokio*",
    "tracing*",
    "ureq",
    "uuid",
];

/// Its random functions and those of the time are replaced by ours, which are given both. What it still reads the clock
/// for is in the head of `expressions::jsonata`.
const REINED_IN: &str = "jsonata-core";

/// Parts of the standard library that act.
const ACTING_STD: [&str; 10] = [
    "SystemTime",
    "Instant",
    "std::env",
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
    "std::os",
    "RandomState",
    "async fn",
];

struct Workspace {
    root: PathBuf,
    metadata: Value,
}

impl Workspace {
    fn load() -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--filter-platform", &host()])
            .current_dir(&root)
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Self { root, metadata: serde_json::from_slice(&output.stdout).expect("JSON") }
    }

    fn packages(&self) -> impl Iterator<Item = &Value> {
        self.metadata["packages"].as_array().unwrap().iter()
    }

    fn id(&self, name: &str) -> &str {
        let members: BTreeSet<&str> =
            self.metadata["workspace_members"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let found = self
            .packages()
            .find(|package| package["name"] == name && members.contains(package["id"].as_str().unwrap_or_default()));
        found.unwrap_or_else(|| panic!("no member `{name}`"))["id"].as_str().unwrap()
    }

    /// What each package depends on when it is built: not for tests, not for build scripts. Names by id.
    fn normal_dependencies(&self) -> BTreeMap<&str, Vec<&str>> {
        let nodes = self.metadata["resolve"]["nodes"].as_array().unwrap();
        let normal =
            |dependency: &&Value| dependency["dep_kinds"].as_array().unwrap().iter().any(|kind| kind["kind"].is_null());
        nodes
            .iter()
            .map(|node| {
                let dependencies = node["deps"].as_array().unwrap().iter().filter(normal);
                (node["id"].as_str().unwrap(), dependencies.map(|found| found["pkg"].as_str().unwrap()).collect())
            })
            .collect()
    }

    fn name(&self, id: &str) -> &str {
        self.packages().find(|package| package["id"] == id).unwrap()["name"].as_str().unwrap()
    }

    /// Everything that the member reaches, each with the crate that brings it in. What is reined in is not looked into.
    fn reached(&self, member: &str) -> BTreeMap<&str, &str> {
        let dependencies = self.normal_dependencies();
        let mut reached = BTreeMap::new();
        let mut open = vec![self.id(member)];
        while let Some(id) = open.pop() {
            for dependency in &dependencies[id] {
                let name = self.name(dependency);
                if reached.insert(name, self.name(id)).is_none() && name != REINED_IN {
                    open.push(dependency);
                }
            }
        }
        reached
    }
}

/// The platform that this runs on, so that nothing has to be downloaded for another.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

fn is_acting(name: &str) -> bool {
    ACTING.iter().any(|acting| match acting.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *acting,
    })
}

#[test]
fn pure_crates_reach_nothing_that_acts() {
    let workspace = Workspace::load();
    for member in PURE {
        let acting: Vec<String> = workspace
            .reached(member)
            .into_iter()
            .filter(|(name, _)| is_acting(name))
            .map(|(name, by)| format!("{name} by {by}"))
            .collect();
        assert!(acting.is_empty(), "{member} reaches {acting:?}");
    }
}

#[test]
fn the_names_of_crates_that_act_are_recognised() {
    for (name, expected) in [
        ("tokio", true),
        ("tokio-util", true),
        ("aws-config", true),
        ("lambda_runtime", true),
        ("rand_core", true),
        ("serde", false),
    ] {
        assert_eq!(is_acting(name), expected, "{name}");
    }
    let workspace = Workspace::load();
    let acting: Vec<&str> = workspace.reached("aws").into_keys().filter(|name| is_acting(name)).collect();
    assert!(
        acting.contains(&"tokio") && acting.contains(&"aws-sdk-dynamodb"),
        "the search finds what is there: {acting:?}"
    );
}

#[test]
fn sources_of_pure_crates_use_nothing_that_acts() {
    let workspace = Workspace::load();
    for member in PURE {
        let folder = workspace.root.join("shared").join(member).join("src");
        for file in sources(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            // Nobody but a test sees it.
            if text.contains("#![cfg(test)]") {
                continue;
            }
            for (number, line) in (1..).zip(text.lines()) {
                let code = line.split("//").next().unwrap_or_default();
                let acting = ACTING_STD.iter().find(|acting| code.contains(*acting));
                assert!(acting.is_none(), "{}:{number} uses {acting:?}", file.display());
            }
        }
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    assert!(!files.is_empty(), "{}", folder.display());
    files
}

#[test]
fn dependencies_point_one_way() {
    let workspace = Workspace::load();
    let dependencies = workspace.normal_dependencies();
    for (place, member) in ORDER.iter().enumerate() {
        for id in &dependencies[workspace.id(member)] {
            let name = workspace.name(id);
            let Some(of) = ORDER.iter().position(|other| other == &name) else { continue };
            assert!(of < place, "{member} depends on {name}");
            let between_functions = FUNCTIONS.contains(member) && FUNCTIONS.contains(&name);
            assert!(!between_functions, "the function {member} depends on the function {name}");
        }
    }
}

#[test]
fn the_laptop_has_nothing_of_the_aws_sdk() {
    let workspace = Workspace::load();
    // Features of the whole workspace are one in the metadata, so only what `infra/local` names itself is looked at.
    let package = workspace.packages().find(|package| package["name"] == "stepwell").unwrap();
    for dependency in package["dependencies"].as_array().unwrap() {
        let name = dependency["name"].as_str().unwrap();
        assert!(name != "aws" && !name.starts_with("aws-sdk"), "stepwell depends on {name}");
        if FUNCTIONS.contains(&name) && dependency["kind"].is_null() {
            assert_eq!(dependency["uses_default_features"], false, "{name} would bring in its Lambda function");
        }
    }
}
