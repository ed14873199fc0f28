//! The Step Functions API on the wire: requests, responses and errors of its 37 operations, ARNs, names, page tokens.
//!
//! A handler does three things with this crate: finds the operation ([`Operation::from_target`]), parses the body
//! ([`Request::parse`]), and writes a response or an [`ApiError`] as JSON. What a caller may see of either is decided here
//! and nowhere else: member names, limits, and the text of every error.
//!
//! - [`operations`]: one module an operation, with its request and its response.
//! - [`members`]: how a request is read: JSON types first, then ARNs, then the constraints of the service model, each with
//!   the error that AWS gives.
//! - [`error`]: every error of the service, its code, HTTP status and text.
//! - [`history`]: the 62 event types of GetExecutionHistory, serialised without copying their payloads.
//! - [`arn`], [`name`], [`page_token`], [`timestamp`]: the values that requests and responses are made of.
//!
//! Protocol: awsJson1_0, API version 2016-11-23,
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html>.

pub mod arn;
pub mod enums;
pub mod error;
pub mod history;
pub mod json_text;
pub mod limits;
pub mod members;
pub mod name;
pub mod operation;
pub mod operations;
pub mod page_token;
pub mod structures;
pub mod timestamp;

pub use arn::{ActivityArn, ExecutionArn, ExpressExecutionArn, MapRunArn, Place, Qualifier, StateMachineArn};
pub use enums::*;
pub use error::ApiError;
pub use history::{Event, HistoryEvent};
pub use limits::Limits;
pub use members::{Members, Request};
pub use name::{ActivityName, ExecutionName, StateMachineName};
pub use operation::Operation;
pub use operations::*;
pub use page_token::PageTokens;
pub use structures::*;
pub use timestamp::Timestamp;
