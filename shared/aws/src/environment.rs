//! The functions' environment variables, which `template.yaml` sets. A function is told only what it uses: a variable
//! that is missing is an error of whoever needs it, when it does.

use ports::{Settings, StoreError};

/// Whose permissions a task has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskCredentials {
    /// The dispatcher takes on the role that the task names: its state machine's, or its own.
    #[default]
    StateMachineRole,
    /// The dispatcher's own role does for all.
    DispatcherRole,
}

#[derive(Clone, Debug)]
pub struct Environment {
    pub journal_table: Variable,
    pub executions_table: Variable,
    pub catalog_table: Variable,
    pub timers_table: Variable,
    pub access_keys_table: Variable,
    pub transitions_queue_url: Variable,
    pub transitions_fifo_queue_url: Variable,
    pub tasks_queue_url: Variable,
    pub undeliverable_queue_url: Variable,
    pub activity_queue_prefix: Variable,
    pub installation_secret_arn: Variable,
    /// The name or the ARN of the function that calls targets.
    pub dispatcher_function: Variable,
    pub task_credentials: TaskCredentials,
    pub settings: Settings,
}

/// A variable that may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    name: &'static str,
    value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable `{variable}` is `{value}`, not {expected}")]
pub struct EnvironmentError {
    variable: &'static str,
    value: String,
    expected: &'static str,
}

impl Environment {
    pub fn read() -> Result<Self, EnvironmentError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// An empty variable counts as missing.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let variable = |name| Variable { name, value: lookup(name).filter(|value| !value.is_empty()) };
        let defaults = Settings::default();
        Ok(Self {
            journal_table: variable("JOURNAL_TABLE"),
            executions_table: variable("EXECUTIONS_TABLE"),
            catalog_table: variable("CATALOG_TABLE"),
            timers_table: variable("TIMERS_TABLE"),
            access_keys_table: variable("ACCESS_KEYS_TABLE"),
            transitions_queue_url: variable("TRANSITIONS_QUEUE_URL"),
            transitions_fifo_queue_url: variable("TRANSITIONS_FIFO_QUEUE_URL"),
            tasks_queue_url: variable("TASKS_QUEUE_URL"),
            undeliverable_queue_url: variable("UNDELIVERABLE_QUEUE_URL"),
            activity_queue_prefix: variable("ACTIVITY_QUEUE_PREFIX"),
            installation_secret_arn: variable("INSTALLATION_SECRET_ARN"),
            dispatcher_function: variable("DISPATCHER_FUNCTION"),
            task_credentials: variable("TASK_CREDENTIALS").task_credentials()?,
            settings: Settings {
                payload_limit_bytes: variable("PAYLOAD_LIMIT_BYTES").number(defaults.payload_limit_bytes)?,
                transitions_per_message: variable("TRANSITIONS_PER_MESSAGE")
                    .number(defaults.transitions_per_message)?,
                activity_poll_seconds: variable("ACTIVITY_POLL_SECONDS").number(defaults.activity_poll_seconds)?,
                retention_days: variable("RETENTION_DAYS").number(defaults.retention_days)?,
                ..defaults
            },
        })
    }
}

impl Variable {
    pub fn new(name: &'static str, value: &str) -> Self {
        Self { name, value: Some(value.to_owned()) }
    }

    pub fn get(&self) -> Result<&str, StoreError> {
        self.value
            .as_deref()
            .ok_or_else(|| StoreError::Refused(format!("environment variable `{}` is not set", self.name)))
    }

    fn number<T: std::str::FromStr>(&self, default: T) -> Result<T, EnvironmentError> {
        let Some(value) = &self.value else { return Ok(default) };
        value.parse().map_err(|_| self.wrong(value, "a number of its range"))
    }

    fn task_credentials(&self) -> Result<TaskCredentials, EnvironmentError> {
        match self.value.as_deref() {
            None | Some("state-machine-role") => Ok(TaskCredentials::StateMachineRole),
            Some("dispatcher-role") => Ok(TaskCredentials::DispatcherRole),
            Some(other) => Err(self.wrong(other, "`state-machine-role` or `dispatcher-role`")),
        }
    }

    fn wrong(&self, value: &str, expected: &'static str) -> EnvironmentError {
        EnvironmentError { variable: self.name, value: value.to_owned(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        let found = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        Environment::from_lookup(found)
    }

    #[test]
    fn what_is_missing_fails_only_who_needs_it() {
        let environment = read(&[("JOURNAL_TABLE", "journal"), ("CATALOG_TABLE", "")]).unwrap();
        assert_eq!(environment.journal_table.get().unwrap(), "journal");
        let error = environment.catalog_table.get().unwrap_err().to_string();
        assert_eq!(error, "refused: environment variable `CATALOG_TABLE` is not set");
        assert_eq!(environment.task_credentials, TaskCredentials::StateMachineRole);
        assert_eq!(environment.settings.payload_limit_bytes, 262_144);
        assert_eq!(environment.settings.transitions_per_message, 1);
        assert_eq!(environment.settings.retention_days, 90);
    }

    #[test]
    fn parameters_are_read() {
        let environment = read(&[
            ("PAYLOAD_LIMIT_BYTES", "1048576"),
            ("TRANSITIONS_PER_MESSAGE", "20"),
            ("RETENTION_DAYS", "7"),
            ("TASK_CREDENTIALS", "dispatcher-role"),
        ])
        .unwrap();
        assert_eq!(environment.task_credentials, TaskCredentials::DispatcherRole);
        assert_eq!(environment.settings.payload_limit_bytes, 1_048_576);
        assert_eq!(environment.settings.transitions_per_message, 20);
        assert_eq!(environment.settings.retention_days, 7);
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (variable, value, expected) in [
            ("RETENTION_DAYS", "-1", "environment variable `RETENTION_DAYS` is `-1`, not a number of its range"),
            (
                "TASK_CREDENTIALS",
                "none",
                "environment variable `TASK_CREDENTIALS` is `none`, not `state-machine-role` or `dispatcher-role`",
            ),
        ] {
            assert_eq!(read(&[(variable, value)]).unwrap_err().to_string(), expected);
        }
    }
}
