//! How a function is run, and the option that says so.

use std::time::Duration;

use crate::targets::function_name::FunctionName;

/// Lambda's longest, and our default: a laptop under a debugger is slower than the account.
const TIMEOUT: Duration = Duration::from_secs(900);
const CONCURRENCY: usize = 10;
/// Told to the function, not enforced.
const MEMORY_MB: u32 = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSettings {
    pub name: String,
    /// The program, found as a shell finds it, or a folder with a `bootstrap` in it; then its arguments.
    pub program: Vec<String>,
    /// How long one invocation may take; starting the process is not counted.
    pub timeout: Duration,
    /// How many processes, and so invocations, at a time; more of them wait for their turn.
    pub concurrency: usize,
    pub memory_mb: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FunctionOptionError {
    #[error("function `{0}` is not of the form NAME=PROGRAM")]
    Form(String),
    #[error("function name `{0}` is not one: up to 64 letters, digits, hyphens and underscores")]
    Name(String),
    #[error("program `{0}` has a quote that does not end")]
    Quotes(String),
}

impl FunctionSettings {
    /// From `NAME=PROGRAM`. NAME may be an ARN; PROGRAM may have arguments, and is split as a POSIX shell splits it
    /// (quotes and backslashes; nothing is expanded).
    pub fn parse(option: &str) -> Result<Self, FunctionOptionError> {
        let form = || FunctionOptionError::Form(option.into());
        let (name, program) = option.split_once('=').ok_or_else(form)?;
        let program = shlex::split(program).ok_or_else(|| FunctionOptionError::Quotes(program.into()))?;
        if program.first().is_none_or(String::is_empty) {
            return Err(form());
        }
        let parsed = FunctionName::parse(name);
        if !is_name(&parsed.name) || parsed.qualifier.is_some() {
            return Err(FunctionOptionError::Name(name.into()));
        }
        Ok(Self { name: parsed.name, program, timeout: TIMEOUT, concurrency: CONCURRENCY, memory_mb: MEMORY_MB })
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_split_as_a_shell_splits_it() {
        for (option, name, program) in [
            ("shop=./bootstrap", "shop", vec!["./bootstrap"]),
            (
                "shop=python3 -m awslambdaric 'my app.handler'",
                "shop",
                vec!["python3", "-m", "awslambdaric", "my app.handler"],
            ),
            ("shop=run a=b \"$HOME\"", "shop", vec!["run", "a=b", "$HOME"]),
            ("arn:aws:lambda:eu-west-1:111122223333:function:shop=./x", "shop", vec!["./x"]),
        ] {
            let settings = FunctionSettings::parse(option).unwrap();
            assert_eq!(
                (settings.name.as_str(), settings.program),
                (name, program.iter().map(|s| s.to_string()).collect()),
                "{option}"
            );
        }
    }

    #[test]
    fn a_wrong_option_says_what_is_wrong() {
        for (option, expected) in [
            ("shop", FunctionOptionError::Form("shop".into())),
            ("shop=", FunctionOptionError::Form("shop=".into())),
            ("shop=''", FunctionOptionError::Form("shop=''".into())),
            ("=./bootstrap", FunctionOptionError::Name("".into())),
            ("my shop=./bootstrap", FunctionOptionError::Name("my shop".into())),
            ("shop:live=./bootstrap", FunctionOptionError::Name("shop:live".into())),
            ("shop=./run 'a", FunctionOptionError::Quotes("./run 'a".into())),
        ] {
            assert_eq!(FunctionSettings::parse(option), Err(expected), "{option}");
        }
    }
}
