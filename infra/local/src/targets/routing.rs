//! Which target an invocation goes to.

use std::collections::HashMap;

use async_trait::async_trait;
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError, Invoked};

use super::function_name::FunctionName;
use super::function_process::answer;
use super::{FunctionProcess, FunctionSettings, LambdaEndpoint, StartError};

/// All targets of the laptop: a function of its own process by name, everything else at the Lambda endpoint, if there is
/// one. Roles are not taken on: what runs here runs as its user.
pub struct Targets {
    region: String,
    account: String,
    functions: HashMap<String, FunctionProcess>,
    endpoint: Option<LambdaEndpoint>,
}

impl Targets {
    /// `region` and `account` complete the names of functions to ARNs.
    pub fn new(region: &str, account: &str) -> Self {
        Self { region: region.into(), account: account.into(), functions: HashMap::new(), endpoint: None }
    }

    /// Runs the function as a child process from its first invocation on. A later one of the same name replaces it.
    #[must_use]
    pub fn with_function(mut self, settings: FunctionSettings) -> Self {
        let function = FunctionProcess::new(settings, &self.region, &self.account);
        self.functions.insert(function.name().to_owned(), function);
        self
    }

    #[must_use]
    pub fn with_endpoint(mut self, endpoint: LambdaEndpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Starts one process of each function, and says which did not come up. They are tried again when invoked.
    pub async fn start(&self) -> Vec<StartError> {
        let mut errors = Vec::new();
        for function in self.functions.values() {
            errors.extend(function.start().await.err());
        }
        errors
    }

    /// Kills all child processes, and returns when they are gone. Invocations under way end without an answer.
    pub async fn stop(&self) {
        for function in self.functions.values() {
            function.stop().await;
        }
    }

    fn not_found(&self, name: &FunctionName) -> InvokeError {
        let arn = name.unqualified_arn(&self.region, &self.account);
        let qualifier = name.qualifier.as_deref().unwrap_or("$LATEST");
        InvokeError::Service {
            code: "ResourceNotFoundException".into(),
            message: format!("Function not found: {arn}:{qualifier}"),
            status: 404,
            request_id: answer::request_id(),
        }
    }
}

#[async_trait]
impl TaskTarget for Targets {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        let name = FunctionName::of(invocation)?;
        match (self.functions.get(&name.name), &self.endpoint) {
            (Some(function), _) => function.invoke(invocation).await,
            (None, Some(endpoint)) => endpoint.invoke(invocation).await,
            (None, None) => Err(self.not_found(&name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets() -> Targets {
        let echo = FunctionSettings::parse("shop=false").unwrap();
        Targets::new("eu-west-1", "111122223333").with_function(echo)
    }

    async fn invoke(targets: &Targets, function: &str, qualifier: Option<&str>) -> Result<Invoked, InvokeError> {
        let invocation = Invocation {
            function: function.into(),
            qualifier: qualifier.map(str::to_owned),
            payload: "{}".into(),
            invocation_type: Some("DryRun".into()),
            ..Invocation::default()
        };
        targets.invoke(&invocation).await
    }

    #[tokio::test]
    async fn a_function_of_a_process_is_found_by_every_form_of_its_name() {
        let targets = targets();
        for function in [
            "shop",
            "shop:live",
            "444455556666:function:shop",
            "arn:aws:lambda:eu-west-1:111122223333:function:shop",
            "arn:aws:lambda:us-east-1:444455556666:function:shop:7",
        ] {
            assert_eq!(
                invoke(&targets, function, None).await.map(|invoked| invoked.status_code),
                Ok(204),
                "{function}"
            );
        }
    }

    #[tokio::test]
    async fn without_an_endpoint_another_function_does_not_exist() {
        let targets = targets();
        for (function, qualifier, expected) in [
            ("stock", None, "arn:aws:lambda:eu-west-1:111122223333:function:stock:$LATEST"),
            ("stock", Some("live"), "arn:aws:lambda:eu-west-1:111122223333:function:stock:live"),
            (
                "arn:aws:lambda:us-east-1:444455556666:function:stock",
                None,
                "arn:aws:lambda:us-east-1:444455556666:function:stock:$LATEST",
            ),
            (
                "arn:aws:lambda:us-east-1:444455556666:function:stock:7",
                None,
                "arn:aws:lambda:us-east-1:444455556666:function:stock:7",
            ),
        ] {
            let Err(InvokeError::Service { code, message, status, request_id }) =
                invoke(&targets, function, qualifier).await
            else {
                panic!("{function} was found");
            };
            assert_eq!((code.as_str(), status, request_id.len()), ("ResourceNotFoundException", 404, 36));
            assert_eq!(message, format!("Function not found: {expected}"));
        }
    }

    #[tokio::test]
    async fn with_an_endpoint_another_function_is_its_business() {
        let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let credentials = super::super::Credentials::from_environment();
        let endpoint = LambdaEndpoint::new(&format!("http://{nobody}"), "eu-west-1", credentials).unwrap();
        let targets = targets().with_endpoint(endpoint);
        assert!(matches!(invoke(&targets, "stock", None).await, Err(InvokeError::Unreachable(_))));
        assert_eq!(invoke(&targets, "shop", None).await.map(|invoked| invoked.status_code), Ok(204));
    }

    #[tokio::test]
    async fn a_start_tells_which_functions_do_not_come_up() {
        let errors = targets().start().await;
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["function `shop` did not start: Runtime exited with error: exit status 1"]);
    }
}
