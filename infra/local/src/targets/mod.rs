//! What a Task state may invoke on a laptop: functions that run as child processes, and any Lambda Invoke API by its
//! URL.

pub mod function_name;
pub mod function_process;
pub mod lambda_endpoint;

mod routing;

pub use function_process::{FunctionOptionError, FunctionProcess, FunctionSettings, StartError};
pub use lambda_endpoint::{Credentials, EndpointError, LambdaEndpoint};
pub use routing::Targets;
