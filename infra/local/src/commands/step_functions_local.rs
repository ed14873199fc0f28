//! What Step Functions Local takes on its command line and in its environment, so that `stepwell dev` can stand where it
//! stood. <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local.html#sfn-local-config-options>

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use crate::mock_config::{MockConfig, MockConfigError};

/// Its short names, which begin with one dash, and the long ones that stand for the same.
const NAMES: [(&str, &str); 13] = [
    ("-v", "--version"),
    ("-account", "--aws-account"),
    ("-region", "--aws-region"),
    ("-waitTimeScale", "--wait-time-scale"),
    ("-lambdaEndpoint", "--lambda-endpoint"),
    ("-batchEndpoint", "--batch-endpoint"),
    ("-dynamoDBEndpoint", "--dynamodb-endpoint"),
    ("-ecsEndpoint", "--ecs-endpoint"),
    ("-glueEndpoint", "--glue-endpoint"),
    ("-sageMakerEndpoint", "--sagemaker-endpoint"),
    ("-sqsEndpoint", "--sqs-endpoint"),
    ("-snsEndpoint", "--sns-endpoint"),
    ("-stepFunctionsEndpoint", "--step-functions-endpoint"),
];

/// The command line: that of `dev` with its names as clap knows them.
pub fn in_long_names(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    if arguments.get(1).is_none_or(|command| command != "dev") {
        return arguments;
    }
    arguments.into_iter().map(|argument| long_name(&argument).unwrap_or(argument)).collect()
}

fn long_name(argument: &OsString) -> Option<OsString> {
    let text = argument.to_str()?;
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    let long = NAMES.iter().find(|(short, _)| *short == name).map(|(_, long)| *long)?;
    Some(value.map_or_else(|| long.into(), |value| format!("{long}={value}").into()))
}

#[derive(Debug, Args)]
#[command(next_help_heading = "As Step Functions Local")]
pub struct StepFunctionsLocal {
    /// Mocked responses, by test cases that an execution is started with: STATE-MACHINE-ARN#TEST-CASE.
    #[arg(long, value_name = "FILE", env = "SFN_MOCK_CONFIG")]
    mock_config: Option<PathBuf>,
    /// What the durations of Wait states are multiplied by: 0 for no wait, 0.5 for half of it.
    #[arg(long, value_name = "FACTOR", env = "WAIT_TIME_SCALE", value_parser = permille)]
    wait_time_scale: Option<u64>,
    #[command(flatten)]
    endpoints: OtherEndpoints,
}

/// Of integrations that are not called yet.
#[derive(Debug, Args)]
struct OtherEndpoints {
    #[arg(long, value_name = "URL", env = "BATCH_ENDPOINT", hide = true)]
    batch_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "DYNAMODB_ENDPOINT", hide = true)]
    dynamodb_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "ECS_ENDPOINT", hide = true)]
    ecs_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "GLUE_ENDPOINT", hide = true)]
    glue_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "SAGE_MAKER_ENDPOINT", hide = true)]
    sagemaker_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "SQS_ENDPOINT", hide = true)]
    sqs_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "SNS_ENDPOINT", hide = true)]
    sns_endpoint: Option<String>,
    #[arg(long, value_name = "URL", env = "STEP_FUNCTIONS_ENDPOINT", hide = true)]
    step_functions_endpoint: Option<String>,
}

impl StepFunctionsLocal {
    pub fn mock_config(&self) -> Result<Option<MockConfig>, MockConfigError> {
        let file = self.mock_config.as_deref().filter(|file| !file.as_os_str().is_empty());
        file.map(MockConfig::load).transpose()
    }

    pub fn wait_time_permille(&self) -> Option<u64> {
        self.wait_time_scale
    }

    /// Says which endpoints were given for nothing.
    pub fn warn(&self) {
        let OtherEndpoints {
            batch_endpoint,
            dynamodb_endpoint,
            ecs_endpoint,
            glue_endpoint,
            sagemaker_endpoint,
            sqs_endpoint,
            sns_endpoint,
            step_functions_endpoint,
        } = &self.endpoints;
        for (service, endpoint) in [
            ("Batch", batch_endpoint),
            ("DynamoDB", dynamodb_endpoint),
            ("ECS", ecs_endpoint),
            ("Glue", glue_endpoint),
            ("SageMaker", sagemaker_endpoint),
            ("SQS", sqs_endpoint),
            ("SNS", sns_endpoint),
            ("Step Functions", step_functions_endpoint),
        ] {
            if endpoint.as_ref().is_some_and(|url| !url.is_empty()) {
                tracing::warn!(
                    "the endpoint of {service} is not used: its integration can be mocked, but not called yet"
                );
            }
        }
    }
}

/// A decimal factor, in thousandths. Nothing, as files of variables may have it, changes nothing.
fn permille(text: &str) -> Result<u64, String> {
    if text.is_empty() {
        return Ok(1000);
    }
    let factor: f64 = text.parse().map_err(|_| "a number such as 0 or 0.5 is expected".to_owned())?;
    if !(0.0..=1_000_000.0).contains(&factor) {
        return Err("a number from 0 to 1000000 is expected".to_owned());
    }
    Ok((factor * 1000.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::commands::{Command, CommandLine};

    fn dev(arguments: &[&str]) -> Result<CommandLine, clap::Error> {
        let arguments = ["stepwell", "dev"].iter().chain(arguments).map(OsString::from);
        CommandLine::try_parse_from(in_long_names(arguments))
    }

    #[test]
    fn the_command_line_of_step_functions_local_is_taken() {
        for (short, long) in NAMES.into_iter().filter(|(short, _)| *short != "-v") {
            let value = match short {
                "-account" => "111122223333",
                "-region" => "eu-west-1",
                "-waitTimeScale" => "0.25",
                _ => "http://127.0.0.1:4574",
            };
            for arguments in [vec![short, value], vec![long, value], vec![&*format!("{short}={value}")]] {
                if let Err(error) = dev(&arguments) {
                    panic!("{arguments:?}: {error}");
                }
            }
        }
        let Command::Dev(_) =
            dev(&["-waitTimeScale", "0", "-lambdaEndpoint", "http://host.docker.internal:3001/"]).unwrap().command
        else {
            panic!("another command");
        };
        for shown in ["-v", "-h"] {
            assert_eq!(dev(&[shown]).unwrap_err().exit_code(), 0, "{shown}");
        }
    }

    #[test]
    fn other_commands_keep_their_arguments() {
        let arguments = ["stepwell", "run", "-v", "-region"].map(OsString::from);
        assert_eq!(in_long_names(arguments.clone()), arguments);
    }

    #[test]
    fn a_scale_is_a_factor() {
        for (text, expected) in
            [("0", Ok(0)), ("1", Ok(1000)), ("", Ok(1000)), ("0.5", Ok(500)), ("2", Ok(2000)), ("0.0004", Ok(0))]
        {
            assert_eq!(permille(text), expected, "{text}");
        }
        for text in ["-1", "NaN", "inf", "half"] {
            assert!(permille(text).is_err(), "{text}");
        }
    }
}
